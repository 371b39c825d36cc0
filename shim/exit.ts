// How the shim ends: the exit codes of sysexits.h and the one error that carries them to main.

/**
 * 75 (EX_TEMPFAIL) is missing on purpose: PHP 8.5 and later take it for success, and nothing here may look
 * successful while the mail is safe neither at the relay nor on disk.
 */
export const EX = {
  OK: 0,
  /** A command that looks something over has found something; none that sends mail ends so. */
  FINDINGS: 1,
  USAGE: 64,
  DATAERR: 65,
  NOINPUT: 66,
  NOUSER: 67,
  NOHOST: 68,
  UNAVAILABLE: 69,
  SOFTWARE: 70,
  OSERR: 71,
  CANTCREAT: 73,
  IOERR: 74,
  PROTOCOL: 76,
  NOPERM: 77,
  CONFIG: 78,
} as const;
export type ExitCode = (typeof EX)[keyof typeof EX];

/** "EX_DATAERR" for 65, as msmtp's log lines have it. */
export function exitName(code: ExitCode): string {
  for (const [name, value] of Object.entries(EX)) if (value === code) return `EX_${name}`;
  return 'EX_SOFTWARE';
}

/** One line that the shim prints or logs: a row of the catalogue (messages/) with its arguments. */
export interface Diagnostic {
  /** Stable: "option.unknown". */
  readonly id: string;
  /** Without the program's name; may hold text of strangers, which is made printable where it is printed. */
  readonly text: string;
  /** How a run ends that fails for this alone. */
  readonly code?: ExitCode;
}

/** Ends the run, by the code of the diagnostic or by another one. */
export class ExitError extends Error {
  readonly code: ExitCode;
  /** Of the diagnostic. */
  readonly id: string;
  constructor(diagnostic: Diagnostic, code?: ExitCode);
  constructor(code: ExitCode, message: string);
  constructor(first: Diagnostic | ExitCode, second?: ExitCode | string) {
    super(typeof first === 'number' ? String(second) : first.text);
    this.name = 'ExitError';
    this.id = typeof first === 'number' ? '' : first.id;
    this.code = typeof first === 'number' ? first : typeof second === 'number' ? second : (first.code ?? EX.SOFTWARE);
  }
}

/** One line for stderr; a text without an id is that of a part that the catalogue does not have yet. */
export type Complaint = Diagnostic | string;

/** The line, without the program's name. */
export function complaintText(complaint: Complaint): string {
  return typeof complaint === 'string' ? complaint : complaint.text;
}

/** How the program ends. */
export interface Ending {
  /** Of sysexits.h, but for commands that answer monitoring. */
  code: number;
  stdout?: string;
  /** Lines, without the program's name. */
  complaints: readonly Complaint[];
}

/** Of a command that a person types. */
export interface Answer extends Ending {
  stdout: string;
}
