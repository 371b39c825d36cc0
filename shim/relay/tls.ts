// Findings about ports and TLS of the relay (RFC 8314, RFC 8996, TLS_README).

import { type Configuration, effective, isYes, listeners, listOf, placeOf, settingOf } from './configuration.ts';
import { define, findingsOf, type RelayFinding } from './finding.ts';

const WEAK = '!SSLv2, !SSLv3, !TLSv1, !TLSv1.1';

// biome-ignore format: a line for each language.
export const tlsFindings = {
  'no-465': define('error', ['master.cf: submissions inet n - n - - smtpd', 'master.cf:   -o smtpd_tls_wrappermode=yes'],
    'No service listens on port 465, the port with TLS from the first byte that the shop uses.',
    'Порт 465, через который магазин отправляет почту с TLS с первого байта, не слушает ни одна служба.'),
  '465-without-wrappermode': define<{ service: string }>('error', ['master.cf:   -o smtpd_tls_wrappermode=yes'],
    ({ service }) => `${service} is on port 465 but lacks smtpd_tls_wrappermode=yes: it answers in plain text, but the client starts with TLS ("wrong version number").`,
    ({ service }) => `${service} на порту 465 без smtpd_tls_wrappermode=yes: сервер отвечает без шифрования, а клиент начинает с TLS («wrong version number»).`),
  'wrappermode-elsewhere': define<{ service: string; port: number }>('error', ['master.cf:   -o smtpd_tls_wrappermode=no'],
    ({ service, port }) => `${service} on port ${port} has smtpd_tls_wrappermode=yes, but clients start there in plain text and then use STARTTLS: none can connect. It is only for port 465.`,
    ({ service, port }) => `${service} на порту ${port} с smtpd_tls_wrappermode=yes, но клиенты начинают там без шифрования и затем используют STARTTLS: подключиться нельзя. Настройка нужна только для порта 465.`),
  'wrappermode-global': define('error', ['main.cf: smtpd_tls_wrappermode = no', 'master.cf:   -o smtpd_tls_wrappermode=yes'],
    'smtpd_tls_wrappermode = yes in main.cf applies to every port, also where clients start in plain text. Set it for the service on port 465 in master.cf.',
    'smtpd_tls_wrappermode = yes в main.cf действует на все порты, в том числе на те, где клиенты начинают без шифрования. Укажите её в master.cf для службы на порту 465.'),
  'submission-without-tls': define<{ service: string; level: string }>('danger', ['master.cf:   -o smtpd_tls_security_level=encrypt'],
    ({ service, level }) => `${service} accepts mail without TLS (smtpd_tls_security_level is ${level}): orders and passwords can be read on the network.`,
    ({ service, level }) => `${service} принимает почту без TLS (smtpd_tls_security_level: ${level}): заказы и пароли можно перехватить.`),
  'duplicate-listener': define<{ service: string; other: string; first: number; port: number }>('error', ({ service }) => [`run: postconf -M# ${service}/inet`],
    ({ service, other, first, port }) => `${service} and ${other} (line ${first}) both use port ${port}: Postfix uses only the last one, or ends with "Address already in use".`,
    ({ service, other, first, port }) => `${service} и ${other} (строка ${first}) используют один порт ${port}: Postfix запустит только последнюю или завершится с ошибкой «Address already in use».`),
  'old-tls': define<{ parameter: string; versions: string }>('warning', ({ parameter }) => [`main.cf: ${parameter} = ${WEAK}`],
    ({ parameter, versions }) => `${parameter} allows ${versions}, which RFC 8996 deprecates.`,
    ({ parameter, versions }) => `${parameter} допускает ${versions}; эти версии признаны устаревшими (RFC 8996).`),
  'obsolete-tls': define<{ name: string; instead: string }>('warning', ({ instead }) => [`main.cf: ${instead}`],
    ({ name, instead }) => `${name} is obsolete: Postfix ignores it if the level is set. Use ${instead}.`,
    ({ name, instead }) => `${name} устарел: Postfix игнорирует его, если задан уровень. Используйте ${instead}.`),
  'outbound-tls-off': define<{ level: string }>('warning', ['main.cf: smtp_tls_security_level = may'],
    'Mail is sent in plain text even to servers that offer TLS. Gmail marks such mail with an open red lock.',
    'Почта отправляется без шифрования даже на серверы с поддержкой TLS. Gmail отмечает такие письма красным открытым замком.'),
  'outbound-tls-forced': define<{ level: string }>('warning', ['main.cf: smtp_tls_security_level = may'],
    ({ level }) => `smtp_tls_security_level is ${level} for every recipient: mail for a server without TLS, or with another certificate, stays in the queue and bounces after days.`,
    ({ level }) => `smtp_tls_security_level равен ${level} для всех получателей: письмо на сервер без TLS или с другим сертификатом останется в очереди и вернётся через несколько дней.`),
  'dane-without-dnssec': define<{ level: string }>('error', ['main.cf: smtp_dns_support_level = dnssec'],
    ({ level }) => `smtp_tls_security_level is ${level}, but smtp_dns_support_level is not dnssec: Postfix does not request signed answers, and DANE does not work.`,
    ({ level }) => `smtp_tls_security_level равен ${level}, но smtp_dns_support_level не dnssec: Postfix не запрашивает подписанных ответов, и DANE не работает.`),
} as const;

const finding = findingsOf(tlsFindings);
/** Oldest first; RFC 8996 deprecates all but the last two. */
const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const RETIRED = VERSIONS.slice(0, 4);
/** OpenSSL does not support SSLv2 any more, so that it need not be excluded. */
const GONE = 'SSLv2';

const OBSOLETE = [
  ['smtpd_use_tls', 'smtpd_tls_security_level = encrypt'],
  ['smtpd_enforce_tls', 'smtpd_tls_security_level = encrypt'],
  ['smtp_use_tls', 'smtp_tls_security_level = may'],
  ['smtp_enforce_tls', 'smtp_tls_security_level = may'],
] as const;

/** Never fails. */
export function tlsRules(configuration: Configuration): RelayFinding[] {
  return [
    // Without master.cf nothing is known of the ports.
    ...(configuration.services.length === 0 ? [] : portRules(configuration)),
    ...versionRules(configuration),
    ...outboundRules(configuration),
  ];
}

function portRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const all = listeners(configuration);
  if (!all.some(({ port }) => port === 465)) found.push(finding('no-465', {}, { file: configuration.masterFile }));
  const global = settingOf(configuration, 'smtpd_tls_wrappermode');
  const everywhere = global !== undefined && isYes(effective(configuration, 'smtpd_tls_wrappermode'));
  if (everywhere) found.push(finding('wrappermode-global', {}, global));
  for (const [index, { service, port }] of all.entries()) {
    const same = all
      .slice(0, index)
      .find((other) => other.port === port && addressOf(other.service.name) === addressOf(service.name));
    if (port !== undefined && same !== undefined)
      found.push(
        finding(
          'duplicate-listener',
          { service: service.name, other: same.service.name, first: same.service.line, port },
          service,
        ),
      );
    const own = service.overrides.get('smtpd_tls_wrappermode');
    const wrapped = isYes(effective(configuration, 'smtpd_tls_wrappermode', service));
    if (port === 465 && !wrapped)
      found.push(finding('465-without-wrappermode', { service: service.name }, own ?? service));
    if ((port === 25 || port === 587) && own !== undefined && wrapped)
      found.push(finding('wrappermode-elsewhere', { service: service.name, port }, own));
    // Port 25 must accept plain text from other mail servers (RFC 7435); on 465 TLS comes first.
    if (port === 25 || port === 465 || wrapped) continue;
    const level = effective(configuration, 'smtpd_tls_security_level', service) || 'none';
    if (level === 'encrypt') continue;
    const where = service.overrides.get('smtpd_tls_security_level') ?? service;
    found.push(finding('submission-without-tls', { service: service.name, level }, where));
  }
  return found;
}

/** The part before the port: `127.0.0.1` of `127.0.0.1:465`. */
function addressOf(name: string): string {
  return name.includes(':') ? name.slice(0, name.lastIndexOf(':')) : '';
}

function versionRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  // The mandatory list applies where TLS is required, as on 465; the other one where it is only offered.
  const offered = listeners(configuration).some(
    ({ service }) =>
      effective(configuration, 'smtpd_tls_security_level', service) === 'may' &&
      !isYes(effective(configuration, 'smtpd_tls_wrappermode', service)),
  );
  for (const parameter of ['smtpd_tls_mandatory_protocols', ...(offered ? ['smtpd_tls_protocols'] : [])]) {
    const versions = allowedVersions(listOf(effective(configuration, parameter)));
    if (versions.length > 0)
      found.push(finding('old-tls', { parameter, versions: versions.join(', ') }, placeOf(configuration, parameter)));
  }
  for (const [name, instead] of OBSOLETE) {
    const set = configuration.settings.get(name);
    if (set !== undefined) found.push(finding('obsolete-tls', { name, instead }, set));
  }
  return found;
}

/** `>=TLSv1.2`, `!SSLv2, !TLSv1`, `TLSv1.2 TLSv1.3`: deprecated versions that are allowed (postconf(5), smtpd_tls_mandatory_protocols). */
function allowedVersions(words: readonly string[]): string[] {
  const floor = words.find((word) => word.startsWith('>='))?.slice(2);
  const excluded = words.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
  const named = words.filter((word) => /^(?:SSL|TLS)v/.test(word));
  return RETIRED.filter((version) => {
    if (excluded.includes(version)) return false;
    if (named.length > 0) return named.includes(version);
    if (floor !== undefined && VERSIONS.includes(floor)) return VERSIONS.indexOf(version) >= VERSIONS.indexOf(floor);
    return version !== GONE;
  });
}

function outboundRules(configuration: Configuration): RelayFinding[] {
  const place = placeOf(configuration, 'smtp_tls_security_level');
  const level = effective(configuration, 'smtp_tls_security_level') || 'none';
  const old = configuration.settings.has('smtp_use_tls') || configuration.settings.has('smtp_enforce_tls');
  if (level === 'none') return old ? [] : [finding('outbound-tls-off', { level }, place)];
  // With one relay for all mail, TLS can be required.
  if (/^(?:encrypt|verify|secure|fingerprint|dane-only)$/.test(level) && effective(configuration, 'relayhost') === '')
    return [finding('outbound-tls-forced', { level }, place)];
  if (level.startsWith('dane') && effective(configuration, 'smtp_dns_support_level') !== 'dnssec')
    return [finding('dane-without-dnssec', { level }, place)];
  return [];
}
