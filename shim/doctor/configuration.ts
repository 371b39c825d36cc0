// The configuration and its keys, by the rights of each user that sends.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { type Account, accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import { ExitError } from '../exit.ts';
import { readFileOnce } from '../read-file.ts';
import { type DoctorContext, type LocalUser, mayReach } from './context.ts';
import { commandOf } from './php.ts';
import { define, type Result, resultsOf } from './result.ts';
import { isSame, octal, sendersOf, USE_DAEMON } from './spool.ts';

const KEY = '/etc/mailshim/dkim/mailshim.pem';

// biome-ignore format: a line for each language.
export const configurationTexts = {
  'config.good': define({ file: '/etc/mailshimrc', account: 'default' },
    ['{file}: account {account} is complete'],
    ['{file}: учётная запись {account} настроена полностью']),
  'config.staging': define({ account: 'default', only: '*@staging.example', to: '' },
    ({ account, only, to }) => [
      `account ${account} is for staging: ${to === '' ? `mail goes only to ${only}` : `all mail goes to ${to}${only === '' ? '' : `, if it is addressed to ${only}`}`}`,
      'on a live shop, remove only_to and redirect_to',
    ],
    ({ account, only, to }) => [
      `учётная запись ${account} настроена для тестового сервера: ${to === '' ? `письма отправляются только на ${only}` : `все письма отправляются на ${to}${only === '' ? '' : `, если они адресованы ${only}`}`}`,
      'на рабочем магазине удалите only_to и redirect_to',
    ]),
  'config.missing': define({ places: '/etc/mailshimrc, ~/.mailshimrc' },
    ['no configuration was found ({places})', 'mailshim init'],
    ['файл настроек не найден ({places})', 'mailshim init']),
  'config.broken': define({ where: '/etc/mailshimrc:3', word: 'hsot', message: 'unknown directive "hsot"; did you mean "host"?' },
    ['{where}: {message}', 'correct that line; mailshim config check explains the whole file'],
    ({ where, word }) => [
      word === '' ? `${where}: ошибка в файле` : `${where}: ошибка в строке «${word}…»`,
      'исправьте эту строку; подробности покажет mailshim config check',
    ]),
  'config.unreadable': define({ file: '/etc/mailshimrc', user: 'www-data', group: 'www-data', others: '' },
    ({ file, user, group, others }) => [
      `the user ${user}, which sends mail${others === '' ? '' : ` as ${others} do`}, cannot read ${file}`,
      others === '' ? `chgrp ${group} ${file} && chmod 0640 ${file}` : USE_DAEMON.en,
    ],
    ({ file, user, group, others }) => [
      `пользователь ${user}, от имени которого отправляются письма${others === '' ? '' : ` (как и от имени ${others})`}, не может прочитать ${file}`,
      others === '' ? `chgrp ${group} ${file} && chmod 0640 ${file}` : USE_DAEMON.ru,
    ]),
  'config.shadowed': define({ file: '/var/www/.mailshimrc', user: 'www-data', system: '/etc/mailshimrc', host: 'old.shop.example' },
    ['mail of {user} is sent by {file}, which overrides {system} (host {host})', 'rm {file}; if it is intended, check it separately: mailshim doctor --user {user}'],
    ['для писем пользователя {user} действует {file}, а не {system} (host {host})', 'rm {file}; если так и задумано, проверьте этот файл отдельно: mailshim doctor --user {user}']),
  'config.own': define({ file: '/home/shop1/.mailshimrc', user: 'shop1' },
    ['mail of {user} is sent by {file}, to the same relay'],
    ['для писем пользователя {user} действует {file}, релей тот же']),
  'config.open': define({ file: '/etc/mailshimrc', mode: '0644' },
    ['{file} contains secrets, and every user can read it (mode {mode})', 'chmod o-rwx {file}'],
    ['{file} содержит пароли и ключи, а прочитать его может любой пользователь (права {mode})', 'chmod o-rwx {file}']),
  'config.secrets': define({ user: 'www-data' },
    ['configuration and keys are readable for {user}, which sends, and for no other user'],
    ['настройки и ключи доступны пользователю {user}, от имени которого отправляются письма, и закрыты для остальных']),
  'config.key-missing': define({ file: KEY },
    ['the DKIM key {file} does not exist: no mail is sent', 'correct the path in dkim_key, restore the key from a backup, or make new ones: mailshim init --force --new-keys'],
    ['нет файла ключа DKIM {file}: письма не отправляются', 'исправьте путь в dkim_key, восстановите ключ из резервной копии или создайте новые ключи: mailshim init --force --new-keys']),
  'config.key-unreadable': define({ file: KEY, user: 'www-data', others: '' },
    ({ file, user, others }) => [
      `the user ${user}, which sends mail, cannot read the DKIM key ${file}: no mail is sent`,
      others === '' ? `chown ${user} ${file} && chmod 0600 ${file}` : USE_DAEMON.en,
    ],
    ({ file, user, others }) => [
      `пользователь ${user}, от имени которого отправляются письма, не может прочитать ключ DKIM ${file}: письма не отправляются`,
      others === '' ? `chown ${user} ${file} && chmod 0600 ${file}` : USE_DAEMON.ru,
    ]),
  'config.key-open': define({ file: KEY, mode: '0644' },
    ['other users can read or change the DKIM key {file} (mode {mode}): mailshim sends nothing with such a key', 'chmod 0600 {file}'],
    ['другие пользователи могут прочитать или изменить ключ DKIM {file} (права {mode}): с таким ключом mailshim письма не отправляет', 'chmod 0600 {file}']),
  'config.key-broken': define({ file: KEY },
    ['{file} contains no usable DKIM key', 'restore the key from a backup, or make new ones: mailshim init --force --new-keys'],
    ['в {file} нет пригодного ключа DKIM', 'восстановите ключ из резервной копии или создайте новые ключи: mailshim init --force --new-keys']),
} as const;

const result = resultsOf(configurationTexts);

export async function checkConfiguration(context: DoctorContext): Promise<Result[]> {
  const { configuration, account, environment } = context;
  const results: Result[] = [];
  for (const { file, line, problem } of configuration.problems) {
    const where = `${file}:${line}`;
    results.push(result('failure', 'config.broken', { where, word: wordAt(file, line), message: problem.text }));
  }
  for (const { file, why } of configuration.unreadable.filter(({ fatal }) => fatal))
    results.push(result('failure', 'config.broken', { where: file, word: '', message: why }));
  if (results.length > 0) return results;
  if (account === undefined)
    return [result('failure', 'config.missing', { places: `${environment.etc}/mailshimrc, ~/.mailshimrc` })];
  results.push(result('ok', 'config.good', { file: account.file, account: account.name }));
  const { name, onlyTo, redirectTo = '' } = account;
  if (onlyTo.length > 0 || redirectTo !== '')
    results.push(result('warning', 'config.staging', { account: name, only: onlyTo.join(' '), to: redirectTo }));
  const rights: Result[] = [];
  for (const file of configuration.files) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if (account.password !== undefined && (mode & 0o004) !== 0)
      rights.push(result('warning', 'config.open', { file, mode: octal(mode) }));
  }
  const senders = sendersOf(context);
  for (const sender of senders) {
    const others = senders.flatMap(({ name: other }) => (other === sender.name ? [] : [other])).join(', ');
    const found = await senderTrouble(context, account, sender, others);
    if (found.length > 0) context.blocked.add(sender.name);
    rights.push(...found);
  }
  // A missing or open key is one result for all users.
  const own = rights.filter((each, at) => rights.findIndex((other) => isSame(other, each)) === at);
  for (const localUser of context.php.users) own.push(...shadowOf(context, localUser));
  if (own.every(({ level }) => level === 'ok') && senders.length > 0)
    own.push(result('ok', 'config.secrets', { user: senders.map((sender) => sender.name).join(', ') }));
  return [...results, ...own];
}

/** Why one user cannot read the configuration or, if that is readable, the keys. */
async function senderTrouble(
  { configuration, php }: DoctorContext,
  account: Account,
  sender: LocalUser,
  others: string,
): Promise<Result[]> {
  const user = sender.name;
  // A file that sites of the user name with -C replaces that of the user's home.
  const named = (php.sitesOf.get(user) ?? []).flatMap((site) => commandOf(site).config ?? []);
  for (const file of [...configuration.files, ...named])
    if (mayReach(sender, 'read', file) === false)
      return [result('failure', 'config.unreadable', { file, user, group: user, others })];
  const results: Result[] = [];
  for (const { keyFile } of account.dkim) {
    if (keyFile === undefined) continue;
    const trouble = await keyTrouble(keyFile, sender, others);
    if (trouble !== undefined) results.push(trouble);
  }
  return results;
}

/** A configuration in the home of a user overrides that of the system. */
function shadowOf(
  { environment, root, configuration, account }: DoctorContext,
  { name, uid, home }: LocalUser,
): Result[] {
  if (home === undefined || home === '' || account === undefined) return [];
  const found = readConfiguration(
    { etc: environment.etc, home: join(root || '/', home), configHome: undefined, euid: uid },
    undefined,
  );
  const file = found.files.find((each) => !configuration.files.includes(each));
  if (file === undefined || !account.file.startsWith(`${environment.etc}/`)) return [];
  const choice = chooseAccount(found.accounts, undefined, undefined);
  const theirs = 'problem' in choice ? undefined : accountOrNone(choice.account, home);
  const args = { file, user: name, system: account.file, host: theirs?.host ?? '?' };
  const isSameRelay = theirs?.host === account.host && theirs.port === account.port && theirs.from === account.from;
  return [
    isSameRelay && found.problems.length === 0
      ? result('ok', 'config.own', args)
      : result('failure', 'config.shadowed', args),
  ];
}

function accountOrNone(section: Parameters<typeof accountOf>[0], home: string) {
  try {
    return accountOf(section, new Map(), home);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return undefined;
  }
}

/** The directive of a line; never its value, which may be a password. */
function wordAt(file: string, line: number): string {
  const read = readFileOnce(file);
  return 'why' in read ? '' : (read.text.split('\n')[line - 1]?.match(/^[ \t]*([\w-]{1,40})/)?.[1] ?? '');
}

async function keyTrouble(file: string, sender: LocalUser, others: string): Promise<Result | undefined> {
  const readable = mayReach(sender, 'read', file);
  if (readable === undefined) return result('failure', 'config.key-missing', { file });
  if (!readable) return result('failure', 'config.key-unreadable', { file, user: sender.name, others });
  const read = readFileOnce(file, { encoding: 'latin1' });
  if ('why' in read) return result('failure', 'config.key-unreadable', { file, user: sender.name, others });
  if ((read.mode & 0o027) !== 0) return result('failure', 'config.key-open', { file, mode: octal(read.mode) });
  const key = await publicKeyOf(read.text);
  return key.ok ? undefined : result('failure', 'config.key-broken', { file });
}
