// Received: the client and server of one transmission, and whether it used TLS (RFC 5321 section 4.4, RFC 3848, RFC 8314 section 4.3).
import { type Ip, parseIp } from '../text/ip.ts';
import { Scanner } from './scanner.ts';

export interface ReceivedField {
  /** The client's HELO or EHLO name; some receivers write its reverse name there instead. */
  helo?: string;
  /** The name that the receiver resolved for the client's address, without "unknown". */
  reverseName?: string;
  /** Canonical text of the client's address. */
  clientIp?: string;
  /** Receiving host. */
  by?: string;
  /** Transmission type in upper case: SMTP, ESMTPS, LMTP, HTTP … */
  protocol?: string;
  id?: string;
  /** Envelope recipient, without angle brackets. */
  for?: string;
  /** The date as written, comments removed, and as milliseconds since 1970. */
  date?: string;
  time?: number;
  /** The TLS session, from the protocol (ESMTPS) or from a comment with version and cipher. */
  tls?: { version?: string; cipher?: string };
}

interface Clause {
  words: string[];
  comments: string[];
}

const CLAUSES = new Set(['from', 'by', 'via', 'with', 'id', 'for']);

/** Reads the value of a Received field. Never throws; missing facts are absent. */
export function parseReceived(value: string): ReceivedField {
  const scanner = new Scanner(value);
  const clauses = new Map<string, Clause>();
  let clause: Clause = { words: [], comments: [] };
  let date = '';
  for (;;) {
    scanner.skipCfws();
    clause.comments.push(...scanner.takeComments());
    if (scanner.done) break;
    if (scanner.take(';')) {
      date = readDate(scanner);
      break;
    }
    const word = scanner.quotedString() ?? scanner.until(' \t\r\n();');
    if (word === '') {
      scanner.at++;
      continue;
    }
    const key = word.toLowerCase();
    // The first clause of a kind counts; "with" and "id" also occur as words of another ("with ESMTP id").
    if (CLAUSES.has(key) && !clauses.has(key)) {
      clause = { words: [], comments: [] };
      clauses.set(key, clause);
    } else {
      clause.words.push(word);
    }
  }
  const received: ReceivedField = {};
  readFrom(clauses.get('from'), received);
  const by = clauses.get('by')?.words[0];
  if (by !== undefined) received.by = by;
  const protocol = clauses.get('with')?.words[0];
  if (protocol !== undefined) received.protocol = protocol.toUpperCase();
  const id = clauses.get('id')?.words[0];
  if (id !== undefined) received.id = id;
  const recipient = clauses.get('for')?.words[0];
  if (recipient !== undefined) received.for = recipient.replace(/^<|>$/g, '');
  if (date !== '') {
    received.date = date;
    const time = Date.parse(date);
    if (!Number.isNaN(time)) received.time = time;
  }
  const tls = tlsOf(clauses, received.protocol);
  if (tls !== undefined) received.tls = tls;
  return received;
}

function readDate(scanner: Scanner): string {
  const words: string[] = [];
  for (;;) {
    scanner.skipCfws();
    scanner.takeComments();
    if (scanner.done) return words.join(' ');
    const word = scanner.until(' \t\r\n(');
    if (word !== '') words.push(word);
  }
}

function readFrom(clause: Clause | undefined, received: ReceivedField): void {
  if (clause === undefined) return;
  const name = clause.words[0];
  const comments = clause.comments.slice(0, 8);
  const literal = name === undefined ? undefined : addressIn(name);
  // Exim: "from rdns ([ip] helo=name)", or "from [ip] (helo=name)"; qmail: "from rdns (HELO name) (ip)".
  let stated: string | undefined;
  let clientIp: string | undefined;
  for (const comment of comments) {
    stated ??= /(?:^|\s)(?:helo|ehlo)[= ]([^\s]+)/i.exec(comment)?.[1];
    clientIp ??= addressIn(comment)?.text;
  }
  clientIp ??= literal?.text;
  if (clientIp !== undefined) received.clientIp = clientIp;
  let reverse: string | undefined;
  if (stated !== undefined) {
    received.helo = stated;
    if (literal === undefined) reverse = name;
  } else if (name !== undefined) {
    received.helo = name;
    // Postfix, Sendmail, Exchange: "from helo (rdns [ip])".
    const first = comments.find((comment) => addressIn(comment) !== undefined)?.split(' ')[0];
    if (first !== undefined && addressIn(first) === undefined) reverse = first;
  }
  if (reverse !== undefined && reverse !== 'unknown' && /^[A-Za-z0-9._-]+$/.test(reverse)) {
    received.reverseName = reverse.replace(/\.$/, '');
  }
}

/** The first address in the text: "[192.0.2.1]", "[IPv6:2001:db8::1]:25", or bare. */
function addressIn(text: string): Ip | undefined {
  for (const candidate of text.slice(0, 1000).split(/[\s,;()<>=]+/)) {
    const inner = /^\[(?:IPv6:)?([^\]]*)\]/i.exec(candidate)?.[1] ?? candidate.replace(/^IPv6:/i, '');
    const ip = parseIp(inner);
    if (ip !== undefined) return ip;
  }
  return undefined;
}

// RFC 3848 and RFC 6531: the S of ESMTPS, ESMTPSA, LMTPS, UTF8SMTPS means TLS.
const TLS_PROTOCOL = /^(?:ESMTPSA?|LMTPSA?|UTF8SMTPSA?|UTF8LMTPSA?|SMTPSA?|HTTPS)$/;

function tlsOf(clauses: Map<string, Clause>, protocol: string | undefined): ReceivedField['tls'] {
  const tls: { version?: string; cipher?: string } = {};
  // Postfix: "(using TLSv1.3 with cipher X …)"; Gmail, Exchange: "(version=TLS1_3 cipher=X …)"; Exim: "(TLS1.3) tls X".
  for (const [key, clause] of clauses) {
    // Only at the start of a comment, and in the words of "with": other text has names that the client chose.
    const words = key === 'with' ? clause.words.slice(0, 8).join(' ') : '';
    for (const text of [...clause.comments.slice(0, 8), words]) {
      const version = /^(?:using |version=)?TLS ?v?1(?:[._]([0-3]))?(?![\w.])/i.exec(text);
      if (version !== null) tls.version ??= `TLSv1${version[1] === undefined ? '' : `.${version[1]}`}`;
      if (version === null && text !== words) continue;
      const cipher = /\b(?:cipher[= ]|tls )\s*([A-Z0-9][A-Z0-9_-]{4,63})/i.exec(text)?.[1];
      if (cipher !== undefined) tls.cipher ??= cipher;
    }
  }
  if (tls.version === undefined && tls.cipher === undefined && !TLS_PROTOCOL.test(protocol ?? '')) return undefined;
  return tls;
}
