// The API of the Worker: test inboxes, the score of a mail, and the state of the queue.

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

/** The Worker did not answer as expected; `absent`: it has no such API. */
export class WorkerError extends ExitError {
  readonly absent: boolean;
  constructor(problem: Diagnostic, absent = false) {
    super(problem);
    this.name = 'WorkerError';
    this.absent = absent;
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
  return new WorkerError(
    diagnostic('worker.status', { status, detail }),
    status === 404 || status === 405 || status === 501,
  );
}
