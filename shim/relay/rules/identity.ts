// From a configuration to findings about the relay's names and addresses.

import { parseDomain, sameName } from '../../../shared/text/domain.ts';
import { type Configuration, effective, listeners, listOf, placeOf, settingOf } from '../configuration.ts';
import { finding, type RelayFinding } from '../findings/catalog.ts';
import { isLocalName, isPublicName } from './words.ts';

const LOOPBACK = /^(?:loopback-only|localhost|127\.[\d.]+|\[?::1\]?)$/;

/** `domains` are those that the shop sends for, besides mydomain. Never fails. */
export function identityRules(configuration: Configuration, domains: readonly string[]): RelayFinding[] {
  return [
    ...hostnameRules(configuration),
    ...originRules(configuration),
    ...destinationRules(configuration, domains),
    ...interfaceRules(configuration),
  ];
}

function hostnameRules(configuration: Configuration): RelayFinding[] {
  const set = settingOf(configuration, 'myhostname');
  if (set === undefined) return [finding('hostname-unset', {}, placeOf(configuration, 'myhostname'))];
  const host = effective(configuration, 'myhostname');
  // Greeting and EHLO follow from a wrong name; one finding says it.
  if (isLocalName(host)) return [finding('hostname-local', { name: host }, set)];
  if (!parseDomain(host).ok) return [finding('hostname-not-fqdn', { name: host }, set)];
  const found: RelayFinding[] = [];
  const banner = effective(configuration, 'smtpd_banner');
  if (!sameName(banner.split(/\s/)[0]!, host))
    found.push(finding('banner-name', { banner, host }, placeOf(configuration, 'smtpd_banner')));
  const helo = effective(configuration, 'smtp_helo_name');
  if (!sameName(helo, host)) found.push(finding('helo-name', { helo, host }, placeOf(configuration, 'smtp_helo_name')));
  return found;
}

function originRules(configuration: Configuration): RelayFinding[] {
  const set = settingOf(configuration, 'myorigin');
  const origin = effective(configuration, 'myorigin');
  // A file holds the name; where none is set, it is myhostname, which has its own finding.
  if (set === undefined || origin.startsWith('/') || set.value.trim() === '$myhostname') return [];
  if (isPublicName(origin)) return [];
  return [finding('myorigin-local', { origin }, set)];
}

function destinationRules(configuration: Configuration, domains: readonly string[]): RelayFinding[] {
  const own = [effective(configuration, 'mydomain'), ...domains].filter((name) => parseDomain(name).ok);
  return ['mydestination', 'virtual_mailbox_domains', 'virtual_alias_domains'].flatMap((parameter) => {
    const place = placeOf(configuration, parameter);
    const listed = listOf(effective(configuration, parameter));
    // Mail that is received to be sent on does not stay.
    const forwards = parameter === 'virtual_alias_domains' ? effective(configuration, 'virtual_alias_maps') : '';
    return [...new Set(own)]
      .filter((domain) => listed.some((entry) => sameName(entry, domain)) && !forwards.includes(`@${domain}`))
      .map((domain) => finding('own-domain-local', { domain, parameter }, place));
  });
}

function interfaceRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const interfaces = listOf(effective(configuration, 'inet_interfaces'));
  // A service with an address of its own listens there all the same.
  const depends = listeners(configuration).some(({ service }) => !service.name.includes(':'));
  if (interfaces.length > 0 && interfaces.every((name) => LOOPBACK.test(name)) && depends)
    found.push(finding('loopback-only', { value: interfaces.join(', ') }, placeOf(configuration, 'inet_interfaces')));
  const protocols = listOf(effective(configuration, 'inet_protocols'));
  const ipv6 = protocols.some((protocol) => /^(?:all|ipv6)$/i.test(protocol));
  const chosen =
    effective(configuration, 'smtp_bind_address6') !== '' ||
    effective(configuration, 'smtp_address_preference') === 'ipv4';
  if (ipv6 && !chosen) found.push(finding('ipv6-without-ptr', {}, placeOf(configuration, 'inet_protocols')));
  return found;
}
