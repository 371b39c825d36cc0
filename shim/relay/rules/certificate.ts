// From the files that a configuration names to findings about certificate and key (RFC 5280, RFC 6125).

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Configuration, effective, listOf, placeOf, settingOf } from '../configuration.ts';
import { finding, type Place, type RelayFinding } from '../findings/catalog.ts';
import { isPublicName } from './words.ts';

/** What the audit asks of files; `why` is in words. */
export interface Files {
  read(path: string): { ok: true; text: string; mode: number } | { ok: false; why: string };
}

/** certbot renews 30 days before the end; whoever has fewer than 14 left has a renewal that does not run. */
const SOON = 14;
const DAY = 86_400_000;
const READABLE_BY_OTHERS = 0o004;

/** `files` is undefined where the configuration belongs to another machine. Never fails. */
export function certificateRules(configuration: Configuration, files: Files | undefined, now: Date): RelayFinding[] {
  const value = (name: string) => effective(configuration, name);
  const host = value('myhostname');
  const chain = listOf(value('smtpd_tls_chain_files'));
  const chainSetting = settingOf(configuration, 'smtpd_tls_chain_files');
  const certificateSetting = settingOf(configuration, 'smtpd_tls_cert_file');
  const found: RelayFinding[] = [];
  if (chain.length > 0 && certificateSetting !== undefined && certificateSetting.value !== '')
    found.push(finding('chain-files-win', {}, chainSetting!));
  const certificatePath = value('smtpd_tls_cert_file') || value('smtpd_tls_eccert_file');
  if (chain.length === 0 && (certificatePath === '' || certificatePath === 'none'))
    return [...found, finding('no-certificate', { host }, placeOf(configuration, 'smtpd_tls_cert_file'))];
  if (files === undefined) return found;
  const where =
    chain.length > 0 ? chainSetting! : (certificateSetting ?? settingOf(configuration, 'smtpd_tls_eccert_file')!);
  const keySetting = settingOf(configuration, 'smtpd_tls_key_file');
  const keyPath = chain.length > 0 ? chain[0]! : value('smtpd_tls_key_file') || certificatePath;
  const certificateFile =
    chain.length > 0 ? (chain.find((path) => holdsCertificate(files, path)) ?? chain[0]!) : certificatePath;
  const certificate = checkCertificate(certificateFile, host, files, now, where, found);
  checkKey(keyPath, certificateFile, certificate, host, files, keySetting ?? where, found);
  return found;
}

function holdsCertificate(files: Files, path: string): boolean {
  const read = files.read(path);
  return read.ok && read.text.includes('-----BEGIN CERTIFICATE-----');
}

function checkCertificate(
  path: string,
  host: string,
  files: Files,
  now: Date,
  where: Place,
  found: RelayFinding[],
): X509Certificate | undefined {
  const read = files.read(path);
  if (!read.ok) {
    found.push(finding('certificate-unreadable', { path, why: read.why }, where));
    return undefined;
  }
  const blocks = read.text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const certificate = parse(blocks[0]);
  if (certificate === undefined) {
    found.push(finding('certificate-invalid', { path }, where));
    return undefined;
  }
  const { validFromDate: from, validToDate: until } = certificate;
  const days = Math.floor((until.getTime() - now.getTime()) / DAY);
  if (until < now) found.push(finding('certificate-expired', { path, until: date(until) }, where));
  else if (from > now) found.push(finding('certificate-not-yet-valid', { path, from: date(from) }, where));
  else if (days < SOON) found.push(finding('certificate-expires-soon', { path, until: date(until), days }, where));
  if (certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey)) {
    // Its name and its chain do not matter any more.
    found.push(finding('certificate-self-signed', { path, host }, where));
    return certificate;
  }
  // A wrong host name has its own finding.
  if (isPublicName(host) && certificate.checkHost(host, { subject: 'never' }) === undefined)
    found.push(finding('certificate-name', { path, host, names: namesOf(certificate) }, where));
  if (blocks.length === 1)
    found.push(finding('certificate-without-chain', { path, issuer: commonName(certificate.issuer) }, where));
  return certificate;
}

function checkKey(
  path: string,
  certificatePath: string,
  certificate: X509Certificate | undefined,
  host: string,
  files: Files,
  where: Place,
  found: RelayFinding[],
): void {
  const read = files.read(path);
  if (!read.ok) {
    if (path !== certificatePath) found.push(finding('certificate-unreadable', { path, why: read.why }, where));
    return;
  }
  const block = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]*?-----END (?:[A-Z]+ )?PRIVATE KEY-----/.exec(read.text);
  if (block === null) {
    if (certificate !== undefined || path !== certificatePath) found.push(finding('no-key', { host }, where));
    return;
  }
  if ((read.mode & READABLE_BY_OTHERS) !== 0)
    found.push(finding('key-readable', { path, mode: (read.mode & 0o777).toString(8).padStart(4, '0') }, where));
  if (certificate !== undefined && !belongs(certificate, block[0]))
    found.push(finding('key-mismatch', { certificate: certificatePath, key: path }, where));
}

function belongs(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function parse(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function date(value: Date): string {
  return value.toISOString().slice(0, 10);
}

function namesOf(certificate: X509Certificate): string {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map((match) => match[1]!);
  return names.length > 0 ? names.join(', ') : commonName(certificate.subject);
}

function commonName(name: string): string {
  return /^CN=(.*)$/m.exec(name)?.[1] ?? (name.replaceAll('\n', ', ') || '?');
}
