// Why a recipient was not reached, from what a server said: the meaning of a code depends on the server that gives it.

import { providerOfSubmission } from '../providers/lookup.ts';
import { bounded } from '../reports/text.ts';
import { type Cause, EXPLANATIONS, type Explanation, type Lang } from './explanations.ts';
import { joinedReply } from './joined.ts';
import { replyHelp } from './provider-help.ts';
import { type Rule, TABLES } from './refusals.ts';
import { type Action, statusFor, statusOf } from './status.ts';

export type { Cause, Explanation, Lang } from './explanations.ts';

/** Characters of a reply that are looked at: Gmail's, in several lines, have up to 900. */
const MAX_REPLY = 4096;

/** Where a reply is part of our own words: "relay.example put off the message: 451 4.7.1 try later". */
const QUOTED_REPLY = /(?:^|: )([245]\d\d(?:[ -].*|$))/s;

function replyIn(said: string): string {
  return QUOTED_REPLY.exec(said)?.[1] ?? said;
}

/** On one line, in lower case, with the code that a server repeats at the start of each line once. */
function normalized(said: string): string {
  const line = bounded(joinedReply(replyIn(said.slice(0, MAX_REPLY))), MAX_REPLY);
  const code = /^(\d{3})[ -]([245]\.\d{1,3}\.\d{1,3}) /.exec(line);
  if (code === null) return line.toLowerCase();
  const [start, basic, status] = code as unknown as [string, string, string];
  const rest = line.slice(start.length).replaceAll(`${basic}-${status} `, '').replaceAll(`${basic} ${status} `, '');
  return `${basic} ${status} ${rest}`.toLowerCase();
}

interface Said {
  /** Normalized. */
  reply: string;
  basic: string;
  /** Enhanced codes: that of the reply, and that of the report. */
  codes: readonly string[];
}

/**
 * Why a recipient was not reached. `said` is the server's reply, or our own words with or without one at their end; `host`
 * is the server that said it, where its name is known.
 */
export function causeOf(action: Action, status: string, said = '', host = ''): Cause {
  const given = statusFor(action, status);
  const reply = normalized(said);
  const [, basic = '', written] = /^(\d{3})(?: ([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?/.exec(reply) ?? [];
  // Time up: the last reply says why there was no delivery until then.
  const code = given === '4.4.7' ? statusOf(reply, given) : given;
  const facts: Said = {
    reply,
    basic,
    // Gmail says "421 5.7.32": where the classes differ, the code still names the reason.
    codes: written === undefined || written === code ? [code] : [written, code],
  };
  // Addresses say nothing about the server: "<someone@yandex.ru>: Relay access denied".
  const server = `${host.slice(0, 255).toLowerCase()} ${reply.replace(/[^\s<>@]{0,64}@[^\s<>@]{1,255}/g, '')}`;
  for (const { sign, rules } of TABLES) {
    if (sign?.test(server) === false) continue;
    const found = rules.find((rule) => fits(rule, facts));
    if (found !== undefined) return found.is;
  }
  return 'other';
}

function fits({ code, basic, said }: Rule, facts: Said): boolean {
  if (code !== undefined && ![code].flat().some((pattern) => facts.codes.some((each) => isWithin(each, pattern))))
    return false;
  if (basic !== undefined && !basic.includes(facts.basic)) return false;
  if (said === undefined) return true;
  if (typeof said === 'function') return said(facts.reply);
  return said instanceof RegExp ? said.test(facts.reply) : said.some((words) => facts.reply.includes(words));
}

/** @example isWithin('5.7.612', '5.7.606-649') */
export function isWithin(code: string, pattern: string): boolean {
  const parts = code.split('.');
  return pattern.split('.').every((wanted, index) => {
    if (wanted === 'x') return true;
    const [from, to = from] = wanted.split('-').map(Number) as [number, number?];
    return Number(parts[index]) >= from && Number(parts[index]) <= to;
  });
}

/** `relay` is the host that said it: where it belongs to a provider with rules of its own for this, these are the advice. */
export function explain(cause: Cause, lang: Lang, said = '', relay = ''): Explanation {
  const text = EXPLANATIONS[cause][lang];
  const help = replyHelp(providerOfSubmission(relay), replyIn(said.slice(0, MAX_REPLY)), lang);
  return help === undefined ? text : { means: text.means, advice: /[.)]$/.test(help) ? help : `${help}.` };
}

/** The same for one line of text such as the reason in the queue: "relay.example refused …: 550 5.7.26 …". */
export function explainReason(reason: string, lang: Lang, relay = ''): Explanation & { cause: Cause } {
  const reply = replyIn(reason.slice(0, MAX_REPLY));
  const status = statusOf(reply, '4.4.7');
  const cause = causeOf(status.startsWith('5') ? 'failed' : 'delayed', status, reason, relay);
  return { cause, ...explain(cause, lang, reason, relay) };
}
