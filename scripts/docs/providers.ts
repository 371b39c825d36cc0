// docs/providers.md from the table of providers: for each its configuration, what to publish, its logins and limits.
import { loginRemedies } from '../../shared/providers/login.ts';
import { limitsOf } from '../../shared/replies/provider-help.ts';
import { rcText } from '../../shim/setup/files.ts';
import { SUBMITTING, type SubmittingProvider, usualLogin } from '../../shim/setup/options.ts';

const DOMAIN = 'shop.example';
const SENDER = `orders@${DOMAIN}`;
const FIRST = 'cloudflare';

/** Services for programs first, of these the one that needs no relay of one's own anywhere. */
function inOrder(): SubmittingProvider[] {
  const rank = ({ id, kind }: SubmittingProvider) => (id === FIRST ? 0 : kind === 'sending' ? 1 : 2);
  return [...SUBMITTING].sort((one, other) => rank(one) - rank(other));
}

export function providersBlock(): string {
  return inOrder().map(entryOf).join('\n\n');
}

function hostOf({ submission }: SubmittingProvider): string {
  return submission.hosts[0]!.replace('*', 'eu-west-1');
}

function entryOf(provider: SubmittingProvider): string {
  const { id, name, submission } = provider;
  const relay = hostOf(provider);
  const login = usualLogin(provider, SENDER);
  const words = [
    `mailshim init --provider ${id} --domain ${DOMAIN} --sender ${SENDER}`,
    ...(relay === submission.hosts[0] ? [] : [`--relay ${relay}`]),
    ...(login === undefined ? ['--login USER'] : []),
  ];
  const rc = rcText(
    {
      domain: DOMAIN,
      relay,
      here: false,
      provider,
      port: submission.port,
      ips: [],
      sender: SENDER,
      delivery: 'queue',
      selector: '',
      login: login ?? 'USER',
    },
    { keys: [], passwordFile: '/etc/mailshim/password', spool: undefined, syslog: false },
  );
  const lines = rc.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('delivery '));
  const more = submission.hosts.slice(1).map((host) => `\`${host}\``);
  return [
    `### ${name}`,
    '',
    `\`${words.join(' ')}\` writes:`,
    '',
    '<!-- check: mailshimrc -->',
    '```',
    ...lines,
    '```',
    '',
    ...(more.length === 0 ? [] : [`- **Other hosts**: ${more.join(', ')}.`]),
    `- **SPF**: ${spfOf(provider)}`,
    `- **DKIM**: ${dkimOf(provider)}`,
    ...loginRemedies(provider).map(
      ({ en, reply }) => `- **Login refused**${reply === undefined ? '' : ` (${said(reply)})`}: ${en}`,
    ),
    ...limitLines(provider),
    ...(provider.acceptsAndDrops === true
      ? [
          '- **250 is no promise**: it answers a bare `250 2.0.0 Ok`, without a message id, to mail that it drops. The log, stderr and `mailshim status` say so.',
        ]
      : []),
  ].join('\n');
}

function spfOf({ returnPath, spf, name }: SubmittingProvider): string {
  if (returnPath === 'provider')
    return `evaluated at the return path that the panel of ${name} sets up; the record of your own domain stays as it is.`;
  return spf?.include === undefined
    ? `the term that the panel of ${name} shows, in the one record of the domain.`
    : `\`include:${spf.include}\` in the one record of the domain.`;
}

function dkimOf({ selectors = [], selectorsVary, name }: SubmittingProvider): string {
  const usual = selectors.map((selector) => `\`${selector}\``).join(', ');
  if (selectors.length === 0 || selectorsVary)
    return `${name} signs, with selectors of its own for each customer: the panel shows the records to publish, and \`dkim_selector\` takes the name.`;
  return `${name} signs, usually with the selector ${usual}; the panel shows the records to publish.`;
}

/** The words that tell the reply, for people. */
function said(pattern: RegExp): string {
  return pattern.source
    .split('|')
    .map((word) => `“${word.replaceAll('\\', '')}”`)
    .join(' or ');
}

function limitLines(provider: SubmittingProvider): string[] {
  const limits = limitsOf(provider, 'en');
  return limits === undefined ? [] : [`- **Limits**: ${limits} in one mail.`];
}
