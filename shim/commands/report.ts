// `mailshim report < mail`: passes a report or a bounce to the Worker. Its caller is an alias of a mail server, not PHP.

import { MAX_REPORT_MAIL_BYTES } from '../../shared/reports/limits.ts';
import { wordReader } from '../cli/words.ts';
import { accountOf, type LogSettings } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Diagnostic, type Ending, EX, ExitError } from '../exit.ts';
import { Collector, type ReadSome, readInput } from '../intake/read.ts';
import { writeLog } from '../log/write.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { postReport, type TakenReport, type WorkerAccess, WorkerError, workerOf } from '../setup/worker.ts';
import { logField, logWord } from '../text/printable.ts';

/**
 * EX_TEMPFAIL, which no other command uses (exit.ts): Postfix and Exim keep the mail and try again. With any other code
 * they return the mail to its sender, so that this is the code of everything that an administrator can correct.
 */
const TRY_AGAIN = 75;
/** HTTP statuses for a mail that the Worker never accepts: not a report, too large, of a domain that is not watched. */
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
      'Pass the report or bounce on standard input to the Worker (preflight_url, preflight_token). Exit status: 0; 65 if it is not a report; 75 if it has to be tried again.',
    )
    .option('-a, --account <name>', 'account with the Worker (default: the default account)')
    .option('-C, --file <file>', 'configuration file')
    .option('--discard', 'end with 0 if it is not a report, so that no bounce goes to a forged sender');
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  const options = command.opts<Options>();
  const mail = readMail(readSome);
  const place = placeOf(options, environment);
  if ('problem' in place) return { code: TRY_AGAIN, complaints: [place.problem] };
  const { worker, log } = place;
  const end = (code: number, lines: readonly string[], complaint?: Diagnostic): Ending => ({
    code,
    stdout: lines.map((line) => `${line}\n`).join(''),
    complaints: [
      ...(complaint === undefined ? [] : [complaint]),
      ...writeLog(
        log,
        [...lines, ...(complaint === undefined ? [] : [complaint.text])].map((line) => `mailshim: ${line}`),
        environment.now(),
        environment.syslog,
      ),
    ],
  });
  const rejected = (complaint: Diagnostic) => end(options.discard === true ? EX.OK : EX.DATAERR, [], complaint);
  if (mail === undefined) return rejected(diagnostic('report.too-large', { most: MAX_REPORT_MAIL_BYTES }));
  try {
    return end(EX.OK, linesOf(await postReport(worker, mail)));
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    const why = error.message;
    if (error.status !== undefined && REJECTED.has(error.status))
      return rejected(diagnostic('report.rejected', { why }));
    return end(TRY_AGAIN, [], diagnostic('report.deferred', { why }));
  }
}

/** Undefined if it is too large; the rest is then not read. */
function readMail(readSome: ReadSome): Uint8Array | undefined {
  const collector = new Collector();
  while (collector.read(readSome) > 0) if (collector.total > MAX_REPORT_MAIL_BYTES) return undefined;
  return Buffer.concat([...collector.pieces()]);
}

function placeOf(
  { account, file }: Options,
  environment: Environment,
): { worker: WorkerAccess; log: LogSettings } | { problem: Diagnostic } {
  const { accounts, problems } = readConfiguration(environment, file);
  const choice = chooseAccount(accounts, account, undefined);
  if ('problem' in choice) return { problem: diagnostic('report.account', { why: choice.problem.text }) };
  try {
    const chosen = accountOf(choice.account, new Map(), environment.home);
    const worker = workerOf(chosen);
    return worker === undefined
      ? { problem: diagnostic('report.no-worker', { account: chosen.name, file: chosen.file }) }
      : { worker, log: chosen };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    const why = [error.message, ...problems.map(({ problem }) => problem.text)].join('; ');
    return { problem: diagnostic('report.account', { why }) };
  }
}

/** For the log: one for each recipient of a bounce, or one for another report. */
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
