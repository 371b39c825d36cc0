// `mailshim install` and `uninstall`: program and launcher in their place, also under sendmail's names, and back again.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { wordReader } from '../cli/words.ts';
import type { Program } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { findLauncher, isForThisProcessor, isLauncher, platform, whyNotRun } from '../setup/program.ts';
import { type SettingRemains, settingsNaming, spoolsWithMail } from '../setup/remains.ts';

interface Options {
  asSendmail?: boolean;
  dryRun?: boolean;
  /** Only of `uninstall`. */
  remains?: boolean;
  prefix: string;
  root: string;
}

/** Places where callers look for sendmail; on Debian all of them exist with Postfix. */
const SENDMAIL_NAMES = ['/usr/sbin/sendmail', '/usr/lib/sendmail', '/usr/bin/mailq', '/usr/bin/newaliases'];
/** Where a file that was there before waits for `uninstall`. */
const SAVED = '.before-mailshim';
const DIVERT = '/usr/bin/dpkg-divert';

/** `words` begin with install or uninstall. */
export function installCommand(words: readonly string[], program: Program, systemSpool: string): Answer {
  const { action, options } = readWords(words);
  if (action === undefined) return { code: EX.OK, stdout: options, complaints: [] };
  if (options.remains === true) {
    const remains = remainsText(options, systemSpool, settingsLeft(options));
    return { code: EX.OK, stdout: remains.map((line) => `${line}\n`).join(''), complaints: [] };
  }
  const left = action === 'uninstall' ? settingsLeft(options) : [];
  const lines: string[] = [];
  const steps = action === 'install' ? installSteps(options, program) : uninstallSteps(options);
  let next = steps.next();
  // Each step is done before the next one is thought of.
  for (; next.done !== true; next = steps.next()) {
    const step = next.value;
    if (step.done) continue;
    lines.push(`${options.dryRun === true ? 'would ' : ''}${step.what}`);
    if (options.dryRun !== true) perform(step);
  }
  if (lines.length === 0)
    lines.push(action === 'install' ? 'already installed, nothing to do' : 'not installed, nothing to do');
  if (next.value !== undefined) lines.push(startedText(programPath(options), next.value));
  if (action === 'install' && options.dryRun !== true) {
    lines.push(
      `php.ini: sendmail_path = "${options.asSendmail === true ? '/usr/sbin/sendmail' : programPath(options)} --lock -t -i"`,
    );
  }
  if (action === 'uninstall') lines.push(...remainsText(options, systemSpool, left));
  return { code: EX.OK, stdout: `${lines.join('\n')}\n`, complaints: [] };
}

/** Settings of PHP whose program goes, and does not come back as what it was before. */
function settingsLeft(options: Options): SettingRemains[] {
  const going = [programPath(options), ...SENDMAIL_NAMES].filter((name) => {
    const file = `${options.root}${name}`;
    const saved = `${file}${SAVED}`;
    const goes = isOurs(file, options) || (options.remains === true && isOfPackage(name, options));
    return goes && (!exists(saved) || isOurs(saved, options));
  });
  return settingsNaming(options.root, going);
}

/** Of the package whose removal asks: the program, or the link in sendmail's place, which is relative. */
function isOfPackage(name: string, options: Options): boolean {
  const file = `${options.root}${name}`;
  return name === programPath(options) ? exists(file) : linkOf(file)?.endsWith('bin/mailshim') === true;
}

/** What waits and what still names the program; no line where neither is so. */
function remainsText(options: Options, systemSpool: string, settings: readonly SettingRemains[]): string[] {
  const { root, dryRun, remains } = options;
  const isHere = dryRun === true || remains === true;
  const spools = spoolsWithMail(root, systemSpool).map(({ folder, waiting, failed }) => {
    const next =
      waiting === 0
        ? `mailshim queue --failed --spool ${folder} shows why`
        : isHere
          ? `mailshim queue run --spool ${folder} sends it now`
          : 'it is sent when mailshim is installed again';
    return `${folder}: ${waiting} waiting, ${failed} failed; the mail stays there, and ${next}`;
  });
  const sendmail = SENDMAIL_NAMES[0];
  const file = `${root}${sendmail}`;
  const isOther =
    exists(isOurs(file, options) ? `${file}${SAVED}` : file) && linkOf(file)?.endsWith('bin/mailshim') !== true;
  const instead = isOther
    ? `write sendmail_path = "${sendmail} -t -i" there`
    : `install another mail program (postfix, msmtp-mta) and write sendmail_path = "${sendmail} -t -i" there`;
  const lines = settings.map(
    ({ kind, where, program }) => `${where}: PHP (${kind}) names ${program}: ${instead}, then reload PHP`,
  );
  return [...spools, ...lines];
}

type Words = { action: 'install' | 'uninstall'; options: Options } | { action: undefined; options: string };

function readWords(words: readonly string[]): Words {
  let chosen: Words | undefined;
  const { command: commander, read } = wordReader('');
  for (const [action, what] of [
    [
      'install',
      'Install mailshim with the absolute path of this Node, so that it runs under php-fpm without PATH, and its launcher',
    ],
    ['uninstall', 'Remove it, and restore the previous files'],
  ] as const) {
    const command = commander
      .command(action)
      .description(what)
      .option('--as-sendmail', 'also as sendmail, mailq and newaliases; existing files are kept')
      .option('--dry-run', 'only print the steps')
      .addOption(new Option('--prefix <folder>', 'directory to install into').default('/usr/local'))
      .addOption(new Option('--root <folder>', 'the root of another system').default(''))
      .action((options: Options) => {
        chosen = { action, options: { ...options, root: options.root.replace(/\/+$/, '') } };
      });
    if (action === 'uninstall')
      command.option('--remains', 'only list the mail that waits and the settings of PHP that name mailshim');
  }
  const help = read(words);
  if (help !== undefined) return { action: undefined, options: help };
  return chosen!;
}

interface Step {
  what: string;
  done: boolean;
  run: () => void;
}

function perform({ what, run }: Step): void {
  try {
    run();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw new ExitError(diagnostic('install.denied', { what }));
    throw new ExitError(
      diagnostic('install.failed', {
        what,
        why: String(message ?? error)
          .split('\n', 1)
          .join(''),
      }),
    );
  }
}

function libraryPath({ root, prefix }: Options): string {
  return join(`${root}${prefix}`, 'lib/mailshim/mailshim');
}
function programPath({ prefix }: Options): string {
  return join(prefix, 'bin/mailshim');
}
/** As links name them, root not counted. */
const TARGETS = { program: 'lib/mailshim/mailshim', launcher: 'lib/mailshim/launcher' } as const;

/** What callers start; `why`: it is not the launcher. */
type Started = { target: 'launcher' } | { target: 'program'; why: string };

function startedText(path: string, started: Started): string {
  if (started.target === 'program') return `${path} starts the program: ${started.why}`;
  return `${path} starts the launcher, which hands mail to the sender that is running and starts the program where none is`;
}

function* installSteps(options: Options, program: Program): Generator<Step, Started> {
  const { content, by } = installable(program);
  yield writeStep(libraryPath(options), content, by);
  const started = yield* launcherSteps(options, program);
  // `npm i -g` with the same prefix has put its own link there.
  yield* keepAside(programPath(options), options);
  yield linkStep(`${options.root}${programPath(options)}`, join(options.prefix, TARGETS[started.target]));
  if (options.asSendmail !== true) return started;
  for (const name of SENDMAIL_NAMES) {
    yield* keepAside(name, options);
    yield linkStep(`${options.root}${name}`, programPath(options));
  }
  return started;
}

function* launcherSteps(options: Options, program: Program): Generator<Step, Started> {
  const place = join(dirname(libraryPath(options)), 'launcher');
  const launcher = findLauncher(program);
  // One that another version put there speaks the same language.
  if (launcher === undefined && !isLauncher(place))
    return { target: 'program', why: `no launcher for ${platform} came with it` };
  if (launcher !== undefined) {
    if (!isForThisProcessor(launcher)) return { target: 'program', why: `${launcher.file} is for another processor` };
    yield writeStep(place, launcher.content, `, from ${launcher.file}`);
  }
  // Not from the folder where it was found: it may run there and not here.
  const why = options.dryRun === true ? undefined : whyNotRun(place);
  if (why === undefined) return { target: 'launcher' };
  return { target: 'program', why: `the launcher does not run here (${why})` };
}

function writeStep(file: string, content: Buffer, from: string): Step {
  return {
    what: `write ${file}${from}`,
    done: existsSync(file) && readFileSync(file).equals(content),
    run: () => {
      mkdirSync(dirname(file), { recursive: true });
      // Under another name first: whatever runs it at this moment has the old one whole.
      const fresh = `${file}.new`;
      writeFileSync(fresh, content, { mode: 0o755 });
      renameSync(fresh, file);
    },
  };
}

/** What is to lie in the place, and by which Node it runs. */
function installable({ script, runtime }: Program): { content: Buffer; by: string } {
  if (script === undefined) return { content: readFileSync(runtime), by: '' };
  // php-fpm hands on no PATH, so that "env node" would find nothing.
  const text = readFileSync(script, 'utf8').replace(/^#!.*\n/, `#!${runtime}\n`);
  return { content: Buffer.from(text), by: `, run by ${runtime}` };
}

function linkStep(link: string, target: string): Step {
  return {
    what: `link ${link} to ${target}`,
    done: linkOf(link) === target,
    run: () => {
      mkdirSync(dirname(link), { recursive: true });
      // In one step, since mail may be sent at this moment.
      const fresh = `${link}.new`;
      rmSync(fresh, { force: true });
      symlinkSync(target, fresh);
      renameSync(fresh, link);
    },
  };
}

/** A file of a package is diverted, so that its next version does not come back over ours; any other is renamed. */
function keepAside(name: string, options: Options): Step[] {
  const file = `${options.root}${name}`;
  if (!exists(file) || isOurs(file, options)) return [];
  return [
    {
      what: `keep ${file} as ${file}${SAVED}`,
      done: false,
      run: () =>
        ownedByPackage(name, options) ? divert(['--add'], name, options) : renameSync(file, `${file}${SAVED}`),
    },
  ];
}

function* uninstallSteps(options: Options): Generator<Step, undefined> {
  for (const name of [...SENDMAIL_NAMES, programPath(options)]) {
    const file = `${options.root}${name}`;
    const saved = `${file}${SAVED}`;
    if (isOurs(file, options)) yield { what: `remove ${file}`, done: false, run: () => rmSync(file) };
    if (!exists(saved)) continue;
    // A version that knew of no launcher kept the link to it aside.
    if (isOurs(saved, options)) yield { what: `remove ${saved}`, done: false, run: () => rmSync(saved) };
    else
      yield {
        what: `put ${file} back`,
        done: false,
        run: () => (isDiverted(name, options) ? divert(['--remove'], name, options) : renameSync(saved, file)),
      };
  }
  const folder = dirname(libraryPath(options));
  if (existsSync(libraryPath(options)))
    yield { what: `remove ${folder}`, done: false, run: () => rmSync(folder, { recursive: true }) };
  return undefined;
}

function isOurs(file: string, options: Options): boolean {
  const target = linkOf(file);
  if (target === undefined) return false;
  return (
    target === programPath(options) || Object.values(TARGETS).some((each) => target === join(options.prefix, each))
  );
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

/** Also for a link that leads nowhere. */
function exists(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

function dpkg(tool: string, args: readonly string[], { root }: Options): string | undefined {
  const admin = join(root === '' ? '/' : root, 'var/lib/dpkg');
  if (!existsSync(DIVERT) || !existsSync(join(admin, 'status'))) return undefined;
  const places = root === '' ? [] : tool === DIVERT ? ['--instdir', root, '--admindir', admin] : ['--admindir', admin];
  try {
    return execFileSync(tool, [...places, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    return undefined;
  }
}

function ownedByPackage(name: string, options: Options): boolean {
  return dpkg('/usr/bin/dpkg-query', ['-S', name], options) !== undefined;
}

function isDiverted(name: string, options: Options): boolean {
  return (dpkg(DIVERT, ['--list', name], options) ?? '').includes(`${name}${SAVED}`);
}

function divert(action: readonly string[], name: string, options: Options): void {
  const done = dpkg(DIVERT, ['--local', '--rename', '--divert', `${name}${SAVED}`, ...action, name], options);
  if (done === undefined) throw new Error(`dpkg-divert ${action.join(' ')} ${name} failed`);
}
