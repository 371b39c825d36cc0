// Verification step by step: every failure of a signature has its result and the tag at fault (RFC 6376 section 6.1).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { dkimAuthResults } from '../../../shared/dkim/auth-results.ts';
import { MAX_BODIES } from '../../../shared/dkim/body-hash.ts';
import { type SigningKey, type SignOptions, signDkim } from '../../../shared/dkim/sign.ts';
import { CLOCK_SKEW, MAX_FIELDS_READ, MAX_SIGNATURES, verifyDkim } from '../../../shared/dkim/verify.ts';
import { formatAuthenticationResults, parseAuthenticationResults } from '../../../shared/message/auth-results.ts';
import { toBytes } from '../../../shared/message/bytes.ts';
import { zoneResolver } from '../../support/zone.ts';
import { bulk, DOMAIN, keyZone, MESSAGES, NOW, testKey } from './fixtures.ts';

const MESSAGE = MESSAGES.plain!;
const rsa = await testKey('rsa2048');
const seconds = NOW.getTime() / 1000;

async function sign(message = MESSAGE, options: SignOptions = {}, key: Partial<SigningKey> = {}): Promise<string> {
  const outcome = await signDkim(
    message,
    { domain: DOMAIN, selector: rsa.selector, key: rsa.pem, ...key },
    { timestamp: NOW, ...options },
  );
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.header + message;
}
async function verify(message: string | Uint8Array, more: Record<string, string | string[]> = {}) {
  const outcome = await verifyDkim(message, await keyZone(more), NOW);
  return { ...outcome, first: outcome.signatures[0]! };
}

test('a signed message passes, with the facts of signature and key', async () => {
  const { result, first, bodyOctets } = await verify(await sign(MESSAGE, { expiresIn: 600 }));
  assert.equal(result, 'pass');
  assert.equal(first.status, 'SUCCESS');
  assert.equal(first.domain, DOMAIN);
  assert.equal(first.selector, 'rsa2048');
  assert.equal(first.identity, `@${DOMAIN}`);
  assert.equal(first.algorithm, 'rsa-sha256');
  assert.deepEqual(first.canonicalization, { header: 'relaxed', body: 'relaxed' });
  assert.equal(first.timestamp, seconds);
  assert.equal(first.expiration, seconds + 600);
  assert.equal(first.key?.bits, 2048);
  assert.equal(first.keyName, `rsa2048._domainkey.${DOMAIN}`);
  assert.equal(first.ttl, 300);
  assert.deepEqual(first.notes, []);
  assert.equal(bodyOctets, 'Thank you.\r\n'.length);
});

test('a message without signature is "none" and causes no query', async () => {
  const zone = await keyZone();
  assert.deepEqual(await verifyDkim(MESSAGE, zone, NOW), { result: 'none', signatures: [], bodyOctets: 0 });
  assert.deepEqual(zone.asked, []);
});

/** A signature with a right bh= and whatever tags, for what fails before b= matters. */
const bh = createHash('sha256').update('Thank you.\r\n').digest('base64');
function withTags(tags: Record<string, string | null>): string {
  const all = {
    v: '1',
    a: 'rsa-sha256',
    c: 'relaxed/relaxed',
    d: DOMAIN,
    s: 'rsa2048',
    h: 'from',
    bh,
    b: 'AAAA',
    ...tags,
  };
  const list = Object.entries(all).filter(([, value]) => value !== null);
  return `DKIM-Signature: ${list.map(([name, value]) => `${name}=${value}`).join('; ')}\r\n${MESSAGE}`;
}

for (const [name, tags, result, id, tag] of [
  ['wrong signature', {}, 'fail', 'signature-mismatch', 'b'],
  ['no v=', { v: null }, 'neutral', 'missing-tag', 'v'],
  ['v=2', { v: '2' }, 'neutral', 'bad-version', 'v'],
  ...['a', 'b', 'bh', 'd', 'h', 's'].map((t) => [`no ${t}=`, { [t]: null }, 'neutral', 'missing-tag', t]),
  ['a tag twice', { d: `${DOMAIN}; d=${DOMAIN}` }, 'neutral', 'signature-syntax', 'd'],
  ['no tag at all', { z: 'a;nonsense;' }, 'neutral', 'signature-syntax', 'nonsense'],
  ['rsa-sha1', { a: 'rsa-sha1' }, 'permerror', 'rsa-sha1', 'a'],
  ['unknown a=', { a: 'rsa-md5' }, 'neutral', 'unknown-algorithm', 'a'],
  ['unknown c=', { c: 'loose/simple' }, 'neutral', 'unknown-canonicalization', 'c'],
  ['b= no base64', { b: '***' }, 'neutral', 'signature-syntax', 'b'],
  ['d= no name', { d: 'a..b' }, 'neutral', 'signature-syntax', 'd'],
  ['l= no number', { l: '-1' }, 'neutral', 'signature-syntax', 'l'],
  ['t= no number', { t: '1e9' }, 'neutral', 'signature-syntax', 't'],
  ['From not signed', { h: 'to:subject' }, 'permerror', 'from-not-signed', 'h'],
  ['i= elsewhere', { i: '@other.example' }, 'permerror', 'domain-mismatch', 'i'],
  ['i= a longer name', { i: `@x${DOMAIN}` }, 'permerror', 'domain-mismatch', 'i'],
  ['i= no identity', { i: DOMAIN }, 'neutral', 'signature-syntax', 'i'],
  ...['http', 'dns', 'dns:http', '', ':', 'dns/txt/x', 'dns/ txt'].map((q) => [
    `q=${q}`,
    { q },
    'neutral',
    'unknown-query-method',
    'q',
  ]),
  ...['dns/txt', 'DNS/TXT', 'http:dns/txt', 'dns : dns/txt'].map((q) => [
    `q=${q}`,
    { q },
    'fail',
    'signature-mismatch',
    'b',
  ]),
  ...['', 'relaxed/', '/relaxed', 'simple/simple/simple'].map((c) => [
    `c=${c}`,
    { c },
    'neutral',
    'unknown-canonicalization',
    'c',
  ]),
  ...['example', '', `-.${DOMAIN}`, `x-.${DOMAIN}`, `${DOMAIN}.`].map((d) => [
    `d=${d}`,
    { d },
    'neutral',
    'signature-syntax',
    'd',
  ]),
  ...['', '-', 's.', 'a b'].map((s) => [`s=${s}`, { s }, 'neutral', 'signature-syntax', 's']),
  ...[`a..b@${DOMAIN}`, `.@${DOMAIN}`, `=0A@${DOMAIN}`, `a@${DOMAIN}.`, ''].map((i) => [
    `i=${i}`,
    { i },
    'neutral',
    'signature-syntax',
    'i',
  ]),
  ...['l', 't', 'x'].map((t) => [`${t}= empty`, { [t]: '' }, 'neutral', 'signature-syntax', t]),
  ['x= at t=', { t: `${seconds}`, x: `${seconds}` }, 'neutral', 'expires-before-signed', 'x'],
  ['expired', { x: `${seconds - CLOCK_SKEW - 1}` }, 'permerror', 'expired', 'x'],
  ['x= before t=', { t: `${seconds}`, x: `${seconds - 1}` }, 'neutral', 'expires-before-signed', 'x'],
  ['from the future', { t: `${seconds + CLOCK_SKEW + 1}` }, 'permerror', 'timestamp-in-future', 't'],
  ['a little from the future', { t: `${seconds + CLOCK_SKEW}` }, 'fail', 'signature-mismatch', 'b'],
  ['no key', { s: 'nowhere' }, 'permerror', 'no-key', 's'],
  ['l= beyond the body', { l: '1000' }, 'fail', 'body-too-short', 'l'],
  ['wrong bh=', { bh: 'AAAA' }, 'fail', 'body-altered', 'bh'],
  ['Ed25519 with an RSA key', { a: 'ed25519-sha256' }, 'permerror', 'key-type-mismatch', 'k'],
  ['selector too long', { s: 'x'.repeat(64) }, 'neutral', 'signature-syntax', 's'],
] as [string, Record<string, string | null>, string, string, string][]) {
  test(`${name}: ${result}, ${id}`, async () => {
    const { first, result: overall } = await verify(withTags(tags));
    assert.deepEqual([first.problem?.id, first.problem?.tag, first.result], [id, tag, result]);
    assert.equal(overall, result);
    assert.equal(first.status, 'PERMFAIL');
  });
}

test('keys that cannot be used', async () => {
  const message = await sign(MESSAGE, {}, { selector: 'k' });
  const name = `k._domainkey.${DOMAIN}`;
  for (const [record, result, id] of [
    [`v=DKIM1; p=${rsa.publicKey}`, 'pass', undefined],
    ['v=DKIM1; p=', 'permerror', 'revoked'],
    [`v=DKIM1; h=sha1; p=${rsa.publicKey}`, 'permerror', 'hash-not-allowed'],
    [`v=DKIM1; s=other; p=${rsa.publicKey}`, 'permerror', 'not-for-email'],
    [`v=DKIM9; p=${rsa.publicKey}`, 'permerror', 'bad-key-version'],
    [`v=DKIM1; k=x; p=${rsa.publicKey}`, 'permerror', 'unknown-key-type'],
    ['v=DKIM1; p=!', 'permerror', 'bad-base64'],
    ['hello', 'permerror', 'not-a-key'],
    [`v=DKIM1; p=${(await testKey('rsa1024')).publicKey}`, 'fail', 'signature-mismatch'],
  ] as const) {
    const { first } = await verify(message, { [name]: record });
    assert.deepEqual([first.result, first.problem?.id], [result, id], record);
  }
});

test('a key shorter than 1024 bits is not acceptable', async () => {
  const { generateKeyPairSync, sign: rawSign } = await import('node:crypto');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 768 });
  const unsigned = `v=1; a=rsa-sha256; c=simple/simple; d=${DOMAIN}; s=weak; h=from; bh=${bh}; b=`;
  const from = /^From:.*$/m.exec(MESSAGE)![0].trim();
  const b = rawSign('sha256', Buffer.from(`${from}\r\nDKIM-Signature: ${unsigned}`), privateKey).toString('base64');
  const p = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const { first } = await verify(`DKIM-Signature: ${unsigned}${b}\r\n${MESSAGE}`, {
    [`weak._domainkey.${DOMAIN}`]: `p=${p}`,
  });
  assert.deepEqual([first.result, first.problem?.id, first.key?.bits], ['policy', 'weak-key', 768]);
});

test('DNS that does not answer is a temporary error', async () => {
  const zone = zoneResolver({ [`rsa2048._domainkey.${DOMAIN}`]: { fail: 'servfail' } });
  const outcome = await verifyDkim(await sign(), zone, NOW);
  assert.equal(outcome.result, 'temperror');
  assert.equal(outcome.signatures[0]!.status, 'TEMPFAIL');
  assert.equal(outcome.signatures[0]!.problem?.name, `rsa2048._domainkey.${DOMAIN}`);
});

test('t=s forbids a subdomain in i=, t=y is noted', async () => {
  const message = await sign(MESSAGE, {}, { selector: 'k', identity: `"bob=x;y"@mail.${DOMAIN}` });
  const name = `k._domainkey.${DOMAIN}`;
  const loose = await verify(message, { [name]: `v=DKIM1; t=y; p=${rsa.publicKey}` });
  assert.equal(loose.result, 'pass');
  assert.equal(loose.first.identity, `"bob=x;y"@mail.${DOMAIN}`);
  assert.deepEqual(
    loose.first.notes.map((note) => note.id),
    ['testing'],
  );
  const strict = await verify(message, { [name]: `v=DKIM1; t=s; p=${rsa.publicKey}` });
  assert.deepEqual([strict.result, strict.first.problem?.id], ['permerror', 'strict-domain-mismatch']);
});

test('several key records: any that verifies will do, and it is noted', async () => {
  const message = await sign(MESSAGE, {}, { selector: 'k' });
  const other = (await testKey('rsa1024')).record;
  const { first } = await verify(message, { [`k._domainkey.${DOMAIN}`]: ['v=spf1 -all', other, rsa.record] });
  assert.equal(first.result, 'pass');
  assert.deepEqual(
    first.notes.map((note) => note.id),
    ['several-keys'],
  );
  assert.equal(first.key?.bits, 2048);
});

test('changed body, changed header, added header', async () => {
  const message = await sign();
  assert.equal((await verify(message.replace('Thank', 'thank'))).first.problem?.id, 'body-altered');
  assert.equal((await verify(message.replace('Your', 'your'))).first.problem?.id, 'signature-mismatch');
  // Over-signed, so no second one goes unseen, above or below.
  for (const added of ['From: evil@evil.example', 'Subject: Cheap', 'Reply-To: evil@evil.example']) {
    assert.equal((await verify(`${added}\r\n${message}`)).result, 'fail', added);
    assert.equal((await verify(message.replace('\r\n\r\n', `\r\n${added}\r\n\r\n`))).result, 'fail', added);
  }
  assert.equal((await verify(`X-New: 1\r\n${message}`)).result, 'pass');
  assert.equal((await verify(message.replaceAll('\r\n', '\n'))).result, 'pass', 'LF as in a file');
});

test('without over-signing, a From put on top is noted', async () => {
  const message = await sign(MESSAGE, { overSign: [] });
  const { first, result } = await verify(`From: evil@evil.example\r\n${message}`);
  assert.equal(result, 'pass');
  assert.deepEqual(
    first.notes.map((note) => note.id),
    ['from-partly-signed'],
  );
});

test('l= lets text be added, which is counted', async () => {
  const { sign: rawSign } = await import('node:crypto');
  const unsigned = `v=1; a=rsa-sha256; c=simple/simple; d=${DOMAIN}; s=rsa2048; h=from; l=12; bh=${bh}; b=`;
  const from = /^From:.*$/m.exec(MESSAGE)![0].trim();
  const b = rawSign('sha256', Buffer.from(`${from}\r\nDKIM-Signature: ${unsigned}`), rsa.pem).toString('base64');
  const { first } = await verify(`DKIM-Signature: ${unsigned}${b}\r\n${MESSAGE}Buy pills\r\n`);
  assert.equal(first.result, 'pass');
  assert.deepEqual(
    first.notes.map((note) => note.id),
    ['body-length'],
  );
  assert.deepEqual([first.bodyLength, first.unsignedOctets], [12, 11]);
});

test('several signatures: one that passes is enough, each key is queried once, the number is bounded', async () => {
  const good = await sign();
  const bad = withTags({}).split('\r\n')[0]!;
  const zone = await keyZone();
  const outcome = await verifyDkim(`${`${bad}\r\n`.repeat(3)}${good}`, zone, NOW);
  assert.equal(outcome.result, 'pass');
  assert.deepEqual(
    outcome.signatures.map((one) => one.result),
    ['fail', 'fail', 'fail', 'pass'],
  );
  assert.equal(zone.asked.length, 1);
});

const unchecked = (signatures: readonly { problem?: { id: string } }[]) =>
  signatures.flatMap(({ problem }, index) => (problem?.id === 'not-verified' ? [index] : []));

test('signatures beyond the limits are unknown: those of the domain in From come first, then the topmost', async () => {
  const good = await sign();
  const bad = withTags({}).split('\r\n')[0]!;
  const other = withTags({ d: 'other.example' }).split('\r\n')[0]!;
  const zone = { 'rsa2048._domainkey.other.example': rsa.record };
  const own = await verify(`${`${bad}\r\n`.repeat(MAX_SIGNATURES)}${good}`);
  assert.deepEqual([own.result, unchecked(own.signatures)], ['temperror', [MAX_SIGNATURES]]);
  const foreign = await verify(`${`${other}\r\n`.repeat(MAX_SIGNATURES)}${good}`, zone);
  assert.deepEqual([foreign.result, unchecked(foreign.signatures)], ['pass', [MAX_SIGNATURES - 1]]);
  const buried = await verify(`${`${other}\r\n`.repeat(MAX_FIELDS_READ)}${good}`, zone);
  assert.equal(buried.result, 'temperror');
  assert.equal(buried.signatures.filter(({ result }) => result === 'fail').length, MAX_SIGNATURES);
});

test('bodies beyond the limit are unknown, never failed and never passed', async () => {
  const lengths = Array.from({ length: MAX_BODIES }, (_, index) => withTags({ l: `${index + 1}` }).split('\r\n')[0]!);
  const outcome = await verify(`${lengths.join('\r\n')}\r\n${await sign()}`);
  assert.equal(outcome.result, 'temperror');
  assert.deepEqual(
    outcome.signatures.map(({ result, problem }) => [result, problem?.id]),
    [...lengths.map(() => ['fail', 'body-altered']), ['temperror', 'not-verified']],
  );
  const fewer = await verify(`${lengths.slice(1).join('\r\n')}\r\n${await sign()}`);
  assert.equal(fewer.result, 'pass');
});

test('a stream in any parts gives what the whole gives', async () => {
  const message = toBytes(await sign(bulk(5000)));
  for (const size of [1, 7, 1000]) {
    const parts = async function* () {
      for (let at = 0; at < message.length; at += size) yield message.slice(at, at + size);
    };
    assert.equal((await verifyDkim(parts(), await keyZone(), NOW)).result, 'pass');
  }
});

test('a source that rejects, and a header without end, have results', async () => {
  const broken = async function* () {
    yield toBytes(`${await sign()}`);
    throw new Error('connection lost');
  };
  const outcome = await verifyDkim(broken(), await keyZone(), NOW);
  assert.deepEqual([outcome.result, outcome.signatures[0]!.problem?.id], ['temperror', 'message-unreadable']);
  const large = await verifyDkim(`X: ${'y'.repeat(2_000_000)}\r\n\r\n`, await keyZone(), NOW);
  assert.equal(large.signatures[0]!.problem?.id, 'message-too-large');
});

test('internationalised domains: U-labels in d= and s= are read as A-labels', async () => {
  const { sign: rawSign } = await import('node:crypto');
  const unsigned = `v=1; a=rsa-sha256; c=simple/simple; d=почта.рф; i=иван@почта.рф; s=ключ; h=from; bh=${bh}; b=`;
  const from = /^From:.*$/m.exec(MESSAGE)![0].trim();
  const b = rawSign('sha256', Buffer.from(`${from}\r\nDKIM-Signature: ${unsigned}`), rsa.pem).toString('base64');
  const { first, result } = await verify(`DKIM-Signature: ${unsigned}${b}\r\n${MESSAGE}`, {
    'xn--j1ac0b1a._domainkey.xn--80a1acny.xn--p1ai': rsa.record,
  });
  assert.equal(result, 'pass', JSON.stringify(first));
  assert.equal(first.identity, 'иван@xn--80a1acny.xn--p1ai');
});

test('as Authentication-Results', async () => {
  const outcome = await verifyDkim((await sign()).replace('Thank', 'thank'), await keyZone(), NOW);
  const text = formatAuthenticationResults({
    authservId: 'mx.example',
    version: 1,
    comments: [],
    results: dkimAuthResults(outcome),
  });
  const { value, problems } = parseAuthenticationResults(text);
  assert.deepEqual(problems, []);
  assert.equal(value.results[0]!.result, 'fail');
  assert.ok(value.results[0]!.properties.some((p) => p.ptype === 'header' && p.property === 'd' && p.value === DOMAIN));
});
