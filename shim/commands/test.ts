// `mailshim test`: sends a mail through the relay to a test inbox and shows its score.

import { writeSync } from 'node:fs';
import { Option } from 'commander';
import { checkMessage } from '../../shared/check/message.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { reportText } from '../../shared/report/text.ts';
import { wordReader } from '../cli/words.ts';
import type { Account } from '../config/account.ts';
import type { Configuration } from '../config/files.ts';
import { defined } from '../defined.ts';
import { openAccount, openConfiguration } from '../delivery/account.ts';
import { deliver } from '../delivery/deliver.ts';
import { logOfAccount } from '../delivery/log.ts';
import { ownMeans } from '../delivery/means.ts';
import { prepareMail } from '../delivery/prepare.ts';
import { systemResolver } from '../dns/system.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { parseAddress } from '../intake/addresses.ts';
import { parseMessage } from '../intake/header.ts';
import { inLanguage, type Lang, translated } from '../language.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { seenSender, signedLater } from '../prepare/seen.ts';
import { wireChunks } from '../prepare/wire.ts';
import { type Inbox, makeInbox, readInbox, scoreMessage, type WorkerAccess, WorkerError } from '../setup/worker.ts';
import { listMails } from '../spool/listing.ts';
import { findSpool } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';
import { inline } from '../text/printable.ts';
import type { Invocation } from '../types.ts';

interface Options {
  account?: string;
  to?: string;
  worker?: string;
  wait: number;
  minScore: number;
  unsent?: boolean;
  lang: Lang;
}

/** Milliseconds between two requests for the inbox. */
const LOOK_EVERY = 2000;
const BAR = 30;

export const TEXTS = translated({
  en: {
    subject: 'Test of this shop’s mail',
    text: 'mailshim test sent this mail to check how receivers rate mail from this server.\nNo reply is needed.\n',
    sent: (address: string) => `Sent to ${address}; waiting for it to arrive`,
    nothing: (seconds: number) => `No mail has arrived within ${seconds} s.`,
    waiting: (reason: string) =>
      `It is in the queue of this machine${reason === '' ? '' : `: ${reason}`}. Run mailshim doctor to check everything.`,
    failed: (reason: string) => `It failed on this machine: ${reason}. Run mailshim doctor to check everything.`,
    elsewhere: (address: string) => `Sent to ${address}. Its receiver sees more than this machine can check.`,
    unsent:
      'The mail was not sent, but scored as it would leave this machine. What the relay adds and what the receiver sees (address, TLS, signature of the relay) was not checked:',
    page: (page: string) => `Report in the browser: ${page}`,
  },
  ru: {
    subject: 'Проверка почты магазина',
    text: 'Это письмо отправлено командой mailshim test, чтобы проверить, как получатели оценивают почту с этого сервера.\nОтвечать на него не нужно.\n',
    sent: (address) => `Отправлено на ${address}; ожидаем доставки`,
    nothing: (seconds) => `За ${seconds} с письмо не пришло.`,
    waiting: (reason) =>
      `Письмо в очереди этого сервера${reason === '' ? '' : `: ${reason}`}. Полную проверку выполнит mailshim doctor.`,
    failed: (reason) => `Письмо не отправлено с этого сервера: ${reason}. Полную проверку выполнит mailshim doctor.`,
    elsewhere: (address) => `Отправлено на ${address}. Получатель видит больше, чем можно проверить на этом сервере.`,
    unsent:
      'Письмо не отправлено, оценка дана для письма в том виде, в каком оно ушло бы с этого сервера. Что добавит релей и что увидит получатель (адрес, TLS, подпись релея), не проверялось:',
    page: (page) => `Отчёт в браузере: ${page}`,
  },
});
type Texts = (typeof TEXTS)['en'];

/** `words` without "test". */
export async function testCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const options = readWords(words);
  if (typeof options === 'string') return { code: EX.OK, stdout: options, complaints: [] };
  const invocation: Invocation = {
    mode: 'send',
    readRecipients: false,
    readEnvelopeFrom: false,
    recipients: [],
    unlocked: [],
    overrides: new Map(),
    ...(options.account === undefined ? {} : { account: options.account }),
  };
  const configuration = openConfiguration(invocation, environment);
  const account = openAccount(configuration, invocation, undefined, environment);
  const from = account.from;
  if (from === undefined)
    throw new ExitError(diagnostic('test.no-sender', { account: account.name, file: account.file }));
  const run: TestRun = { options, configuration, account, from, invocation, environment };
  const url = options.worker ?? account.preflightUrl;
  const worker = url === undefined ? undefined : { url: url.replace(/\/+$/, ''), token: account.preflightToken };
  if (options.to !== undefined) return sendElsewhere(run, options.to);
  if (options.unsent === true || worker === undefined) return scoreUnsent(run, worker);
  try {
    return await sendToInbox(run, worker);
  } catch (error) {
    if (!(error instanceof WorkerError) || !error.absent) throw error;
    const scored = await scoreUnsent(run, worker);
    return { ...scored, complaints: [diagnostic('test.no-inbox', { why: error.message }), ...scored.complaints] };
  }
}

interface TestRun {
  options: Options;
  configuration: Configuration;
  account: Account;
  from: string;
  invocation: Invocation;
  environment: Environment;
}

function readWords(words: readonly string[]): Options | string {
  const number = (option: string, least: number, most: number) => (text: string) => {
    const value = Number(text);
    if (value >= least && value <= most) return value;
    throw expected(option, text, `a number from ${least} to ${most}`);
  };
  const { command, read } = wordReader('test');
  command
    .description(
      'Send a mail through the relay to a test inbox of the Worker, and show its score. Exit status: 0, 1 below --min-score, 2 if no mail arrived.',
    )
    .option('-a, --account <name>', 'account of the configuration (default: default)')
    .option('--to <address>', 'send the mail to this address instead of a test inbox')
    .option('--worker <url>', 'address of the Worker (default: preflight_url of the account)')
    .option('--unsent', 'score the mail as it would leave this machine, without sending it')
    .option('--wait <seconds>', 'time to wait for the mail', number('--wait', 1, 3600), 120)
    .option('--min-score <n>', 'exit with 1 below this score', number('--min-score', 0, 10), 9)
    .addOption(new Option('--lang <language>', 'language of mail and report').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  return command.opts<Options>();
}

async function sendToInbox(run: TestRun, worker: WorkerAccess): Promise<Answer> {
  const { options, from } = run;
  const texts = inLanguage(TEXTS, options.lang);
  const inbox = await makeInbox(worker, domainOfAddress(from));
  const sent = await send(run, inbox.address);
  if (sent.code !== EX.OK) return { ...sent, stdout: '' };
  const { arrival, here } = await waitFor(run, worker, inbox);
  if (!arrival.arrived) {
    // A reason that is known here; the Worker only guesses what happened after the relay.
    const why = here === undefined ? arrival.text.trimEnd() : texts[here.state](inline(here.reason).replace(/\.$/, ''));
    return { code: 2, stdout: `${texts.nothing(Math.round(arrival.waited))}\n\n${why}\n`, complaints: sent.complaints };
  }
  const low = arrival.score?.low ?? 0;
  return {
    code: low >= options.minScore ? 0 : 1,
    stdout: `${arrival.text.trimEnd()}\n\n${texts.page(inbox.page)}\n`,
    complaints: sent.complaints,
  };
}

interface Waited {
  /** `waited` in seconds. */
  arrival: Awaited<ReturnType<typeof readInbox>> & { waited: number };
  here: QueueState | undefined;
}

/** Until it has arrived, has failed here, or the time is over. */
async function waitFor(run: TestRun, worker: WorkerAccess, inbox: Inbox): Promise<Waited> {
  const { wait, lang } = run.options;
  const started = performance.now();
  const terminal = process.stderr.isTTY === true;
  for (;;) {
    const arrival = await readInbox(worker, inbox.id, lang);
    const here = arrival.arrived ? undefined : queueStateOf(inbox.address, run.account, run.environment);
    const passed = (performance.now() - started) / 1000;
    if (arrival.arrived || here?.state === 'failed' || passed >= wait) {
      if (terminal) writeSync(2, '\r\x1b[K');
      return { arrival: { ...arrival, waited: passed }, here };
    }
    if (terminal) {
      const full = Math.round((passed / wait) * BAR);
      writeSync(
        2,
        `\r\x1b[K${inLanguage(TEXTS, lang).sent(inbox.address)} [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.round(passed)} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY, Math.max(0, wait * 1000 - passed * 1000))));
  }
}

function expected(option: string, value: string, what: string): ExitError {
  return new ExitError(diagnostic('command.value', { command: 'test', option, value, expected: what }));
}

async function sendElsewhere(run: TestRun, text: string): Promise<Answer> {
  const to = parseAddress(text);
  if (to === undefined || !to.includes('@')) throw expected('--to', text, 'a mail address');
  const sent = await send(run, to);
  return { ...sent, stdout: sent.code === EX.OK ? `${inLanguage(TEXTS, run.options.lang).elsewhere(to)}\n` : '' };
}

/** As the shop's mail is sent, with the queue. */
async function send({ configuration, account, from, invocation, environment, options }: TestRun, to: string) {
  const parsed = parseMessage([testMail(to, inLanguage(TEXTS, options.lang))]);
  const log = logOfAccount(account, invocation);
  const envelope = { from, recipients: [to] };
  const { code, complaints } = await deliver(
    { configuration, account, envelope, parsed, invocation, log },
    environment,
    ownMeans(environment),
  );
  return { code, complaints };
}

/**
 * False where DNS did not answer. What only a receiver can see is unknown in every case, and costs the mail no points.
 */
function isAnswered(findings: readonly Finding[]): boolean {
  return !findings.some(
    (found) => definitionOf(found).severity === 'unknown' && !/^(?:message|alignment)\./.test(found.id),
  );
}

/** Scores the mail as it would leave, by the Worker where there is one, else by the same engine here. */
async function scoreUnsent(run: TestRun, worker: WorkerAccess | undefined): Promise<Answer> {
  const { account, from, environment, options } = run;
  const texts = inLanguage(TEXTS, options.lang);
  const to = from;
  const submission = {
    acceptedAt: environment.now().getTime(),
    seed: environment.random(16),
    recipients: [to],
    envelopeFrom: from,
  };
  const { message, envelope } = await prepareMail(
    account,
    submission,
    parseMessage([testMail(to, texts)]),
    environment,
  );
  const raw = Buffer.concat([...wireChunks(message)]);
  const { ip, helo } = seenSender(account);
  const later = signedLater(account);
  // The Worker cannot know that the relay signs the mail later, and would deduct points for it.
  if (worker !== undefined && later.length === 0) {
    try {
      const text = await scoreMessage(worker, raw, { sender: envelope.from, ip, helo }, options.lang);
      return { code: EX.OK, stdout: `${texts.unsent}\n\n${text.trimEnd()}\n`, complaints: [] };
    } catch (error) {
      if (!(error instanceof WorkerError) || !error.absent) throw error;
    }
  }
  const resolver = systemResolver(account.dnsServers.length === 0 ? {} : { servers: account.dnsServers });
  const scored = await checkMessage(
    {
      raw,
      envelopeFrom: envelope.from,
      ...defined({ helo, clientIp: ip, signedLater: later.length === 0 ? undefined : later }),
    },
    { resolver, now: environment.now(), clock: () => performance.now() },
  );
  const code = (isAnswered(scored.findings) ? scored.score.value : scored.score.low) >= options.minScore ? 0 : 1;
  return { code, stdout: `${texts.unsent}\n\n${reportText(scored, options.lang).trimEnd()}\n`, complaints: [] };
}

/** With CRLF; From, Date and Message-ID are added later, as for the shop's mail. */
function testMail(to: string, { subject, text }: Pick<Texts, 'subject' | 'text'>): Buffer {
  const encoded = /^[\x20-\x7e]*$/.test(subject) ? subject : `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`;
  const body = Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      `To: ${to}`,
      `Subject: ${encoded}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '',
    ].join('\r\n'),
  );
}

interface QueueState {
  /** It is queued, or has failed. */
  state: 'waiting' | 'failed';
  /** Of the last attempt; '' before the first one. */
  reason: string;
}

/** Undefined where no mail to that address is in the queue, or this user may not read it. */
function queueStateOf(address: string, account: Account, environment: Environment): QueueState | undefined {
  const place = findSpool(account.spool, account.file.startsWith(`${environment.etc}/`), environment);
  if (place === undefined) return undefined;
  try {
    for (const { state, recipients, progress } of listMails(new Spool(place.folder))) {
      const recipient = recipients.find((each) => each.address === address);
      if (recipient === undefined) continue;
      const reason = recipient.reply ?? progress.reason ?? '';
      return { state: state === 'failed' || recipient.status === 'failed' ? 'failed' : 'waiting', reason };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return undefined;
}
