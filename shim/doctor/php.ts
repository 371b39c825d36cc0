// PHP: every php.ini, pool and site, the program that each sends by, and whether its user can start it.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defined } from '../defined.ts';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { type Asked, askPhp } from '../php/ask.ts';
import { WEB_USERS } from '../php/layouts.ts';
import { findPhp, type LineEnds, lineEndsOf, type PhpMachine, type PhpSite } from '../php/sites.ts';
import { isLauncher, sendmailPathFor } from '../setup/program.ts';
import { findGroup, findUserAnywhere, groupsOf, type User } from '../setup/users.ts';
import { type DoctorContext, type LocalUser, mayReach, type PhpView, runAs } from './context.ts';
import { checkGuards } from './guards.ts';
import { define, type Result, resultsOf } from './result.ts';

const INI = '/etc/php/8.2/fpm/php.ini';
const POOL = '/etc/php/8.2/fpm/pool.d/shop1.conf';
const PROGRAM = '/usr/local/bin/mailshim';
const WANTED = `${PROGRAM} --lock -t -i`;

// biome-ignore format: a line for each language.
export const phpTexts = {
  'php.good': define({ kind: 'fpm', file: INI },
    ['PHP ({kind}) sends through mailshim: {file}'],
    ['PHP ({kind}) отправляет почту через mailshim: {file}']),
  'php.none': define({},
    ['no PHP was found here: sendmail_path was not checked'],
    ['PHP на этом сервере не найден: sendmail_path не проверен']),
  'php.other': define({ kind: 'fpm', where: `${INI}:1100`, value: '/usr/sbin/sendmail -t -i', wanted: WANTED },
    ['PHP ({kind}) does not send through mailshim: {value} ({where})', 'set sendmail_path = "{wanted}" there, then reload PHP'],
    ['PHP ({kind}) отправляет почту не через mailshim: {value} ({where})', 'укажите там sendmail_path = "{wanted}" и перезагрузите PHP']),
  'php.program': define({ kind: 'fpm', where: `${INI}:1100`, program: '/opt/mailshim' },
    ['PHP ({kind}) starts {program}, which does not exist ({where})', 'mailshim install, or correct the path'],
    ['PHP ({kind}) запускает {program}, но такого файла нет ({where})', 'выполните mailshim install или исправьте путь']),
  'php.unlocked': define({ kind: 'fpm', where: `${INI}:1100`, wanted: WANTED },
    ['PHP ({kind}) starts mailshim without --lock: text of a visitor could become an option ({where})', 'sendmail_path = "{wanted}"'],
    ['PHP ({kind}) запускает mailshim без --lock: текст посетителя может попасть в параметры командной строки ({where})', 'sendmail_path = "{wanted}"']),
  'php.line-ends': define({ kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = lf', holds: 'lf' },
    ['PHP ({kind}) does not end every line of a mail with CRLF ({setting}, {where}); mailshim accepts any line end and sends CRLF'],
    ['PHP ({kind}) завершает строки письма не только CRLF ({setting}, {where}); mailshim принимает любые концы строк и отправляет CRLF']),
  'php.line-ends-unknown': define({ kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = LF', holds: 'crlf' },
    ['PHP ({kind}) does not know the value in {setting} ({where}) and uses {holds}', 'remove the line: mailshim accepts any line end; or set crlf, lf, mixed or os, in lower case'],
    ['PHP ({kind}) не распознаёт значение в {setting} ({where}), действует {holds}', 'удалите эту строку: mailshim принимает любые концы строк; или укажите crlf, lf, mixed либо os строчными буквами']),
  'php.line-ends-both': define({ kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = lf', holds: 'lf' },
    ['PHP ({kind}) has both mail.cr_lf_mode and mail.mixed_lf_and_crlf, and they differ: from PHP 8.5 on {setting} is used ({where}), before that mail.mixed_lf_and_crlf', 'remove both: mailshim accepts any line end'],
    ['в настройках PHP ({kind}) заданы и mail.cr_lf_mode, и mail.mixed_lf_and_crlf, с разными значениями: начиная с PHP 8.5 действует {setting} ({where}), в более ранних версиях — mail.mixed_lf_and_crlf', 'удалите обе строки: mailshim принимает любые концы строк']),
  'php.no-recipients': define({ kind: 'fpm', where: `${INI}:1100`, value: `${PROGRAM} --lock -i`, wanted: WANTED },
    ['PHP ({kind}) starts mailshim without -t, so that it does not read the recipients from the mail: every mail() returns false ({value}, {where})', 'sendmail_path = "{wanted}", then reload PHP'],
    ['PHP ({kind}) запускает mailshim без -t, получатели из письма не читаются: mail() всегда возвращает false ({value}, {where})', 'sendmail_path = "{wanted}", затем перезагрузите PHP']),
  'php.quotes': define({ kind: 'fpm', where: `${INI}:1100`, value: `“${WANTED}”`, wanted: WANTED },
    ['PHP ({kind}) has typographic quotation marks in sendmail_path, which the shell treats as part of the name: {value} ({where})', 'type the line again with straight quotes: sendmail_path = "{wanted}", then reload PHP'],
    ['в sendmail_path PHP ({kind}) типографские кавычки, командная оболочка считает их частью имени: {value} ({where})', 'наберите строку заново с прямыми кавычками: sendmail_path = "{wanted}", затем перезагрузите PHP']),
  'php.not-executable': define({ kind: 'fpm', where: `${INI}:1100`, program: PROGRAM, user: 'shop1' },
    ({ kind, where, program, user }) => [
      user === '' ? `PHP (${kind}) starts ${program}, which is not executable (${where})` : `${user}, the user of PHP (${kind}), may not run ${program} (${where})`,
      user === '' ? `chmod 0755 ${program}` : `chmod 0755 ${program}, and chmod o+x for the directories above it: namei -l ${program} shows them`,
    ],
    ({ kind, where, program, user }) => [
      user === '' ? `PHP (${kind}) запускает ${program}, но файл не исполняемый (${where})` : `пользователь ${user}, под которым работает PHP (${kind}), не может запустить ${program} (${where})`,
      user === '' ? `chmod 0755 ${program}` : `chmod 0755 ${program} и chmod o+x для вышестоящих каталогов: их покажет namei -l ${program}`,
    ]),
  'php.start': define({ kind: 'pool shop1', program: PROGRAM, user: 'shop1', why: 'exec: /root/.nvm/node: Permission denied' },
    ['{program} does not start for {user} (PHP, {kind}): {why}', 'install Node where every user can run it, then mailshim install again; setpriv --reuid {user} --clear-groups {program} --version must print a version'],
    ['{program} не запускается от имени {user} (PHP, {kind}): {why}', 'установите Node туда, где его может запустить любой пользователь, и повторите mailshim install; команда setpriv --reuid {user} --clear-groups {program} --version должна вывести версию']),
  'php.disabled': define({ kind: 'fpm', where: `${INI}:310`, name: 'mail' },
    ['PHP ({kind}) has no {name}(): disable_functions disables it ({where})', 'remove {name} from disable_functions there, then reload PHP'],
    ['в PHP ({kind}) недоступна {name}(): она отключена в disable_functions ({where})', 'уберите {name} из disable_functions и перезагрузите PHP']),
  'php.pipes': define({ kind: 'fpm', where: `${INI}:310`, name: 'popen' },
    ['PHP ({kind}) has no {name}() (disable_functions, {where}): mail() works, but libraries that start sendmail themselves, such as PHPMailer’s isSendmail(), fail', 'remove {name} from disable_functions, or let those libraries use mail()'],
    ['в PHP ({kind}) недоступна {name}() (disable_functions, {where}): mail() работает, но библиотеки, которые сами запускают sendmail (isSendmail() в PHPMailer), письма не отправят', 'уберите {name} из disable_functions или переключите такие библиотеки на mail()']),
  'php.open-basedir': define({ kind: 'pool shop1', where: `${POOL}:12` },
    ['open_basedir of PHP ({kind}, {where}) does not affect the program of mail()'],
    ['open_basedir в PHP ({kind}, {where}) не действует на программу, которую запускает mail()']),
  'php.ignored': define({ kind: 'site shop.example', where: '/etc/apache2/sites-enabled/shop.conf:9', name: 'sendmail_path', value: WANTED },
    ['Apache ignores php_value {name} ({where}): only php_admin_value can change it', 'write php_admin_value {name} "{value}" there, or remove the line'],
    ['Apache игнорирует php_value {name} ({where}): изменить эту настройку можно только через php_admin_value', 'укажите там php_admin_value {name} "{value}" или удалите строку']),
  'php.chroot': define({ kind: 'pool shop1', where: POOL, chroot: '/srv/shop1', missing: '/bin/sh' },
    ['PHP ({kind}) runs in the chroot {chroot} ({where}), which has no {missing}: mail() cannot start a program there', 'remove chroot from the pool and use open_basedir; or copy {missing}, the program with its interpreter, its configuration and the drop folder below {chroot}'],
    ['PHP ({kind}) работает в chroot {chroot} ({where}), где нет {missing}: mail() не может запустить программу', 'уберите chroot из пула и используйте open_basedir; или разместите в {chroot} {missing}, программу с интерпретатором, её настройки и каталог drop']),
  'php.chroot-unchecked': define({ kind: 'pool shop1', chroot: '/srv/shop1' },
    ['PHP ({kind}) runs in the chroot {chroot}: its configuration and spool there were not checked', 'mailshim doctor --send tries it'],
    ['PHP ({kind}) работает в chroot {chroot}: настройки и спул внутри него не проверены', 'проверьте отправкой: mailshim doctor --send']),
  'php.fpm': define({ where: '/etc/php/8.2/fpm/php-fpm.conf', why: "[pool shop1] cannot get uid for user 'shop1'" },
    ['php-fpm does not accept its configuration ({where}): {why}', 'correct it, then reload php-fpm; php-fpm -t tests it'],
    ['php-fpm не принимает свои настройки ({where}): {why}', 'исправьте их и перезагрузите php-fpm; проверка — php-fpm -t']),
  'php.silent': define({ program: '/usr/bin/php8.2' },
    ['{program} does not answer: its settings were read from the files'],
    ['{program} не отвечает: настройки прочитаны из файлов']),
  'php.user': define({ kind: 'pool shop1', where: POOL, user: 'shop1' },
    ['PHP ({kind}) is configured to run as {user}, which is not a user of this machine ({where})', 'name an existing user, then reload PHP'],
    ['PHP ({kind}) должен работать от имени {user}, но такого пользователя на сервере нет ({where})', 'укажите существующего пользователя и перезагрузите PHP']),
  'php.no-user': define({},
    ['the user that PHP runs as is not known: it was not checked whether it may send mail', 'mailshim doctor --user NAME'],
    ['неизвестно, от имени какого пользователя работает PHP: права на отправку не проверены', 'mailshim doctor --user NAME']),
  'php.unseen': define({ sites: 'pool shop1', user: 'shop1' },
    ['PHP ({sites}) runs as {user}: only root can check it', 'sudo mailshim doctor'],
    ['PHP ({sites}) работает от имени {user}: проверить это может только root', 'sudo mailshim doctor']),
} as const;

const result = resultsOf(phpTexts);

/** Functions of libraries that start sendmail without mail(): PHPMailer's isSendmail, Symfony's sendmail transport. */
const PIPES = ['popen', 'proc_open'];

export function checkPhp(context: DoctorContext): Result[] {
  const { php, root, program, web } = context;
  const { sites } = php.machine;
  if (sites.length === 0) return [result('skipped', 'php.none', {})];
  const seen = sites.filter((site) => !php.unseen.includes(site));
  const results = [
    ...seen.flatMap((site) => checkSite(site, root, program)),
    ...checkAsked(context),
    ...checkUsers(context),
  ];
  if (seen.some(({ pool, apache }) => pool !== undefined || apache)) results.push(...checkGuards(context));
  if (web === undefined) results.push(result('skipped', 'php.no-user', {}));
  for (const [user, names] of byUser(php.unseen)) results.push(result('skipped', 'php.unseen', { sites: names, user }));
  return once(results);
}

/** One result for one line of one file, even if many pools read it. */
function once(results: readonly Result[]): Result[] {
  const keyOf = ({ id, ...rest }: Result) => {
    const { where, kind } = ('args' in rest ? rest.args : {}) as { where?: string; kind?: string };
    return where === undefined ? undefined : `${id} ${where.includes(':') ? where : `${where} ${kind}`}`;
  };
  const keys = results.map(keyOf);
  return results.filter((_, at) => keys[at] === undefined || keys.indexOf(keys[at]) === at);
}

function byUser(sites: readonly PhpSite[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { kind, user = '' } of sites) names.set(user, names.has(user) ? `${names.get(user)}, ${kind}` : kind);
  return names;
}

function checkSite(site: PhpSite, root: string, program: string): Result[] {
  const { kind, file, openBasedir, ignored } = site;
  const disabled = functionsOf(site);
  const mail = disabled.get('mail');
  // Without mail() no other setting matters.
  if (mail !== undefined) return [result('failure', 'php.disabled', { kind, where: mail, name: 'mail' })];
  const verdict = verdictOf(site, root, program);
  const results = [verdict];
  for (const { file: where, line, name, value } of ignored)
    results.push(result('warning', 'php.ignored', { kind, where: `${where}:${line}`, name, value }));
  if (verdict.level === 'failure') return results;
  const pipe = PIPES.find((name) => disabled.has(name));
  if (pipe !== undefined)
    results.push(result('warning', 'php.pipes', { kind, where: disabled.get(pipe)!, name: pipe }));
  if (openBasedir !== undefined)
    results.push(result('ok', 'php.open-basedir', { kind, where: `${openBasedir.file}:${openBasedir.line}` }));
  const ends = lineEndsOf(site);
  if (ends !== undefined) results.push(...checkLineEnds(kind, `${ends.by.file}:${ends.by.line}`, ends));
  const chroot = site.pool?.chroot;
  if (chroot !== undefined && mayReach(ROOT, 'search', join(root || '/', chroot, 'bin/sh')) === undefined)
    results.push(result('failure', 'php.chroot', { kind, where: file, chroot, missing: '/bin/sh' }));
  else if (chroot !== undefined) results.push(result('skipped', 'php.chroot-unchecked', { kind, chroot }));
  return results;
}

const ROOT: LocalUser = { name: 'root', uid: 0, gid: 0 };

/** Disabled functions, with file and line. */
function functionsOf({ disabled }: PhpSite): Map<string, string> {
  const places = new Map<string, string>();
  for (const { value, file, line } of disabled)
    for (const name of value.toLowerCase().split(/[\s,]+/))
      if (name !== '') places.set(name, line === 0 ? file : `${file}:${line}`);
  return places;
}

/** mailshim accepts any line end: only a setting that PHP ignores, or two that differ, are warnings. */
function checkLineEnds(kind: string, where: string, { holds, by, trouble }: LineEnds): Result[] {
  const args = { kind, where, setting: `${by.name} = ${by.value}`, holds };
  if (trouble === 'unknown') return [result('warning', 'php.line-ends-unknown', args)];
  if (trouble === 'both') return [result('warning', 'php.line-ends-both', args)];
  return holds === 'crlf' ? [] : [result('ok', 'php.line-ends', args)];
}

function checkAsked({ php }: DoctorContext): Result[] {
  const results: Result[] = [];
  for (const {
    php: { conf },
    broken,
    silent,
  } of php.asked) {
    if (broken !== undefined) results.push(result('failure', 'php.fpm', { where: conf, why: broken }));
    if (silent !== undefined) results.push(result('skipped', 'php.silent', { program: silent }));
  }
  return once(results);
}

/** Whether each user can start the program that their sites name. */
function checkUsers({ php, root, blocked }: DoctorContext): Result[] {
  const results: Result[] = [];
  for (const { site, user } of php.missing) {
    // FPM reports it itself.
    if (php.asked.some(({ broken }) => broken?.includes(user))) continue;
    results.push(result('failure', 'php.user', { kind: site.kind, where: site.pool?.file ?? site.file, user }));
  }
  for (const localUser of php.users) {
    for (const site of programsOf(php.sitesOf.get(localUser.name) ?? [])) {
      const trouble = startTrouble(localUser, site, root);
      if (trouble === undefined) continue;
      results.push(trouble);
      blocked.add(localUser.name);
      break;
    }
  }
  return results;
}

/** One site for each program. */
function programsOf(sites: readonly PhpSite[]): PhpSite[] {
  const keys = sites.map((site) => `${site.pool?.chroot ?? ''} ${commandOf(site).program}`);
  return sites.filter((_, at) => keys.indexOf(keys[at]!) === at);
}

function startTrouble(localUser: LocalUser, site: PhpSite, root: string): Result | undefined {
  const { program } = commandOf(site);
  if (!program.startsWith('/')) return undefined;
  const { kind, file, line } = site;
  const where = line === undefined ? file : `${file}:${line}`;
  const path = join(root || '/', site.pool?.chroot ?? '', program);
  if (mayReach(localUser, 'search', path) === false)
    return result('failure', 'php.not-executable', { kind, where, program, user: localUser.name });
  // Its interpreter may be in a directory of root, such as a Node below /root.
  if (root !== '' || site.pool?.chroot !== undefined || !/mailshim/.test(program)) return undefined;
  const ran = runAs(localUser, program, ['--version']);
  if (ran === undefined || ran.status === 0) return undefined;
  const why = ran.stderr.trim().split('\n')[0]!.slice(0, 300) || `exit status ${ran.status}`;
  return result('failure', 'php.start', { kind, program, user: localUser.name, why });
}

export interface Command {
  /** The program as written; '' for PHP's own default. */
  program: string;
  words: readonly string[];
  /** `-C`. */
  config?: string;
}

/** Quotation marks that a text editor or a web page puts in place of the straight ones; a shell treats them as letters. */
const TYPOGRAPHIC = /[\u00ab\u00bb\u2018-\u201f\u2032\u2033\u2039\u203a]/;
/** Other sendmail programs: a missing one is still the wrong one. */
const OTHERS = /(?:^|\/)(?:sendmail|msmtp|ssmtp|esmtp|nullmailer|exim4?|dma|catchmail|mhsendmail|mailpit)[^/]*$/;
const READS_RECIPIENTS = /^(?:-[it]*t[it]*|--read-recipients)$/;

export function commandOf({ sendmailPath = '' }: Pick<PhpSite, 'sendmailPath'>): Command {
  const [program = '', ...words] = [...sendmailPath.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare!,
  );
  const at = words.findIndex((word) => /^(?:-C|--file)$/.test(word));
  const config = at === -1 ? words.map((word) => /^(?:-C|--file=)(.+)$/.exec(word)?.[1]).find(Boolean) : words[at + 1];
  return { program, words, ...(config === undefined ? {} : { config }) };
}

/** The first problem of the setting, or that it is right. */
export function verdictOf(site: PhpSite, root: string, expected: string): Result {
  const { kind, file, line, sendmailPath = '' } = site;
  const where = line === undefined ? file : `${file}:${line}`;
  const wanted = sendmailPathFor(expected);
  // PHP looks for the program within the chroot of the pool.
  const inside = join(root || '/', site.pool?.chroot ?? '');
  if (TYPOGRAPHIC.test(sendmailPath))
    return result('failure', 'php.quotes', { kind, where, value: sendmailPath, wanted });
  const { program, words } = commandOf(site);
  if (program === '') {
    // PHP's own default is "sendmail -t -i".
    return isOurSendmail(root, '/usr/sbin/sendmail')
      ? result('ok', 'php.good', { kind, file })
      : result('failure', 'php.other', { kind, where, value: 'sendmail -t -i', wanted });
  }
  const path = program.startsWith('/') ? join(inside, program) : undefined;
  const isMissing = path !== undefined && !existsSync(path);
  const isOurs = /mailshim/.test(sendmailPath) || (/sendmail$/.test(program) && isOurSendmail(inside, program));
  if (!isOurs && (!isMissing || OTHERS.test(program)))
    return result('failure', 'php.other', { kind, where, value: sendmailPath, wanted });
  if (isMissing) {
    if (site.pool?.chroot !== undefined && existsSync(join(root || '/', program)))
      return result('failure', 'php.chroot', {
        kind,
        where: site.pool.file,
        chroot: site.pool.chroot,
        missing: program,
      });
    return result('failure', 'php.program', { kind, where, program });
  }
  if (path !== undefined && (statSync(path).mode & 0o111) === 0)
    return result('failure', 'php.not-executable', { kind, where, program, user: '' });
  if (!words.some((word) => READS_RECIPIENTS.test(word)))
    return result('failure', 'php.no-recipients', { kind, where, value: sendmailPath, wanted });
  if (!words.includes('--lock')) return result('warning', 'php.unlocked', { kind, where, wanted });
  return result('ok', 'php.good', { kind, file });
}

/** `mailshim install --as-sendmail` makes it a link to the launcher, or to the program, which has its name in it. */
function isOurSendmail(root: string, program: string): boolean {
  const path = join(root || '/', program.startsWith('/') ? program : `/usr/sbin/${program}`);
  try {
    return isLauncher(path) || /mailshim/.test(readFileSync(path, { encoding: 'latin1' }).slice(0, 4096));
  } catch {
    return false;
  }
}

interface Machine {
  root: string;
  program: string;
  euid: number;
  /** `--user`. */
  user: string | undefined;
}

/** @throws ExitError 67 where the user of `--user` does not exist */
export function viewOfPhp({ root, program, euid, user }: Machine): PhpView {
  const asked: Asked[] = [];
  const machine = findPhp(root, (php) => {
    // Programs of another system cannot run.
    const answer = root === '' ? askPhp(php) : { php };
    asked.push(answer);
    return answer.php;
  });
  const view = { machine, asked, missing: [], unseen: [] };
  const wanted = user === undefined ? undefined : localUserOf(root, user);
  if (user !== undefined && wanted === undefined) throw new ExitError(diagnostic('doctor.no-user', { user }));
  const only = wanted ?? (euid === 0 ? undefined : ownUser(root, euid));
  if (only !== undefined) return { ...view, ...seenBy(only, machine.sites, wanted === undefined) };
  return { ...view, ...usersOf(machine, root, program) };
}

/** The sites of one user: that of `--user`, or without root the own user. */
function seenBy(
  localUser: LocalUser,
  sites: readonly PhpSite[],
  onlyOwn: boolean,
): Pick<PhpView, 'users' | 'sitesOf' | 'unseen'> {
  const own = sites.filter(
    ({ user }) => !onlyOwn || user === undefined || user === localUser.name || user === String(localUser.uid),
  );
  return {
    users: [localUser],
    sitesOf: new Map([[localUser.name, own]]),
    unseen: sites.filter((site) => !own.includes(site)),
  };
}

function usersOf(machine: PhpMachine, root: string, program: string): Pick<PhpView, 'users' | 'sitesOf' | 'missing'> {
  const users = new Map<string, LocalUser>();
  const others = new Map<string, LocalUser>();
  const sitesOf = new Map<string, PhpSite[]>();
  const missing: { site: PhpSite; user: string }[] = [];
  for (const site of machine.sites) {
    if (site.user === undefined) continue;
    const localUser = localUserOf(root, site.user, site.group);
    if (localUser === undefined) {
      missing.push({ site, user: site.user });
      continue;
    }
    sitesOf.set(localUser.name, [...(sitesOf.get(localUser.name) ?? []), site]);
    // A site that sends by another program needs no rights to mailshim's files.
    (verdictOf(site, root, program).level === 'failure' ? others : users).set(localUser.name, localUser);
  }
  if (users.size === 0) for (const [name, localUser] of others) users.set(name, localUser);
  if (users.size === 0) {
    const usual = [machine.apacheUser, ...WEB_USERS].flatMap((name) =>
      name === undefined ? [] : (localUserOf(root, name) ?? []),
    );
    if (usual[0] !== undefined) users.set(usual[0].name, usual[0]);
  }
  const first = users.get('www-data');
  return { users: [...new Set([...(first === undefined ? [] : [first]), ...users.values()])], sitesOf, missing };
}

function localUserOf(root: string, name: string, group?: string): LocalUser | undefined {
  const found = findUserAnywhere(root, name);
  if (found !== undefined) return localUserFrom(root, found, group);
  // In a container a user may be only a number.
  if (!/^\d{1,10}$/.test(name)) return undefined;
  const gid = group === undefined ? undefined : findGroup(root, group);
  return { name, uid: Number(name), gid: gid ?? (Number(group) || Number(name)) };
}

function localUserFrom(root: string, { name, uid, gid, home }: User, group?: string): LocalUser {
  const own = group === undefined ? gid : (findGroup(root, group) ?? gid);
  return { name, uid, gid: own, home, groups: groupsOf(root, name) };
}

function ownUser(root: string, euid: number): LocalUser {
  const found = findUserAnywhere(root, String(euid));
  if (found !== undefined) return localUserFrom(root, found);
  return {
    name: String(euid),
    uid: euid,
    gid: process.getegid?.() ?? euid,
    ...defined({ groups: process.getgroups?.() }),
  };
}
