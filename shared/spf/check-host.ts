// check_host(): may this address send mail for this domain (RFC 7208 section 4)?

import type { Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { groupsOf, ipOf, numberOf, readAddress4 } from './address.ts';
import { type Evaluated, evaluateDomain } from './evaluate.ts';
import { type Client, Evaluation, MAX_LOOKUPS, MAX_VOID_LOOKUPS } from './evaluation.ts';
import { expandExplanation, parseMacroString } from './macro.ts';
import { macroValues, targetName } from './mechanisms.ts';
import { askableName } from './name.ts';
import type { SpfOutcome, SpfProblem } from './types.ts';

/** Bytes of a local part and of a HELO name that macros can use: more than SMTP allows (RFC 5321 section 4.5.3.1) or a name can have. */
const MAX_MACRO_VALUE = 256;

export interface CheckHostInput {
  /** The sending client's address, IPv4 or IPv6 text. */
  ip: string;
  /** The argument of its EHLO. */
  helo: string;
  /** Envelope sender, `user@domain` or a bare domain, U-labels allowed; `''` for the null sender: then the HELO name is checked. */
  mailFrom: string;
}
export interface CheckHostOptions {
  /** Name of the receiving host, for the `r` macro. */
  receiver?: string;
  /** For the `t` macro. */
  now?: Date;
  /** Void lookups allowed; default 2. */
  voidLimit?: number;
  /** Send the queries of later terms while earlier ones are evaluated, which saves time; default true. */
  prefetch?: boolean;
}

/**
 * Evaluates a sender's SPF record for one client. Never throws; errors are in `result` and `problems`.
 * @param input client address, HELO name and envelope sender
 * @param resolver answers DNS queries; its own limits end the evaluation as temperror with `unknown: true`
 * @returns the result, the term that decided, the tree of terms with what each cost, counts, and the TTL in seconds
 * Source: RFC 7208 section 4.
 */
export async function checkHost(
  input: CheckHostInput,
  resolver: Resolver,
  options: CheckHostOptions = {},
): Promise<SpfOutcome> {
  const identity = identityOf(input);
  const domain = askableName(identity.domain);
  const address4 = readAddress4(input.ip);
  const ip = address4 === undefined ? parseIp(input.ip) : ipOf(address4);
  const voidLimit = options.voidLimit ?? MAX_VOID_LOOKUPS;
  const nothing = {
    identity: identity.kind,
    domain: domain ?? identity.domain,
    ip: ip?.text ?? input.ip,
    match: null,
    explanation: null,
    record: null,
    counts: { lookups: 0, lookupLimit: MAX_LOOKUPS, voidLookups: 0, voidLimit },
    ttl: null,
  };
  if (ip === undefined) {
    const problems: SpfProblem[] = [{ kind: 'bad-ip-argument', domain: nothing.domain, name: input.ip }];
    return { ...nothing, result: 'temperror', unknown: true, problems };
  }
  // RFC 7208 section 4.3: a malformed domain, or one of a single label, is "none".
  if (domain === undefined || domain.startsWith('[')) {
    const problems: SpfProblem[] = [{ kind: 'bad-domain-argument', domain: identity.domain }];
    return { ...nothing, result: 'none', unknown: false, problems };
  }
  const client: Client = {
    ip,
    ...(ip.version === 4 ? { address4: numberOf(ip) } : { groups6: groupsOf(ip) }),
    sender: { localPart: identity.localPart.slice(-MAX_MACRO_VALUE), domain: identity.domain },
    helo: input.helo.slice(-MAX_MACRO_VALUE),
    receiver: options.receiver ?? 'unknown',
    time: Math.floor((options.now?.getTime() ?? 0) / 1000),
  };
  const evaluation = new Evaluation(client, resolver, voidLimit);
  const evaluated = await evaluateDomain(evaluation, domain, options.prefetch ?? true);
  const explanation = evaluated.result === 'fail' ? await explanationOf(evaluation, evaluated) : null;
  evaluation.done = true;
  return outcomeOf(evaluation, evaluated, { ...nothing, explanation });
}

function outcomeOf(
  evaluation: Evaluation,
  { result, match, node }: Evaluated,
  base: Omit<SpfOutcome, 'result' | 'unknown' | 'problems'>,
): SpfOutcome {
  return {
    ...base,
    result,
    unknown: result === 'temperror' && evaluation.unknown,
    match: match ?? null,
    problems: evaluation.problems,
    record: node,
    counts: { ...base.counts, lookups: evaluation.lookups, voidLookups: evaluation.voidLookups },
    ttl: Number.isFinite(evaluation.ttl) ? evaluation.ttl : null,
  };
}

/**
 * The expanded explanation (exp=) of a fail, or null: for any other result, without `exp`, and on any error in it, since
 * RFC 7208 section 6.2 then says to "proceed as if no exp modifier was given". Costs no counted lookup.
 */
async function explanationOf(evaluation: Evaluation, { result, exp }: Evaluated): Promise<string | null> {
  if (result !== 'fail' || exp === undefined) return null;
  const target = await targetName(evaluation, exp.domain, exp.modifier.value, { singleLabel: true });
  if (target === undefined) return null;
  const answer = await evaluation.ask(target, 'TXT');
  const [strings, ...others] = answer.kind === 'ok' ? answer.records : [];
  if (strings === undefined || others.length > 0) return null;
  const read = parseMacroString(strings.join(''), 0, { explanation: true });
  if (!read.ok) return null;
  const text = expandExplanation(read.value, await macroValues(evaluation, exp.domain, read.value));
  // RFC 7208 section 6.2: US-ASCII only; a macro may expand to anything else.
  return /^[\x20-\x7e]*$/.test(text) && text !== '' ? text : null;
}

/** RFC 7208 sections 2.4 and 4.3: the null sender is postmaster at the HELO name, a missing local part is postmaster. */
function identityOf({ mailFrom, helo }: CheckHostInput): {
  kind: 'mailfrom' | 'helo';
  localPart: string;
  domain: string;
} {
  const kind = mailFrom === '' ? 'helo' : 'mailfrom';
  const sender = kind === 'helo' ? `postmaster@${helo}` : mailFrom;
  // A quoted local part may contain an "@" too.
  const at = sender.lastIndexOf('@');
  const localPart = at > 0 ? sender.slice(0, at) : 'postmaster';
  const domain = sender.slice(at + 1).replace(/\.$/, '');
  if (!/[^\x00-\x7f]/.test(domain)) return { kind, localPart, domain };
  // RFC 8616 section 4: U-labels become A-labels before anything is evaluated.
  const ascii = toAscii(domain);
  return { kind, localPart, domain: ascii.ok ? ascii.name : domain };
}
