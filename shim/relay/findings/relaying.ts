// Findings about who may send through the relay (SMTPD_ACCESS_README, RFC 5321 section 7).
import { define } from './define.ts';

const RESTRICTIONS = 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject';
/** Of main.cf, or of a service in master.cf, where a space would part the value. */
const restrictionsIn = (service: string) =>
  service === '' ? `main.cf: ${RESTRICTIONS}` : `master.cf:   -o ${RESTRICTIONS.replaceAll(' ', '')}`;
const at = (service: string) => (service === '' ? '' : ` (${service})`);

// biome-ignore format: a line for each language.
export const relayingFindings = {
  'mynetworks-world': define<{ network: string; kept: string }>('danger', ({ kept }) => [`main.cf: mynetworks = ${kept}`],
    ({ network }) => `Open relay: mynetworks has ${network}, so anybody on the Internet may send through this machine. Spammers find it within hours, and block lists after them. Only the addresses of the shop belong there.`,
    ({ network }) => `Открытый релей: в mynetworks есть ${network}, то есть через эту машину может слать письма кто угодно. Спамеры найдут её за часы, а следом адрес попадёт в чёрные списки. Здесь место только адресам магазина.`),
  'mynetworks-wide': define<{ network: string; count: number; kept: string }>('danger', ({ kept }) => [`main.cf: mynetworks = ${kept}`],
    ({ network, count }) => `mynetworks has ${network}: ${count} public addresses may send without a password, most of them not yours. Name the addresses of the shop one by one.`,
    ({ network, count }) => `В mynetworks есть ${network}: без пароля могут слать ${count} публичных адресов, и большинство из них не ваши. Перечислите адреса магазина по одному.`),
  'mynetworks-host-bits': define<{ network: string; meant: string }>('error', ({ meant }) => [`main.cf: mynetworks = … ${meant} …`],
    ({ network }) => `mynetworks has ${network}, where the address goes beyond the network. Postfix answers everybody with "451 Temporary lookup failure".`,
    ({ network }) => `В mynetworks есть ${network}: адрес выходит за пределы маски сети. Postfix ответит всем «451 Temporary lookup failure».`),
  'permit-everyone': define<{ parameter: string; word: string; service: string }>('danger', ({ service }) => [restrictionsIn(service)],
    ({ parameter, word, service }) => `Open relay: ${parameter}${at(service)} comes to "${word}" before anything rejects, so strangers may send to anybody.`,
    ({ parameter, word, service }) => `Открытый релей: в ${parameter}${at(service)} «${word}» стоит раньше отказа, поэтому чужие могут слать кому угодно.`),
  'permit-forgeable': define<{ parameter: string; word: string; service: string }>('danger', ({ service }) => [restrictionsIn(service)],
    ({ parameter, word, service }) => `${parameter}${at(service)} asks ${word} before anything rejects. What a client says of itself can be forged by anybody, and one OK in the table makes an open relay.`,
    ({ parameter, word, service }) => `В ${parameter}${at(service)} проверка ${word} стоит раньше отказа. То, что клиент говорит о себе, может подделать любой, и одно OK в таблице откроет релей.`),
  'no-relay-reject': define<{ parameter: string; service: string }>('error', ({ service }) => [restrictionsIn(service)],
    ({ parameter, service }) => `Nothing in ${parameter}${at(service)} rejects strangers: reject or reject_unauth_destination is missing. Postfix then takes no mail at all ("specify at least one working instance of").`,
    ({ parameter, service }) => `В ${parameter}${at(service)} ничто не отказывает чужим: нет reject или reject_unauth_destination. Postfix тогда не принимает почту вовсе («specify at least one working instance of»).`),
  'relay-domains-wild': define<{ entry: string }>('danger', ['main.cf: relay_domains ='],
    ({ entry }) => `relay_domains has "${entry}", which covers domains that are not yours: strangers may send to all of them through this machine.`,
    ({ entry }) => `В relay_domains есть «${entry}», а это и чужие домены: кто угодно сможет слать на них через эту машину.`),
  'sasl-without-tls': define<{ service: string }>('danger', ['main.cf: smtpd_tls_auth_only = yes'],
    ({ service }) => `${service} takes passwords without TLS: whoever listens on the way reads them and sends in your name.`,
    ({ service }) => `${service} принимает пароли без TLS: кто слушает канал, прочтёт их и будет слать от вашего имени.`),
  'sasl-anonymous': define<{ parameter: string; service: string }>('danger', ({ parameter, service }) => [service === '' ? `main.cf: ${parameter} = noanonymous` : `master.cf:   -o ${parameter}=noanonymous`],
    ({ parameter, service }) => `${parameter}${at(service)} lacks noanonymous: a login without name and password may count as a login.`,
    ({ parameter, service }) => `В ${parameter}${at(service)} нет noanonymous: вход без имени и пароля может считаться входом.`),
  'sasl-without-permit': define<{ service: string }>('error', [`main.cf: ${RESTRICTIONS}`],
    ({ service }) => `${service} offers a login, but no restriction has permit_sasl_authenticated: who logged in is refused all the same.`,
    ({ service }) => `${service} предлагает вход по паролю, но нигде нет permit_sasl_authenticated: вошедшему всё равно откажут.`),
  'sasl-in-chroot': define<{ service: string }>('error', ({ service }) => [`run: postconf -F ${service}/inet/chroot=n`],
    ({ service }) => `${service} runs in a chroot (fifth field y), where it cannot see the password database of Cyrus SASL: every login fails.`,
    ({ service }) => `${service} работает в chroot (пятое поле y) и не видит базу паролей Cyrus SASL: любой вход закончится отказом.`),
  'rate-limit-none': define('warning', ['main.cf: smtpd_client_message_rate_limit = 300', 'main.cf: smtpd_client_event_limit_exceptions ='],
    'There is no limit on messages per minute: a broken or stolen shop sends a night’s worth of spam before anybody looks.',
    'Нет предела на число писем в минуту: сломанный или взломанный магазин за ночь разошлёт спам, прежде чем кто-то заметит.'),
  'rate-limit-exempt': define('warning', ['main.cf: smtpd_client_event_limit_exceptions ='],
    'The limits on messages per minute do not hold for mynetworks, which is where the shop is: smtpd_client_event_limit_exceptions takes mynetworks out unless it is set.',
    'Пределы на число писем в минуту не действуют для mynetworks, а магазин именно там: без своего значения smtpd_client_event_limit_exceptions исключает mynetworks.'),
  'bare-newline': define('danger', ['main.cf: smtpd_forbid_bare_newline = yes'],
    'SMTP smuggling: with smtpd_forbid_bare_newline off, a message can hide a second one with a forged sender (CVE-2023-51764).',
    'SMTP smuggling: при выключенном smtpd_forbid_bare_newline внутри письма можно спрятать второе с поддельным отправителем (CVE-2023-51764).'),
  vrfy: define('warning', ['main.cf: disable_vrfy_command = yes'],
    'VRFY is on: strangers can ask which addresses exist.',
    'Команда VRFY включена: посторонние могут выяснять, какие адреса существуют.'),
} as const;
