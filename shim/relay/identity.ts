// Findings about the names and addresses of the relay (RFC 5321 sections 2.3.5 and 4.1.1.1).

import { isWithin, parseDomain, sameName } from '../../shared/text/domain.ts';
import { type Configuration, effective, listeners, listOf, placeOf, settingOf } from './configuration.ts';
import { define, findingsOf, type RelayFinding } from './finding.ts';

// biome-ignore format: a line for each language.
export const identityFindings = {
  'hostname-unset': define('warning', ['main.cf: myhostname = mail.shop.example'],
    'myhostname is not set: Postfix greets with the name of the machine, which is seldom the name in the PTR record.',
    'myhostname не задан: Postfix использует имя сервера, а оно редко совпадает с записью PTR.'),
  'hostname-local': define<{ name: string }>('error', ['main.cf: myhostname = mail.shop.example'],
    ({ name }) => `myhostname is ${name}, which exists only on this machine: receivers reject it in EHLO. It must be the one in the PTR record of the sending address.`,
    ({ name }) => `myhostname равен ${name}, а такое имя существует только на этом сервере: получатели отклонят его в EHLO. Нужно имя из записи PTR адреса, с которого уходит почта.`),
  'hostname-not-fqdn': define<{ name: string }>('error', ['main.cf: myhostname = mail.shop.example'],
    ({ name }) => `myhostname is "${name}", not a full name with a domain: receivers reject it in EHLO ("need fully-qualified hostname"). It must be the one in the PTR record of the sending address.`,
    ({ name }) => `myhostname равен «${name}», это не полное имя с доменом: получатели отклонят его в EHLO («need fully-qualified hostname»). Нужно имя из записи PTR адреса, с которого уходит почта.`),
  'banner-name': define<{ banner: string; host: string }>('warning', ['main.cf: smtpd_banner = $myhostname ESMTP'],
    ({ banner, host }) => `The greeting "${banner}" does not begin with ${host}, as RFC 5321 section 4.2 requires; tests of the relay report it.`,
    ({ banner, host }) => `Приветствие «${banner}» не начинается с ${host}, как требует RFC 5321, раздел 4.2; проверки релея сообщат об этом.`),
  'helo-name': define<{ helo: string; host: string }>('warning', ['main.cf: smtp_helo_name = $myhostname'],
    ({ helo, host }) => `The relay sends EHLO ${helo}, but its name is ${host}: receivers compare it with the PTR record.`,
    ({ helo, host }) => `Релей отправляет EHLO ${helo}, хотя его имя — ${host}: получатели сверяют имя в EHLO с записью PTR.`),
  'myorigin-local': define<{ origin: string }>('error', ['main.cf: myorigin = $mydomain'],
    ({ origin }) => `myorigin is "${origin}": mail of this machine itself (cron, bounces) is sent as root@${origin}, which receivers reject.`,
    ({ origin }) => `myorigin равен «${origin}»: письма самого сервера (cron, уведомления) отправляются от root@${origin}, и получатели их не примут.`),
  'own-domain-local': define<{ domain: string; parameter: string }>('error', ({ parameter }) => [`main.cf: ${parameter} =`],
    ({ domain, parameter }) => `${parameter} has ${domain}: mail for info@${domain} stays on this machine ("User unknown") and does not reach the mailboxes of the MX.`,
    ({ domain, parameter }) => `В ${parameter} есть ${domain}: письма на info@${domain} останутся на этом сервере («User unknown») и не дойдут до ящиков, на которые указывает MX.`),
  'loopback-only': define<{ value: string }>('error', ['main.cf: inet_interfaces = all', 'run: systemctl restart postfix'],
    ({ value }) => `inet_interfaces is ${value}: Postfix listens only on this machine, and the port is closed for the shop.`,
    ({ value }) => `inet_interfaces равен ${value}: Postfix принимает соединения только с этого сервера, и для магазина порт закрыт.`),
  'ipv6-without-ptr': define('warning', ['main.cf: inet_protocols = ipv4', 'run: systemctl restart postfix'],
    'Mail is also sent by IPv6. Without a PTR record and SPF for the IPv6 address Gmail rejects it (550 5.7.1). Turn IPv6 off, prefer IPv4 (smtp_address_preference = ipv4), or set the address in smtp_bind_address6.',
    'Почта отправляется и по IPv6. Если у адреса IPv6 нет PTR или его нет в SPF, Gmail отклонит письма (550 5.7.1). Отключите IPv6, задайте приоритет IPv4 (smtp_address_preference = ipv4) или укажите адрес в smtp_bind_address6.'),
} as const;

const finding = findingsOf(identityFindings);
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
  // Greeting and EHLO follow from a wrong name: one finding.
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
    // Forwarded mail does not stay.
    const forwards = parameter === 'virtual_alias_domains' ? effective(configuration, 'virtual_alias_maps') : '';
    return [...new Set(own)]
      .filter((domain) => listed.some((entry) => sameName(entry, domain)) && !forwards.includes(`@${domain}`))
      .map((domain) => finding('own-domain-local', { domain, parameter }, place));
  });
}

function interfaceRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const interfaces = listOf(effective(configuration, 'inet_interfaces'));
  // A service with its own address listens there in any case.
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

/** RFC 6761, RFC 6762, and names of systems. */
const LOCAL = ['localhost', 'localdomain', 'local', 'lan', 'internal', 'home', 'invalid'];

/** A name that only the machine or its network knows. */
export function isLocalName(name: string): boolean {
  return LOCAL.some((suffix) => isWithin(name, suffix));
}

/** A name that can be published in DNS. */
export function isPublicName(name: string): boolean {
  return parseDomain(name).ok && !isLocalName(name);
}
