// Connections to hosts that strangers name, as `npm start` makes them: to the addresses that were checked, and with the reason where TLS fails.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { ConnectionError, type ConnectionFault } from '../../shared/tls/connection.ts';
import { faultOfCertificate, faultOfError, openTls } from '../../shim/tls.ts';
import { untrustedFetch } from '../../worker/access/connection.ts';
import { createAuthority } from '../support/certificates.ts';
import { namespacesMissing } from '../support/relay-machine.ts';
import { FIRST, RELAY_KIND, type Said, STRANGERS } from '../support/strangers.ts';

const NAME = 'hook.shop.example';
const authority = createAuthority();
const other = createAuthority('Another authority');
const servers: Server[] = [];

before(() => setDefaultCACertificates([...getCACertificates('default'), authority.ca]));
after(() => {
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return new URL(`https://${NAME}:${(server.address() as { port: number }).port}/`);
}

/** What is said of each kind: a webhook's last reply, and the problem of a policy host. */
const EXPECTED: Record<string, { fault: ConnectionFault | 'none'; detail?: RegExp; problem?: string }> = {
  good: { fault: 'none' },
  name: { fault: 'name', detail: /it is for www\.shop\.example, cdn\.example, not for/, problem: 'other-name' },
  expired: { fault: 'expired', detail: /valid until \d{4}-\d\d-\d\d/, problem: 'expired-certificate' },
  early: { fault: 'expired', detail: /valid from \d{4}-\d\d-\d\d/, problem: 'expired-certificate' },
  certificate: { fault: 'certificate', detail: /issuer|verify/, problem: 'untrusted-certificate' },
  plain: { fault: 'protocol', problem: 'no-tls' },
  obsolete: { fault: 'protocol', problem: 'no-tls' },
  ended: { fault: 'ended', problem: 'not-fetched' },
  refused: { fault: 'refused', problem: 'not-fetched' },
};

test('a connection is made to the addresses that were checked, and has the fault of its TLS', async (t) => {
  assert.deepEqual(Object.keys(EXPECTED), Object.keys(STRANGERS));
  for (const [kind, { fault, detail }] of Object.entries(EXPECTED)) {
    await t.test(kind, async () => {
      const server = STRANGERS[kind]?.([NAME], authority, other) ?? createServer();
      const url = await listening(server);
      if (kind === 'refused') await new Promise((resolve) => server.close(resolve));
      // No name server knows the name.
      const found = await openTls(url, ['127.0.0.1']);
      if (!('fault' in found)) found.destroy();
      const failure = 'fault' in found ? found : { fault: 'none', detail: '' };
      assert.equal(failure.fault, fault, JSON.stringify(failure));
      if (detail !== undefined) assert.match(failure.detail, detail);
    });
  }
});

test('where the first address does not answer the next one is tried, and silence ends', async () => {
  const found = await openTls(await listening(STRANGERS.good!([NAME], authority, other)), ['127.0.0.2', '127.0.0.1']);
  assert.ok(!('fault' in found), JSON.stringify(found));
  found.destroy();
  const silent = await listening(createServer((socket) => socket.on('error', () => undefined)));
  assert.deepEqual(await openTls(silent, ['127.0.0.1'], { timeoutMs: 50 }), {
    fault: 'timeout',
    detail: 'no TLS within 50 ms',
  });
});

test('a mail server’s TLS after STARTTLS', async (t) => {
  const rows: [what: string, options: SMTPServerOptions, fault: ConnectionFault | 'none'][] = [
    ['good', authority.issue({ names: [NAME] }), 'none'],
    ['another name', authority.issue({ names: ['other.example'] }), 'name'],
    ['another authority', other.issue({ names: [NAME] }), 'certificate'],
    ['no STARTTLS', { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }, 'protocol'],
    ['a refusal', { onConnect: (_, done) => done(new Error('go away')) }, 'protocol'],
  ];
  for (const [what, options, fault] of rows) {
    await t.test(what, async () => {
      const smtp = new SMTPServer({ authOptional: true, logger: false, ...options });
      smtp.on('error', () => undefined);
      const url = await listening(smtp.server as unknown as Server);
      const found = await openTls(url, ['127.0.0.1'], { starttls: true });
      if (!('fault' in found)) found.destroy();
      assert.equal('fault' in found ? found.fault : 'none', fault, 'fault' in found ? found.detail : '');
    });
  }
});

test('errors of the system about connections, and of OpenSSL about certificates', () => {
  const rows: [code: string, fault: ConnectionFault][] = [
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNRESET', 'ended'],
    ['EPROTO', 'protocol'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'protocol'],
    ['ERR_OTHER', 'unknown'],
  ];
  for (const [code, fault] of rows) {
    const error = Object.assign(new Error('x'), { code });
    assert.equal(faultOfError(error).fault, fault, code);
    assert.equal(faultOfError(new AggregateError([error])).fault, fault, code);
  }
  const now = new Date('2026-11-30');
  for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_REVOKED', 'INVALID_CA']) {
    assert.equal(faultOfCertificate(code, {}, NAME, now).fault, 'certificate', code);
  }
  // An authority between whose time is over, while the certificate itself is valid.
  const valid = { valid_to: 'Jan  1 00:00:00 2030 GMT' };
  assert.equal(faultOfCertificate('CERT_HAS_EXPIRED', valid, NAME, now).fault, 'certificate');
  // A name of a stranger is no terminal's and no page's.
  const { detail } = faultOfCertificate(
    'ERR_TLS_CERT_ALTNAME_INVALID',
    { subjectaltname: 'DNS:a\u001b[31m.example' },
    NAME,
    now,
  );
  assert.equal(detail, `it is for a?[31m.example, not for ${NAME}`);
});

test('where the runtime hides the reason, no reference to its log is shown', async (t) => {
  const realFetch = globalThis.fetch;
  t.after(() => {
    globalThis.fetch = realFetch;
  });
  const rows: [answer: Error | number, fault: ConnectionFault | 'none', text: RegExp][] = [
    [new Error('internal error; reference = 7uup9cg7'), 'unknown', /reports no reason$/],
    [new TypeError('Network connection lost.'), 'unknown', /Network connection lost/],
    [526, 'certificate', /HTTP 526/],
    [525, 'protocol', /HTTP 525/],
    [522, 'timeout', /HTTP 522/],
    [503, 'none', /^$/],
  ];
  for (const [answer, fault, text] of rows) {
    globalThis.fetch = async () => {
      if (answer instanceof Error) throw answer;
      return new Response('', { status: answer });
    };
    try {
      assert.equal((await untrustedFetch(undefined)('https://hook.shop.example/')).status, answer);
      assert.equal(fault, 'none');
    } catch (error) {
      assert.ok(error instanceof ConnectionError, String(error));
      assert.equal(error.fault, fault);
      assert.match(error.message, text);
      assert.doesNotMatch(error.message, /reference/);
    }
  }
});

test('npm start names what is wrong with a webhook and with a policy host', { skip: namespacesMissing }, async (t) => {
  const addresses = Object.keys(STRANGERS).map((_, index) => `ip addr add 203.0.113.${FIRST + index}/32 dev lo`);
  const inside = fileURLToPath(new URL('../support/strangers.ts', import.meta.url));
  const script = ['ip link set lo up', ...addresses, `exec ${process.execPath} ${inside}`].join(' && ');
  const ran = spawnSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(ran.status, 0, ran.stderr);
  const said = JSON.parse(ran.stdout) as Record<string, Said>;
  assert.match(said[RELAY_KIND]!.mailReply ?? '', /^TLS: its certificate is not valid at this time \(valid until /);
  for (const [kind, { fault, detail, problem }] of Object.entries(EXPECTED)) {
    await t.test(kind, () => {
      const { lastReply, result, problems } = said[kind]!;
      t.diagnostic(`${kind}: ${lastReply}; ${result} ${JSON.stringify(problems)}`);
      assert.doesNotMatch(JSON.stringify(said[kind]), /reference|internal error/);
      const reply = fault === 'none' ? 'HTTP 200' : `not reached: ${new ConnectionError(fault).message}`;
      assert.ok(lastReply.startsWith(reply), lastReply);
      if (detail !== undefined) assert.match(lastReply, detail);
      assert.deepEqual(
        problems.map(({ id }) => id),
        problem === undefined ? [] : [problem],
      );
      assert.equal(result, problem === undefined ? 'valid' : problem === 'not-fetched' ? 'unknown' : 'invalid');
    });
  }
});
