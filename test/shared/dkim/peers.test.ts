// Signatures across implementations: ours verified by opendkim, dkimpy and mailauth, theirs by ours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { type SignOptions, signDkim } from '../../../shared/dkim/sign.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { DOMAIN, KEY_NAMES, type KeyName, keyZone, MESSAGES, missing, testKey } from './fixtures.ts';

const FORMS = ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'] as const;
const folder = mkdtempSync(join(tmpdir(), 'mailshim-dkim-'));
after(() => rmSync(folder, { recursive: true }));
const now = new Date();

/** Every message in every form with a 2048-bit key, and one message with every key. */
function* cases(): Generator<{ name: string; message: string; key: KeyName; form: (typeof FORMS)[number] }> {
  for (const [name, message] of Object.entries(MESSAGES)) {
    for (const form of FORMS) yield { name: `${name}, ${form}, rsa2048`, message, key: 'rsa2048', form };
  }
  for (const key of KEY_NAMES) {
    for (const form of FORMS) {
      yield {
        name: `trailing blanks, ${form}, ${key}`,
        message: MESSAGES['trailing blanks and blank lines']!,
        key,
        form,
      };
    }
  }
}

async function signed(
  message: string,
  key: KeyName,
  form: (typeof FORMS)[number],
  options: SignOptions = {},
): Promise<string> {
  const { selector, pem } = await testKey(key);
  const outcome = await signDkim(
    message,
    { domain: DOMAIN, selector, key: pem },
    { canonicalization: form, timestamp: now, ...options },
  );
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.header + message;
}

async function assertOursVerifies(message: string | Uint8Array, name: string): Promise<void> {
  const outcome = await verifyDkim(message, await keyZone(), now);
  assert.equal(outcome.result, 'pass', `${name}: ${JSON.stringify(outcome.signatures)}`);
}

/** The key zone for a Python or JavaScript resolver: name to record. */
async function records(): Promise<Record<string, string>> {
  const zone: Record<string, string> = {};
  for (const name of KEY_NAMES) zone[`${name}._domainkey.${DOMAIN}`] = (await testKey(name)).record;
  return zone;
}

test('mailauth verifies ours', async () => {
  const zone = await records();
  for (const { name, message, key, form } of cases()) {
    const results = await dkimVerify(await signed(message, key, form), {
      resolver: async (asked: string) => [[zone[asked.replace(/\.$/, '')] ?? '']],
      strict: true,
    } as Parameters<typeof dkimVerify>[1]);
    assert.equal(results.results[0]?.status.result, 'pass', name);
  }
});

test('ours verifies mailauth', async () => {
  for (const { name, message, key, form } of cases()) {
    const { selector, pem } = await testKey(key);
    const made = await dkimSign(message, {
      canonicalization: form,
      signTime: now,
      signatureData: [{ signingDomain: DOMAIN, selector, privateKey: pem }],
    } as Parameters<typeof dkimSign>[1]);
    assert.deepEqual(made.errors, []);
    await assertOursVerifies(made.signatures + message, name);
  }
});

const python = '/usr/bin/python3';
const noPython = missing(python, ['-c', 'import dkim, nacl'], 'python3-dkim python3-nacl');

function runPython(script: string, input: object): unknown {
  return JSON.parse(
    execFileSync(python, ['-c', script], { input: JSON.stringify(input), maxBuffer: 64 << 20, encoding: 'utf8' }),
  );
}
const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

// dkimpy accepts no blank before the colon and rejects the whole message as malformed.
const pythonCases = () => [...cases()].filter(({ message }) => message !== MESSAGES['obsolete colon']);

test('dkimpy verifies ours', { skip: noPython }, async () => {
  const all = pythonCases();
  const messages: string[] = [];
  for (const { message, key, form } of all) messages.push(base64(await signed(message, key, form)));
  const script = `
import sys, json, base64, dkim
job = json.load(sys.stdin)
def txt(name, timeout=5):
    return job['zone'].get(name.decode().rstrip('.'), '').encode()
print(json.dumps([dkim.verify(base64.b64decode(m), dnsfunc=txt) for m in job['messages']]))`;
  const results = runPython(script, { zone: await records(), messages }) as boolean[];
  assert.deepEqual(
    all.filter((_, index) => !results[index]).map(({ name }) => name),
    [],
  );
});

test('ours verifies dkimpy', { skip: noPython }, async () => {
  const jobs = [];
  for (const { name, message, key, form } of pythonCases()) {
    const { selector, pem } = await testKey(key);
    // dkimpy reads the bare seed of an Ed25519 key.
    const seed = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
      .subarray(-32)
      .toString('base64');
    jobs.push({
      name,
      message: base64(message),
      selector,
      key: key === 'ed25519' ? seed : pem,
      form,
      ed: key === 'ed25519',
    });
  }
  const script = `
import sys, json, base64, dkim
out = []
for j in json.load(sys.stdin):
    m = base64.b64decode(j['message'])
    c = tuple(x.encode() for x in j['form'].split('/'))
    s = dkim.sign(m, j['selector'].encode(), b'${DOMAIN}', j['key'].encode(), canonicalize=c,
        signature_algorithm=b'ed25519-sha256' if j['ed'] else b'rsa-sha256')
    out.append(base64.b64encode(s + m).decode())
print(json.dumps(out))`;
  const results = runPython(script, jobs) as string[];
  assert.equal(results.length, jobs.length);
  for (const [index, text] of results.entries()) {
    await assertOursVerifies(Buffer.from(text, 'base64'), jobs[index]!.name);
  }
});

const noOpendkim = missing('opendkim', ['-V'], 'opendkim');

// opendkim's test mode does not keep the blanks around a colon: a name keeps its own, and "simple" misses those after.
const opendkimCases = () =>
  [...cases()].filter(
    ({ message, form }) =>
      message !== MESSAGES['obsolete colon'] &&
      !(message === MESSAGES['folded and spaced headers'] && form.startsWith('simple')),
  );
/** It reads files with LF, and drops a last line without one, which no mail has once it was sent. */
const asFile = (message: string) => message.replaceAll('\r\n', '\n').replace(/([^\n])$/, '$1\n');

function runOpendkim(conf: string, files: string[]): string {
  return execFileSync('opendkim', ['-x', conf, '-vvv', '-t', files.join(',')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 << 20,
  });
}

test('opendkim verifies ours', { skip: noOpendkim }, async () => {
  const keys = join(folder, 'keys');
  writeFileSync(
    keys,
    Object.entries(await records())
      .map(([name, record]) => `${name} ${record}\n`)
      .join(''),
  );
  const conf = join(folder, 'verify.conf');
  writeFileSync(conf, `Syslog no\nMode v\nTestPublicKeys ${keys}\n`);
  const failed: string[] = [];
  let count = 0;
  for (const { name, message, key, form } of opendkimCases()) {
    const file = join(folder, `v${count++}.eml`);
    writeFileSync(file, asFile(await signed(message, key, form)));
    if (!/dkim=pass/.test(runOpendkim(conf, [file]))) failed.push(name);
  }
  assert.deepEqual(failed, []);
});

test('ours verifies opendkim', { skip: noOpendkim }, async () => {
  const failed: string[] = [];
  let count = 0;
  // With Ed25519 and simple headers opendkim 2.11 signs what it cannot verify itself ("signature verification failed").
  const all = opendkimCases().filter(({ key, form }) => !(key === 'ed25519' && form.startsWith('simple')));
  for (const { name, message, key, form } of all) {
    const { selector, pem } = await testKey(key);
    const id = count++;
    const keyFile = join(folder, `${selector}.pem`);
    writeFileSync(keyFile, pem, { mode: 0o600 });
    const conf = join(folder, `sign${id}.conf`);
    writeFileSync(
      conf,
      `Syslog no\nMode s\nDomain ${DOMAIN}\nSelector ${selector}\nKeyFile ${keyFile}\nRequireSafeKeys no\nCanonicalization ${form}\nOversignHeaders From,Subject,Cc\nSignatureAlgorithm ${key === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256'}\n`,
    );
    const file = join(folder, `s${id}.eml`);
    writeFileSync(file, asFile(message));
    const output = runOpendkim(conf, [file]);
    const value = /hname='DKIM-Signature' hvalue='([^']*)'/.exec(output)?.[1];
    assert.ok(value !== undefined, `${name}: ${output}`);
    const outcome = await verifyDkim(
      `DKIM-Signature: ${value.replace(/\r?\n/g, '\r\n')}\r\n${message}`,
      await keyZone(),
      now,
    );
    if (outcome.result !== 'pass') failed.push(`${name}: ${outcome.signatures[0]?.problem?.detail}`);
  }
  assert.deepEqual(failed, []);
});
