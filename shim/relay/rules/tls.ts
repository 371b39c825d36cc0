// From a configuration to findings about ports and TLS (RFC 8314, RFC 8996).

import { type Configuration, effective, listeners, listOf, placeOf, settingOf } from '../configuration.ts';
import { finding, type RelayFinding } from '../findings/catalog.ts';
import { isYes } from './words.ts';

/** Oldest first; RFC 8996 has retired all but the last two. */
const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const RETIRED = VERSIONS.slice(0, 4);
/** OpenSSL has had no SSLv2 for long; where nothing is said about it, nothing comes of it. */
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
    // Port 25 has to take mail in plain text from other mail servers (RFC 7435); TLS on 465 comes first.
    if (port === 25 || port === 465 || wrapped) continue;
    const level = effective(configuration, 'smtpd_tls_security_level', service) || 'none';
    if (level === 'encrypt') continue;
    const where = service.overrides.get('smtpd_tls_security_level') ?? service;
    found.push(finding('submission-without-tls', { service: service.name, level }, where));
  }
  return found;
}

/** The part in front of the port: `127.0.0.1` of `127.0.0.1:465`. */
function addressOf(name: string): string {
  return name.includes(':') ? name.slice(0, name.lastIndexOf(':')) : '';
}

function versionRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  // The mandatory list holds where TLS is forced, as on 465; the other one only where it is offered.
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

/** `>=TLSv1.2`, `!SSLv2, !TLSv1`, `TLSv1.2 TLSv1.3`: which retired ones are let through (postconf(5), smtpd_tls_mandatory_protocols). */
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
  // Through one relay for all mail, TLS can well be demanded.
  if (/^(?:encrypt|verify|secure|fingerprint|dane-only)$/.test(level) && effective(configuration, 'relayhost') === '')
    return [finding('outbound-tls-forced', { level }, place)];
  if (level.startsWith('dane') && effective(configuration, 'smtp_dns_support_level') !== 'dnssec')
    return [finding('dane-without-dnssec', { level }, place)];
  return [];
}
