// The engine signs and verifies in workerd as it does in Node: WebCrypto there is another implementation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { signDkim } from '../../../shared/dkim/sign.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { bulk, DOMAIN, KEY_NAMES, keyZone, MESSAGES, NOW, testKey } from './fixtures.ts';

const engine = (file: string) => fileURLToPath(new URL(`../../../shared/dkim/${file}`, import.meta.url));
const WORKER = `
import { createHash } from 'node:crypto';
import { signDkim } from ${JSON.stringify(engine('sign.ts'))};
import { verifyDkim } from ${JSON.stringify(engine('verify.ts'))};
export default {
  async fetch(request) {
    const { message, keys, zone, now, native } = await request.json();
    const resolver = { query: async (name) => ({ kind: 'ok', records: [[zone[name]]], ttl: 1, aliases: [], authenticated: false }) };
    const options = native ? { createHasher: () => createHash('sha256') } : {};
    if (keys === undefined) return Response.json(await verifyDkim(message, resolver, new Date(now), options));
    const signed = await signDkim(message, keys, { timestamp: new Date(now) });
    return Response.json({ signed, verified: signed.ok && (await verifyDkim(signed.header + message, resolver, new Date(now))) });
  },
};`;

async function startWorker(): Promise<Miniflare> {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: engine('.'), loader: 'js' },
    bundle: true,
    format: 'esm',
    write: false,
    external: ['node:*'],
  });
  return new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: 'ESModule', path: 'dkim.mjs', contents: outputFiles[0]!.text }],
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
    }),
  );
}

test('the hasher of workerd serves several forms of one body', async () => {
  const worker = await startWorker();
  try {
    const { selector, pem, record } = await testKey('rsa1024');
    const message = bulk(2_000_000);
    const fields: string[] = [];
    for (const canonicalization of ['simple/simple', 'relaxed/relaxed'] as const) {
      const signed = await signDkim(message, { domain: DOMAIN, selector, key: pem }, { canonicalization });
      assert.ok(signed.ok);
      fields.push(signed.header, signed.header.replace('DKIM-Signature: ', 'DKIM-Signature: l=1000000; '));
    }
    const response = await worker.dispatchFetch('http://worker.example/', {
      method: 'POST',
      body: JSON.stringify({
        message: fields.join('') + message,
        zone: { [`${selector}._domainkey.${DOMAIN}`]: record },
        now: NOW,
        native: true,
      }),
    });
    const { signatures } = (await response.json()) as Awaited<ReturnType<typeof verifyDkim>>;
    assert.deepEqual(
      signatures.map(({ result, problem }) => problem?.id ?? result),
      ['pass', 'body-altered', 'pass', 'body-altered'],
    );
  } finally {
    await worker.dispose();
  }
});

test('workerd makes and verifies the signatures that Node does', async () => {
  const worker = await startWorker();
  try {
    const zone: Record<string, string> = {};
    const keys = [];
    for (const name of KEY_NAMES) {
      const { selector, pem, record } = await testKey(name);
      zone[`${selector}._domainkey.${DOMAIN}`] = record;
      keys.push({ domain: DOMAIN, selector, key: pem });
    }
    for (const message of [MESSAGES['8-bit']!, bulk(2_000_000)]) {
      const response = await worker.dispatchFetch('http://worker.example/', {
        method: 'POST',
        body: JSON.stringify({ message, keys, zone, now: NOW }),
      });
      const { signed, verified } = (await response.json()) as {
        signed: Awaited<ReturnType<typeof signDkim>>;
        verified: Awaited<ReturnType<typeof verifyDkim>>;
      };
      // RSA and Ed25519 signatures are deterministic, so both runtimes must make the same.
      assert.deepEqual(signed, await signDkim(message, keys, { timestamp: NOW }));
      assert.deepEqual(
        verified.signatures.map((one) => one.result),
        ['pass', 'pass', 'pass', 'pass'],
      );
      assert.ok(signed.ok);
      const here = await verifyDkim(signed.header + message, await keyZone(), NOW);
      assert.equal(here.result, 'pass');
    }
  } finally {
    await worker.dispose();
  }
});
