// Messages of the commands that a person types: check, config, daemon, doctor, install, queue, status, test, and of -bs.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const quoted = (text: string) => JSON.stringify(text);

export const commandMessages = {
  'command.value': define(
    [
      { command: 'check', option: '--min-score', value: '11', expected: 'a number from 0 to 10' },
      { command: 'init', option: '--relay', value: 'mail server', expected: 'a domain name' },
    ],
    ({ command, option, value, expected }) => `${command}: ${option} ${quoted(value)}: expected ${expected}`,
    EX.USAGE,
  ),
  'command.missing': define(
    [
      { command: 'init', options: ['--domain', '--relay'], example: '' },
      { command: 'relay postfix', options: ['--domain'], example: 'shop.example' },
    ],
    ({ command, options, example }) =>
      `${command}: ${options.join(', ')} ${options.length === 1 ? 'is' : 'are'} missing${example === '' ? '' : `; for example ${options[0]} ${example}`}`,
    EX.USAGE,
  ),
  'check.no-target': fixed(
    'check: expected a domain, a file, or - for standard input; see mailshim check --help',
    EX.USAGE,
  ),
  'check.target': fixed('check: --listen takes no domain and no file', EX.USAGE),
  'check.not-domain': define(
    [{ option: '', name: 'shop', why: 'needs a dot' }],
    ({ option, name, why }) => `check: ${option === '' ? '' : `${option} `}${quoted(name)} is not a domain: it ${why}`,
    EX.USAGE,
  ),
  'check.only-for': define(
    [{ option: '--kind', target: 'a mail' }],
    ({ option, target }) => `check: ${option} is only for ${target}`,
    EX.USAGE,
  ),
  'check.too-many': define(
    [{ option: '--ip', most: 1 }],
    ({ option, most }) => `check: ${option} is allowed ${most === 1 ? 'once' : `up to ${most} times`}`,
    EX.USAGE,
  ),
  'check.no-dns': define(
    [{ reason: 'timeout' }],
    ({ reason }) => `check: DNS does not answer (${reason}); choose another server with --dns ADDRESS`,
    EX.UNAVAILABLE,
  ),
  'check.unanswered': fixed('check: DNS does not answer: much of the mail could not be checked'),
  'check.other-domain': define(
    [{ name: 'www.shop.example', domain: 'shop.example' }],
    ({ name, domain }) => `check: ${name} has neither MX nor SPF; this report is about ${domain}`,
  ),
  'check.empty': define([{ file: 'order.eml' }], ({ file }) => `check: ${file} is empty`, EX.DATAERR),
  'check.not-mail': define(
    [{ file: 'order.eml', what: 'a PDF file' }],
    ({ file, what }) => `check: ${file} is ${what}; expected a mail as text that begins with its header`,
    EX.DATAERR,
  ),
  'check.unreadable': define(
    [{ file: 'order.eml', why: 'no such file' }],
    ({ file, why }) => `check: ${file} cannot be read: ${why}`,
    EX.NOINPUT,
  ),
  'check.no-mail': define(
    [{ seconds: 600 }],
    ({ seconds }) => `check: no mail arrived within ${seconds} s`,
    EX.UNAVAILABLE,
  ),
  'check.port': define(
    [{ port: 25, why: 'another program uses it' }],
    ({ port, why }) => `check: cannot listen on port ${port}: ${why}`,
    EX.UNAVAILABLE,
  ),
  'check.arrived': define(
    [
      { from: '203.0.113.25', helo: 'mail.shop.example', sender: 'orders@shop.example', isPublic: true },
      { from: '192.168.0.7', helo: 'shop', sender: '', isPublic: false },
    ],
    ({ from, helo, sender, isPublic }) =>
      `check: the mail came from ${from} (EHLO ${helo}, envelope sender <${sender}>)${isPublic ? '' : ', an address that receivers do not see'}`,
  ),
  'bounces.account': define([{ why: 'account "shop" is not defined' }], ({ why }) => `bounces: ${why}`, EX.CONFIG),
  'bounces.no-worker': fixed('bounces: the account has no preflight_url, or no "from ADDRESS"', EX.CONFIG),
  'config-command.usage': fixed(
    'config: expected "mailshim config check [FILE]" or "mailshim config show [-a ACCOUNT]"',
    EX.USAGE,
  ),
  'config-command.argument': define(
    [{ action: 'show', word: 'default' }],
    ({ action, word }) => `config ${action}: unexpected argument ${quoted(word)}`,
    EX.USAGE,
  ),
  'config-command.option': define(
    [{ option: '--verbose' }],
    ({ option }) => `config: unknown option ${option}; expected -C FILE or -a ACCOUNT`,
    EX.USAGE,
  ),
  'config-command.no-file': fixed('no configuration file was found', EX.CONFIG),
  'daemon.running': define(
    [{ folder: '/var/spool/mailshim' }],
    ({ folder }) => `another sender is running in ${folder}`,
    EX.UNAVAILABLE,
  ),
  'daemon.machine-stopped': define(
    [{ count: 2 }],
    ({ count }) => `the machine stopped while a sender was running; queued mails that may arrive twice: ${count}`,
  ),
  'daemon.interrupted': define(
    [{ id: '0TB7K3M5QZ4A' }],
    ({ id }) => `${id} was being sent when a sender ended; it may arrive twice`,
  ),
  'daemon.accepted': define([{ id: '0TB7K3M5QZ4A', uid: 33 }], ({ id, uid }) => `${id} accepted from uid ${uid}`),
  'doctor.no-user': define(
    [{ user: 'shop1' }],
    ({ user }) => `doctor: there is no user ${user} on this machine`,
    EX.NOUSER,
  ),
  'doctor.account': define([{ why: 'account "shop" is not defined' }], ({ why }) => `doctor: ${why}`, EX.USAGE),
  'doctor.password': define(
    [{ account: 'default', file: '/etc/mailshimrc', user: 'www-data' }],
    ({ account, file, user }) => `account ${account} (${file}): passwordeval fails for ${user}`,
    EX.CONFIG,
  ),
  'install.denied': define(
    [{ what: 'write /usr/local/bin/mailshim' }],
    ({ what }) => `cannot ${what}: permission denied; run it as root`,
    EX.NOPERM,
  ),
  'install.failed': define(
    [{ what: 'write /usr/local/bin/mailshim', why: 'ENOSPC: no space left on device, write' }],
    ({ what, why }) => `cannot ${what}: ${why}`,
    EX.CANTCREAT,
  ),
  'queue.no-spool': fixed('no spool is configured: there is no queue', EX.CONFIG),
  'queue.daemon-spool': define(
    [{ folder: '/var/spool/mailshim' }],
    ({ folder }) => `the spool ${folder} belongs to the daemon; run this as root or as the user of the daemon`,
    EX.NOPERM,
  ),
  'queue.foreign-spool': define(
    [{ path: '/var/spool/mailshim/queue', owner: 0, euid: 998, folder: '/var/spool/mailshim' }],
    ({ path, owner, euid, folder }) => `${path} belongs to uid ${owner}, not to ${euid}; chown -R ${euid} ${folder}`,
    EX.CANTCREAT,
  ),
  'queue.no-id': fixed('queue: expected the id of a mail, or --all', EX.USAGE),
  'queue.state': define(
    [{ id: '0TB7K3M5QZ4A', state: 'failed' }],
    ({ id, state }) => `queue: ${id} is in ${state}, where this is not possible`,
    EX.USAGE,
  ),
  'queue.no-mail': define(
    [{ id: '0TB7K3M5QZ4A', folder: '/var/spool/mailshim' }],
    ({ id, folder }) => `queue: there is no mail ${quoted(id)} in ${folder}`,
    EX.NOINPUT,
  ),
  'queue.taken': define(
    [{ id: '0TB7K3M5QZ4A' }],
    ({ id }) => `queue: ${id} was accepted from its caller and is not in the queue yet`,
    EX.UNAVAILABLE,
  ),
  'queue.sending': define(
    [{ id: '0TB7K3M5QZ4A' }],
    ({ id }) => `${id} is being sent at this moment; try again`,
    EX.UNAVAILABLE,
  ),
  'queue.short': define(
    [{ id: '0TB7K3M5QZ4A' }],
    ({ id }) => `the file of ${id} ends before the end of the mail`,
    EX.IOERR,
  ),
  'report.account': define([{ why: 'account "shop" is not defined' }], ({ why }) => `report: ${why}`),
  'report.no-worker': define(
    [{ account: 'default', file: '/etc/mailshimrc' }],
    ({ account, file }) => `report: account ${account} (${file}) has no preflight_url`,
  ),
  'report.rejected': define(
    [{ why: 'the Worker replies HTTP 422: not a report' }],
    ({ why }) => `report rejected: ${why}`,
  ),
  'report.too-large': define([{ most: 10_485_760 }], ({ most }) => `report rejected: it is larger than ${most} bytes`),
  'report.deferred': define(
    [{ why: 'the Worker at https://check.shop.example does not answer (ENOTFOUND)' }],
    ({ why }) => `report deferred: ${why}`,
  ),
  'status.post': define([{ why: 'the Worker replies HTTP 401' }], ({ why }) => `status --post: ${why}`),
  'status.no-worker': fixed('status --post: the account has no preflight_url, or no "from ADDRESS"'),
  'test.no-sender': define(
    [{ account: 'default', file: '/etc/mailshimrc' }],
    ({ account, file }) => `account ${account} (${file}) has no "from ADDRESS" to send as`,
    EX.CONFIG,
  ),
  'test.no-inbox': define([{ why: 'the Worker replies HTTP 404' }], ({ why }) => `no test inbox: ${why}`),
  'worker.not-inbox': fixed('the Worker’s answer is not a test inbox', EX.UNAVAILABLE),
  'worker.no-member': define([{ name: 'reports' }], ({ name }) => `the Worker’s answer has no ${name}`, EX.UNAVAILABLE),
  'worker.too-long': fixed('the Worker’s answer is too long', EX.UNAVAILABLE),
  'worker.silent': define(
    [{ url: 'https://check.shop.example', why: 'ENOTFOUND' }],
    ({ url, why }) => `the Worker at ${url} does not answer (${why})`,
    EX.UNAVAILABLE,
  ),
  'worker.status': define(
    [{ status: 401, detail: 'a token is needed' }],
    ({ status, detail }) => `the Worker replies HTTP ${status}${detail === '' ? '' : `: ${detail}`}`,
    EX.UNAVAILABLE,
  ),
  'bs.closed': fixed('-bs: the caller closed the connection within the session', EX.IOERR),
  'bs.errors': fixed('-bs: too many errors in the session', EX.PROTOCOL),
  'bs.cut-off': fixed('-bs: the input ended inside a message; the message was not sent', EX.IOERR),
} as const;
