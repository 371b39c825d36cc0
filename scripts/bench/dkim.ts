// DKIM verifications per second, ours against mailauth: same messages, same keys, resolvers that answer at once; and what
// many signatures of one mail cost.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { checkMessage } from '../../shared/check/message.ts';
import { publicKeyOf } from '../../shared/dkim/private-key.ts';
import { signDkim } from '../../shared/dkim/sign.ts';
import { verifyDkim } from '../../shared/dkim/verify.ts';
import type { Answer, RecordData, RecordType, Resolver } from '../../shared/dns/types.ts';
import type { BenchRow } from './row.ts';

const DOMAIN = 'shop.example';
/** Milliseconds that each side is measured for, in turns, so that the machine's other work hits both. */
const TURN = 300;
const TURNS = 5;

export default async function bench(): Promise<BenchRow[]> {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const published = await publicKeyOf(pem);
  if (!published.ok) throw new Error(published.problem.detail);
  const resolver: Resolver = {
    async query<T extends RecordType>(name: string): Promise<Answer<RecordData[T]>> {
      if (!name.includes('_domainkey')) return { kind: 'nodata', ttl: 300, aliases: [], authenticated: false };
      const records = [[published.record]] as unknown as RecordData[T][];
      return { kind: 'ok', records, ttl: 300, aliases: [], authenticated: false };
    },
  };
  const theirResolver = async () => [[published.record]];
  const now = new Date();
  const rows: BenchRow[] = [];
  for (const [name, octets] of [
    ['1 KB', 1024],
    ['100 KB', 100 * 1024],
  ] as const) {
    const line = 'The quick brown fox jumps over the lazy dog, twice a day.\r\n';
    const text = `From: shop@${DOMAIN}\r\nTo: a@client.example\r\nSubject: Your order\r\nDate: Tue, 17 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@${DOMAIN}>\r\n\r\n${line.repeat(Math.ceil(octets / line.length)).slice(0, octets)}\r\n`;
    const signed = await signDkim(text, { domain: DOMAIN, selector: 's1', key: pem });
    if (!signed.ok) throw new Error(signed.problems[0]!.detail);
    const message = Buffer.from(signed.header + text);
    const ours = async () => (await verifyDkim(message, resolver, now)).result;
    const theirs = async () =>
      (await dkimVerify(message, { resolver: theirResolver } as Parameters<typeof dkimVerify>[1])).results[0]?.status
        .result;
    const rates = { ours: 0, theirs: 0 };
    await rate(ours, TURN);
    await rate(theirs, TURN);
    for (let turn = 0; turn < TURNS; turn++) {
      rates.ours += await rate(ours, TURN);
      rates.theirs += await rate(theirs, TURN);
    }
    rows.push({
      what: `DKIM verification, ${name}, rsa-sha256 2048`,
      unit: 'per second',
      ours: Math.round(rates.ours / TURNS),
      peer: { name: 'mailauth', value: Math.round(rates.theirs / TURNS) },
      higherIsBetter: true,
    });
  }
  rows.push(...(await manySignatures(resolver, now)));
  return rows;
}

/** Octets of the body that many signatures are over. */
const LARGE = 8 * 1024 * 1024;
/** The cost of ten signatures, at most, in that of one. */
const TEN_TO_ONE = 1.5;

/** Ten signatures with different c= and l= beside one: all of a check, as POST /v1/message makes it, in turns. */
async function manySignatures(resolver: Resolver, now: Date): Promise<BenchRow[]> {
  const signature = (c: string, l?: number) =>
    `DKIM-Signature: v=1; a=rsa-sha256; c=${c}; d=${DOMAIN}; s=s1; ${l === undefined ? '' : `l=${l}; `}h=from; bh=AAAA; b=AAAA\r\n`;
  const ten = Array.from({ length: 10 }, (_, index) =>
    signature(index % 2 === 0 ? 'simple/simple' : 'relaxed/relaxed', LARGE - index * 100_000),
  ).join('');
  const head = `From: shop@${DOMAIN}\r\nTo: a@client.example\r\nSubject: Your order\r\nDate: Tue, 17 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@${DOMAIN}>\r\n\r\n`;
  const rows: BenchRow[] = [];
  for (const [what, line] of [
    ['text', 'The quick brown fox jumps over the lazy dog, twice a day.\r\n'],
    ['blanks that the forms treat differently', 'The quick  brown fox jumps over the  lazy dog, twice a day. \r\n'],
  ] as const) {
    const body = line.repeat(Math.ceil(LARGE / line.length)).slice(0, LARGE);
    const [many, one] = [ten, signature('simple/simple')].map((signatures) => Buffer.from(signatures + head + body));
    const least = { many: Number.POSITIVE_INFINITY, one: Number.POSITIVE_INFINITY };
    for (let turn = 0; turn < TURNS * 2; turn++) {
      least.many = Math.min(least.many, await milliseconds(many!, resolver, now));
      least.one = Math.min(least.one, await milliseconds(one!, resolver, now));
    }
    rows.push({
      what: `check of a mail with 10 signatures, 8 MB, ${what}`,
      unit: 'ms',
      ours: least.many,
      peer: { name: 'with 1 signature', value: least.one },
      higherIsBetter: false,
      target: TEN_TO_ONE,
    });
  }
  return rows;
}

async function milliseconds(raw: Uint8Array, resolver: Resolver, now: Date): Promise<number> {
  const start = performance.now();
  await checkMessage(
    { raw },
    { resolver, now, clock: () => performance.now(), createHasher: () => createHash('sha256') },
  );
  return performance.now() - start;
}

async function rate(verify: () => Promise<string | undefined>, milliseconds: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  do {
    if ((await verify()) !== 'pass') throw new Error('the message must pass');
    count++;
  } while (performance.now() - start < milliseconds);
  return (count * 1000) / (performance.now() - start);
}
