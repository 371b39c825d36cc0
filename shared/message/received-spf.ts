// Received-SPF: a receiver's SPF result with its inputs (RFC 7208 section 9.1).
import { Scanner } from './scanner.ts';

export interface ReceivedSpf {
  /** In lower case: pass, fail, softfail, neutral, none, temperror, permerror. */
  result: string;
  comment?: string;
  /** Values by key in lower case: client-ip, envelope-from, helo, identity, receiver, problem, mechanism … */
  values: Map<string, string>;
}

/** Reads the value of a Received-SPF field; undefined where it does not start with a result. */
export function parseReceivedSpf(value: string): ReceivedSpf | undefined {
  const scanner = new Scanner(value);
  scanner.skipCfws();
  scanner.takeComments();
  const result = scanner.until(' \t\r\n();="').toLowerCase();
  if (!/^[a-z]+$/.test(result)) return undefined;
  scanner.skipCfws();
  const [comment] = scanner.takeComments();
  const values = new Map<string, string>();
  while (!scanner.done) {
    scanner.skipCfws();
    const key = scanner.until(' \t\r\n();="').toLowerCase();
    scanner.skipCfws();
    if (key !== '' && scanner.take('=')) {
      scanner.skipCfws();
      const text = scanner.quotedString() ?? scanner.until(' \t\r\n;');
      if (!values.has(key)) values.set(key, text);
    }
    scanner.until(';');
    scanner.take(';');
  }
  return comment === undefined ? { result, values } : { result, comment, values };
}
