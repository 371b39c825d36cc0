// `mailshim status`: whether mail is being sent, as text, for monitoring (exit status of Nagios) and for Prometheus.

import { Option } from 'commander';
import { domainOfAddress } from '../../shared/message/address.ts';
import { wordReader } from '../cli/words.ts';
import { accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import { defaultAccount } from '../delivery/account.ts';
import { outbreakText } from '../delivery/outbreak.ts';
import type { Environment } from '../environment.ts';
import { type Answer, type Diagnostic, EX, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { postState, WorkerError } from '../setup/worker.ts';
import { ageText } from '../spool/age.ts';
import { readLedger } from '../spool/ledger.ts';
import { countMails } from '../spool/listing.ts';
import type { Spool } from '../spool/queue.ts';
import { MAX_DELAY } from '../spool/schedule.ts';
import { readUnconfirmed } from '../spool/unconfirmed.ts';
import { isAwake } from '../spool/wake.ts';
import { printableJson, terminal } from '../text/printable.ts';
import { openSpool } from './spool.ts';

interface Options {
  spool?: string;
  json?: boolean;
  prometheus?: boolean;
  post?: boolean;
  warnAge: number;
  criticalAge: number;
}

export interface Status {
  /** `ok`; `warning`: mail queued for long, or failed recently; `critical`: queued without a sender, or for very long. */
  level: 'ok' | 'warning' | 'critical';
  reasons: string[];
  spool: string;
  /** A sender is running. */
  sender: boolean;
  waiting: number;
  held: number;
  failed: number;
  dropped: number;
  /** Seconds that the oldest mail has been queued. */
  oldestAge: number | null;
  deliveredTotal: number;
  deferredTotal: number;
  failedTotal: number;
  uncertainTotal: number;
  /** Mails that a provider accepted as it accepts mail that it drops. */
  unconfirmedTotal: number;
  lastUnconfirmed: { at: string; id: string | null; reason: string } | null;
  lastSuccess: string | null;
  lastFailure: string | null;
  /** The mail that failed then. */
  lastFailed: { id: string; reason: string } | null;
  relays: { account: string; reason: string; nextAttempt: string }[];
  /** Mail does not go to its recipients (`only_to`, `redirect_to`); null on a live shop. */
  staging: { onlyTo: readonly string[]; redirectTo: string | null } | null;
  /** The last outbreak. */
  lastOutbreak: { at: string; by: string; name: string; user: number; script: string | null; count: number } | null;
}

const LEVELS = { ok: 0, warning: 1, critical: 2 } as const;
/** Milliseconds after which an accepted mail should have been sent or queued. */
const STUCK = 300_000;
/** Milliseconds for which a failed mail is reported. */
const REPORTED = 86_400_000;
/** The same of an outbreak: time to see it and to fix its cause. */
const OUTBREAK_REPORTED = 3_600_000;
/** Milliseconds after a next attempt that was not made: the account has no queued mail any more. */
const FORGOTTEN = MAX_DELAY;

/** `words` without "status". The code is that of monitoring: 0 ok, 1 warning, 2 critical. */
export async function statusCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const minutes = (option: string) => (text: string) => {
    const number = Number(text);
    if (number > 0) return number;
    throw new ExitError(
      diagnostic('command.value', { command: 'status', option, value: text, expected: 'a number of minutes' }),
    );
  };
  const { command, read } = wordReader('status');
  command
    .description('Show whether mail is being sent. Exit status: 0 ok, 1 warning, 2 critical.')
    .option('--spool <folder>', 'directory of the spool (default: that of the configuration)')
    .addOption(new Option('--json', 'print JSON').conflicts('prometheus'))
    .option('--prometheus', 'print metrics for the textfile collector')
    .option('--post', 'also report to the Worker (preflight_url), which shows it on its page')
    .option('--warn-age <minutes>', 'warning if a mail has been queued for so long', minutes('--warn-age'), 60)
    .option(
      '--critical-age <minutes>',
      'critical if a mail has been queued for so long',
      minutes('--critical-age'),
      360,
    );
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  const options = command.opts<Options>();
  const status = statusOf(openSpool(environment, options.spool), environment.now().getTime(), {
    ...options,
    ...stagingOf(environment),
  });
  const stdout = options.json
    ? `${printableJson(status)}\n`
    : options.prometheus
      ? metrics(status)
      : statusText(status, environment.now().getTime());
  const complaints = options.post === true ? await postStatus(status, environment) : [];
  return { code: LEVELS[status.level], stdout, complaints };
}

/** Complaints where the Worker does not accept it; the exit status stays that of the queue. */
async function postStatus(status: Status, environment: Environment): Promise<Diagnostic[]> {
  const { accounts } = readConfiguration(environment, undefined);
  const choice = chooseAccount(accounts, undefined, undefined);
  if ('problem' in choice) return [diagnostic('status.post', { why: choice.problem.text })];
  const { preflightUrl, preflightToken, from } = accountOf(choice.account, new Map(), environment.home);
  if (preflightUrl === undefined || from === undefined) return [diagnostic('status.no-worker')];
  const { waiting, failed, oldestAge, lastSuccess, lastFailure } = status;
  const state = { waiting: waiting + status.dropped, failed, oldestAge, lastSuccess, lastFailure };
  try {
    await postState({ url: preflightUrl, token: preflightToken }, domainOfAddress(from), state);
    return [];
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return [diagnostic('status.post', { why: error.message })];
  }
}

/** Of the default account; errors of the configuration are reported elsewhere. */
function stagingOf(environment: Environment): { staging?: NonNullable<Status['staging']> } {
  const account = defaultAccount(readConfiguration(environment, undefined), environment);
  if (account === undefined || (account.onlyTo.length === 0 && account.redirectTo === undefined)) return {};
  return { staging: { onlyTo: account.onlyTo, redirectTo: account.redirectTo ?? null } };
}

interface Reason {
  level: keyof typeof LEVELS;
  text: string;
}

interface Observed {
  counts: ReturnType<typeof countMails>;
  ledger: ReturnType<typeof readLedger>;
  sender: boolean;
  /** Milliseconds. */
  oldest: number | undefined;
  unconfirmed: ReturnType<typeof readUnconfirmed>;
  /** Minutes. */
  warnAge: number;
  criticalAge: number;
}

function reasonsOf(
  { counts, ledger, sender, oldest, unconfirmed, warnAge, criticalAge }: Observed,
  now: number,
): Reason[] {
  const reasons: Reason[] = [];
  if (oldest !== undefined && oldest > criticalAge * 60_000)
    reasons.push({ level: 'critical', text: `a mail has been queued for ${ageText(oldest)}` });
  else if (oldest !== undefined && oldest > warnAge * 60_000)
    reasons.push({ level: 'warning', text: `a mail has been queued for ${ageText(oldest)}` });
  if (counts.oldestTaken !== undefined && now - counts.oldestTaken > STUCK)
    reasons.push({
      level: 'warning',
      text: `a mail was accepted from its caller ${ageText(now - counts.oldestTaken)} ago and cannot be put into the queue; the log of the sender shows why`,
    });
  if (counts.waiting + counts.dropped > 0 && !sender)
    reasons.push({ level: 'critical', text: 'mail is queued and no sender is running' });
  const { lastFailure } = ledger;
  if (counts.failed > 0 && lastFailure !== undefined && now - lastFailure.at < REPORTED)
    reasons.push({ level: 'warning', text: `a mail failed ${ageText(now - lastFailure.at)} ago` });
  if (unconfirmed !== undefined && now - unconfirmed.at < REPORTED)
    reasons.push({ level: 'warning', text: `${ageText(now - unconfirmed.at)} ago ${unconfirmed.reason}` });
  const { last: outbreak } = ledger.outbreak;
  if (outbreak !== undefined && (counts.held > 0 || now - outbreak.at < OUTBREAK_REPORTED))
    reasons.push({
      level: counts.held > 0 ? 'critical' : 'warning',
      text: `outbreak: ${outbreakText(outbreak)}, ${ageText(now - outbreak.at)} ago${counts.held > 0 ? `; ${counts.held} ${counts.held === 1 ? 'mail is' : 'mails are'} held` : ''}`,
    });
  return reasons;
}

export function statusOf(
  spool: Spool,
  now: number,
  { warnAge, criticalAge, staging }: { warnAge: number; criticalAge: number; staging?: NonNullable<Status['staging']> },
): Status {
  const counts = countMails(spool);
  const ledger = readLedger(spool.folder);
  const sender = isAwake(spool.folder);
  const oldest = counts.oldest === undefined ? undefined : Math.max(0, now - counts.oldest);
  const unconfirmed = readUnconfirmed(spool.folder);
  const { lastFailure } = ledger;
  const { last: outbreak } = ledger.outbreak;
  const stuck = Object.entries(ledger.relays).filter(([, { pausedUntil }]) => now - pausedUntil < FORGOTTEN);
  const relays = stuck.map(([account, { reason, pausedUntil }]) => ({
    account,
    reason,
    nextAttempt: new Date(pausedUntil).toISOString(),
  }));
  const reasons = reasonsOf({ counts, ledger, sender, oldest, unconfirmed, warnAge, criticalAge }, now);
  if (counts.waiting > 0)
    for (const { account, reason } of relays) reasons.push({ level: 'warning', text: `account ${account}: ${reason}` });
  const level = reasons.reduce<keyof typeof LEVELS>(
    (worst, { level: each }) => (LEVELS[each] > LEVELS[worst] ? each : worst),
    'ok',
  );
  return {
    level,
    reasons: reasons.map(({ text }) => text),
    spool: spool.folder,
    sender,
    waiting: counts.waiting,
    held: counts.held,
    failed: counts.failed,
    dropped: counts.dropped,
    oldestAge: oldest === undefined ? null : Math.round(oldest / 1000),
    deliveredTotal: ledger.delivered,
    deferredTotal: ledger.deferred,
    failedTotal: ledger.failed,
    uncertainTotal: ledger.uncertain,
    unconfirmedTotal: unconfirmed?.count ?? 0,
    lastUnconfirmed:
      unconfirmed === undefined
        ? null
        : { at: new Date(unconfirmed.at).toISOString(), id: unconfirmed.id ?? null, reason: unconfirmed.reason },
    lastSuccess: ledger.lastSuccess === undefined ? null : new Date(ledger.lastSuccess.at).toISOString(),
    lastFailure: lastFailure === undefined ? null : new Date(lastFailure.at).toISOString(),
    lastFailed: lastFailure === undefined ? null : { id: lastFailure.id, reason: lastFailure.reason ?? '' },
    relays,
    staging: staging ?? null,
    lastOutbreak:
      outbreak === undefined
        ? null
        : { ...outbreak, at: new Date(outbreak.at).toISOString(), script: outbreak.script ?? null },
  };
}

function statusText(status: Status, now: number): string {
  const ago = (iso: string | null) => (iso === null ? 'never' : `${ageText(now - Date.parse(iso))} ago`);
  const { lastFailure, lastFailed, oldestAge, unconfirmedTotal, lastUnconfirmed } = status;
  const lines = [
    `${status.level.toUpperCase()}${status.reasons.length === 0 ? ': mail is being sent' : `: ${terminal(status.reasons.join('; '))}`}`,
    `spool         ${status.spool}`,
    `sender        ${status.sender ? 'running' : 'not running'}`,
    `waiting       ${status.waiting}${oldestAge === null ? '' : `, the oldest for ${ageText(oldestAge * 1000)}`}`,
    `held          ${status.held}`,
    `failed        ${status.failed}`,
    ...(status.staging === null ? [] : [`staging       ${stagingText(status.staging)}`]),
    `delivered     ${status.deliveredTotal}, the last ${ago(status.lastSuccess)}`,
    ...(lastUnconfirmed === null ? [] : [`unconfirmed   ${unconfirmedTotal}, the last ${ago(lastUnconfirmed.at)}`]),
    `last failure  ${lastFailed === null ? 'never' : `${ago(lastFailure)}: ${lastFailed.id} ${terminal(lastFailed.reason)}`}`,
  ];
  return `${lines.join('\n')}\n`;
}

function stagingText({ onlyTo, redirectTo }: NonNullable<Status['staging']>): string {
  const only = onlyTo.length === 0 ? [] : [`only to ${onlyTo.join(' ')}`];
  return [...only, ...(redirectTo === null ? [] : [`redirected to ${redirectTo}`])].join(', ');
}

// The text format of Prometheus, version 0.0.4.
function metrics(status: Status): string {
  const lines: string[] = [];
  const put = (name: string, type: 'gauge' | 'counter', help: string, values: [labels: string, value: number][]) => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of values) lines.push(`${name}${labels} ${value}`);
  };
  put('mailshim_queue_mails', 'gauge', 'Mails in the spool, by state.', [
    ['{state="waiting"}', status.waiting],
    ['{state="held"}', status.held],
    ['{state="failed"}', status.failed],
    ['{state="dropped"}', status.dropped],
  ]);
  put('mailshim_queue_oldest_seconds', 'gauge', 'Age of the oldest queued mail.', [['', status.oldestAge ?? 0]]);
  put('mailshim_sender_up', 'gauge', 'A sender is running.', [['', status.sender ? 1 : 0]]);
  put('mailshim_relays_paused', 'gauge', 'Relays that do not answer, and accounts whose configuration is wrong.', [
    ['', status.relays.length],
  ]);
  put('mailshim_delivered_total', 'counter', 'Mails delivered.', [['', status.deliveredTotal]]);
  put('mailshim_deferred_total', 'counter', 'Attempts that deferred a mail.', [['', status.deferredTotal]]);
  put('mailshim_failed_total', 'counter', 'Mails that failed.', [['', status.failedTotal]]);
  put('mailshim_uncertain_total', 'counter', 'Mails that may have arrived twice.', [['', status.uncertainTotal]]);
  put('mailshim_unconfirmed_total', 'counter', 'Mails that the relay accepted and probably dropped.', [
    ['', status.unconfirmedTotal],
  ]);
  if (status.lastSuccess !== null)
    put('mailshim_last_success_timestamp_seconds', 'gauge', 'When a mail was last delivered.', [
      ['', Date.parse(status.lastSuccess) / 1000],
    ]);
  return `${lines.join('\n')}\n`;
}
