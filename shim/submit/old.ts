import type { ExitCode } from '../exit.ts';
import type { Outcome, Refusal } from '../types.ts';
export type OldOutcome =
  | { kind: 'delivered'; reply: string; refused: readonly Refusal[]; notes: readonly string[] }
  | {
      kind: 'deferred' | 'rejected';
      code: ExitCode;
      message: string;
      reply?: string;
      refused: readonly Refusal[];
      uncertain: boolean;
      scope: 'relay' | 'mail';
      notes: readonly string[];
    };
export function fromOld(old: OldOutcome, recipients: readonly string[]): Outcome {
  const refusedNames = new Set(old.refused.map(({ recipient }) => recipient));
  const rest = recipients.filter((recipient) => !refusedNames.has(recipient));
  if (old.kind === 'delivered')
    return {
      accepted: rest.map((recipient) => ({ recipient, reply: old.reply })),
      refused: old.refused,
      notes: old.notes,
    };
  const { kind, code, message, reply, uncertain, scope, refused, notes } = old;
  return {
    accepted: [],
    refused,
    failure: {
      kind,
      code,
      message,
      ...(reply === undefined ? {} : { reply }),
      uncertain: uncertain ? rest : [],
      scope,
    },
    notes,
  };
}
