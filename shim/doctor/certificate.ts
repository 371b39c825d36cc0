// The relay's certificate: for the right name, in time, and signed by somebody who is trusted (RFC 6125, RFC 5280 section 6).

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { readFileOnce } from '../read-file.ts';
import { relayName } from '../submit/open.ts';
import { fingerprintProblem, nameProblem } from '../submit/trust.ts';
import { isHere } from './cause.ts';
import { type Result, result } from './link.ts';

/** Days; certbot renews at thirty. */
const EXPIRING = 14;
const DAY = 86_400_000;

export function checkCertificate(secure: TLSSocket, account: Account, now: Date): Result {
  const { tls } = account;
  const name = tls.hostOverride ?? account.host;
  if (!tls.certificateCheck) return result('warning', 'relay.unchecked', { where: relayName(account) });
  if (tls.fingerprint !== undefined && fingerprintProblem(account, secure) !== undefined)
    return result('failure', 'relay.certificate', { name, code: 'tls_fingerprint' });
  const certificate = secure.getPeerCertificate();
  const days = Math.floor((Date.parse(certificate.valid_to) - now.getTime()) / DAY);
  if (tls.fingerprint === undefined) {
    // Set where node checks; the name, only where the chain is good.
    const code = secure.authorized ? undefined : String(secure.authorizationError).split(':')[0]!;
    if (code !== undefined) return refusal(code, certificate, name, days, now);
    if (nameProblem(name, certificate) !== undefined)
      return refusal('ERR_TLS_CERT_ALTNAME_INVALID', certificate, name, days, now);
  }
  if (days < EXPIRING) return result('warning', 'relay.expiring', { days, name });
  return result('ok', 'relay.tls', { protocol: secure.getProtocol() ?? 'TLS', name, days });
}

/** `code` is OpenSSL's, or Node's own for the name. */
function refusal(code: string, certificate: PeerCertificate, name: string, days: number, now: Date): Result {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return result('failure', 'relay.expired', {
        name,
        days: Math.max(0, -days),
        now: now.toISOString().slice(0, 10),
      });
    case 'CERT_NOT_YET_VALID':
      return result('failure', 'relay.not-yet-valid', { name });
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return result('failure', 'relay.other-name', { name, names: namesIn(certificate) });
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_UNTRUSTED':
      return result('failure', 'relay.untrusted', { name, issuer: [certificate.issuer?.CN].flat()[0] ?? '?' });
    default:
      return result('failure', 'relay.certificate', { name, code });
  }
}

function namesIn({ subjectaltname, subject }: PeerCertificate): string {
  const names = (subjectaltname ?? '').split(', ').map((entry) => entry.replace(/^[^:]*:/, ''));
  return names[0] === '' ? ([subject?.CN].flat()[0] ?? '?') : names.slice(0, 3).join(', ');
}

/** The certificate is good by its dates at that time. */
export function validityAt(secure: TLSSocket, time: Date): boolean {
  const { valid_from: from, valid_to: to } = secure.getPeerCertificate();
  return Date.parse(from) <= time.getTime() && time.getTime() < Date.parse(to);
}

/** Milliseconds for postconf. */
const PATIENCE = 5000;

/** On the relay itself: the file that Postfix names was renewed, and Postfix still shows the certificate from before. */
export function newerOnDisk(
  secure: Pick<TLSSocket, 'remoteAddress' | 'getPeerCertificate'>,
  host: string,
  files: (host: string) => readonly string[] = certificateFiles,
): Result | undefined {
  if (!isHere(secure.remoteAddress ?? '')) return undefined;
  const shown = secure.getPeerCertificate();
  for (const file of files(host)) {
    const certificate = certificateIn(file);
    if (certificate === undefined || certificate.fingerprint256 === shown.fingerprint256) continue;
    if (Date.parse(certificate.validTo) > Date.parse(shown.valid_to))
      return result('failure', 'relay.not-loaded', { name: host, file });
  }
  return undefined;
}

function certificateFiles(host: string): string[] {
  const ran = spawnSync('postconf', ['-h', 'smtpd_tls_chain_files', 'smtpd_tls_cert_file'], {
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  const own = (ran.stdout ?? '').split(/[\s,]+/).filter((file) => file.startsWith('/'));
  return [...own, `/etc/letsencrypt/live/${host}/fullchain.pem`];
}

function certificateIn(file: string): X509Certificate | undefined {
  const read = readFileOnce(file, { encoding: 'latin1' });
  const pem =
    'why' in read ? undefined : /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(read.text)?.[0];
  if (pem === undefined) return undefined;
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
