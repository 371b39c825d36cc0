// The API of the Worker: test inboxes, the score of a mail, the state of the queue, reports and bounces.

import type { Account } from '../config/account.ts';
import { type Diagnostic, ExitError } from '../exit.ts';
import { fetchReason, limitedText } from '../http.ts';
import { diagnostic } from '../messages/catalogue.ts';

/** Milliseconds for one answer of the Worker. */
const PATIENCE = 15_000;
/** Bytes of an answer; a report has some ten thousand. */
const LONGEST = 4 * 1024 * 1024;

export interface Inbox {
  id: string;
  address: string;
  page: string;
}

export interface WorkerAccess {
  /** Without a slash at the end. */
  url: string;
  token?: string | undefined;
}

/** The Worker did not answer as expected. */
export class WorkerError extends ExitError {
  /** HTTP; undefined if there was no answer. */
  readonly status: number | undefined;
  constructor(problem: Diagnostic, status?: number) {
    super(problem);
    this.name = 'WorkerError';
    this.status = status;
  }

  /** The Worker does not have this API. */
  get absent(): boolean {
    return this.status === 404 || this.status === 405 || this.status === 501;
  }
}

/** @throws WorkerError */
export async function makeInbox(worker: WorkerAccess, domain: string): Promise<Inbox> {
  const answer = await request(worker, `/v1/inbox?domain=${encodeURIComponent(domain)}`, { method: 'POST' });
  if (answer.status !== 201) throw refusal(answer);
  const { id, address, page } = JSON.parse(answer.text) as Record<string, unknown>;
  if (
    typeof id !== 'string' ||
    typeof address !== 'string' ||
    typeof page !== 'string' ||
    !/^[^\s@<>]+@[^\s@<>]+$/.test(address)
  )
    throw new WorkerError(diagnostic('worker.not-inbox'));
  return { id, address, page };
}

export interface Arrival {
  arrived: boolean;
  /** The report, or possible reasons why no mail has arrived; as text in that language. */
  text: string;
  /** Of the newest mail, if one has arrived. */
  score?: { value: number; low: number };
}

/** @throws WorkerError */
export async function readInbox(worker: WorkerAccess, id: string, lang: string): Promise<Arrival> {
  const path = `/v1/inbox/${encodeURIComponent(id)}?lang=${lang}`;
  const json = await request(worker, `${path}&format=json`, {});
  if (json.status !== 200 && json.status !== 202) throw refusal(json);
  const { text } = await request(worker, `${path}&format=text`, {});
  if (json.status === 202) return { arrived: false, text };
  const { mails } = JSON.parse(json.text) as { mails?: { report?: { score?: { value: number; low: number } } }[] };
  const score = mails?.[0]?.report?.score;
  return { arrived: true, text, ...(score === undefined ? {} : { score }) };
}

/** The score of a mail that was not sent, as text. @throws WorkerError */
export async function scoreMessage(
  worker: WorkerAccess,
  raw: Uint8Array,
  facts: { sender: string; ip: string | undefined; helo: string | undefined },
  lang: string,
): Promise<string> {
  // An empty parameter would count as absent.
  const query = new URLSearchParams({
    sender: facts.sender === '' ? '<>' : facts.sender,
    lang,
    format: 'text',
  });
  if (facts.helo !== undefined) query.set('helo', facts.helo);
  if (facts.ip !== undefined) query.set('ip', facts.ip);
  const answer = await request(worker, `/v1/message?${query}`, {
    method: 'POST',
    body: raw,
    headers: { 'content-type': 'message/rfc822' },
  });
  if (answer.status !== 200) throw refusal(answer);
  return answer.text;
}

/** Reports the state of the queue. @throws WorkerError */
export async function postState(worker: WorkerAccess, domain: string, state: object): Promise<void> {
  const answer = await request(worker, `/v1/status/${encodeURIComponent(domain)}`, {
    method: 'POST',
    body: Buffer.from(JSON.stringify(state)),
    headers: { 'content-type': 'application/json' },
  });
  if (answer.status !== 200) throw refusal(answer);
}

export interface TakenReport {
  kind: string;
  domain: string;
  reporter: string;
  state: string;
  messageId: string;
  subject: string;
  bounced: { address: string; action: string; status: string; reason: string }[];
}

/** Passes on a report or a bounce as it arrived; empty if the Worker keeps none of it. @throws WorkerError */
export async function postReport(worker: WorkerAccess, raw: Uint8Array): Promise<TakenReport[]> {
  const answer = await request(worker, '/v1/reports', {
    method: 'POST',
    body: raw,
    headers: { 'content-type': 'message/rfc822' },
  });
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer);
  return membersIn<TakenReport>(answer.text, 'reports').map((report) => ({
    ...{ kind: '', domain: '', reporter: '', state: '', messageId: '', subject: '' },
    ...report,
    bounced: report.bounced ?? [],
  }));
}

export interface Bounced {
  at: string;
  address: string;
  action: string;
  status: string;
  title: string;
  messageId: string;
  subject: string;
}

/** The newest bounces of a domain, or those of one message; newest first. @throws WorkerError */
export async function readBounces(
  worker: WorkerAccess,
  domain: string,
  { lang, messageId }: { lang: string; messageId?: string | undefined },
): Promise<Bounced[]> {
  const query = new URLSearchParams({ lang, ...(messageId === undefined ? {} : { message_id: messageId }) });
  const answer = await request(worker, `/v1/bounces/${encodeURIComponent(domain)}?${query}`, {});
  if (answer.status !== 200) throw refusal(answer);
  return membersIn<Bounced>(answer.text, 'recent');
}

function membersIn<T>(text: string, name: string): T[] {
  try {
    const list = (JSON.parse(text) as Record<string, unknown>)[name];
    if (Array.isArray(list)) return list as T[];
  } catch {}
  throw new WorkerError(diagnostic('worker.no-member', { name }));
}

/** Of the directives preflight_url and preflight_token; undefined without the first. */
export function workerOf({
  preflightUrl,
  preflightToken,
}: Pick<Account, 'preflightUrl' | 'preflightToken'>): WorkerAccess | undefined {
  return preflightUrl === undefined ? undefined : { url: preflightUrl.replace(/\/+$/, ''), token: preflightToken };
}

async function request(
  { url, token }: WorkerAccess,
  path: string,
  init: { method?: string; body?: Uint8Array; headers?: Record<string, string> },
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      // The token is only for this address.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    } as RequestInit);
    const text = await limitedText(response, LONGEST);
    if (text === undefined) throw new WorkerError(diagnostic('worker.too-long'));
    return { status: response.status, text };
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    throw new WorkerError(diagnostic('worker.silent', { url, why: fetchReason(error) }));
  }
}

function refusal({ status, text }: { status: number; text: string }): WorkerError {
  let detail = '';
  try {
    ({ detail = '' } = JSON.parse(text) as { detail?: string });
  } catch {}
  return new WorkerError(diagnostic('worker.status', { status, detail }), status);
}
