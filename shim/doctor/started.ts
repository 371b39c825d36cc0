// What PHP starts for a mail: the launcher, and whether the sender answers it; or the program itself.

import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { askSender, socketOf, socketPath } from '../calls/ask.ts';
import { isLauncher } from '../setup/program.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { isAwake, versionOfSender } from '../spool/wake.ts';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';
import { spoolOf } from './local.ts';
import { mayReach } from './rights.ts';
import { commandOf } from './sendmail-path.ts';
import type { Unheard } from './texts.started.ts';

/** Links that may follow each other. */
const MAX_LINKS = 40;
/** What PHP starts where nothing is set. */
const SENDMAIL = '/usr/sbin/sendmail';

export async function checkStarted(context: DoctorContext): Promise<Result[]> {
  const files = startedFiles(context);
  const launcher = files.find((file) => isLauncher(inRoot(context.root, file)));
  const program = files.find((file) => !isLauncher(inRoot(context.root, file)));
  const spool = spoolOf(context);
  return [
    ...(launcher === undefined ? [] : [await aboutLauncher(launcher, spool, context)]),
    // A mark of its own, and no fault: everything works, and takes longer.
    ...(program === undefined ? [] : [result('skipped', 'program.unlaunched', { file: program })]),
  ];
}

/** Files that are there and are ours; where PHP's settings name none, the one that they should name. */
function startedFiles({ root, program, php }: DoctorContext): string[] {
  const commands = php.machine.sites.map((site) => commandOf(site).program || SENDMAIL);
  const ours = [...new Set(commands)].filter((file) => isOurs(root, file));
  return ours.length > 0 ? ours : [program].filter((file) => isOurs(root, file));
}

function isOurs(root: string, file: string): boolean {
  const real = inRoot(root, file);
  if (statSync(real, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return /mailshim/.test(file) || /mailshim/.test(real.slice(root.length)) || isLauncher(real);
}

/** Where a path of the machine leads, whose links begin at its root. */
function inRoot(root: string, file: string): string {
  let path = resolve('/', file);
  for (let count = 0; count < MAX_LINKS; count++) {
    if (lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    path = resolve(dirname(path), readlinkSync(join(root, path)));
  }
  return join(root, path);
}

async function aboutLauncher(file: string, spool: SpoolPlace | undefined, context: DoctorContext): Promise<Result> {
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

/** Of the folder's owner, or of root. */
function isTrusted(uid: number, { kind, folder }: SpoolPlace): boolean {
  return uid === 0 || uid === statSync(kind === 'drop' ? join(folder, 'drop') : folder).uid;
}

/** The launcher reads no configuration, and so knows of these alone. */
function isAsked({ folder }: SpoolPlace, { environment, web }: DoctorContext): boolean {
  const { systemSpool, stateHome, home } = environment;
  const state = stateHome ?? (home === undefined ? undefined : join(home, '.local', 'state'));
  const asked = [systemSpool, ...(web === undefined ? [] : [`${systemSpool}-${web.name}`])];
  if (state !== undefined) asked.push(join(state, 'mailshim', 'spool'));
  return asked.includes(folder);
}
