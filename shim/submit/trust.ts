// The trust of a TLS connection: authorities, names, client certificate, a pinned fingerprint (RFC 9525, RFC 8314 section 5).

import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { type Diagnostic, ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { MAX_READ, readFileOnce } from '../read-file.ts';
import { bareHost } from './plan.ts';

/** The authorities of the machine, with those of its administrator, which Node's own list does not have. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** @throws ExitError 78 if a file of the configuration cannot be read */
export function tlsOptions(account: Account): ConnectionOptions {
  const { tls } = account;
  // A pinned certificate is compared after the handshake, before a password is sent.
  const verify = tls.certificateCheck && tls.fingerprint === undefined;
  const name = bareHost(tls.hostOverride ?? account.host);
  return {
    minVersion: 'TLSv1.2',
    rejectUnauthorized: verify,
    checkServerIdentity: nameProblem,
    host: name,
    ...(isIpAddress(name) ? {} : { servername: name }),
    ...(verify ? authorities(tls.trustFile) : {}),
    ...(tls.crlFile === undefined ? {} : { crl: readPem(tls.crlFile, 'tls_crl_file') }),
    ...(tls.keyFile === undefined ? {} : { key: readPem(tls.keyFile, 'tls_key_file') }),
    ...(tls.certFile === undefined ? {} : { cert: readPem(tls.certFile, 'tls_cert_file') }),
  };
}

/** Undefined if the certificate is for the host. RFC 9525 section 2: the common name does not count; Node uses it if there is no DNS name. */
export function nameProblem(host: string, certificate: PeerCertificate): Error | undefined {
  return checkServerIdentity(host, { ...certificate, subject: { ...certificate.subject, CN: '' } });
}

function authorities(trustFile: string): ConnectionOptions {
  if (trustFile !== 'system') return { ca: readPem(trustFile, 'tls_trust_file') };
  for (const bundle of SYSTEM_BUNDLES) {
    try {
      return { ca: readFileSync(bundle, 'latin1') };
    } catch {}
  }
  // A container without ca-certificates: Node's own list is Mozilla's.
  return {};
}

/** Bytes; the authorities of a machine are 200 KB, a list of revoked certificates may be larger. */
const MAX_PEM = 16 * MAX_READ;

function readPem(file: string, directive: string): string {
  const read = readFileOnce(file, { encoding: 'latin1', maximum: MAX_PEM });
  if ('why' in read) throw new ExitError(diagnostic('tls.file', { directive, file, why: read.why }));
  return read.text;
}

/** Undefined if the certificate is the pinned one, or none is pinned. */
export function fingerprintProblem(account: Account, socket: TLSSocket): Diagnostic | undefined {
  const pinned = account.tls.fingerprint;
  if (pinned === undefined) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return diagnostic('certificate.not-shown');
  const found = pinned.length === 64 ? certificate.fingerprint256 : certificate.fingerprint;
  if (found.replaceAll(':', '').toLowerCase() === pinned) return undefined;
  return diagnostic('certificate.fingerprint', { found });
}

function isIpAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':');
}
