// The transcript of a connection, for people to read: without passwords, and bounded.

import { inline } from '../text/printable.ts';

/** Characters in all: a hostile server must not fill the disk. */
export const MAX_DIALOGUE = 64 * 1024;
/** Characters kept of the start; the lines after it are left out above the limit, since the end has the failure. */
const KEPT_START = 16 * 1024;
/** Characters of one line (RFC 5321 section 4.5.3.1.5: a reply line has 512). */
const MAX_LINE = 1000;
/** Responses of one login that are masked; no SASL mechanism has more steps. */
const MAX_SECRETS = 20;
/** Characters; a shorter response ("=", "*") is not a secret, and would be masked everywhere. */
const SHORTEST_SECRET = 4;

export interface Dialogue {
  /** A command, without its line end. Lines of a login are masked, those of the message counted. */
  client(line: string): void;
  /** A line of a reply, without its line end. */
  server(line: string): void;
  /** An event: "connected to 192.0.2.1:465", "connection closed". */
  note(text: string): void;
  /** Lines "C: …", "S: …" and "*: …", each with its line end, of `MAX_DIALOGUE` characters at most. */
  text(): string;
}

/** A new transcript for one connection. */
export function createDialogue(): Dialogue {
  let phase: 'commands' | 'login' | 'message' = 'commands';
  let messageLines = 0;
  const secrets: string[] = [];
  const lines = boundedLines();

  const remember = (secret: string) => {
    if (secret.length >= SHORTEST_SECRET && secrets.length < MAX_SECRETS) secrets.push(secret);
  };
  const endMessage = () => {
    if (phase === 'message') lines.add(`C: (the message, ${messageLines} lines)`);
    messageLines = 0;
  };
  return {
    client(line) {
      if (phase === 'message') {
        messageLines++;
        return;
      }
      if (phase === 'login') {
        remember(line.trim());
        lines.add('C: ***');
        return;
      }
      // RFC 4954 section 4: the initial response may follow the mechanism on the same line.
      const login = /^\s*AUTH(?:\s+(\S+))?(?:\s+(.*))?$/is.exec(line);
      if (login !== null) {
        const [, mechanism = '', response] = login;
        if (response !== undefined) remember(response.trim());
        lines.add(`C: AUTH ${mechanism}${response === undefined ? '' : ' ***'}`);
        return;
      }
      lines.add(`C: ${line}`);
    },
    server(line) {
      endMessage();
      const challenge = /^334(?: |$)/.test(line);
      if (challenge) phase = 'login';
      else phase = /^354(?: |$)/.test(line) ? 'message' : 'commands';
      // A challenge with its response is enough for an offline attack on the password (RFC 5802 section 9).
      lines.add(challenge ? 'S: 334 ***' : `S: ${withoutSecrets(line, secrets)}`);
    },
    note(text) {
      endMessage();
      phase = 'commands';
      lines.add(`*: ${withoutSecrets(text, secrets)}`);
    },
    text: () => `${lines.text()}${phase === 'message' ? `C: (the message, ${messageLines} lines)\n` : ''}`,
  };
}

/** Servers repeat an unknown command in their reply. */
function withoutSecrets(line: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line);
}

function boundedLines(): { add(line: string): void; text(): string } {
  const start: string[] = [];
  const end: string[] = [];
  let startLength = 0;
  let endLength = 0;
  let leftOut = 0;
  // Without the lines about what is left out and about the message.
  const endRoom = MAX_DIALOGUE - KEPT_START - 200;
  return {
    add(raw) {
      const line = `${inline(raw.slice(0, MAX_LINE + 1), MAX_LINE)}\n`;
      if (end.length === 0 && startLength + line.length <= KEPT_START) {
        start.push(line);
        startLength += line.length;
        return;
      }
      end.push(line);
      endLength += line.length;
      while (endLength > endRoom) {
        endLength -= end.shift()?.length ?? endLength;
        leftOut++;
      }
    },
    text: () => [...start, ...(leftOut === 0 ? [] : [`*: (${leftOut} lines left out)\n`]), ...end].join(''),
  };
}
