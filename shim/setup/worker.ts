// The Worker from the other end: its test inboxes made and asked, a mail scored, the queue's state told.

import { fetchReason, limitedText } from '../http.ts';

/** Milliseconds for one answer of the Worker. */
const PATIENCE = 15_000;
/** Octets of an answer; a report has some ten thousand. */
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

/** Why the Worker was of no help; `absent` where it has no test inboxes at all. */
export class WorkerError extends Error {
  readonly absent: boolean;
  constructor(message: string, absent = false) {
    super(message);
    this.name = 'WorkerError';
    this.absent = absent;
  }
}

/** @throws WorkerError */
export async function makeInbox(worker: WorkerAccess, domain: string): Promise<Inbox> {
  const answer = await ask(worker, `/v1/inbox?domain=${encodeURIComponent(domain)}`, { method: 'POST' });
  if (answer.status !== 201) throw refusal(answer);
  const { id, address, page } = JSON.parse(answer.text) as Record<string, unknown>;
  if (
    typeof id !== 'string' ||
    typeof address !== 'string' ||
    typeof page !== 'string' ||
    !/^[^\s@<>]+@[^\s@<>]+$/.test(address)
  )
    throw new WorkerError('the Worker’s answer is no inbox');
  return { id, address, page };
}

export interface Arrival {
  arrived: boolean;
  /** The report, or why nothing may have come; as text in the language asked for. */
  text: string;
  /** Of the newest mail, once one has come. */
  score?: { value: number; low: number };
}

/** @throws WorkerError */
export async function lookInto(worker: WorkerAccess, id: string, lang: string): Promise<Arrival> {
  const path = `/v1/inbox/${encodeURIComponent(id)}?lang=${lang}`;
  const json = await ask(worker, `${path}&format=json`, {});
  if (json.status !== 200 && json.status !== 202) throw refusal(json);
  const { text } = await ask(worker, `${path}&format=text`, {});
  if (json.status === 202) return { arrived: false, text };
  const { mails } = JSON.parse(json.text) as { mails?: { report?: { score?: { value: number; low: number } } }[] };
  const score = mails?.[0]?.report?.score;
  return { arrived: true, text, ...(score === undefined ? {} : { score }) };
}

/** A mail that was not sent, scored by the Worker; the report as text. @throws WorkerError */
export async function scoreMessage(
  worker: WorkerAccess,
  raw: Uint8Array,
  facts: { sender: string; ip: string | undefined; helo: string | undefined },
  lang: string,
): Promise<string> {
  // An empty parameter counts as absent.
  const query = new URLSearchParams({
    sender: facts.sender === '' ? '<>' : facts.sender,
    lang,
    format: 'text',
  });
  if (facts.helo !== undefined) query.set('helo', facts.helo);
  if (facts.ip !== undefined) query.set('ip', facts.ip);
  const answer = await ask(worker, `/v1/message?${query}`, {
    method: 'POST',
    body: raw,
    headers: { 'content-type': 'message/rfc822' },
  });
  if (answer.status !== 200) throw refusal(answer);
  return answer.text;
}

/** Tells the Worker how the queue is. @throws WorkerError */
export async function tellStatus(worker: WorkerAccess, domain: string, state: object): Promise<void> {
  const answer = await ask(worker, `/v1/status/${encodeURIComponent(domain)}`, {
    method: 'POST',
    body: Buffer.from(JSON.stringify(state)),
    headers: { 'content-type': 'application/json' },
  });
  if (answer.status !== 200) throw refusal(answer);
}

async function ask(
  { url, token }: WorkerAccess,
  path: string,
  init: { method?: string; body?: Uint8Array; headers?: Record<string, string> },
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      // The token is for this address alone.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    } as RequestInit);
    const text = await limitedText(response, LONGEST);
    if (text === undefined) throw new WorkerError('the Worker’s answer is too long');
    return { status: response.status, text };
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    throw new WorkerError(`the Worker at ${url} does not answer (${fetchReason(error)})`);
  }
}

function refusal({ status, text }: { status: number; text: string }): WorkerError {
  let detail = '';
  try {
    ({ detail = '' } = JSON.parse(text) as { detail?: string });
  } catch {}
  return new WorkerError(
    `the Worker says: HTTP ${status}${detail === '' ? '' : `, ${detail}`}`,
    status === 404 || status === 405 || status === 501,
  );
}
