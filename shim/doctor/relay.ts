// The connection to the relay: name, ports, TLS, and the cause where it fails.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { proxyOf } from '../../shared/providers/proxies.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';
import { ExitError } from '../exit.ts';
import { readFileOnce } from '../read-file.ts';
import { handshakeError, OpenError, openSocket, relayName } from '../submit/open.ts';
import { bareHost, tlsPlan } from '../submit/plan.ts';
import { providerOf } from '../submit/provider.ts';
import { certificateOf, isLoopback } from './certificate.ts';
import type { DoctorContext } from './context.ts';
import { type Greeted, greeted, textOf } from './greeting.ts';
import { define, type Result, remedyAt, resultsOf } from './result.ts';
import { checkSession, checkStrangers, sessionTexts } from './session.ts';

const WHERE = 'mail.shop.example:465';
const HOST = 'mail.shop.example';

const AUDIT = {
  en: 'mailshim relay audit, on the relay, names the line',
  ru: 'mailshim relay audit на релее назовёт строку',
};

const reach = {
  en: ({ name, submission }: Provider) =>
    `${name} takes mail at port ${submission?.port}: is that "port" here? Where it is, the host of this machine closes the port for outgoing mail: ask it to open it`,
  ru: ({ name, submission }: Provider) =>
    `${name} принимает письма на порту ${submission?.port}: он указан в port? Если да, порт для исходящей почты закрывает хостинг этой машины: попросите его открыть`,
};

// biome-ignore format: a line for each language.
export const relayTexts = {
  'relay.resolved': define({ host: HOST, addresses: '203.0.113.25' },
    ['{host} resolves to {addresses}'],
    ['адрес {host}: {addresses}']),
  'relay.unresolved': define({ host: HOST },
    ['{host}, the name of the relay, has no address in DNS', 'publish an A record for {host}, or correct "host" in the configuration'],
    ['у имени релея {host} нет адреса в DNS', 'добавьте запись A для {host} или исправьте host в настройках']),
  'relay.lookup': define({ host: HOST },
    ['{host}, the name of the relay, cannot be looked up: the DNS server of this machine does not answer', 'check nameserver in /etc/resolv.conf; resolvectl status'],
    ['не удаётся определить адрес релея {host}: DNS-сервер этой машины не отвечает', 'проверьте nameserver в /etc/resolv.conf; resolvectl status']),
  'relay.port': define({ port: 25, open: false },
    ({ port, open }) => [open ? `port ${port} answers` : `port ${port} is closed, as it should be: it is not used`],
    ({ port, open }) => [open ? `порт ${port} открыт` : `порт ${port} закрыт, как и должно быть: он не используется`]),
  'relay.port-unknown': define({ port: 25 },
    ['port {port} does not answer this machine; it may be open to others, and it is not used'],
    ['порт {port} не отвечает; для других адресов он может быть открыт, здесь он не используется']),
  'relay.closed': define({ where: WHERE, provider: '' },
    ({ where, provider }) => [
      `${where} refuses connections: no program listens there, or a firewall closes the port`,
      remedyAt(provider, reach.en, `start Postfix on the relay (systemctl start postfix), and check that it listens on that port: ${AUDIT.en}`),
    ],
    ({ where, provider }) => [
      `${where} отклоняет соединения: на порту нет слушающей программы или его закрывает брандмауэр`,
      remedyAt(provider, reach.ru, `запустите Postfix на релее (systemctl start postfix) и проверьте, что он слушает этот порт: ${AUDIT.ru}`),
    ]),
  'relay.silent': define({ where: WHERE, provider: '' },
    ({ where, provider }) => [
      `${where} does not answer: a firewall between the two drops the packets, or the address is wrong`,
      remedyAt(provider, reach.en, 'open the port for the address of this machine in the firewall of the relay and of its hosting provider; mailshim relay postfix prints the rules for firewalld, ufw and nftables'),
    ],
    ({ where, provider }) => [
      `${where} не отвечает: пакеты отбрасывает брандмауэр или адрес указан неверно`,
      remedyAt(provider, reach.ru, 'откройте порт для адреса этого сервера в брандмауэре релея и у его хостинг-провайдера; правила для firewalld, ufw и nftables выводит mailshim relay postfix'),
    ]),
  'relay.unreachable': define({ where: WHERE, code: 'EHOSTUNREACH' },
    ['cannot connect to {where} ({code})', 'check the network (ping), and "host", "port", "proxy" or "socket" in the configuration'],
    ['не удаётся соединиться с {where} ({code})', 'проверьте сеть (ping), а также host, port, proxy или socket в настройках']),
  'relay.wrapper': define({ where: WHERE },
    ['{where} answers in plain text where TLS is expected', 'in master.cf of the relay, below the line of that port: -o smtpd_tls_wrappermode=yes'],
    ['{where} отвечает без шифрования, а ожидается TLS', 'в master.cf релея под строкой этого порта: -o smtpd_tls_wrappermode=yes']),
  'relay.hosts': define({ host: HOST, address: '127.0.1.1', where: '/etc/hosts:2', published: '203.0.113.25' },
    ({ host, address, where, published }) => [
      `${where} maps ${host} to ${address}, where no relay answers${published === '' ? '' : `; in DNS it is ${published}`}`,
      `remove ${host} from that line, so that DNS gives the address of the relay; on the relay itself, let Postfix listen on ${address} too: inet_interfaces = all`,
    ],
    ({ host, address, where, published }) => [
      `в ${where} для ${host} указан адрес ${address}, но релей там не отвечает${published === '' ? '' : `; в DNS указан ${published}`}`,
      `удалите ${host} из этой строки, чтобы адрес релея определялся через DNS; если релей на этом же сервере, разрешите Postfix принимать соединения на ${address}: inet_interfaces = all`,
    ]),
  'relay.proxied': define({ host: HOST, address: '104.16.0.9', operator: 'Cloudflare' },
    ['{host} is {address}, a proxy of {operator} for web sites, which does not forward mail', 'in the panel of {operator}, turn the proxy off for {host} (“DNS only”), so that its A record is the address of the relay'],
    ['{host} — это {address}, прокси {operator} для сайтов: почту он не пропускает', 'в панели {operator} отключите прокси для {host} («DNS only»), чтобы в записи A был адрес самого релея']),
  'relay.ipv6': define({ host: HOST, addresses: '2001:db8::25' },
    ['{host} has only IPv6 addresses ({addresses}), and this machine has no IPv6', 'publish the IPv4 address of the relay as an A record of {host}, or set up IPv6 on this machine'],
    ['у {host} только адреса IPv6 ({addresses}), а на этом сервере нет IPv6', 'добавьте для {host} запись A с адресом IPv4 релея или настройте IPv6 на этом сервере']),
  'relay.rejected': define({ where: WHERE, code: 'EHOSTUNREACH' },
    ['a firewall, here or between the two, rejects connections to {where} ({code}), or there is no route to it', 'allow the address of this machine in the firewall of the relay and of its hosting provider, and outgoing connections at the hosting provider of this machine; mailshim relay postfix prints the rules for firewalld, ufw and nftables'],
    ['брандмауэр на этом сервере или по пути отклоняет соединения с {where} ({code}), либо к нему нет маршрута', 'разрешите адрес этого сервера в брандмауэре релея и у его хостинг-провайдера, а исходящие соединения — у хостинг-провайдера этого сервера; правила для firewalld, ufw и nftables выводит mailshim relay postfix']),
  'relay.other-port': define({ where: WHERE, other: 587 },
    ({ where, other }) => [
      `${where} does not accept connections, but port ${other} of the same relay does`,
      `in the configuration: port ${other} and tls_starttls ${other === 465 ? 'off' : 'on'}${other === 25 ? '; a submission port is better: mailshim relay postfix, on the relay, sets up 465' : ''}`,
    ],
    ({ where, other }) => [
      `${where} не принимает соединения, а порт ${other} того же релея принимает`,
      `в настройках: port ${other} и tls_starttls ${other === 465 ? 'off' : 'on'}${other === 25 ? '; лучше использовать порт для отправки: mailshim relay postfix на релее настроит 465' : ''}`,
    ]),
  'relay.starttls': define({ where: 'mail.shop.example:587' },
    ['{where} starts in plain text and offers STARTTLS; the configuration expects TLS from the first byte', 'tls_starttls on; or, where the relay has it, port 465 with tls_starttls off'],
    ['{where} начинает соединение без шифрования и предлагает STARTTLS, а в настройках указан TLS с первого байта', 'tls_starttls on; или port 465 и tls_starttls off, если релей слушает порт 465']),
  'relay.implicit': define({ where: WHERE },
    ['{where} expects TLS from the first byte; the configuration says STARTTLS', 'tls_starttls off'],
    ['{where} ожидает TLS с первого байта, а в настройках указан STARTTLS', 'tls_starttls off']),
  'relay.handshake': define({ where: WHERE, code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    ({ where, code }) => [
      `${where}: the TLS handshake failed (${code})`,
      `check TLS 1.2 or newer, certificate and key on the relay: ${AUDIT.en}; its log (/var/log/mail.log) has more`,
    ],
    ({ where, code }) => [
      `${where}: не удалось установить соединение TLS (${code})`,
      `проверьте на релее версию TLS (1.2 или новее), сертификат и ключ: ${AUDIT.ru}; подробности — в журнале релея (/var/log/mail.log)`,
    ]),
  'relay.tls-file': define({ file: 'tls_trust_file /etc/ssl/own.pem' },
    ['{file} cannot be read', 'correct the path in the configuration'],
    ['{file}: файл не читается', 'исправьте путь в настройках']),
  'relay.clear': define({ where: WHERE },
    ['mail and password are sent to {where} in clear text', 'tls on, in the configuration'],
    ['письма и пароль передаются на {where} без шифрования', 'tls on в настройках']),
} as const;

const result = resultsOf(relayTexts);
const sessionResult = resultsOf(sessionTexts);
/** Milliseconds to connect: three attempts of TCP. */
const CONNECT_PATIENCE = 6000;

export async function checkRelay(context: DoctorContext): Promise<Result[]> {
  if (context.account === undefined) return [];
  const account = { ...context.account, timeoutOff: false, timeout: context.account.timeout ?? CONNECT_PATIENCE };
  const named = account.socket === undefined && account.proxy === undefined;
  const name = named ? await checkName(account) : { results: [], addresses: [] };
  if (name.results.some(({ level }) => level === 'failure')) {
    context.seen.unresolved = account.host;
    return name.results;
  }
  // Other ports and relaying are not checked at a provider.
  const isOwn = providerOf(account) === undefined;
  const [connected, ports] = await Promise.all([
    checkConnection(account, context),
    named && isOwn ? checkPorts(account) : [],
  ]);
  const { hello } = connected;
  if (hello === undefined)
    return [...name.results, ...(await explained(context, account, connected, name.addresses, ports))];
  const results = [...name.results, ...connected.results, ...ports.map(resultOfPort)];
  // The check of DNS needs them; a provider sends from other hosts.
  if (isOwn && connected.greeting !== undefined) context.seen.greeting = connected.greeting;
  if (isOwn && isPublic(connected.address)) context.seen.address = connected.address;
  results.push(...(await checkSession(context, account, hello)));
  if (isOwn && !results.some(({ id }) => id === 'relay.not-allowed')) results.push(...(await checkStrangers(account)));
  return results;
}

/** The cause of a failed connection, and the results of the other ports. */
async function explained(
  context: DoctorContext,
  account: Account,
  { results }: Connected,
  addresses: readonly string[],
  ports: readonly Port[],
): Promise<Result[]> {
  const open = ports.filter((port) => port.open === true).map(({ port }) => port);
  const causes: Result[] = [];
  const published = await publishedAddresses(context, account.host);
  for (const failure of results) {
    const surroundings = { account, addresses, published, open, root: context.root };
    const cause = failure.level === 'failure' ? causeOf(failure, surroundings) : failure;
    causes.push(
      cause.id === 'relay.session' && (await isImplicit(account))
        ? result('failure', 'relay.implicit', { where: relayName(account) })
        : cause,
    );
  }
  // Findings on that name in DNS would only repeat the cause.
  if (causes.some(({ id }) => id === 'relay.proxied' || id === 'relay.ipv6')) context.seen.unresolved = account.host;
  return [...causes, ...ports.map(resultOfPort)];
}

/** Addresses in DNS, without /etc/hosts. */
async function publishedAddresses({ resolver }: DoctorContext, host: string): Promise<string[]> {
  if (isIP(bareHost(host)) !== 0) return [];
  const answers = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')]);
  return answers.flatMap((answer) => (answer.kind === 'ok' ? answer.records : []));
}

/** A port that expects TLS from the first byte sends no greeting. */
async function isImplicit(account: Account): Promise<boolean> {
  if (tlsPlan(account) !== 'starttls') return false;
  const other = { ...account, tls: { ...account.tls, starttls: 'off' as const, use: 'on' as const } };
  try {
    return await greeted(
      other,
      () => true,
      () => true,
    );
  } catch {
    return false;
  }
}

interface Named {
  results: Result[];
  addresses: readonly string[];
}

async function checkName({ host }: Account): Promise<Named> {
  try {
    const addresses = (await lookup(bareHost(host), { all: true })).map(({ address }) => address);
    return { results: [result('ok', 'relay.resolved', { host, addresses: addresses.join(', ') })], addresses };
  } catch (error) {
    // EAI_AGAIN: the DNS server did not answer.
    const silent = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN';
    return { results: [result('failure', silent ? 'relay.lookup' : 'relay.unresolved', { host })], addresses: [] };
  }
}

interface Port {
  port: number;
  /** Undefined where there was no answer. */
  open: boolean | undefined;
}

async function checkPorts(account: Account): Promise<Port[]> {
  const others = [465, 587, 25].filter((port) => port !== account.port);
  return Promise.all(others.map(async (port) => ({ port, open: await answers(account, port) })));
}

function resultOfPort({ port, open }: Port): Result {
  return open === undefined
    ? result('skipped', 'relay.port-unknown', { port })
    : result('ok', 'relay.port', { port, open });
}

/** Undefined where there was no answer: a firewall drops the packets, for this machine or for all. */
async function answers(account: Account, port: number): Promise<boolean | undefined> {
  try {
    const socket = await openSocket({ ...account, port });
    socket.destroy();
    return true;
  } catch (error) {
    if (error instanceof OpenError) return isRefused(error) ? false : undefined;
    throw error;
  }
}

function isRefused({ message }: OpenError): boolean {
  return /refused the connection/.test(message);
}

interface Connected {
  results: Result[];
  /** Lines of the reply to EHLO; undefined where there was none. */
  hello?: readonly string[];
  /** Host name in the banner. */
  greeting?: string;
  address: string;
}

async function checkConnection(account: Account, context: DoctorContext): Promise<Connected> {
  const where = relayName(account);
  const fail = (found: Result): Connected => ({ results: [found], address: '' });
  const look = async ({ socket, name, hello }: Greeted): Promise<Connected> => {
    const tls =
      'getPeerCertificate' in socket
        ? await certificateOf(socket as TLSSocket, account, context)
        : result('warning', 'relay.clear', { where });
    if (tls.level === 'failure' || tls.level === 'skipped') return fail(tls);
    return { results: [tls], hello, greeting: name, address: socket.remoteAddress ?? '' };
  };
  try {
    return await greeted(account, look, (reply) =>
      fail(sessionResult('failure', 'relay.session', { where, reply: textOf(reply) })),
    );
  } catch (error) {
    return fail(connectionTrouble(error, account));
  }
}

function connectionTrouble(error: unknown, account: Account): Result {
  const where = relayName(account);
  const provider = providerOf(account)?.id ?? '';
  const code = (error as NodeJS.ErrnoException).code ?? '';
  // A file of TLS that the configuration names.
  if (error instanceof ExitError) return result('failure', 'relay.tls-file', { file: error.message.split(':')[0]! });
  if (!(error instanceof OpenError)) {
    if (handshakeError(error as Error, account).kind === 'plaintext')
      return result('failure', 'relay.wrapper', { where });
    return result('failure', 'relay.handshake', { where, code: code || (error as Error).message });
  }
  if (error.kind === 'timeout') return result('failure', 'relay.silent', { where, provider });
  if (isRefused(error)) return result('failure', 'relay.closed', { where, provider });
  if (error.kind === 'dns') return result('failure', 'relay.unresolved', { host: account.host });
  return result('failure', 'relay.unreachable', { where, code: /\((.*)\)$/.exec(error.message)?.[1] ?? error.kind });
}

function isPublic(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && !isUnreachable(ip);
}

interface Surroundings {
  account: Account;
  /** Addresses of the relay's name on this machine. */
  addresses: readonly string[];
  /** Addresses of the relay's name in DNS. */
  published: readonly string[];
  /** Other ports of the relay that answer. */
  open: readonly number[];
  root: string;
}

/** Codes of a network that rejects: a firewall by ICMP (RFC 1812 section 5.2.7.1), or one of this machine. */
const REJECTED = /\((?:EHOSTUNREACH|ENETUNREACH|EACCES|EPERM)\)$|^(?:EHOSTUNREACH|ENETUNREACH|EACCES|EPERM)$/;
const SUBMISSION: ReadonlySet<number> = new Set([465, 587]);

/** The cause of the failure; the failure itself where none is known. */
export function causeOf(failure: Result, surroundings: Surroundings): Result {
  const { account, open } = surroundings;
  const where = relayName(account);
  const { id } = failure;
  const byName = nameCause(surroundings);
  if (byName !== undefined) return byName;
  const { code } = ('args' in failure ? failure.args : {}) as { code?: string };
  if (id === 'relay.unreachable' && REJECTED.test(code ?? ''))
    return networkCause(surroundings) ?? result('failure', 'relay.rejected', { where, code: code! });
  const other = open.find((port) => SUBMISSION.has(port)) ?? (id === 'relay.closed' ? open[0] : undefined);
  if ((id === 'relay.closed' || id === 'relay.silent') && other !== undefined)
    return result('failure', 'relay.other-port', { where, other });
  if (id === 'relay.wrapper' && account.port !== 465) return result('failure', 'relay.starttls', { where });
  return failure;
}

/** Causes in the name: /etc/hosts differs from DNS, or the address is a proxy for web sites. */
function nameCause({ account, addresses, published, root }: Surroundings): Result | undefined {
  const host = bareHost(account.host);
  if (isIP(host) !== 0) return undefined;
  const line = host === 'localhost' ? undefined : lineInHosts(root, host);
  // A line with the address of DNS is not the cause.
  const isOther = line !== undefined && published.length > 0 && !published.includes(line.address);
  if (line !== undefined && addresses.includes(line.address) && (isOther || isLoopback(line.address)))
    return result('failure', 'relay.hosts', { host, ...line, published: published.join(', ') });
  for (const each of addresses) {
    const ip = parseIp(each);
    const operator = ip === undefined ? undefined : proxyOf(ip);
    if (operator !== undefined) return result('failure', 'relay.proxied', { host, address: each, operator });
  }
  return undefined;
}

function networkCause({ account, addresses }: Surroundings): Result | undefined {
  if (addresses.length === 0 || !addresses.every((address) => address.includes(':')) || hasIpv6()) return undefined;
  return result('failure', 'relay.ipv6', { host: account.host, addresses: addresses.join(', ') });
}

/** This machine has a global IPv6 address. */
function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .some(({ family, address, internal }) => {
      const ip = parseIp(address.replace(/%.*$/, ''));
      return family === 'IPv6' && !internal && ip !== undefined && !isUnreachable(ip);
    });
}

function lineInHosts(root: string, host: string): { address: string; where: string } | undefined {
  const file = join(root || '/', 'etc/hosts');
  const read = readFileOnce(file);
  if ('why' in read) return undefined;
  for (const [index, line] of read.text.split('\n').entries()) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.some((name) => name.toLowerCase() === host.toLowerCase()))
      return { address, where: `${file}:${index + 1}` };
  }
  return undefined;
}
