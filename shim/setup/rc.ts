// The text of mailshimrc as `mailshim init` writes it.

import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import type { Wish } from './wish.ts';

export interface RcFacts {
  keys: readonly { selector: string; file: string }[];
  /** File with the password, where the relay wants a login. */
  passwordFile: string | undefined;
  spool: string | undefined;
  /** Whoever sends has no journal of its own: one line for each mail goes to syslog. */
  syslog: boolean;
}

/** Blanks and quotes in file names would end the value. */
function quoted(text: string): string {
  return /^[\w./~@%+:-]+$/.test(text) ? text : `"${text}"`;
}

function senderLines({ domain, sender, provider, bounces }: Wish): string[] {
  const lines = ['# Who the mail is from: whatever the shop says, receivers believe this sender.', `from ${sender}`];
  // A provider of mailboxes takes mail only from the mailbox that logs in.
  return provider?.kind === 'mailbox'
    ? [...lines, 'sender_rewrite always']
    : [
        ...lines,
        'sender_rewrite misaligned',
        `allow_sender *@${domain}`,
        ...(bounces === undefined
          ? []
          : ['# Where receivers send bounces: mailshim report takes them there.', `envelope_sender ${bounces}`]),
      ];
}

function receiverLines({ domain, ips, provider }: Wish, { keys }: RcFacts): string[] {
  const lines = ips.length === 0 ? [] : [`sending_ip ${ips.join(' ')}`];
  if (keys.length > 0)
    lines.push(
      `dkim_domain ${domain}`,
      `dkim_selector ${keys.map(({ selector }) => selector).join(' ')}`,
      `dkim_key ${keys.map(({ file }) => file).join(' ')}`,
    );
  else if (provider !== undefined && freeMailboxProvider(domain) === undefined) {
    lines.push(`# ${provider.name} signs.`, `dkim_domain ${domain}`);
    const { selectors = [], selectorsVary } = provider;
    if (selectors.length === 1 && selectorsVary === undefined) lines.push(`dkim_selector ${selectors[0]}`);
  }
  return lines.length === 0 ? [] : ['', '# What receivers check.', ...lines];
}

export function rcText(wish: Wish, facts: RcFacts): string {
  const { domain, relay, here, port, delivery, worker, login } = wish;
  const lines = [
    `# Mail of ${domain}, by mailshim init. Every directive: mailshim config show, and man mailshim.`,
    'account default',
    ...(here
      ? [
          '# The relay is on this machine; its certificate has its public name.',
          'host 127.0.0.1',
          `tls_host_override ${relay}`,
        ]
      : [`host ${relay}`]),
    `port ${port}`,
    'tls on',
    `tls_starttls ${port === 465 ? 'off' : 'on'}`,
  ];
  if (login !== undefined) {
    lines.push('auth on', `user ${quoted(login)}`);
    if (facts.passwordFile !== undefined) lines.push(`passwordeval cat ${quoted(facts.passwordFile)}`);
  }
  lines.push('', ...senderLines(wish), ...receiverLines(wish, facts));
  if (worker !== undefined) lines.push(`preflight_url ${worker}`);
  lines.push('', '# No mail is lost while the relay is away.', `delivery ${delivery}`);
  if (facts.spool !== undefined) lines.push(`spool ${quoted(facts.spool)}`);
  if (facts.syslog) lines.push('syslog LOG_MAIL');
  return `${lines.join('\n')}\n`;
}
