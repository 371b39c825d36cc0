// The relay's certificate: for the right name, in time, and signed by somebody who is trusted (RFC 6125, RFC 5280 section 6).

import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { relayName } from '../submit/open.ts';
import { fingerprintProblem, nameProblem } from '../submit/trust.ts';
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
    if (code !== undefined) return refusal(code, certificate, name, days);
    if (nameProblem(name, certificate) !== undefined)
      return refusal('ERR_TLS_CERT_ALTNAME_INVALID', certificate, name, days);
  }
  if (days < EXPIRING) return result('warning', 'relay.expiring', { days, name });
  return result('ok', 'relay.tls', { protocol: secure.getProtocol() ?? 'TLS', name, days });
}

/** `code` is OpenSSL's, or Node's own for the name. */
function refusal(code: string, certificate: PeerCertificate, name: string, days: number): Result {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return result('failure', 'relay.expired', { name, days: Math.max(0, -days) });
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
