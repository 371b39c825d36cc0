// Keys, awkward messages and a key zone for the DKIM tests.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { publicKeyOf } from '../../../shared/dkim/private-key.ts';
import { type ZoneResolver, zoneResolver } from '../../support/zone.ts';

/** The instant of all tests that do not ask the clock. */
export const NOW = new Date('2026-11-17T10:00:00Z');
export const DOMAIN = 'shop.example';

export interface TestKey {
  selector: string;
  /** PEM: PKCS #1 for RSA, as opendkim-genkey writes it, PKCS #8 for Ed25519. */
  pem: string;
  /** The record to publish. */
  record: string;
  publicKey: string;
}

export const KEY_NAMES = ['rsa1024', 'rsa2048', 'rsa4096', 'ed25519'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

const made = new Map<string, Promise<TestKey>>();
export function testKey(name: KeyName): Promise<TestKey> {
  let key = made.get(name);
  if (key === undefined) {
    key = make(name);
    made.set(name, key);
  }
  return key;
}

async function make(name: KeyName): Promise<TestKey> {
  const pem =
    name === 'ed25519'
      ? generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
      : generateKeyPairSync('rsa', { modulusLength: Number(name.slice(3)) }).privateKey.export({
          type: 'pkcs1',
          format: 'pem',
        });
  const published = await publicKeyOf(pem.toString());
  if (!published.ok) throw new Error(published.problem.detail);
  return { selector: name, pem: pem.toString(), record: published.record, publicKey: published.publicKey };
}

/** All test keys below `DOMAIN`, with more records where a test has them. */
export async function keyZone(more: Record<string, string | string[]> = {}): Promise<ZoneResolver> {
  const zone: Record<string, { TXT: string[] }> = {};
  for (const name of KEY_NAMES) zone[`${name}._domainkey.${DOMAIN}`] = { TXT: [(await testKey(name)).record] };
  for (const [name, records] of Object.entries(more)) zone[name] = { TXT: [records].flat() };
  return zoneResolver(zone);
}

const HEAD = `From: "Shop" <shop@${DOMAIN}>\r\nTo: =?utf-8?q?J=C3=BCrgen?= <j@client.example>\r\nSubject: Your  order\r\n\t of today\r\nDate: Tue, 17 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@${DOMAIN}>\r\n`;

/** Messages that signers and relays stumble over; CRLF, no bare LF. */
export const MESSAGES: Record<string, string> = {
  plain: `${HEAD}\r\nThank you.\r\n`,
  'empty body': `${HEAD}\r\n`,
  'no newline at the end': `${HEAD}\r\nThank you.`,
  'trailing blanks and blank lines': `${HEAD}\r\n one  two \t \r\n\r\n \r\n\t\r\nthree \r\n\r\n\r\n \r\n`,
  'only blank lines': `${HEAD}\r\n\r\n\r\n\r\n`,
  '8-bit': `${HEAD}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nСпасибо за заказ, Jürgen!\r\n`,
  'long line': `${HEAD}\r\n${'0123456789 '.repeat(88)}\r\n`,
  'leading dots': `${HEAD}\r\n.\r\n..\r\n.hidden\r\nend\r\n`,
  'folded and spaced headers': `Received: from a\r\n\tby b\r\n  ;  today\r\nFrom:\r\n shop@${DOMAIN}\r\nSubject:   many \t blanks   \r\nTo:j@client.example\r\nX-Empty:\r\n\r\nx\r\n`,
  'obsolete colon': `From : shop@${DOMAIN}\r\nSubject\t: x\r\nDate : Tue, 17 Nov 2026 10:00:00 +0000\r\n\r\nx\r\n`,
  'repeated headers': `Received: one\r\nReceived: two\r\nReceived: three\r\n${HEAD}Comments: a\r\nComments: b\r\n\r\nx\r\n`,
  'tabs in the body': `${HEAD}\r\n\ta\tb\t\tc\r\n \t d\r\n`,
};

/** A body of many lines. */
export function bulk(bytes: number): string {
  const line = `The quick brown fox  jumps over the lazy dog 0123456789 abcdefg\r\n`;
  return `${HEAD}\r\n${line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes)}`;
}

/** Undefined where the tool is there, else why the test is skipped; in CI a missing tool fails the test. */
export function missing(command: string, args: string[], packages: string): string | undefined {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return undefined;
  } catch {
    if (process.env.CI === 'true') return undefined;
    return `${command} is missing: apt-get install ${packages}`;
  }
}
