// A certificate is for the names in its subjectAltName, never for its common name (RFC 9525 section 2).
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';
import { strangeCertificates } from '../../support/strange-certificates.ts';

const { missing } = needs('openssl', 'openssl');

describe('common names', { skip: missing }, () => {
  const folder = temporaryFolder();
  after(() => folder.remove());
  const made = missing ? undefined : strangeCertificates(folder);
  for (const kind of ['valid', 'nameless', 'addressed', 'mailed'] as const) {
    for (const starttls of ['on', 'off']) {
      test(`${kind}, tls_starttls ${starttls}`, async () => {
        const sink = await startSmtpSink({ ...made![kind], secure: starttls === 'off' });
        try {
          const lines = `host localhost\nport ${sink.port}\ntls on\ntls_starttls ${starttls}\ntls_trust_file ${made!.ca}\ntimeout 5`;
          const mail = { chunks: () => [Buffer.from('a: b\r\n\r\n')], size: 8, eightBit: false, password: () => '' };
          const { failure } = await submit(
            accountFrom(lines),
            { from: 'f@x.example', recipients: ['a@x.example'] },
            mail,
          );
          assert.equal(failure?.code, kind === 'valid' ? undefined : 69);
          assert.equal(sink.mails.length, kind === 'valid' ? 1 : 0);
          if (kind !== 'valid') assert.equal(failure?.problem.id, 'certificate.name');
        } finally {
          await sink.stop();
        }
      });
    }
  }
});
