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
import { seenSender, signedLater } from '../prepare/seen.ts';
import { wireChunks } from '../prepare/wire.ts';
import { type Inbox, lookInto, makeInbox, scoreMessage, type WorkerAccess, WorkerError } from '../setup/worker.ts';
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
  lang: 'en' | 'ru';
}

/** Milliseconds between two looks into the inbox. */
const LOOK_EVERY = 2000;
const BAR = 30;

const WORDS = {
  en: {
    subject: 'A test of this shop’s mail',
    text: 'This mail was sent by mailshim test, to see what receivers make of mail from here.\nNobody needs to answer.\n',
    sent: (address: string) => `Sent to ${address}; waiting for it to arrive`,
    nothing: (seconds: number) => `Nothing has arrived within ${seconds} s.`,
    waiting: (reason: string) =>
      `It waits in the queue of this machine${reason === '' ? '' : `: ${reason}`}. mailshim doctor looks at every link.`,
    failed: (reason: string) => `It was given up here: ${reason}. mailshim doctor looks at every link.`,
    elsewhere: (address: string) => `Sent to ${address}. Whoever gets it sees more than can be seen here.`,
    unsent:
      'The mail was not sent, but scored as it would leave this machine. What the relay adds, and what the receiver sees of it (its address, TLS, its signature), was not looked at:',
    look: (page: string) => `The report for people: ${page}`,
  },
  ru: {
    subject: 'Проверка почты магазина',
    text: 'Это письмо отправила команда mailshim test, чтобы увидеть, как получатели принимают почту отсюда.\nОтвечать не нужно.\n',
    sent: (address: string) => `Отправлено на ${address}; ждём, когда дойдёт`,
    nothing: (seconds: number) => `За ${seconds} с ничего не пришло.`,
    waiting: (reason: string) =>
      `Оно ждёт в очереди этой машины${reason === '' ? '' : `: ${reason}`}. mailshim doctor проверит каждое звено.`,
    failed: (reason: string) => `От него пришлось отказаться здесь: ${reason}. mailshim doctor проверит каждое звено.`,
    elsewhere: (address: string) => `Отправлено на ${address}. Получатель видит больше, чем видно отсюда.`,
    unsent:
      'Письмо не отправлено, а оценено таким, каким оно ушло бы с этой машины. Что добавит релей и что увидит получатель (его адрес, TLS, его подпись), не проверялось:',
    look: (page: string) => `Отчёт для людей: ${page}`,
  },
} as const;

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
    throw new ExitError(EX.CONFIG, `account ${account.name} (${account.file}) has no "from ADDRESS" to send as`);
  const run: TestRun = { options, configuration, account, from, invocation, environment };
  const url = options.worker ?? account.preflightUrl;
  const worker = url === undefined ? undefined : { url: url.replace(/\/+$/, ''), token: account.preflightToken };
  if (options.to !== undefined) return sendElsewhere(run, options.to);
  if (options.unsent === true || worker === undefined) return scoreUnsent(run, worker);
  try {
    return await sendToInbox(run, worker);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    if (!error.absent) throw new ExitError(EX.UNAVAILABLE, error.message);
    const scored = await scoreUnsent(run, worker);
    return { ...scored, complaints: [`no test inbox: ${error.message}`, ...scored.complaints] };
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
  const number = (least: number, most: number) => (text: string) => {
    const value = Number(text);
    if (!(value >= least && value <= most))
      throw new ExitError(EX.USAGE, `test: ${JSON.stringify(text)} is no number from ${least} to ${most}`);
    return value;
  };
  const { command, read } = wordReader('test');
  command
    .description(
      'Send a mail through the whole chain to a test inbox of the Worker, and show its score. Exit status: 0, 1 below --min-score, 2 where nothing arrived.',
    )
    .option('-a, --account <name>', 'the account; unless given, the default one')
    .option('--to <address>', 'send it there instead, and look there yourself')
    .option('--worker <url>', 'the Worker; unless given, preflight_url of the account')
    .option('--unsent', 'score the mail as it would leave, without sending it')
    .option('--wait <seconds>', 'how long to wait for it', number(1, 3600), 120)
    .option('--min-score <n>', 'what it should get', number(0, 10), 9)
    .addOption(new Option('--lang <language>', 'language of mail and report').choices(['en', 'ru']).default('en'));
  const help = read(words);
  if (help !== undefined) return help;
  return command.opts<Options>();
}

async function sendToInbox(run: TestRun, worker: WorkerAccess): Promise<Answer> {
  const { options, from } = run;
  const words = WORDS[options.lang];
  const inbox = await makeInbox(worker, domainOfAddress(from));
  const sent = await send(run, inbox.address);
  if (sent.code !== EX.OK) return { ...sent, stdout: '' };
  const { arrival, here } = await waitFor(run, worker, inbox);
  if (!arrival.arrived) {
    // What is known here is the reason; what the Worker guesses is for the way behind the relay.
    const why = here === undefined ? arrival.text.trimEnd() : words[here.state](inline(here.reason).replace(/\.$/, ''));
    return { code: 2, stdout: `${words.nothing(Math.round(arrival.waited))}\n\n${why}\n`, complaints: sent.complaints };
  }
  const low = arrival.score?.low ?? 0;
  return {
    code: low >= options.minScore ? 0 : 1,
    stdout: `${arrival.text.trimEnd()}\n\n${words.look(inbox.page)}\n`,
    complaints: sent.complaints,
  };
}

interface Waited {
  /** `waited` in seconds. */
  arrival: Awaited<ReturnType<typeof lookInto>> & { waited: number };
  here: QueueState | undefined;
}

/** Until it has come, was given up here, or the time is over. */
async function waitFor(run: TestRun, worker: WorkerAccess, inbox: Inbox): Promise<Waited> {
  const { wait, lang } = run.options;
  const started = performance.now();
  const terminal = process.stderr.isTTY === true;
  for (;;) {
    const arrival = await lookInto(worker, inbox.id, lang);
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
        `\r\x1b[K${WORDS[lang].sent(inbox.address)} [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.round(passed)} s`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY, Math.max(0, wait * 1000 - passed * 1000))));
  }
}

async function sendElsewhere(run: TestRun, text: string): Promise<Answer> {
  const to = parseAddress(text);
  if (to === undefined || !to.includes('@'))
    throw new ExitError(EX.USAGE, `test: --to ${JSON.stringify(text)} is no address`);
  const sent = await send(run, to);
  return { ...sent, stdout: sent.code === EX.OK ? `${WORDS[run.options.lang].elsewhere(to)}\n` : '' };
}

/** By the way that the shop's mail takes, the queue included. */
async function send({ configuration, account, from, invocation, environment, options }: TestRun, to: string) {
  const parsed = parseMessage([testMail(to, WORDS[options.lang])]);
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
 * What only a receiver sees of the mail is unknown in every case, and no fault of the mail's; what DNS did not answer is no
 * success.
 */
function isAnswered(findings: readonly Finding[]): boolean {
  return !findings.some(
    (found) => definitionOf(found).severity === 'unknown' && !/^(?:message|alignment)\./.test(found.id),
  );
}

/** The mail as it would leave, by the Worker where there is one, else by the same engine here. */
async function scoreUnsent(run: TestRun, worker: WorkerAccess | undefined): Promise<Answer> {
  const { account, from, environment, options } = run;
  const words = WORDS[options.lang];
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
    parseMessage([testMail(to, words)]),
    environment,
  );
  const raw = Buffer.concat([...wireChunks(message)]);
  const { ip, helo } = seenSender(account);
  const later = signedLater(account);
  // A Worker has no way to learn that the signature is still to come, and would take points for it.
  if (worker !== undefined && later.length === 0) {
    try {
      const text = await scoreMessage(worker, raw, { sender: envelope.from, ip, helo }, options.lang);
      return { code: EX.OK, stdout: `${words.unsent}\n\n${text.trimEnd()}\n`, complaints: [] };
    } catch (error) {
      if (!(error instanceof WorkerError) || !error.absent)
        throw error instanceof WorkerError ? new ExitError(EX.UNAVAILABLE, error.message) : error;
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
  return { code, stdout: `${words.unsent}\n\n${reportText(scored, options.lang).trimEnd()}\n`, complaints: [] };
}

/** With CRLF; From, Date and Message-ID are left to be completed, as they are for the shop's. */
export function testMail(to: string, words: { subject: string; text: string }): Buffer {
  const subject = /^[\x20-\x7e]*$/.test(words.subject)
    ? words.subject
    : `=?utf-8?B?${Buffer.from(words.subject).toString('base64')}?=`;
  const body = Buffer.from(words.text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      `To: ${to}`,
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '',
    ].join('\r\n'),
  );
}

export interface QueueState {
  /** It waits, or was given up. */
  state: 'waiting' | 'failed';
  /** Of the last attempt; '' where there was none. */
  reason: string;
}

/** Undefined where no mail to that address is in the queue, or this user may not look. */
export function queueStateOf(address: string, account: Account, environment: Environment): QueueState | undefined {
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
