// MTA-STS of a domain: record, policy file, and the mail hosts that it must list (RFC 8461).
import type { Fetch } from '../dns/doh.ts';
import type { Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';
import { ConnectionError, type ConnectionFault } from './connection.ts';
import {
  isMtaStsRecord,
  type MtaStsPolicy,
  type MtaStsRecord,
  parseMtaStsPolicy,
  parseMtaStsRecord,
  policyAllows,
} from './mta-sts-policy.ts';

/** RFC 8461 section 3.3 suggests this limit. */
export const MAX_POLICY_BYTES = 65_536;
/** Milliseconds. RFC 8461 section 3.3 suggests a minute, which is too long for an interactive check. */
export const POLICY_TIMEOUT_MS = 5000;
/** Seconds, a week: a shorter max_age gives little protection (RFC 8461 section 10.2: "weeks or more"). */
export const SHORT_MAX_AGE = 604_800;
/** Mail hosts that are compared with the patterns: an MX answer can have thousands, and a policy a hundred patterns. */
export const MAX_POLICY_HOSTS = 50;

/** The response of the policy address; tests and callers with their own fetch pass it in. */
export type PolicyResponse =
  | { status: number; contentType: string; body: string; truncated?: boolean }
  /** No response at all: no address, no valid certificate, a timeout. */
  | { error: string; fault?: ConnectionFault; detail?: string };

export type TlsProblemId = 'untrusted-certificate' | 'other-name' | 'expired-certificate' | 'no-tls';

/** Faults of the host for every client; the others may be those of this one. */
const TLS_PROBLEMS: Partial<Record<ConnectionFault, TlsProblemId>> = {
  certificate: 'untrusted-certificate',
  name: 'other-name',
  expired: 'expired-certificate',
  protocol: 'no-tls',
};

export type MtaStsProblemId =
  | 'bad-domain'
  | 'several-records'
  | 'bad-record'
  /** A redirect: RFC 8461 section 3.3 forbids to follow it. */
  | 'redirect'
  /** The policy host does not exist. */
  | 'no-policy-host'
  /** The fault of the host's TLS, with which senders accept no policy from it (RFC 8461 section 3.3). */
  | TlsProblemId
  /** The address did not respond, or not with 200. */
  | 'not-fetched'
  /** Another media type than text/plain. */
  | 'media-type'
  | 'too-large'
  | 'bad-policy'
  /** A mail host that the policy does not list: senders will not deliver to it. */
  | 'host-not-allowed'
  /** A pattern that no mail host matches. */
  | 'unused-pattern'
  | 'short-max-age'
  | 'no-answer';

export interface MtaStsOutcome {
  /**
   * 'none': no record; 'valid': a policy that senders can use; 'invalid': record or policy is faulty, so that senders ignore
   * it; 'unknown': no answer, or no policy was fetched.
   */
  result: 'none' | 'valid' | 'invalid' | 'unknown';
  domain: string;
  record?: MtaStsRecord & { text: string };
  policy?: MtaStsPolicy;
  /** The mail hosts and whether the policy allows them; empty without a policy. */
  hosts: { name: string; allowed: boolean }[];
  /** When a policy that is fetched now expires: ISO 8601, UTC. */
  expires?: string;
  /** What is wrong, by stable ids. */
  problems: { id: MtaStsProblemId; detail: string }[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the DNS answers may be kept; 0 where one is missing. */
  ttl: number;
}

/**
 * Checks a domain's MTA-STS; never throws. One to three queries and one HTTPS request. `mxHosts` are the names in its MX records;
 * without `fetch` the policy is unknown. `expires` counts from `now`.
 */
export async function checkMtaSts(
  domain: string,
  mxHosts: readonly string[],
  resolver: Resolver,
  fetch: Fetch | undefined,
  now: Date,
): Promise<MtaStsOutcome> {
  return evaluateMtaSts(
    { domain, mxHosts, fetchPolicy: fetch && ((name) => fetchMtaStsPolicy(name, fetch)) },
    resolver,
    now,
  );
}

export interface MtaStsInput {
  domain: string;
  mxHosts: readonly string[];
  /** The response of the policy address, where it is already known. */
  policyResponse?: PolicyResponse | undefined;
  /** Called with the domain as A-labels without `policyResponse`, and only if there is a record. */
  fetchPolicy?: ((domain: string) => Promise<PolicyResponse>) | undefined;
}

/** Like `checkMtaSts`, with the policy's response given or fetched by the caller. */
export async function evaluateMtaSts(input: MtaStsInput, resolver: Resolver, now: Date): Promise<MtaStsOutcome> {
  const name = toAscii(input.domain);
  const outcome: MtaStsOutcome = {
    result: 'none',
    domain: name.ok ? name.name : input.domain.trim().slice(0, 253),
    hosts: [],
    problems: [],
    unknown: [],
    ttl: 0,
  };
  const add = (id: MtaStsProblemId, detail: string) => outcome.problems.push({ id, detail });
  if (!name.ok) {
    add('bad-domain', name.problem);
    return outcome;
  }
  const at = `_mta-sts.${name.name}`;
  const answer = await resolver.query(at, 'TXT');
  if (answer.kind === 'error') {
    if (answer.reason === 'badname') return outcome;
    outcome.unknown.push({ name: at, detail: `${answer.reason}: ${answer.detail}` });
    add('no-answer', at);
    outcome.result = 'unknown';
    return outcome;
  }
  outcome.ttl = answer.ttl;
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  // RFC 8461 section 3.1: records of other versions are discarded; exactly one must remain.
  const records = texts.filter(isMtaStsRecord);
  if (records.length > 1) add('several-records', String(records.length));
  const meant = records[0] ?? texts.find((text) => /^\s*v\s*=\s*sts/i.test(text));
  if (meant === undefined) return outcome;
  const record = parseMtaStsRecord(meant);
  outcome.record = { ...record, text: meant.slice(0, 200) };
  if (record.problem !== null) add('bad-record', record.problem);
  if (records.length !== 1 || !record.valid) {
    outcome.result = 'invalid';
    return outcome;
  }
  const response = input.policyResponse ?? (await input.fetchPolicy?.(name.name));
  if (response === undefined) {
    outcome.result = 'unknown';
    outcome.unknown.push({ name: policyUrl(name.name), detail: 'not fetched' });
    return outcome;
  }
  if ('error' in response) await evaluateFailure(response, name.name, resolver, outcome);
  else evaluatePolicy(response, input.mxHosts, now, outcome);
  return outcome;
}

/** Without a response the failure may be on this side, unless the policy host does not exist. */
async function evaluateFailure(
  { error, fault, detail = '' }: Extract<PolicyResponse, { error: string }>,
  domain: string,
  resolver: Resolver,
  outcome: MtaStsOutcome,
): Promise<void> {
  const problem = fault && TLS_PROBLEMS[fault];
  if (problem !== undefined) {
    outcome.result = 'invalid';
    outcome.problems.push({ id: problem, detail: detail.slice(0, 200) });
    return;
  }
  const host = `mta-sts.${domain}`;
  const answers = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')]);
  if (answers.every(({ kind }) => kind === 'nxdomain' || kind === 'nodata')) {
    outcome.result = 'invalid';
    outcome.problems.push({ id: 'no-policy-host', detail: host });
    return;
  }
  outcome.result = 'unknown';
  outcome.unknown.push({ name: policyUrl(domain), detail: error.slice(0, 200) });
  outcome.problems.push({ id: 'not-fetched', detail: error.slice(0, 200) });
}

function evaluatePolicy(
  response: Exclude<PolicyResponse, { error: string }>,
  mxHosts: readonly string[],
  now: Date,
  outcome: MtaStsOutcome,
): void {
  const add = (id: MtaStsProblemId, detail: string) => outcome.problems.push({ id, detail });
  outcome.result = 'invalid';
  if (response.status >= 300 && response.status < 400) return void add('redirect', String(response.status));
  if (response.status !== 200) return void add('not-fetched', `HTTP ${response.status}`);
  // RFC 8461 section 3.2: "text/plain", so that a user's uploaded page is not accepted as a policy.
  const mediaType = response.contentType.replace(/;.*/s, '').trim().toLowerCase();
  if (mediaType !== 'text/plain') return void add('media-type', mediaType.slice(0, 80));
  if (response.truncated === true || response.body.length > MAX_POLICY_BYTES) return void add('too-large', '');

  const policy = parseMtaStsPolicy(response.body);
  outcome.policy = policy;
  for (const { id, detail } of policy.problems) add('bad-policy', detail === '' ? id : `${id} ${detail}`);
  const { valid, maxAge } = policy;
  if (!valid || maxAge === null) return;
  outcome.result = 'valid';
  const expires = new Date(now.getTime() + maxAge * 1000);
  if (Number.isFinite(expires.getTime())) outcome.expires = expires.toISOString();
  if (policy.mode === 'none') return;
  // A null MX names no host (RFC 7505).
  const named = [...new Set(mxHosts)].filter((host) => host !== '' && host !== '.');
  const hosts = named.slice(0, MAX_POLICY_HOSTS);
  outcome.hosts = hosts.map((host) => ({ name: host, allowed: policyAllows(policy, host) }));
  for (const { name, allowed } of outcome.hosts) if (!allowed) add('host-not-allowed', name);
  if (hosts.length > 0 && hosts.length === named.length) {
    for (const pattern of policy.mx) {
      if (!hosts.some((host) => policyAllows({ mode: policy.mode, mx: [pattern] }, host)))
        add('unused-pattern', pattern);
    }
  }
  if (maxAge < SHORT_MAX_AGE) add('short-max-age', String(maxAge));
}

/** RFC 8461 section 3.3. */
export function policyUrl(domain: string): string {
  return `https://mta-sts.${domain}/.well-known/mta-sts.txt`;
}

/** Fetches the policy file; never throws. No redirects, at most 64 KB, within POLICY_TIMEOUT_MS. */
export async function fetchMtaStsPolicy(domain: string, fetch: Fetch): Promise<PolicyResponse> {
  try {
    const signal = AbortSignal.timeout(POLICY_TIMEOUT_MS);
    const response = await fetch(policyUrl(domain), { redirect: 'manual', signal, headers: { accept: 'text/plain' } });
    // Browsers report a redirect that they did not follow as status 0; not all runtimes' types have that response type.
    const status = (response.type as string) === 'opaqueredirect' ? 302 : response.status;
    const contentType = response.headers.get('content-type') ?? '';
    if (status !== 200) {
      await response.body?.cancel();
      return { status, contentType, body: '' };
    }
    return { status, contentType, ...(await bodyOf(response)) };
  } catch (error) {
    const text = error instanceof Error ? error.message.slice(0, 200) : 'failed';
    return error instanceof ConnectionError
      ? { error: text, fault: error.fault, detail: error.detail }
      : { error: text };
  }
}

async function bodyOf(response: Response): Promise<{ body: string; truncated: boolean }> {
  if (response.body === null) return { body: '', truncated: false };
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let body = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { body: body + decoder.decode(), truncated: false };
    bytes += value.length;
    if (bytes > MAX_POLICY_BYTES) {
      await reader.cancel();
      return { body, truncated: true };
    }
    body += decoder.decode(value, { stream: true });
  }
}
