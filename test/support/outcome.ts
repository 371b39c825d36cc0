// An outcome as one result, for mails of which all recipients end alike.
import type { Diagnostic, ExitCode } from '../../shim/exit.ts';
import type { Outcome, Refusal } from '../../shim/types.ts';

export type Summary =
  | { kind: 'delivered'; reply: string; refused: readonly Refusal[]; notes: readonly Diagnostic[] }
  | {
      kind: 'deferred' | 'rejected';
      code: ExitCode;
      id: string;
      message: string;
      reply?: string;
      scope: 'relay' | 'session' | 'mail';
      refused: readonly Refusal[];
      uncertain: boolean;
      notes: readonly Diagnostic[];
    };

export function summaryOf({ accepted, refused, failure, notes }: Outcome): Summary {
  if (failure === undefined) return { kind: 'delivered', reply: accepted.at(-1)?.reply ?? '', refused, notes };
  const { problem, uncertain, ...rest } = failure;
  return { ...rest, id: problem.id, message: problem.text, uncertain: uncertain.length > 0, refused, notes };
}
