// The program: its version, the clock, the Worker, and what PHP starts for a mail.

import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { askSender, socketOf, socketPath } from '../calls/ask.ts';
import { isLauncher } from '../setup/program.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { isAwake, versionOfSender } from '../spool/wake.ts';
import { bareHost } from '../submit/plan.ts';
import { type DoctorContext, mayReach } from './context.ts';
import { commandOf } from './php.ts';
import { define, type Result, resultsOf } from './result.ts';
import { spoolOf } from './spool.ts';

/** Why a launcher starts the program for every mail; `--json` has it. `deaf`: a sender is running and cannot be reached. */
type Unheard = 'elsewhere' | 'silent' | 'foreign' | 'denied' | 'deaf';
const LAUNCHER = '/usr/bin/mailshim';
const SPOOL = '/var/spool/mailshim';
const SOCKET = `${SPOOL}/socket`;
const RESTART = 'systemctl restart mailshim.service';

// biome-ignore format: a line for each language.
const UNHEARD: Record<Unheard, Record<'en' | 'ru', (socket: string) => readonly [why: string, remedy: string]>> = {
  elsewhere: {
    en: (socket) => [`does not look for ${socket}: it does not read the directive "spool"`, 'use the default spool: remove "spool" from the configuration'],
    ru: (socket) => [`не ищет ${socket}: директиву spool он не читает`, 'используйте спул по умолчанию: удалите spool из настроек'],
  },
  silent: {
    en: (socket) => [`gets no answer at ${socket}`, RESTART],
    ru: (socket) => [`не получает ответа от ${socket}`, RESTART],
  },
  foreign: {
    en: (socket) => [`does not trust ${socket}: its owner is not the owner of the spool`, `rm ${socket} && ${RESTART}`],
    ru: (socket) => [`не доверяет ${socket}: его владелец — не владелец спула`, `rm ${socket} && ${RESTART}`],
  },
  denied: {
    en: (socket) => [`may not connect to ${socket}`, `chmod 0666 ${socket}`],
    ru: (socket) => [`не имеет доступа к ${socket}`, `chmod 0666 ${socket}`],
  },
  deaf: {
    en: (socket) => [`cannot connect to ${socket}, though a sender is running`, RESTART],
    ru: (socket) => [`не может подключиться к ${socket}, хотя отправитель запущен`, RESTART],
  },
};

// biome-ignore format: a line for each language.
export const programTexts = {
  'program.version': define({ version: '0.1.0', runtime: 'Node 22.12.0' },
    ['mailshim {version} on {runtime}'],
    ['mailshim {version} на {runtime}']),
  'program.worker': define({ url: 'https://check.shop.example' },
    ['the Worker at {url} answers'],
    ['Worker {url} отвечает']),
  'program.worker-silent': define({ url: 'https://check.shop.example', why: 'ENOTFOUND' },
    ['the Worker at {url} does not answer ({why}): mail is sent without the pre-flight', 'correct preflight_url, or set preflight off'],
    ['Worker {url} не отвечает ({why}): письма отправляются без предварительной проверки', 'исправьте preflight_url или отключите проверку: preflight off']),
  'program.clock': define({ minutes: 90 },
    ({ minutes }) => [
      `the clock of this machine is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'fast' : 'slow'}: receivers distrust such mail, and valid certificates can appear expired`,
      'timedatectl set-ntp true',
    ],
    ({ minutes }) => [
      `часы этого сервера ${minutes > 0 ? 'спешат' : 'отстают'} на ${Math.abs(minutes)} мин.: такие письма выглядят подозрительно, а действующие сертификаты могут считаться просроченными`,
      'timedatectl set-ntp true',
    ]),
  'program.launched': define({ file: LAUNCHER, socket: SOCKET },
    ['PHP starts the launcher ({file}), and the sender answers it at {socket}: a mail starts no JavaScript runtime'],
    ['PHP запускает лаунчер ({file}), отправитель отвечает ему через {socket}: среда JavaScript для каждого письма не запускается']),
  'program.launched-idle': define({ file: LAUNCHER, folder: SPOOL, left: false },
    ({ file, folder, left }) => [
      `PHP starts the launcher (${file}); no sender is running in ${folder} now${left ? ', and its socket is a leftover' : ''}: for the next mail it starts mailshim`,
    ],
    ({ file, folder, left }) => [
      `PHP запускает лаунчер (${file}); отправитель в ${folder} сейчас не запущен${left ? ', от него остался старый сокет' : ''}: для следующего письма лаунчер запустит mailshim`,
    ]),
  'program.launched-alone': define({ file: LAUNCHER },
    ['PHP starts the launcher ({file}); without a spool there is no sender, and the launcher starts mailshim for each mail'],
    ['PHP запускает лаунчер ({file}); без спула отправителя нет, и лаунчер запускает mailshim для каждого письма']),
  'program.unheard': define({ file: LAUNCHER, socket: SOCKET, why: 'deaf' as Unheard },
    ({ file, socket, why }) => {
      const [reason, remedy] = UNHEARD[why].en(socket);
      return [`PHP starts the launcher (${file}), which ${reason}: it starts mailshim for each mail, which takes longer`, remedy];
    },
    ({ file, socket, why }) => {
      const [reason, remedy] = UNHEARD[why].ru(socket);
      return [`PHP запускает лаунчер (${file}), но он ${reason}: mailshim запускается для каждого письма, это медленнее`, remedy];
    }),
  'program.unasked': define({ file: LAUNCHER, socket: SOCKET },
    ['PHP starts the launcher ({file}); this user may not connect to {socket}, so it was not checked whether the sender answers there', 'sudo mailshim doctor'],
    ['PHP запускает лаунчер ({file}); у этого пользователя нет доступа к {socket}, поэтому ответ отправителя не проверен', 'sudo mailshim doctor']),
  'program.other-version': define({ socket: SOCKET, running: '0.1.0', version: '0.2.0' },
    ['PHP starts the launcher, and mailshim {running} answers it at {socket}, but {version} is installed: the old version handles each mail', RESTART],
    ['PHP запускает лаунчер, ему отвечает mailshim {running} ({socket}), хотя установлена версия {version}: письма обрабатывает старая версия', RESTART]),
  'program.unlaunched': define({ file: LAUNCHER },
    ['PHP starts mailshim itself ({file}), and with it a JavaScript runtime for each mail', 'mailshim install installs the launcher where the package has one: docs/launcher.md'],
    ['PHP запускает сам mailshim ({file}), а с ним среду JavaScript для каждого письма', 'mailshim install установит лаунчер, если он есть в пакете: docs/launcher.md']),
} as const;

const result = resultsOf(programTexts);
/** Milliseconds for the Worker to answer, as for a mail. */
const WORKER_PATIENCE = 5000;
const MINUTE = 60_000;
/** Minutes that a clock may be off: receivers allow as much. */
const OFF_MINUTES = 5;

export async function checkProgram({ version, runtime, account, environment, seen }: DoctorContext): Promise<Result[]> {
  const results: Result[] = [result('ok', 'program.version', { version, runtime })];
  const url = account?.preflight === 'off' ? undefined : account?.preflightUrl?.replace(/\/+$/, '');
  if (url === undefined) return results;
  const clock = (date: string | null): Result[] => {
    const off = environment.now().getTime() - Date.parse(date ?? '');
    const minutes = Math.round(off / MINUTE);
    if (!(Math.abs(minutes) > OFF_MINUTES)) return [];
    seen.clockOff = off;
    return [result('failure', 'program.clock', { minutes })];
  };
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(WORKER_PATIENCE), redirect: 'error' });
    if (!response.ok)
      return [...results, result('warning', 'program.worker-silent', { url, why: `HTTP ${response.status}` })];
    return [...results, result('ok', 'program.worker', { url }), ...clock(response.headers.get('date'))];
  } catch (error) {
    // Node has the code of the system in the cause, other runtimes in the error itself.
    const { cause, code, name } = error as Error & { code?: string; cause?: { code?: string } };
    const why = cause?.code ?? code ?? name;
    // With a wrong clock its certificate appears expired as well.
    const wrong = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(why) ? clock(await dateOf(`${url}/healthz`)) : [];
    return [...results, ...(wrong.length > 0 ? wrong : [result('warning', 'program.worker-silent', { url, why })])];
  }
}

/** The Date header of a server with any certificate: only the time is used. */
function dateOf(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request(url, { method: 'HEAD', rejectUnauthorized: false, timeout: WORKER_PATIENCE }, (response) => {
      response.resume();
      resolve(response.headers.date ?? null);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.end();
  });
}

/** Milliseconds for the relay's web server, which certbot may have set up. */
const PATIENCE = 3000;
/** Milliseconds that a clock may be off. */
const OFF = 5 * 60_000;

/** Milliseconds by which the clock is fast, negative where it is slow; undefined where it is right or unknown. */
export async function clockOff(now: Date, host: string, files: readonly string[]): Promise<number | undefined> {
  const off = (await byWebServer(now, host)) ?? byFiles(now, files);
  return off !== undefined && Math.abs(off) > OFF ? off : undefined;
}

async function byWebServer(now: Date, host: string): Promise<number | undefined> {
  const name = bareHost(host);
  try {
    const response = await fetch(`http://${name.includes(':') ? `[${name}]` : name}/`, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? undefined : now.getTime() - date;
  } catch {
    return undefined;
  }
}

/** A file with a later time was written while the clock was right, or more so. */
function byFiles(now: Date, files: readonly string[]): number | undefined {
  const times = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const latest = Math.max(0, ...times);
  return latest > now.getTime() + OFF ? now.getTime() - latest : undefined;
}

/** Links that may follow each other. */
const MAX_LINKS = 40;
/** PHP's default. */
const SENDMAIL = '/usr/sbin/sendmail';

export async function checkStarted(context: DoctorContext): Promise<Result[]> {
  const files = startedFiles(context);
  const launcher = files.find((file) => isLauncher(inRoot(context.root, file)));
  const program = files.find((file) => !isLauncher(inRoot(context.root, file)));
  const spool = spoolOf(context);
  return [
    ...(launcher === undefined ? [] : [await checkLauncher(launcher, spool, context)]),
    // Not a failure: everything works, but takes longer.
    ...(program === undefined ? [] : [result('skipped', 'program.unlaunched', { file: program })]),
  ];
}

/** Our files in PHP's settings; if there are none, the one that should be there. */
function startedFiles({ root, program, php }: DoctorContext): string[] {
  const commands = php.machine.sites.map((site) => commandOf(site).program || SENDMAIL);
  const ours = [...new Set(commands)].filter((file) => isOurProgram(root, file));
  return ours.length > 0 ? ours : [program].filter((file) => isOurProgram(root, file));
}

function isOurProgram(root: string, file: string): boolean {
  const real = inRoot(root, file);
  if (statSync(real, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return /mailshim/.test(file) || /mailshim/.test(real.slice(root.length)) || isLauncher(real);
}

/** The target of a path, with links relative to the root of the machine. */
function inRoot(root: string, file: string): string {
  let path = resolve('/', file);
  for (let count = 0; count < MAX_LINKS; count++) {
    if (lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    path = resolve(dirname(path), readlinkSync(join(root, path)));
  }
  return join(root, path);
}

async function checkLauncher(file: string, spool: SpoolPlace | undefined, context: DoctorContext): Promise<Result> {
  const { version } = context;
  if (spool === undefined) return result('ok', 'program.launched-alone', { file });
  const { folder } = spool;
  const socket = socketPath(folder);
  const unheard = (why: Unheard) => result('warning', 'program.unheard', { file, socket, why });
  if (!isAsked(spool, context)) return result('skipped', 'program.unheard', { file, socket, why: 'elsewhere' });
  const found = socketOf(folder);
  if (found !== undefined && !isTrusted(found.uid, spool)) return unheard('foreign');
  if (found !== undefined && context.web !== undefined && mayReach(context.web, 'write', socket) === false)
    return unheard('denied');
  const state = await askSender(folder);
  if (state === 'silent') return unheard('silent');
  if (state === 'denied') return result('skipped', 'program.unasked', { file, socket });
  if (state !== 'answers') {
    return isAwake(folder)
      ? unheard('deaf')
      : result('ok', 'program.launched-idle', { file, folder, left: state === 'stale' });
  }
  const running = versionOfSender(folder);
  if (running !== undefined && running !== version)
    return result('warning', 'program.other-version', { socket, running, version });
  return result('ok', 'program.launched', { file, socket });
}

/** True for the owner of the spool and for root. */
function isTrusted(uid: number, { kind, folder }: SpoolPlace): boolean {
  return uid === 0 || uid === statSync(kind === 'drop' ? join(folder, 'drop') : folder).uid;
}

/** The launcher reads no configuration: it tries only these spools. */
function isAsked({ folder }: SpoolPlace, { environment, web }: DoctorContext): boolean {
  const { systemSpool, stateHome, home } = environment;
  const state = stateHome ?? (home === undefined ? undefined : join(home, '.local', 'state'));
  const asked = [systemSpool, ...(web === undefined ? [] : [`${systemSpool}-${web.name}`])];
  if (state !== undefined) asked.push(join(state, 'mailshim', 'spool'));
  return asked.includes(folder);
}
