// The spool of each user that sends, and the queue in it.

import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasDaemonUnit } from '../setup/sending-user.ts';
import { readLedger } from '../spool/ledger.ts';
import { countMails } from '../spool/listing.ts';
import { findSpool, type SpoolPlace } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';
import { isAwake } from '../spool/wake.ts';
import { type DoctorContext, type LocalUser, mayReach } from './context.ts';
import { readOnlyMount } from './guards.ts';
import { define, type Result, resultsOf } from './result.ts';

const SPOOL = '/var/spool/mailshim';
const DROP = `${SPOOL}/drop`;

/** Where several users send and a file belongs to one of them. */
export const USE_DAEMON = {
  en: 'let the daemon send for all users: useradd --system mailshim; mailshim init --force --user mailshim; systemctl enable --now mailshim.service mailshim.path',
  ru: 'поручите отправку писем всех пользователей службе: useradd --system mailshim; mailshim init --force --user mailshim; systemctl enable --now mailshim.service mailshim.path',
};

/** Whole hours, or minutes below one. */
function ageOf(minutes: number, hourUnit: string, minuteUnit: string): string {
  return minutes < 60 ? `${minutes} ${minuteUnit}` : `${Math.floor(minutes / 60)} ${hourUnit}`;
}

// biome-ignore format: a line for each language.
export const spoolTexts = {
  'spool.good': define({ folder: DROP, user: 'www-data' },
    ['{user} can write to {folder}'],
    ['{user} может записывать в {folder}']),
  'spool.none': define({},
    ['there is no spool: a mail that the relay cannot accept at once fails in PHP and is lost', 'mailshim init creates one'],
    ['спул не настроен: если релей не принял письмо сразу, mail() вернёт ошибку и письмо будет потеряно', 'mailshim init создаст спул']),
  'spool.missing': define({ folder: '/var/spool/mailshim-www-data', user: 'www-data' },
    ['the spool {folder} does not exist, and {user} cannot create it', 'install -d -m 0700 -o {user} -g {user} {folder}, or correct the directive "spool"'],
    ['каталога спула {folder} нет, и {user} не может его создать', 'install -d -m 0700 -o {user} -g {user} {folder} или исправьте путь в spool']),
  'spool.foreign': define({ folder: '/var/spool/mailshim-www-data', user: 'www-data', uid: 0, others: '' },
    ({ folder, user, uid, others }) => [
      `the spool ${folder} belongs to uid ${uid}, not to ${user}, which sends`,
      others === '' ? `chown -R ${user} ${folder}` : USE_DAEMON.en,
    ],
    ({ folder, user, uid, others }) => [
      `владелец спула ${folder} — uid ${uid}, а письма отправляются от имени ${user}`,
      others === '' ? `chown -R ${user} ${folder}` : USE_DAEMON.ru,
    ]),
  'spool.read-only': define({ folder: DROP, mount: '/var', service: '' },
    ({ folder, mount, service }) => [
      `${service === '' ? `${folder} is on a read-only file system` : `for ${service}, ${folder} is read-only`} (${mount}): no mail can be kept`,
      service === '' ? `mount -o remount,rw ${mount}; if the kernel made it read-only, dmesg shows why` : `ReadWritePaths=${folder} in systemctl edit ${service}, then restart it`,
    ],
    ({ folder, mount, service }) => [
      service === '' ? `${folder} находится в файловой системе, доступной только для чтения (${mount}): письма негде хранить` : `для ${service} каталог ${folder} доступен только для чтения (${mount}): письма негде хранить`,
      service === '' ? `mount -o remount,rw ${mount}; если файловую систему перемонтировало ядро, причина видна в dmesg` : `ReadWritePaths=${folder} в systemctl edit ${service}, затем перезапустите службу`,
    ]),
  'spool.inodes': define({ folder: '/var/spool/mailshim' },
    ['the file system of {folder} has no free inodes', 'df -i {folder}; remove old files, such as PHP sessions'],
    ['в файловой системе каталога {folder} закончились inode', 'df -i {folder}; удалите старые файлы, например сессии PHP']),
  'spool.closed': define({ folder: DROP, user: 'www-data', mode: '0700', right: '3733' },
    ['{user} cannot put mail into {folder} (mode {mode})', 'chmod {right} {folder}'],
    ['{user} не может записывать письма в {folder} (права {mode})', 'chmod {right} {folder}']),
  'spool.open': define({ folder: DROP, mode: '3777', right: '3733' },
    ['other users could see or remove mail in {folder} (mode {mode})', 'chmod {right} {folder}'],
    ['другие пользователи могут просматривать или удалять письма в {folder} (права {mode})', 'chmod {right} {folder}']),
  'spool.full': define({ folder: '/var/spool/mailshim', megabytes: 40 },
    ['the disk of {folder} has {megabytes} MB left', 'free some space, or mail will be rejected'],
    ['на диске с {folder} осталось {megabytes} МБ', 'освободите место, иначе письма не будут приниматься']),
  'spool.daemon': define({ folder: DROP, unit: 'mailshim.service' },
    ({ folder, unit }) => [
      `no daemon is running that sends the mail in ${folder}`,
      unit === '' ? 'this machine has no mailshim.service: install the package, or run mailshim daemon as the user mailshim; to send without a daemon: mailshim init --force --user USER, with the user of PHP' : 'systemctl enable --now mailshim.service mailshim.path',
    ],
    ({ folder, unit }) => [
      `служба, которая отправляет письма из ${folder}, не запущена`,
      unit === '' ? 'mailshim.service на этом сервере нет: установите пакет или запустите mailshim daemon от имени mailshim; чтобы отправлять без службы: mailshim init --force --user USER, где USER — пользователь PHP' : 'systemctl enable --now mailshim.service mailshim.path',
    ]),
  'queue.good': define({ waiting: 0 },
    ({ waiting }) => [waiting === 0 ? 'the queue is empty' : `${waiting} in the queue, being sent`],
    ({ waiting }) => [waiting === 0 ? 'очередь пуста' : `писем в очереди: ${waiting}, отправка идёт`]),
  'queue.old': define({ minutes: 200, folder: SPOOL },
    ({ minutes, folder }) => [
      `the oldest mail has been queued for ${ageOf(minutes, 'h', 'min')}`,
      `mailshim queue list --spool ${folder} shows why; once that is fixed, mailshim queue run tries all mails now`,
    ],
    ({ minutes, folder }) => [
      `самое старое письмо в очереди уже ${ageOf(minutes, 'ч', 'мин')}`,
      `причину покажет mailshim queue list --spool ${folder}; когда она устранена, mailshim queue run повторит отправку сразу`,
    ]),
  'queue.unsent': define({ count: 3, folder: SPOOL },
    ['{count} in the queue, and no sender is running', 'mailshim queue run --spool {folder} sends them now'],
    ['писем в очереди: {count}, но отправитель не запущен', 'mailshim queue run --spool {folder} отправит их сейчас']),
  'queue.failed': define({ count: 2, reason: '550 5.1.1 no such user', folder: SPOOL },
    ({ count, reason, folder }) => [
      `mails that could not be delivered: ${count}${reason === '' ? '' : `; the last one: ${reason}`}`,
      `mailshim queue list --failed --spool ${folder} shows them; mailshim queue retry or delete, with the id, handles one`,
    ],
    ({ count, reason, folder }) => [
      `недоставленных писем: ${count}${reason === '' ? '' : `; последнее: ${reason}`}`,
      `список: mailshim queue list --failed --spool ${folder}; повторить отправку или удалить письмо — mailshim queue retry или delete с его номером`,
    ]),
} as const;

const result = resultsOf(spoolTexts);
/** Bytes of a busy day's mail. */
const LITTLE_SPACE = 100 * 1024 * 1024;
/** Bytes below which no mail is kept. */
const NO_SPACE = 1024 * 1024;

export function isSame(one: Result, other: Result): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

export function checkSpool(context: DoctorContext): Result[] {
  const { account, php, blocked, root } = context;
  if (account === undefined) return [];
  const results: Result[] = [];
  // The daemon is checked even if no user of PHP is known.
  const place = php.users.length === 0 ? spoolOf(context) : undefined;
  if (place?.kind === 'drop') results.push(...daemonTrouble(place.folder, root));
  for (const localUser of php.users) {
    // A user that cannot read the configuration does not reach the spool, unless the daemon has one for all.
    const spool = spoolOf(context, localUser);
    if (blocked.has(localUser.name) && spool?.kind !== 'drop') continue;
    const others = php.users.flatMap(({ name }) => (name === localUser.name ? [] : [name])).join(', ');
    results.push(
      ...(spool === undefined ? [result('warning', 'spool.none', {})] : checkPlace(context, localUser, spool, others)),
    );
  }
  return results.filter((each, at) => results.findIndex((other) => isSame(other, each)) === at);
}

function checkPlace(
  { root }: DoctorContext,
  localUser: LocalUser,
  { folder, kind }: SpoolPlace,
  others: string,
): Result[] {
  const target = kind === 'drop' ? join(folder, 'drop') : folder;
  const user = localUser.name;
  let stat: ReturnType<typeof statSync>;
  try {
    stat = statSync(target);
  } catch {
    if (mayMake(localUser, target)) return [result('ok', 'spool.good', { folder, user })];
    return [result('failure', 'spool.missing', { folder: target, user })];
  }
  const mount = readOnlyMount(root, target);
  if (mount !== undefined) return [result('failure', 'spool.read-only', { folder: target, ...mount })];
  const mode = octal(stat.mode);
  const canPut = () => mayReach(localUser, 'write', target) === true && mayReach(localUser, 'search', target) === true;
  if (kind === 'drop') {
    // Other users may add mail, but not list or remove it.
    if ((stat.mode & 0o044) !== 0 || (stat.mode & 0o3000) !== 0o3000)
      return [result('failure', 'spool.open', { folder: target, mode, right: '3733' })];
    if (!canPut()) return [result('failure', 'spool.closed', { folder: target, user, mode, right: '3733' })];
  } else if (stat.uid !== localUser.uid)
    return [result('failure', 'spool.foreign', { folder, user, uid: stat.uid, others })];
  else if ((stat.mode & 0o700) !== 0o700 || !canPut())
    return [result('failure', 'spool.closed', { folder, user, mode, right: '0700' })];
  else if ((stat.mode & 0o022) !== 0) return [result('failure', 'spool.open', { folder, mode, right: '0700' })];
  const results = [result('ok', 'spool.good', { folder: target, user }), ...roomTrouble(folder, target)];
  return kind === 'drop' ? [...results, ...daemonTrouble(folder, root)] : results;
}

function daemonTrouble(folder: string, root: string): Result[] {
  if (isAwake(folder)) return [];
  // A user alone, as left by a removed package, is not a daemon.
  const isInstalled = hasDaemonUnit(root);
  return [
    result('failure', 'spool.daemon', { folder: join(folder, 'drop'), unit: isInstalled ? 'mailshim.service' : '' }),
  ];
}

function roomTrouble(folder: string, target: string): Result[] {
  const { bavail, bsize, files, ffree } = statfsSync(target);
  // File systems that create inodes on demand report 0 of all.
  if (files > 0 && ffree === 0) return [result('failure', 'spool.inodes', { folder })];
  const free = bavail * bsize;
  if (free >= LITTLE_SPACE) return [];
  const megabytes = Math.floor(free / 1024 / 1024);
  return [result(free < NO_SPACE ? 'failure' : 'warning', 'spool.full', { folder, megabytes })];
}

/** Whether the directory can be created when it is needed, in the nearest existing one above it. */
function mayMake(localUser: LocalUser, folder: string): boolean {
  let above = dirname(folder);
  while (!existsSync(above) && above !== dirname(above)) above = dirname(above);
  return mayReach(localUser, 'write', above) === true && mayReach(localUser, 'search', above) === true;
}

/** The spool for mail of that user (default: the first user). */
export function spoolOf(context: DoctorContext, localUser = context.web): SpoolPlace | undefined {
  const { account, environment } = context;
  if (account === undefined) return undefined;
  return findSpool(account.spool, account.file.startsWith(`${environment.etc}/`), {
    euid: localUser?.uid ?? NO_USER,
    home: homeOf(context, localUser),
    stateHome: localUser?.uid === process.geteuid?.() ? environment.stateHome : undefined,
    systemSpool: environment.systemSpool,
  });
}

/** A uid that no user has: without a known user only the spool of a daemon can be checked. */
const NO_USER = -1;

function homeOf({ environment, root }: DoctorContext, localUser: LocalUser | undefined): string | undefined {
  if (localUser?.uid === process.geteuid?.()) return environment.home;
  return localUser?.home === undefined || localUser.home === '' ? undefined : join(root || '/', localUser.home);
}

/** Users that read configuration, keys and password: the daemon if there is one, else every user of PHP. */
export function sendersOf(context: DoctorContext): LocalUser[] {
  const daemon = daemonOf(context);
  return daemon === undefined ? [...context.php.users] : [daemon];
}

function daemonOf(context: DoctorContext): LocalUser | undefined {
  const spool = spoolOf(context);
  if (spool?.kind !== 'drop') return undefined;
  const { uid, gid } = statSync(join(spool.folder, 'drop'));
  return { name: 'mailshim', uid, gid };
}

/** The user that reads the password; undefined where none is known. */
export function senderOf(context: DoctorContext): LocalUser | undefined {
  return daemonOf(context) ?? context.web;
}

const MINUTE = 60_000;
/** Minutes that a mail may be queued normally: greylisting takes less. */
const LONG = 60;

export function checkQueue(context: DoctorContext): Result[] {
  const place = spoolOf(context);
  if (place === undefined) return [];
  const { folder, kind } = place;
  const { waiting, failed, dropped, oldest } = countMails(new Spool(folder));
  const minutes = oldest === undefined ? 0 : Math.floor((context.environment.now().getTime() - oldest) / MINUTE);
  const results: Result[] = [];
  const asleep = !isAwake(folder);
  // A daemon that is not running is reported with the spool.
  if (waiting > 0 && asleep && kind === 'private')
    results.push(result('failure', 'queue.unsent', { count: waiting, folder }));
  else if (minutes > LONG && !asleep) results.push(result('warning', 'queue.old', { minutes, folder }));
  if (failed > 0) {
    const reason = readLedger(folder).lastFailure?.reason ?? '';
    results.push(result('warning', 'queue.failed', { count: failed, reason, folder }));
  }
  return results.length > 0 ? results : [result('ok', 'queue.good', { waiting: waiting + dropped })];
}
