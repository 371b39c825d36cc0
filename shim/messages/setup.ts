// Messages of the commands that set up a shop and its relay: init and relay.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const quoted = (text: string) => JSON.stringify(text);

export const setupMessages = {
  'init.provider-unknown': define(
    [{ provider: 'goggle', known: ['google', 'yandex', 'ses'] as readonly string[] }],
    ({ provider, known }) => `init: --provider ${quoted(provider)}: expected one of ${known.join(', ')}`,
    EX.USAGE,
  ),
  'init.provider-region': define(
    [{ provider: 'ses', example: 'email-smtp.REGION.amazonaws.com' }],
    ({ provider, example }) => `init: --provider ${provider} needs --relay with the host of your region: ${example}`,
    EX.USAGE,
  ),
  'init.provider-host': define(
    [{ relay: 'mail.shop.example', provider: 'Google Workspace', hosts: ['smtp.gmail.com'] as readonly string[] }],
    ({ relay, provider, hosts }) => `init: --relay ${quoted(relay)} is not a host of ${provider} (${hosts.join(', ')})`,
    EX.USAGE,
  ),
  'init.provider-address': define(
    [{ provider: 'Google Workspace' }],
    ({ provider }) => `init: ${provider} sends from its own addresses: remove --ip`,
    EX.USAGE,
  ),
  'init.provider-login': define(
    [{ provider: 'Amazon SES' }],
    ({ provider }) => `init: --login is missing: ${provider} accepts mail only after a login`,
    EX.USAGE,
  ),
  'init.foreign-mailbox': define(
    [{ domain: 'gmail.com', owner: 'Google Workspace', id: 'google' }],
    ({ domain, owner, id }) =>
      `init: receivers accept mail from ${domain} only where ${owner} sends it: use a sender at your own domain, or --provider ${id}`,
    EX.USAGE,
  ),
  'init.hostname': fixed('init: --hostname names a relay on this machine, which needs --relay here', EX.USAGE),
  'init.receive-at-provider': fixed(
    'init: --receive-at is for your own relay; a provider has mailboxes itself',
    EX.USAGE,
  ),
  'init.receive-at-mx': fixed('init: --receive-at sets MX to the relay: remove --mx', EX.USAGE),
  'init.receive-at-loop': define(
    [{ mailbox: 'info@shop.example', domain: 'shop.example' }],
    ({ mailbox, domain }) =>
      `init: --receive-at ${mailbox}: expected a mailbox outside ${domain}, whose mail would loop`,
    EX.USAGE,
  ),
  'init.bounces-provider': fixed(
    'init: --bounces is for your own relay; a provider sets the envelope sender itself',
    EX.USAGE,
  ),
  'init.bounces-domain': define(
    [{ domain: 'shop.example' }],
    ({ domain }) =>
      `init: --bounces: expected an address in a subdomain of ${domain}, such as bounces@bounces.${domain}`,
    EX.USAGE,
  ),
  'init.exists': define(
    [{ files: ['/etc/mailshimrc'] as readonly string[] }],
    ({ files }) =>
      `init: ${files.join(', ')} already ${files.length === 1 ? 'exists' : 'exist'}; --force replaces ${files.length === 1 ? 'it' : 'them'} and keeps a copy, --dry-run shows the changes`,
    EX.CANTCREAT,
  ),
  'init.input-ended': fixed(
    'init: the input ended before all questions were answered; no file was written',
    EX.NOINPUT,
  ),
  'init.not-root': fixed('init: --user needs root', EX.NOPERM),
  'init.no-home': fixed(
    'init: this user has no home directory for a configuration; run it as root, with --user',
    EX.OSERR,
  ),
  'init.no-user': define(
    [{ user: 'shop1' }],
    ({ user }) => `init: there is no user ${user} on this machine; name the user that sends with --user`,
    EX.NOUSER,
  ),
  'init.which-user': define(
    [{ candidates: [] as readonly string[] }, { candidates: ['shop1', 'shop2'] }],
    ({ candidates }) =>
      candidates.length === 0
        ? 'init: no user of a web server was found; name the user that sends with --user'
        : `init: PHP runs as ${candidates.join(', ')}; name the user that sends with --user, or "mailshim" for the daemon, which can send for all of them`,
    EX.NOUSER,
  ),
  'init.no-daemon': define(
    [{ user: 'www-data' }],
    ({ user }) =>
      `init: the user mailshim exists, but mailshim.service does not: mail is sent as ${user}; for the daemon, install the package and run init again with --user mailshim`,
  ),
  'init.not-key': define(
    [{ file: '/etc/mailshim/dkim/mailshim.pem', why: 'not a PEM file' }],
    ({ file, why }) => `init: ${file} exists and is not a DKIM key: ${why}`,
    EX.DATAERR,
  ),
  'init.password-file': define(
    [{ file: '/root/password', code: 'ENOENT' }],
    ({ file, code }) => `init: --password-file ${file} cannot be read (${code})`,
    EX.NOINPUT,
  ),
  'init.not-written': define(
    [{ path: '/etc/mailshimrc', code: 'EROFS' }],
    ({ path, code }) => `init: ${path} cannot be written (${code})`,
    EX.CANTCREAT,
  ),
  'init.no-password': define(
    [{ login: 'shop', file: '/etc/mailshim/password', lang: 'en' as 'en' | 'ru' }],
    ({ login, file, lang }) =>
      lang === 'ru'
        ? `до отправки первого письма запишите пароль ${login} в ${file} (права 0600)`
        : `write the password of ${login} to ${file}, mode 0600, before the first mail`,
  ),
  'init.mx-at-relay': define(
    [{ domain: 'shop.example', host: 'mail.shop.example', relay: 'mail.shop.example', lang: 'en' as 'en' | 'ru' }],
    ({ domain, host, relay, lang }) =>
      lang === 'ru'
        ? `init: запись MX домена ${domain} указывает на ${host}, то есть на релей, а он только отправляет почту: ответы покупателей, отчёты о недоставке и отчёты DMARC потеряются. Укажите почтовый сервер, где находятся ваши ящики: --mx HOST; или принимайте почту на релее: --receive-at MAILBOX здесь и в mailshim relay postfix --hostname ${relay} --domain ${domain}`
        : `init: MX of ${domain} is ${host}, the relay, which only sends: replies of customers, bounces and reports are lost. Name the server of your mailboxes: --mx HOST; or receive at the relay: --receive-at MAILBOX, here and in mailshim relay postfix --hostname ${relay} --domain ${domain}`,
  ),
  'relay-setup.no-sender': fixed(
    'relay postfix: no sender: expected the address of the shop, --allow 203.0.113.5, or a login, --sasl-user shop',
    EX.USAGE,
  ),
  'relay-setup.wide': define(
    [{ option: '--allow', network: '203.0.0.0/16', most: 24 }],
    ({ option, network, most }) =>
      `relay postfix: ${option} ${network} would allow strangers: expected the addresses of the shop, at most a /${most}`,
    EX.USAGE,
  ),
  'relay-setup.foreign-address': define(
    [{ word: 'a@other.example=b@provider.example', address: 'a@other.example' }],
    ({ word, address }) => `relay postfix: --receive-at ${word}: ${address} is not in a domain of --domain`,
    EX.USAGE,
  ),
  'relay-setup.loop': define(
    [{ word: 'info@shop.example' }],
    ({ word }) =>
      `relay postfix: --receive-at ${word}: expected a mailbox in another domain: mail of this domain comes to this relay and would loop`,
    EX.USAGE,
  ),
  'relay-setup.this-machine': define(
    [{ word: '127.0.0.1' }],
    ({ word }) => `relay postfix: --remove ${word}: this machine may always send`,
    EX.USAGE,
  ),
  'relay-setup.certificate': fixed('relay postfix: --certificate and --key are needed together', EX.USAGE),
  'relay-setup.shell': define(
    [{ why: 'spawn /bin/sh ENOENT' }],
    ({ why }) => `relay postfix: cannot run /bin/sh: ${why}`,
    EX.OSERR,
  ),
  'relay-setup.script': define(
    [{ line: 'Postfix is not installed: apt-get install postfix' }],
    ({ line }) => line,
    EX.CONFIG,
  ),
  'relay-setup.ended': define(
    [{ status: 'SIGKILL' }],
    ({ status }) => `relay postfix: sh ended with ${status}`,
    EX.CONFIG,
  ),
  'relay-setup.no-postfix': define(
    [{ action: 'list' }, { action: 'audit' }],
    ({ action }) =>
      action === 'list'
        ? 'relay list: postconf does not run: this machine has no Postfix'
        : 'relay audit: postconf does not run; name a directory with main.cf and master.cf, or pipe "postconf -n; postconf -M" into mailshim relay audit -',
    EX.UNAVAILABLE,
  ),
  'relay-setup.no-input': fixed(
    'relay audit: standard input is empty; (postconf -n; postconf -M) | mailshim relay audit -',
    EX.NOINPUT,
  ),
  'relay-setup.too-large': define(
    [{ action: 'audit', name: '/etc/postfix/main.cf' }],
    ({ action, name }) => `relay ${action}: ${name} is too large for a configuration of Postfix`,
    EX.DATAERR,
  ),
  'relay-setup.unreadable': define(
    [{ action: 'audit', name: '/etc/postfix/main.cf', why: 'permission denied' }],
    ({ action, name, why }) => `relay ${action}: ${name}: ${why}`,
    EX.NOINPUT,
  ),
} as const;
