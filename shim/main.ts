// The program: chooses what to run by its name and arguments, prints, and exits. Only this file ends the process.

import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArguments } from './cli/parse.ts';
import { ownMeans } from './delivery/means.ts';
import { send } from './delivery/send.ts';
import { type Environment, ownCommand, ownProgram, processEnvironment } from './environment.ts';
import { type Ending, EX, ExitError, textOf } from './exit.ts';
import { diagnostic } from './messages/catalogue.ts';
import { SENDER_VARIABLE } from './spool/wake.ts';
import { inline, printableLines } from './text/printable.ts';

/** Set by the build. */
declare const MAILSHIM_VERSION: string | undefined;
const VERSION = typeof MAILSHIM_VERSION === 'undefined' ? 'unbuilt' : MAILSHIM_VERSION;

/** The name that the launcher was called by; a script that it starts has another name. */
const NAME_VARIABLE = 'MAILSHIM_NAME';

/** `words` follow the command. */
type Command = (words: readonly string[], environment: Environment) => Promise<Ending>;

const install =
  (action: string): Command =>
  async (words, { systemSpool }) =>
    (await import('./commands/install.ts')).installCommand([action, ...words], ownProgram(), systemSpool);
/** Each module is loaded only when its command is called. */
const commands: Readonly<Record<string, Command>> = {
  config: async (words, environment) => (await import('./commands/config.ts')).configCommand(words, environment),
  install: install('install'),
  uninstall: install('uninstall'),
  relay: async (words, { now }) => (await import('./commands/relay.ts')).relayCommand(words, now()),
  init: async (words, environment) => (await import('./commands/init.ts')).initCommand(words, environment),
  doctor: async (words, environment) =>
    (await import('./commands/doctor.ts')).doctorCommand(words, environment, VERSION),
  check: async (words, environment) => (await import('./commands/check.ts')).checkCommand(words, environment),
  test: async (words, environment) => (await import('./commands/test.ts')).testCommand(words, environment),
  queue: async (words, environment) => (await import('./commands/queue.ts')).queueCommand(words, environment),
  status: async (words, environment) => (await import('./commands/status.ts')).statusCommand(words, environment),
  report: async (words, environment) => (await import('./commands/report.ts')).reportCommand(words, environment),
  bounces: async (words, environment) => (await import('./commands/bounces.ts')).bouncesCommand(words, environment),
  daemon: async (words, environment) => (await import('./commands/daemon.ts')).daemonCommand(words, environment),
};
/** Words after which "relay" is the command; before others it is a recipient on this machine. */
const RELAY_WORDS = [undefined, 'postfix', 'list', 'audit', '--help', '-h'];

function commandOf(program: string, [first = '', second]: readonly string[]): Command | undefined {
  // sendmail has no commands: there the first word is a recipient.
  if (program === 'sendmail' || (first === 'relay' && !RELAY_WORDS.includes(second))) return undefined;
  return Object.hasOwn(commands, first) ? commands[first] : undefined;
}

async function run(program: string, words: readonly string[], environment: Environment): Promise<Ending> {
  const spool = process.env[SENDER_VARIABLE];
  if (spool !== undefined) {
    const { runOnDemand } = await import('./commands/daemon.ts');
    return { code: await runOnDemand(spool, environment), complaints: [] };
  }
  // The other names of sendmail.
  if (program === 'mailq') return listQueue(environment);
  if (program === 'newaliases') return { code: EX.OK, complaints: [] };
  const command = commandOf(program, words);
  if (command !== undefined) return command(words.slice(1), environment);
  const invocation = parseArguments(words);
  switch (invocation.mode) {
    case 'help':
      return { code: EX.OK, stdout: (await import('./cli/help.ts')).helpText(), complaints: [] };
    case 'version':
      return { code: EX.OK, stdout: `mailshim ${VERSION}\n`, complaints: [] };
    case 'queue-list':
      return listQueue(environment, invocation.file);
    case 'queue-run':
      return (await import('./commands/queue.ts')).runNow(environment, invocation.file);
    case 'nothing':
      return { code: EX.OK, complaints: [] };
    case 'smtp':
      return (await import('./commands/smtp.ts')).serveSmtp(invocation, environment);
    default:
      return send(invocation, environment, ownMeans(environment));
  }
}

async function listQueue(environment: Environment, file?: string): Promise<Ending> {
  const { mailqText } = await import('./commands/queue.ts');
  return { code: EX.OK, stdout: mailqText(environment, file), complaints: [] };
}

async function main(): Promise<number> {
  const environment: Environment = processEnvironment();
  environment.program = ownCommand;
  environment.version = VERSION;
  const program = basename(process.env[NAME_VARIABLE] || process.argv[1] || 'mailshim').replace(/\.(c?js|ts)$/, '');
  delete process.env[NAME_VARIABLE];
  let ending: Ending;
  try {
    ending = await run(program, process.argv.slice(2), environment);
  } catch (error) {
    ending = await describeFailure(error, environment);
  }
  if (ending.stdout !== undefined) write(1, printableLines(ending.stdout));
  for (const complaint of ending.complaints) write(2, `mailshim: ${inline(textOf(complaint))}\n`);
  return ending.code;
}

async function describeFailure(error: unknown, environment: Environment): Promise<Ending> {
  if (!(error instanceof ExitError)) {
    const what = error instanceof Error ? (error.stack ?? error.message).replace(/\s*\n\s*/g, ' | ') : String(error);
    return { code: EX.SOFTWARE, complaints: [diagnostic('internal.error', { what, mail: 'unsent' })] };
  }
  const { logWithoutMail } = await import('./delivery/log.ts');
  return { code: error.code, complaints: [error.diagnostic, ...logWithoutMail(error, environment)] };
}

function write(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Symfony closes its ends of the pipes early; the exit code still reports the outcome.
  }
}

function crash(error: unknown): never {
  const what = error instanceof Error ? error.message : String(error);
  write(2, `mailshim: ${inline(diagnostic('internal.error', { what, mail: 'unknown' }).text)}\n`);
  process.exit(EX.SOFTWARE);
}

process.on('uncaughtException', crash);
main().then((code) => process.exit(code), crash);
