// Why a recipient was not reached, from a server's reply: the meaning of a code depends on the server.

import { providerOfSubmission } from '../providers/lookup.ts';
import { bounded } from '../reports/text.ts';
import { type Cause, EXPLANATIONS, type Explanation, type Lang } from './explanations.ts';
import { joinedReply } from './joined.ts';
import { replyHelp } from './provider-help.ts';
import { type Rule, TABLES } from './refusals.ts';
import { type Action, statusFor, statusOf } from './status.ts';

export type { Cause, Explanation, Lang } from './explanations.ts';

/** Characters of a reply that are read: Gmail's, in several lines, have up to 900. */
const MAX_REPLY = 4096;

/** A reply within a diagnostic: "relay.example deferred the message: 451 4.7.1 try later". */
const QUOTED_REPLY = /(?:^|: )([245]\d\d(?:[ -].*|$))/s;

function replyIn(text: string): string {
  return QUOTED_REPLY.exec(text)?.[1] ?? text;
}

/** On one line, in lower case, with the code of each line only once. */
function normalized(text: string): string {
  const line = bounded(joinedReply(replyIn(text.slice(0, MAX_REPLY))), MAX_REPLY);
  const [start, basic, status] = /^(\d{3})[ -]([245]\.\d{1,3}\.\d{1,3}) /.exec(line) ?? [];
  if (start === undefined) return line.toLowerCase();
  const rest = line.slice(start.length).replaceAll(`${basic}-${status} `, '').replaceAll(`${basic} ${status} `, '');
  return `${basic} ${status} ${rest}`.toLowerCase();
}

interface Facts {
  /** Normalized. */
  reply: string;
  basic: string;
  /** Enhanced codes: that of the reply, and that of the report. */
  codes: readonly string[];
}

/**
 * Why a recipient was not reached. `text` is the server's reply, or a diagnostic with or without one at its end; `host` is the
 * server, if its name is known.
 */
export function causeOf(action: Action, status: string, text = '', host = ''): Cause {
  const given = statusFor(action, status);
  const reply = normalized(text);
  const [, basic = '', written] = /^(\d{3})(?: ([245]\.\d{1,3}\.\d{1,3})(?![\d.]))?/.exec(reply) ?? [];
  // After the lifetime the last reply has the reason.
  const code = given === '4.4.7' ? statusOf(reply, given) : given;
  const facts: Facts = {
    reply,
    basic,
    // Gmail replies "421 5.7.32": the detail has the reason even if the classes differ.
    codes: written === undefined || written === code ? [code] : [written, code],
  };
  // Without addresses, which are not about the server: "<someone@yandex.ru>: Relay access denied".
  const server = `${host.slice(0, 255).toLowerCase()} ${reply.replace(/[^\s<>@]{0,64}@[^\s<>@]{1,255}/g, '')}`;
  for (const { sign, rules } of TABLES) {
    if (sign?.test(server) === false) continue;
    const found = rules.find((rule) => fits(rule, facts));
    if (found !== undefined) return found.is;
  }
  return 'other';
}

function fits({ code, basic, words }: Rule, facts: Facts): boolean {
  if (code !== undefined && ![code].flat().some((pattern) => facts.codes.some((each) => isWithin(each, pattern))))
    return false;
  if (basic !== undefined && !basic.includes(facts.basic)) return false;
  if (words === undefined) return true;
  if (typeof words === 'function') return words(facts.reply);
  return words instanceof RegExp ? words.test(facts.reply) : words.some((each) => facts.reply.includes(each));
}

/** @example isWithin('5.7.612', '5.7.606-649') */
export function isWithin(code: string, pattern: string): boolean {
  const parts = code.split('.');
  return pattern.split('.').every((wanted, index) => {
    if (wanted === 'x') return true;
    const [from = Number.NaN, to = from] = wanted.split('-').map(Number);
    return Number(parts[index]) >= from && Number(parts[index]) <= to;
  });
}

/** `relay` is the host of the reply: the rules of its provider, if it has some for this, replace the advice. */
export function explain(cause: Cause, lang: Lang, reply = '', relay = ''): Explanation {
  const text = EXPLANATIONS[cause][lang];
  const help = replyHelp(providerOfSubmission(relay), replyIn(reply.slice(0, MAX_REPLY)), lang);
  return help === undefined ? text : { means: text.means, advice: /[.)]$/.test(help) ? help : `${help}.` };
}

/** The same for a diagnostic, such as the reason in the queue: "relay.example rejected …: 550 5.7.26 …". */
export function explainReason(reason: string, lang: Lang, relay = ''): Explanation & { cause: Cause } {
  const reply = replyIn(reason.slice(0, MAX_REPLY));
  const status = statusOf(reply, '4.4.7');
  const cause = causeOf(status.startsWith('5') ? 'failed' : 'delayed', status, reason, relay);
  return { cause, ...explain(cause, lang, reason, relay) };
}
