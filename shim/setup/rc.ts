// The text of mailshimrc as `mailshim init` writes it.

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

export function rcText(wish: Wish, facts: RcFacts): string {
  const { domain, relay, port, ips, sender, delivery, worker, login } = wish;
  const lines = [
    `# Mail of ${domain}, by mailshim init. Every directive: mailshim config show, and man mailshim.`,
    'account default',
    `host ${relay}`,
    `port ${port}`,
    'tls on',
    `tls_starttls ${port === 465 ? 'off' : 'on'}`,
  ];
  if (login !== undefined) {
    lines.push('auth on', `user ${quoted(login)}`);
    if (facts.passwordFile !== undefined) lines.push(`passwordeval cat ${quoted(facts.passwordFile)}`);
  }
  lines.push(
    '',
    '# Who the mail is from: whatever the shop says, receivers believe this sender.',
    `from ${sender}`,
    'sender_rewrite misaligned',
    `allow_sender *@${domain}`,
    '',
    '# What receivers check.',
    `sending_ip ${ips.join(' ')}`,
    `dkim_domain ${domain}`,
    `dkim_selector ${facts.keys.map(({ selector }) => selector).join(' ')}`,
    `dkim_key ${facts.keys.map(({ file }) => file).join(' ')}`,
  );
  if (worker !== undefined) lines.push(`preflight_url ${worker}`);
  lines.push('', '# No mail is lost while the relay is away.', `delivery ${delivery}`);
  if (facts.spool !== undefined) lines.push(`spool ${quoted(facts.spool)}`);
  if (facts.syslog) lines.push('syslog LOG_MAIL');
  return `${lines.join('\n')}\n`;
}
