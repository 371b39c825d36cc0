// The relay’s certificate: its name, its dates and its issuer (RFC 6125, RFC 5280 section 6).

import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { readFileOnce } from '../read-file.ts';
import { relayName } from '../submit/open.ts';
import { fingerprintProblem, nameProblem } from '../submit/trust.ts';
import type { DoctorContext } from './context.ts';
import { clockOff, programTexts } from './program.ts';
import { define, type Result, resultsOf } from './result.ts';

const HOST = 'mail.shop.example';

// biome-ignore format: a line for each language.
export const certificateTexts = {
  'relay.tls': define({ protocol: 'TLSv1.3', name: HOST, days: 60 },
    ['{protocol}; the certificate is for {name}, trusted, and valid for {days} more days'],
    ['{protocol}; сертификат выдан на {name}, доверенный, действует ещё {days} дн.']),
  'relay.unchecked': define({ where: `${HOST}:465` },
    ['the certificate of {where} is not verified (tls_certcheck off): another server between the two could read all mail', 'tls_certcheck on, with tls_trust_file where the authority is your own'],
    ['сертификат {where} не проверяется (tls_certcheck off): перехвативший соединение сможет прочитать всю почту', 'tls_certcheck on; для собственного центра сертификации — ещё и tls_trust_file']),
  'relay.expired': define({ name: HOST, days: 3, now: '2026-11-30' },
    ['the certificate of {name} has expired: {days} days ago by the clock of this machine ({now})', 'if that date is right, on the relay: certbot renew && postfix reload, and check the timer of certbot (systemctl list-timers); if it is wrong, here: timedatectl set-ntp true'],
    ['срок действия сертификата {name} истёк {days} дн. назад по часам этого сервера ({now})', 'если дата верна, на релее: certbot renew && postfix reload, и проверьте таймер certbot (systemctl list-timers); если неверна, здесь: timedatectl set-ntp true']),
  'relay.clock': define({ name: HOST },
    ['the certificate of {name} was not checked: the clock of this machine is wrong'],
    ['сертификат {name} не проверен: часы этого сервера идут неверно']),
  'relay.not-loaded': define({ name: HOST, file: `/etc/letsencrypt/live/${HOST}/fullchain.pem` },
    ['the certificate of {name} was renewed ({file}), but Postfix still uses the previous one', 'postfix reload; the hook of certbot that mailshim relay postfix prints does this after each renewal'],
    ['сертификат {name} обновлён ({file}), но Postfix использует прежний', 'postfix reload; чтобы Postfix перечитывал сертификат после каждого обновления, установите обработчик certbot, который выводит mailshim relay postfix']),
  'relay.not-yet-valid': define({ name: HOST },
    ['the certificate of {name} is not valid yet: the clock of this machine or of the relay is wrong', 'timedatectl set-ntp true, here and on the relay'],
    ['срок действия сертификата {name} ещё не начался: часы этого сервера или релея идут неверно', 'timedatectl set-ntp true здесь и на релее']),
  'relay.other-name': define({ name: HOST, names: 'vps.host.example' },
    ['the certificate is for {names}, not for {name}', 'on the relay: certbot certonly --standalone -d {name}, then its files as smtpd_tls_cert_file and smtpd_tls_key_file; or the name of the certificate as "host" here'],
    ['сертификат выдан на {names}, а не на {name}', 'на релее: certbot certonly --standalone -d {name}, полученные файлы укажите в smtpd_tls_cert_file и smtpd_tls_key_file; или укажите здесь в host имя из сертификата']),
  'relay.untrusted': define({ name: HOST, issuer: 'Some authority' },
    ['the certificate of {name} is signed by {issuer}, which this machine does not trust', 'use a certificate of Let’s Encrypt with its chain (fullchain.pem), or set tls_trust_file to the certificate of the authority'],
    ['сертификат {name} подписан {issuer}, этот центр сертификации не является доверенным', 'используйте сертификат Let’s Encrypt с цепочкой (fullchain.pem) или укажите сертификат центра сертификации в tls_trust_file']),
  'relay.certificate': define({ name: HOST, code: 'CERT_REVOKED' },
    ['the certificate of {name} is rejected ({code})', 'get a new certificate of Let’s Encrypt for the relay; mailshim relay postfix prints the commands'],
    ['сертификат {name} отклонён ({code})', 'получите для релея новый сертификат Let’s Encrypt; команды выводит mailshim relay postfix']),
  'relay.expiring': define({ days: 9, name: HOST },
    ['the certificate of {name} expires in {days} days', 'certbot renew; check its timer, and that its hook reloads Postfix'],
    ['срок действия сертификата {name} истекает через {days} дн.', 'certbot renew; проверьте таймер certbot и обработчик, который перезагружает Postfix']),
} as const;

const result = resultsOf(certificateTexts);
const programResult = resultsOf(programTexts);
const MINUTE = 60_000;
/** Days; certbot renews at thirty. */
const EXPIRING = 14;
const DAY = 86_400_000;

/** The certificate at the right time: with a wrong clock a valid one appears expired, and the clock is the cause. */
export async function certificateOf(socket: TLSSocket, account: Account, context: DoctorContext): Promise<Result> {
  const { environment, seen, configuration, root } = context;
  const now = environment.now();
  const found = checkCertificate(socket, account, now);
  if (!/^relay\.(?:expired|expiring|not-yet-valid)$/.test(found.id)) return found;
  const known = seen.clockOff !== undefined;
  const off = seen.clockOff ?? (await clockOff(now, account.host, configuration.files));
  if (off !== undefined && found.id !== 'relay.expiring' && validityAt(socket, new Date(now.getTime() - off))) {
    if (known) return result('skipped', 'relay.clock', { name: account.host });
    return programResult('failure', 'program.clock', { minutes: Math.round(off / MINUTE) });
  }
  return (root === '' ? newerOnDisk(socket, account.host) : undefined) ?? found;
}

function checkCertificate(secure: TLSSocket, account: Account, now: Date): Result {
  const { tls } = account;
  const name = tls.hostOverride ?? account.host;
  if (!tls.certificateCheck) return result('warning', 'relay.unchecked', { where: relayName(account) });
  if (tls.fingerprint !== undefined && fingerprintProblem(account, secure) !== undefined)
    return result('failure', 'relay.certificate', { name, code: 'tls_fingerprint' });
  const certificate = secure.getPeerCertificate();
  const days = Math.floor((Date.parse(certificate.valid_to) - now.getTime()) / DAY);
  if (tls.fingerprint === undefined) {
    // Node sets the error of the chain; the name is checked only if the chain is valid.
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

/** True where the certificate is valid at that time. */
export function validityAt(secure: TLSSocket, time: Date): boolean {
  const { valid_from: from, valid_to: to } = secure.getPeerCertificate();
  return Date.parse(from) <= time.getTime() && time.getTime() < Date.parse(to);
}

/** Milliseconds for postconf. */
const POSTCONF_PATIENCE = 5000;

/** On the relay itself: the file of Postfix's certificate was renewed, and Postfix still uses the previous one. */
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
    timeout: POSTCONF_PATIENCE,
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

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** The address is one of this machine. */
export function isHere(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address));
}
