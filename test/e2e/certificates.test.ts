// Which certificates of a relay the program takes, and what it says of the others (RFC 5280, RFC 9525).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { createAuthority, type Issued } from '../support/certificates.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { runShim } from '../support/program.ts';
import { type StrangeCertificates, strangeCertificates } from '../support/strange-certificates.ts';

const DAY = 86_400_000;
const CLIENT = { key: '', cert: '' };
const MAIL = 'From: f@x.example\nTo: a@x.example\nSubject: s\n\nb\n';
const folder = temporaryFolder('mailshim-certificates-');
after(() => folder.remove());

describe('certificates', () => {
  const authority = createAuthority();
  const other = createAuthority('Another authority');
  const ca = folder.write('ca.pem', authority.ca);
  const otherCa = folder.write('other.pem', other.ca);
  const good = authority.issue({ names: ['localhost', '127.0.0.1'] });
  Object.assign(CLIENT, authority.issue({ names: ['client.example'] }));
  folder.write('client.key', CLIENT.key);
  folder.write('client.pem', CLIENT.cert);
  const fingerprint = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], { input: good.cert })
    .toString()
    .replace(/^.*=|\n/g, '');

  const strangeFolder = temporaryFolder('mailshim-strange-');
  after(() => strangeFolder.remove());
  let made: StrangeCertificates | undefined;
  const strange = () => (made ??= strangeCertificates(strangeFolder));

  interface Case {
    name: string;
    served: Issued | (() => Issued);
    lines?: string[];
    /** Null where the mail arrives; else what stderr says. */
    refusal: RegExp | null;
    server?: object;
    skip?: string | false;
  }
  const names = ['localhost'];
  const openssl = needs('openssl', 'openssl').missing;
  const cases: Case[] = [
    { name: 'the right one', served: good, refusal: null },
    {
      name: 'expired',
      served: authority.issue({
        names,
        notBefore: new Date(Date.now() - 9 * DAY),
        notAfter: new Date(Date.now() - DAY),
      }),
      refusal: /expired/,
    },
    {
      name: 'not valid yet',
      served: authority.issue({ names, notBefore: new Date(Date.now() + 9 * DAY) }),
      refusal: /not (yet|valid)/,
    },
    { name: 'of another name', served: authority.issue({ names: ['mail.example'] }), refusal: /mail\.example/ },
    {
      name: 'of another address',
      served: authority.issue({ names: ['127.0.0.2'] }),
      lines: ['host 127.0.0.1'],
      refusal: /127\.0\.0\.1/,
    },
    { name: 'of the address', served: good, lines: ['host 127.0.0.1'], refusal: null },
    {
      name: 'of the name that tls_host_override expects',
      served: authority.issue({ names: ['mail.example'] }),
      lines: ['tls_host_override mail.example'],
      refusal: null,
    },
    {
      name: 'of a wildcard, one label deep',
      served: authority.issue({ names: ['*.mail.example'] }),
      lines: ['tls_host_override a.mail.example'],
      refusal: null,
    },
    {
      name: 'of a wildcard, two labels deep',
      served: authority.issue({ names: ['*.mail.example'] }),
      lines: ['tls_host_override a.b.mail.example'],
      refusal: /a\.b\.mail\.example/,
    },
    { name: 'of an unknown authority', served: other.issue({ names }), refusal: /authority|issuer|trust/ },
    {
      name: 'against another trust file',
      served: good,
      lines: [`tls_trust_file ${otherCa}`],
      refusal: /authority|issuer|trust/,
    },
    {
      name: "against the machine's authorities",
      served: good,
      lines: ['tls_trust_file system'],
      refusal: /authority|issuer|trust/,
    },
    {
      name: 'of an unknown authority, tls_certcheck off',
      served: other.issue({ names }),
      lines: ['tls_certcheck off'],
      refusal: null,
    },
    { name: 'the pinned one', served: good, lines: [`tls_fingerprint ${fingerprint}`], refusal: null },
    {
      name: 'another than the pinned one',
      served: authority.issue({ names }),
      lines: [`tls_fingerprint ${fingerprint}`],
      refusal: /fingerprint/,
    },
    {
      name: 'revoked by tls_crl_file',
      served: () => strange().revoked,
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`, `tls_crl_file ${strangeFolder.join('crl.pem')}`],
      refusal: /is revoked by tls_crl_file/,
      skip: openssl,
    },
    {
      name: 'not revoked by tls_crl_file',
      served: () => strange().valid,
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`, `tls_crl_file ${strangeFolder.join('crl.pem')}`],
      refusal: null,
      skip: openssl,
    },
    {
      name: "under another authority's tls_crl_file",
      served: () => strange() && good,
      lines: [`tls_crl_file ${strangeFolder.join('crl.pem')}`],
      refusal: /has no list of the authority/,
      skip: openssl,
    },
    {
      name: 'of a client, shown by the server',
      served: () => strange().client,
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`],
      refusal: /not for servers/,
      skip: openssl,
    },
    ...(['nameless', 'addressed', 'mailed'] as const).map((kind) => ({
      name: `with the name as common name alone (${kind})`,
      served: () => strange()[kind],
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`],
      refusal: /is not for localhost/,
      skip: openssl,
    })),
    {
      name: 'of an authority that is not sent along',
      served: () => strange().orphan,
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`],
      refusal: /not signed by an authority/,
      skip: openssl,
    },
    {
      name: 'of an authority that is sent along',
      served: () => strange().chained,
      lines: [`tls_trust_file ${strangeFolder.join('ca.pem')}`],
      refusal: null,
      skip: openssl,
    },
    {
      name: 'of the client, asked for and shown',
      served: good,
      lines: [`tls_key_file ${folder.join('client.key')}`, `tls_cert_file ${folder.join('client.pem')}`],
      server: { requestCert: true, rejectUnauthorized: true, ca: authority.ca },
      refusal: null,
    },
    {
      name: 'of the client, asked for and not there',
      served: good,
      server: { requestCert: true, rejectUnauthorized: true, ca: authority.ca },
      refusal: /./,
    },
    {
      name: 'with TLS 1.1 at most',
      served: good,
      server: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      refusal: /./,
    },
  ];

  for (const { name, served, lines = [], refusal, server = {}, skip = false } of cases)
    test(name, { skip }, async () => {
      let arrived = 0;
      const { key, cert } = typeof served === 'function' ? served() : served;
      const relay = new SMTPServer({
        secure: true,
        key,
        cert,
        ...server,
        disabledCommands: ['AUTH'],
        onData(stream, _session, done) {
          arrived++;
          stream.resume().once('end', () => done());
        },
      });
      relay.on('error', () => undefined);
      await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = relay.server.address() as AddressInfo;
        const said = new Map(
          [
            'host localhost',
            `port ${port}`,
            'tls on',
            'tls_starttls off',
            `tls_trust_file ${ca}`,
            'preflight off',
            'spool off',
            ...lines,
          ].map((line) => [line.replace(/ .*/, ''), line]),
        );
        const config = folder.write('rc', `${[...said.values()].join('\n')}\n`);
        const ran = await runShim(['-C', config, '-t'], { input: MAIL });
        if (refusal === null) assert.deepEqual([ran, arrived], [{ code: 0, stdout: '', stderr: '' }, 1]);
        else {
          assert.notEqual(ran.code, 0);
          assert.match(ran.stderr, refusal);
          assert.equal(arrived, 0);
        }
      } finally {
        await new Promise<void>((resolve) => relay.close(resolve));
      }
    });
});
