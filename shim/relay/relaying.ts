// Findings about who may send through the relay (SMTPD_ACCESS_README, RFC 5321 section 7).

import { isReserved, parseIp } from '../../shared/text/ip.ts';
import {
  type Configuration,
  effective,
  isYes,
  listeners,
  listOf,
  placeOf,
  type Service,
  settingOf,
} from './configuration.ts';
import { define, findingsOf, type RelayFinding } from './finding.ts';
import { networkAddress, postfixNetwork } from './options.ts';

const RESTRICTIONS = 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject';

/** Of main.cf, or of a service in master.cf, where a space would end the value. */
const restrictionsIn = (service: string) =>
  service === '' ? `main.cf: ${RESTRICTIONS}` : `master.cf:   -o ${RESTRICTIONS.replaceAll(' ', '')}`;

const inService = (service: string) => (service === '' ? '' : ` (${service})`);

// biome-ignore format: a line for each language.
export const relayingFindings = {
  'mynetworks-world': define<{ network: string; kept: string }>('danger', ({ kept }) => [`main.cf: mynetworks = ${kept}`],
    ({ network }) => `Open relay: mynetworks has ${network}, so that any host on the Internet may send through this machine. Spammers find it within hours, then block lists. List only the addresses of the shop.`,
    ({ network }) => `Открытый релей: в mynetworks есть ${network}, то есть через этот сервер может отправлять почту кто угодно. Спамеры найдут его за несколько часов, и адрес попадёт в чёрные списки. Укажите только адреса магазина.`),
  'mynetworks-wide': define<{ network: string; count: number; kept: string }>('danger', ({ kept }) => [`main.cf: mynetworks = ${kept}`],
    ({ network, count }) => `mynetworks has ${network}: ${count} public addresses may send without a password, most of them not yours. List the addresses of the shop one by one.`,
    ({ network, count }) => `В mynetworks есть ${network}: без пароля могут отправлять почту ${count} публичных адресов, и большинство из них не ваши. Перечислите адреса магазина по одному.`),
  'mynetworks-host-bits': define<{ network: string; meant: string }>('error', ({ meant }) => [`main.cf: mynetworks = … ${meant} …`],
    ({ network }) => `mynetworks has ${network}, which has bits set after the prefix. Postfix replies to every client with "451 Temporary lookup failure".`,
    ({ network }) => `В mynetworks есть ${network}: адрес не соответствует маске сети. Postfix будет отвечать всем «451 Temporary lookup failure».`),
  'permit-everyone': define<{ parameter: string; word: string; service: string }>('danger', ({ service }) => [restrictionsIn(service)],
    ({ parameter, word, service }) => `Open relay: ${parameter}${inService(service)} has "${word}" before any restriction that rejects, so that strangers may send to any address.`,
    ({ parameter, word, service }) => `Открытый релей: в ${parameter}${inService(service)} «${word}» стоит раньше запрета, поэтому посторонние могут отправлять почту кому угодно.`),
  'permit-forgeable': define<{ parameter: string; word: string; service: string }>('danger', ({ service }) => [restrictionsIn(service)],
    ({ parameter, word, service }) => `${parameter}${inService(service)} has ${word} before any restriction that rejects. Clients can forge these values, and one OK in the table makes an open relay.`,
    ({ parameter, word, service }) => `В ${parameter}${inService(service)} проверка ${word} стоит раньше запрета. Эти данные клиент может подделать, и одно OK в таблице откроет релей.`),
  'no-relay-reject': define<{ parameter: string; service: string }>('error', ({ service }) => [restrictionsIn(service)],
    ({ parameter, service }) => `${parameter}${inService(service)} does not reject strangers: reject or reject_unauth_destination is missing. Postfix then accepts no mail at all ("specify at least one working instance of").`,
    ({ parameter, service }) => `В ${parameter}${inService(service)} нет запрета для посторонних: reject или reject_unauth_destination. Postfix в этом случае вообще не принимает почту («specify at least one working instance of»).`),
  'relay-domains-wild': define<{ entry: string }>('danger', ['main.cf: relay_domains ='],
    ({ entry }) => `relay_domains has "${entry}", which covers domains that are not yours: strangers may send to all of them through this machine.`,
    ({ entry }) => `В relay_domains есть «${entry}», а это и чужие домены: кто угодно сможет отправлять на них почту через этот сервер.`),
  'sasl-without-tls': define<{ service: string }>('danger', ['main.cf: smtpd_tls_auth_only = yes'],
    ({ service }) => `${service} accepts passwords without TLS: they can be read on the network and used to send in your name.`,
    ({ service }) => `${service} принимает пароли без TLS: их можно перехватить и отправлять почту от вашего имени.`),
  'sasl-anonymous': define<{ parameter: string; service: string }>('danger', ({ parameter, service }) => [service === '' ? `main.cf: ${parameter} = noanonymous` : `master.cf:   -o ${parameter}=noanonymous`],
    ({ parameter, service }) => `${parameter}${inService(service)} lacks noanonymous: a login without name and password may count as a login.`,
    ({ parameter, service }) => `В ${parameter}${inService(service)} нет noanonymous: вход без имени и пароля может считаться входом.`),
  'sasl-without-permit': define<{ service: string }>('error', [`main.cf: ${RESTRICTIONS}`],
    ({ service }) => `${service} offers a login, but no restriction has permit_sasl_authenticated: mail is rejected even after a login.`,
    ({ service }) => `${service} предлагает вход по паролю, но нигде нет permit_sasl_authenticated: почта после входа всё равно отклоняется.`),
  'sasl-in-chroot': define<{ service: string }>('error', ({ service }) => [`run: postconf -F ${service}/inet/chroot=n`],
    ({ service }) => `${service} runs in a chroot (fifth field y), where it cannot see the password database of Cyrus SASL: every login fails.`,
    ({ service }) => `${service} работает в chroot (пятое поле y) и не видит базу паролей Cyrus SASL: любой вход закончится отказом.`),
  'rate-limit-none': define('warning', ['main.cf: smtpd_client_message_rate_limit = 300', 'main.cf: smtpd_client_event_limit_exceptions ='],
    'There is no limit on messages per minute: a shop that was broken into can send spam all night before it is noticed.',
    'Число писем в минуту не ограничено: взломанный магазин может всю ночь рассылать спам, прежде чем это заметят.'),
  'rate-limit-exempt': define('warning', ['main.cf: smtpd_client_event_limit_exceptions ='],
    'The limits on messages per minute do not apply to mynetworks, which contains the shop: the default of smtpd_client_event_limit_exceptions exempts mynetworks.',
    'Ограничения числа писем в минуту не действуют для mynetworks, а магазин входит именно туда: по умолчанию smtpd_client_event_limit_exceptions исключает mynetworks.'),
  'bare-newline': define('danger', ['main.cf: smtpd_forbid_bare_newline = yes'],
    'SMTP smuggling: with smtpd_forbid_bare_newline off, a message can hide a second one with a forged sender (CVE-2023-51764).',
    'SMTP smuggling: при выключенном smtpd_forbid_bare_newline внутри письма можно спрятать второе с поддельным отправителем (CVE-2023-51764).'),
  vrfy: define('warning', ['main.cf: disable_vrfy_command = yes'],
    'VRFY is on: strangers can find out which addresses exist.',
    'Команда VRFY включена: посторонние могут выяснять, какие адреса существуют.'),
} as const;

const finding = findingsOf(relayingFindings);
const REJECTS = /^(?:reject|defer|reject_unauth_destination|defer_unauth_destination|defer_if_permit)$/;
/** Permit every client, or every client with any certificate; "static:OK" is a table that permits everything. */
const PERMITS_ALL = /^(?:permit|permit_tls_all_clientcerts|permit_naked_ip_address|static:(?:ok|permit|\d+))$/i;
/** Tables for values that the client chooses. */
const FORGEABLE = /^check_(?:sender|helo|client_ptr)_?access$|^check_(?:sender|helo)_(?:mx|ns|a)_access$/;
/** More public addresses than a shop has machines: a /24 is the most that one customer usually gets. */
const WIDEST = { 4: 24, 6: 48 } as const;
/** At most so many bits: the Internet and not a network. */
const WORLD = { 4: 7, 6: 15 } as const;

/** Never fails. */
export function relayingRules(configuration: Configuration): RelayFinding[] {
  return [
    ...networkRules(configuration),
    ...restrictionRules(configuration),
    ...relayDomainRules(configuration),
    ...saslRules(configuration),
    ...limitRules(configuration),
  ];
}

function networkRules(configuration: Configuration): RelayFinding[] {
  const where = settingOf(configuration, 'mynetworks');
  if (where === undefined) return [];
  const found: RelayFinding[] = [];
  const networks = listOf(effective(configuration, 'mynetworks'));
  for (const network of networks) {
    // The other shops stay.
    const kept = networks.filter((each) => each !== network).join(' ');
    const match = /^\[?([0-9a-f.:]+)\]?(?:\/(\d+))?$/i.exec(network);
    const address = match === null ? undefined : parseIp(match[1]!);
    if (address === undefined) {
      if (/^static:/.test(network)) found.push(finding('mynetworks-world', { network, kept }, where));
      continue;
    }
    const prefix = match![2] === undefined ? address.bytes.length * 8 : Number(match![2]);
    const meant = networkAddress(address.bytes, prefix);
    if (meant !== address.text)
      found.push(finding('mynetworks-host-bits', { network, meant: postfixNetwork(`${meant}/${prefix}`) }, where));
    if (prefix <= WORLD[address.version]) found.push(finding('mynetworks-world', { network, kept }, where));
    else if (prefix < WIDEST[address.version] && !isReserved(address))
      found.push(finding('mynetworks-wide', { network, kept, count: 2 ** (address.bytes.length * 8 - prefix) }, where));
  }
  return found;
}

/** Findings for main.cf, and for each service with its own restrictions. */
function restrictionRules(configuration: Configuration): RelayFinding[] {
  const own = listeners(configuration)
    .map(({ service }) => service)
    .filter(
      ({ overrides }) => overrides.has('smtpd_relay_restrictions') || overrides.has('smtpd_recipient_restrictions'),
    );
  const inherits = listeners(configuration).length === 0 || own.length < listeners(configuration).length;
  return [...(inherits ? [undefined] : []), ...own].flatMap((service) => restrictionsOf(configuration, service));
}

function restrictionsOf(configuration: Configuration, service: Service | undefined): RelayFinding[] {
  const name = service?.name ?? '';
  const lists = (['smtpd_relay_restrictions', 'smtpd_recipient_restrictions'] as const).map((parameter) => ({
    parameter,
    ...readRestrictions(listOf(effective(configuration, parameter, service))),
  }));
  // Both lists must permit a recipient, so that one that rejects is enough.
  if (lists.some(({ verdict }) => verdict === 'rejects')) return [];
  const guilty =
    lists.find(({ verdict }) => verdict === 'permits') ??
    lists.find(({ verdict }) => verdict === 'forgeable') ??
    lists[0]!;
  const where = placeOf(configuration, guilty.parameter, service);
  const args = { parameter: guilty.parameter, service: service?.overrides.has(guilty.parameter) ? name : '' };
  if (guilty.verdict === 'permits') return [finding('permit-everyone', { ...args, word: guilty.word }, where)];
  if (guilty.verdict === 'forgeable') return [finding('permit-forgeable', { ...args, word: guilty.word }, where)];
  return [finding('no-relay-reject', args, where)];
}

type Reading = { verdict: 'permits' | 'forgeable' | 'rejects' | 'open'; word: string };

function readRestrictions(words: readonly string[]): Reading {
  let forgeable: string | undefined;
  for (const word of words) {
    if (REJECTS.test(word))
      return forgeable === undefined ? { verdict: 'rejects', word } : { verdict: 'forgeable', word: forgeable };
    if (PERMITS_ALL.test(word)) return { verdict: 'permits', word };
    if (FORGEABLE.test(word)) forgeable ??= word;
  }
  return { verdict: 'open', word: '' };
}

function relayDomainRules(configuration: Configuration): RelayFinding[] {
  const where = settingOf(configuration, 'relay_domains');
  if (where === undefined) return [];
  return (
    listOf(effective(configuration, 'relay_domains'))
      .filter((entry) => !entry.startsWith('/'))
      // parent_domain_matches_subdomains has relay_domains in it: "com" matches every domain below it.
      .filter((entry) => /^static:|^(?:regexp|pcre):\{?\s*\{?\/\.?\*?\//.test(entry) || /^\.?[a-z]+$/i.test(entry))
      .map((entry) => finding('relay-domains-wild', { entry }, where))
  );
}

function saslRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  for (const { service } of listeners(configuration)) {
    const value = (name: string) => effective(configuration, name, service);
    if (!isYes(value('smtpd_sasl_auth_enable'))) continue;
    const enabled = settingOf(configuration, 'smtpd_sasl_auth_enable', service) ?? service;
    const wrapped = isYes(value('smtpd_tls_wrappermode'));
    const forced = wrapped || value('smtpd_tls_security_level') === 'encrypt' || isYes(value('smtpd_tls_auth_only'));
    if (!forced) found.push(finding('sasl-without-tls', { service: service.name }, service));
    const parameter = forced ? 'smtpd_sasl_tls_security_options' : 'smtpd_sasl_security_options';
    if (!listOf(value(parameter)).includes('noanonymous')) {
      const where = settingOf(configuration, parameter, service) ?? enabled;
      const own = service.overrides.has(parameter) ? service.name : '';
      found.push(finding('sasl-anonymous', { parameter, service: own }, where));
    }
    const permits = ['smtpd_relay_restrictions', 'smtpd_recipient_restrictions', 'smtpd_client_restrictions'];
    if (!permits.some((name) => listOf(value(name)).includes('permit_sasl_authenticated')))
      found.push(finding('sasl-without-permit', { service: service.name }, enabled));
    if (value('smtpd_sasl_type') === 'cyrus' && service.chroot === 'y')
      found.push(finding('sasl-in-chroot', { service: service.name }, service));
  }
  return found;
}

function limitRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const place = (name: string) => placeOf(configuration, name);
  const rates = ['message', 'recipient', 'connection'].map((what) => `smtpd_client_${what}_rate_limit`);
  const limited = listeners(configuration).some(({ service }) =>
    rates.some((name) => Number(effective(configuration, name, service)) > 0),
  );
  if (!limited && listeners(configuration).length > 0)
    found.push(finding('rate-limit-none', {}, place('smtpd_client_message_rate_limit')));
  if (limited && exemptsNetworks(configuration))
    found.push(finding('rate-limit-exempt', {}, place('smtpd_client_event_limit_exceptions')));
  if (!barred(configuration)) found.push(finding('bare-newline', {}, place('smtpd_forbid_bare_newline')));
  if (!isYes(effective(configuration, 'disable_vrfy_command')))
    found.push(finding('vrfy', {}, place('disable_vrfy_command')));
  return found;
}

/** Loopback may be exempt: no shop is there. */
function exemptsNetworks(configuration: Configuration): boolean {
  const exempt = listOf(effective(configuration, 'smtpd_client_event_limit_exceptions'));
  return exempt.some((network) => !/^(?:127\.|\[?::1)/.test(network));
}

/** Postfix 3.9 and later do so by default. */
function barred(configuration: Configuration): boolean {
  const set = settingOf(configuration, 'smtpd_forbid_bare_newline');
  const level = Number.parseFloat(effective(configuration, 'compatibility_level').replace(/^(\d+)\.(\d)$/, '$1.0$2'));
  if (set === undefined && level >= 3.09) return true;
  return /^(?:yes|normalize|note|reject)$/.test(effective(configuration, 'smtpd_forbid_bare_newline'));
}
