// `mailshim report < mail`: a report or a bounce goes to the Worker. Its caller is an alias of a mail server, not PHP.

import { MAX_REPORT_MAIL_BYTES } from '../../shared/reports/limits.ts';
import { wordReader } from '../cli/words.ts';
import { accountOf, type LogSettings } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Ending, EX, ExitError } from '../exit.ts';
import { Collector, type ReadSome, readInput } from '../intake/read.ts';
import { writeLog } from '../log/write.ts';
import { postReport, type TakenReport, type WorkerAccess, WorkerError, workerOf } from '../setup/worker.ts';
import { logField, logWord } from '../text/printable.ts';

/**
 * EX_TEMPFAIL, which nothing else here ends with (exit.ts): Postfix and Exim keep the mail and try it again. All that an
 * administrator can correct ends so, since any other code has them return the mail to its sender.
 */
const TRY_AGAIN = 75;
/** What the Worker answers to a mail that it will never accept: not a report, too large, of a domain that is not watched. */
const REJECTED: ReadonlySet<number> = new Set([403, 413, 415, 422]);

interface Options {
  account?: string;
  file?: string;
  discard?: boolean;
}

/** `words` without "report". */
export async function reportCommand(
  words: readonly string[],
  environment: Environment,
  readSome: ReadSome = readInput,
): Promise<Ending> {
  const { command, read } = wordReader('report');
  command
    .description(
      'Hand the report or bounce on standard input to the Worker (preflight_url, preflight_token). Exit status: 0; 65 if it is not a report; 75 if it has to be tried again.',
    )
    .option('-a, --account <name>', 'the account whose Worker it is; default: the default account')
    .option('-C, --file <file>', 'the configuration')
    .option('--discard', 'exit with 0 for what is not a report, so that no bounce goes to a forged sender');
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  const options = command.opts<Options>();
  const mail = readMail(readSome);
  const place = placeOf(options, environment);
  if ('problem' in place) return { code: TRY_AGAIN, complaints: [`report: ${place.problem}`] };
  const { worker, log } = place;
  const end = (code: number, lines: readonly string[], complaint?: string): Ending => ({
    code,
    stdout: lines.map((line) => `${line}\n`).join(''),
    complaints: [
      ...(complaint === undefined ? [] : [complaint]),
      ...writeLog(
        log,
        [...lines, ...(complaint === undefined ? [] : [complaint])].map((line) => `mailshim: ${line}`),
        environment.now(),
        environment.syslog,
      ),
    ],
  });
  const rejected = (why: string) => end(options.discard === true ? EX.OK : EX.DATAERR, [], `report rejected: ${why}`);
  if (mail === undefined) return rejected(`it is larger than ${MAX_REPORT_MAIL_BYTES} bytes`);
  try {
    return end(EX.OK, linesOf(await postReport(worker, mail)));
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    if (error.status !== undefined && REJECTED.has(error.status)) return rejected(error.message);
    return end(TRY_AGAIN, [], `report deferred: ${error.message}`);
  }
}

/** Undefined where it is too large; what follows is then not read. */
function readMail(readSome: ReadSome): Uint8Array | undefined {
  const collector = new Collector();
  while (collector.read(readSome) > 0) if (collector.total > MAX_REPORT_MAIL_BYTES) return undefined;
  return Buffer.concat([...collector.pieces()]);
}

function placeOf(
  { account, file }: Options,
  environment: Environment,
): { worker: WorkerAccess; log: LogSettings } | { problem: string } {
  const { accounts, problems } = readConfiguration(environment, file);
  const choice = chooseAccount(accounts, account, undefined);
  if ('problem' in choice) return { problem: choice.problem };
  try {
    const chosen = accountOf(choice.account, new Map(), environment.home);
    const worker = workerOf(chosen);
    return worker === undefined
      ? { problem: `account ${chosen.name} (${chosen.file}) has no preflight_url` }
      : { worker, log: chosen };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return { problem: [error.message, ...problems.map(({ message }) => message)].join('; ') };
  }
}

/** For the log: one for each recipient that bounced, else one for each report. */
function linesOf(reports: readonly TakenReport[]): string[] {
  if (reports.length === 0) return ['report ignored: an auto-reply'];
  return reports.flatMap(({ kind, domain, reporter, state, messageId, subject, bounced }) => {
    const about = `messageid=${logWord(messageId)} subject='${logField(subject)}'`;
    if (state === 'duplicate') return [`report kind=${logWord(kind)} domain=${logWord(domain)} state=duplicate`];
    if (kind === 'bounce') {
      return bounced.map(
        ({ address, action, status, reason }) =>
          `bounced recipient=${logWord(address)} action=${logWord(action)} status=${logWord(status)} reason=${logWord(reason)} ${about}`,
      );
    }
    if (kind === 'feedback') return [`complaint reporter=${logWord(reporter)} ${about}`];
    return [
      `report kind=${logWord(kind)} domain=${logWord(domain)} reporter=${logWord(reporter)} state=${logWord(state)}`,
    ];
  });
}
