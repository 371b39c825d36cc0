// One attempt at a prepared mail: asked about, handed to the relay, and what came of it. The same for a mail that is sent
// at once and for one of the spool; they differ in how the relay is reached.

import { EX } from '../exit.ts';
import { dropSuspicion } from '../submit/provider.ts';
import type { Envelope, Outcome } from '../types.ts';
import type { PreparedMail } from './prepare.ts';
import { type Attempted, failedOutcome, joinedOutcome, unserved } from './result.ts';

/** Hands the mail to the relay; never rejects for what the network or the relay does. */
export type Transmit = (prepared: PreparedMail) => Promise<Outcome>;

export interface HowToAttempt {
  transmit: Transmit;
  /** Log what the pre-flight says also if it does not decide; the same for each attempt, so once is enough. */
  tellPreflight: boolean;
}

/** @throws ExitError for what `transmit` needs and does not have, such as a password */
export async function attemptDelivery(
  prepared: PreparedMail,
  { transmit, tellPreflight }: HowToAttempt,
): Promise<Attempted> {
  const { account, preflight, envelope } = prepared;
  const decides = account.preflight === 'enforce';
  const notes = [...prepared.notes];
  if (decides) {
    const { note, refusal } = await preflight();
    if (note !== undefined) notes.push(note);
    if (refusal !== undefined)
      return { prepared, outcome: failedOutcome('rejected', EX.NOPERM, refusal), unsent: true, notes };
  }
  const outcome: Outcome =
    envelope.recipients.length === 0 ? { accepted: [], refused: [], notes: [] } : await transmit(prepared);
  // If the answer is only told, it is waited for once the mail has left.
  if (!decides && tellPreflight) {
    const { note } = await preflight();
    if (note !== undefined) notes.push(note);
  }
  notes.push(...outcome.notes.map((note) => `note: ${note}`));
  const reply = outcome.accepted.at(-1)?.reply;
  const suspicion = reply === undefined ? undefined : dropSuspicion(account, reply);
  return { prepared, outcome, notes, ...(suspicion === undefined ? {} : { suspicion }) };
}

export interface OverOneSession {
  outcome: Outcome;
  /** The connection had served others before. */
  fresh: boolean;
  usable: boolean;
}

/**
 * Goes on over a new connection where one takes no more mail, and where one that was kept open turns out to be closed:
 * what ends a connection says nothing about the mail.
 */
export async function overSessions(
  { from, recipients }: Envelope,
  once: (envelope: Envelope) => Promise<OverOneSession>,
): Promise<Outcome> {
  let sofar: Outcome = { accepted: [], refused: [], notes: [] };
  for (;;) {
    const rest = unserved(recipients, sofar);
    const { outcome, fresh, usable } = await once({ from, recipients: rest });
    const { failure, accepted } = outcome;
    sofar = joinedOutcome(sofar, outcome);
    if (failure === undefined || failure.uncertain.length > 0) return sofar;
    const stale = !fresh && !usable && failure.kind === 'deferred';
    const full = failure.scope === 'session' && (accepted.length > 0 || !fresh);
    if (!stale && !full) return sofar;
  }
}
