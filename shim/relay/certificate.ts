// Findings about the relay’s certificate and key (RFC 5280, RFC 6125, RFC 8314 section 3).

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type Configuration, effective, listOf, placeOf, settingOf } from './configuration.ts';
import { define, findingsOf, type Place, type RelayFinding } from './finding.ts';
import { isPublicName } from './identity.ts';

const LETSENCRYPT = (host: string) => [
  `main.cf: smtpd_tls_cert_file = /etc/letsencrypt/live/${host || 'mail.shop.example'}/fullchain.pem`,
  `main.cf: smtpd_tls_key_file = /etc/letsencrypt/live/${host || 'mail.shop.example'}/privkey.pem`,
];

// biome-ignore format: a line for each language.
export const certificateFindings = {
  'no-certificate': define<{ host: string }>('error', ({ host }) => LETSENCRYPT(host),
    'No certificate is set: Postfix has no TLS, and the shop cannot connect.',
    'Сертификат не указан: Postfix не сможет использовать TLS, и магазин не подключится.'),
  'no-key': define<{ host: string }>('error', ({ host }) => LETSENCRYPT(host).slice(1),
    'The certificate file has no key, and smtpd_tls_key_file names no other file: Postfix has no TLS.',
    'В файле сертификата нет ключа, а smtpd_tls_key_file не указывает на другой файл: Postfix не сможет использовать TLS.'),
  'chain-files-win': define('warning', ['run: postconf -X smtpd_tls_chain_files'],
    'smtpd_tls_chain_files and smtpd_tls_cert_file are both set: Postfix uses only the first. Renewing the other has no effect.',
    'Заданы и smtpd_tls_chain_files, и smtpd_tls_cert_file: Postfix использует только первый. Обновление второго ни на что не повлияет.'),
  'certificate-unreadable': define<{ path: string; why: string }>('error', ({ path }) => [`run: ls -l ${path}`],
    ({ path, why }) => `${path}: ${why}. Postfix has no TLS.`,
    ({ path, why }) => `${path}: не читается (${why}). Postfix не сможет использовать TLS.`),
  'certificate-invalid': define<{ path: string }>('error', ({ path }) => [`run: openssl x509 -noout -subject -in ${path}`],
    ({ path }) => `${path} has no certificate in PEM format. Postfix has no TLS.`,
    ({ path }) => `В ${path} нет сертификата в формате PEM. Postfix не сможет использовать TLS.`),
  'certificate-expired': define<{ path: string; until: string }>('error', ['run: certbot renew', 'run: postfix reload'],
    ({ path, until }) => `The certificate in ${path} expired on ${until}: the shop rejects it.`,
    ({ path, until }) => `Срок сертификата в ${path} истёк ${until}: магазин откажется подключаться.`),
  'certificate-expires-soon': define<{ path: string; until: string; days: number }>('warning', ['run: certbot renew', 'run: postfix reload'],
    ({ path, until, days }) => `The certificate in ${path} expires in ${days} day(s), on ${until}. It should have been renewed by now.`,
    ({ path, until, days }) => `Срок сертификата в ${path} истекает ${until}, осталось дней: ${days}. Сертификат уже должен был обновиться.`),
  'certificate-not-yet-valid': define<{ path: string; from: string }>('error', ['run: timedatectl'],
    ({ path, from }) => `The certificate in ${path} is not valid before ${from}: the clock or the file is wrong.`,
    ({ path, from }) => `Сертификат в ${path} действует только с ${from}: часы идут неверно, или указан не тот файл.`),
  'certificate-name': define<{ path: string; host: string; names: string }>('error', ({ host }) => [`run: certbot certonly --standalone -d ${host}`],
    ({ path, host, names }) => `The certificate in ${path} is for ${names}, not for ${host}: the shop rejects it.`,
    ({ path, host, names }) => `Сертификат в ${path} выдан на ${names}, а не на ${host}: магазин откажется подключаться.`),
  'certificate-self-signed': define<{ path: string; host: string }>('error', ({ host }) => [`run: certbot certonly --standalone -d ${host}`, ...LETSENCRYPT(host)],
    ({ path }) => `The certificate in ${path} is self-signed: the shop cannot verify it, and rejects it.`,
    ({ path }) => `Сертификат в ${path} самоподписанный: магазин не сможет его проверить и откажется подключаться.`),
  'certificate-without-chain': define<{ path: string; issuer: string }>('warning', ({ path }) => [`main.cf: smtpd_tls_cert_file = ${path.replace(/cert\.pem$/, 'fullchain.pem')}`],
    ({ path, issuer }) => `${path} has only the certificate, without that of its issuer (${issuer}). Clients that do not trust the issuer directly reject it; use fullchain.pem.`,
    ({ path, issuer }) => `В ${path} только сам сертификат, без сертификата издателя (${issuer}). Клиенты, которые не доверяют издателю напрямую, откажутся подключаться; укажите fullchain.pem.`),
  'key-mismatch': define<{ certificate: string; key: string }>('error', ({ certificate }) => [`main.cf: smtpd_tls_key_file = ${certificate.replace(/[^/]*$/, 'privkey.pem')}`],
    ({ certificate, key }) => `The key in ${key} does not belong to the certificate in ${certificate}. Postfix has no TLS.`,
    ({ certificate, key }) => `Ключ в ${key} не подходит к сертификату в ${certificate}. Postfix не сможет использовать TLS.`),
  'key-readable': define<{ path: string; mode: string }>('danger', ({ path }) => [`run: chmod 600 ${path}`],
    ({ path, mode }) => `Every user of this machine can read the key in ${path} (mode ${mode}) and impersonate the relay.`,
    ({ path, mode }) => `Любой пользователь этой машины может прочесть ключ в ${path} (права ${mode}) и выдать себя за релей.`),
} as const;

const finding = findingsOf(certificateFindings);

/** Files for the audit; `why` is a text. */
export interface Files {
  read(path: string): { ok: true; text: string; mode: number } | { ok: false; why: string };
}

/** certbot renews 30 days before the end: with fewer than 14 left the renewal does not run. */
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
  const certificate = checkCertificateFile(certificateFile, host, files, now, where, found);
  checkKey(keyPath, certificateFile, certificate, host, files, keySetting ?? where, found);
  return found;
}

function holdsCertificate(files: Files, path: string): boolean {
  const read = files.read(path);
  return read.ok && read.text.includes('-----BEGIN CERTIFICATE-----');
}

function checkCertificateFile(
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
  const certificate = parseCertificate(blocks[0]);
  if (certificate === undefined) {
    found.push(finding('certificate-invalid', { path }, where));
    return undefined;
  }
  const { validFromDate: from, validToDate: until } = certificate;
  const days = Math.floor((until.getTime() - now.getTime()) / DAY);
  if (until < now) found.push(finding('certificate-expired', { path, until: dateText(until) }, where));
  else if (from > now) found.push(finding('certificate-not-yet-valid', { path, from: dateText(from) }, where));
  else if (days < SOON) found.push(finding('certificate-expires-soon', { path, until: dateText(until), days }, where));
  if (certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey)) {
    // Name and chain do not matter then.
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

function parseCertificate(pem: string | undefined): X509Certificate | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function dateText(value: Date): string {
  return value.toISOString().slice(0, 10);
}

function namesOf(certificate: X509Certificate): string {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map((match) => match[1]!);
  return names.length > 0 ? names.join(', ') : commonName(certificate.subject);
}

function commonName(name: string): string {
  return /^CN=(.*)$/m.exec(name)?.[1] ?? (name.replaceAll('\n', ', ') || '?');
}
