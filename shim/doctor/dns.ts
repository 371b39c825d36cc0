// DNS: what receivers find there, whether our keys are published, and whether MX names a host that receives.

import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import { inspectDkimKey } from '../../shared/dkim/inspect.ts';
import { keysEqual, publicKeyOf } from '../../shared/dkim/private-key.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { Account } from '../config/account.ts';
import { seenSender } from '../prepare/seen.ts';
import { type SigningKey, signingKeys } from '../prepare/sign.ts';
import { addressesOf, relayAmongMx } from '../setup/records.ts';
import { OpenError } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { providerOf } from '../submit/provider.ts';
import type { DoctorContext } from './context.ts';
import { greeted } from './greeting.ts';
import { define, type FindingResult, type Level, type Result, resultsOf } from './result.ts';

const HOST = 'mail.shop.example';

// biome-ignore format: a line for each language.
export const dnsTexts = {
  'dns.good': define({ domain: 'shop.example', score: '10' },
    ['{domain}: {score} out of 10'],
    ['{domain}: {score} из 10']),
  'dns.keys': define({ names: 'mailshim._domainkey.shop.example' },
    ['the published DKIM keys match the private keys here: {names}'],
    ['открытые ключи DKIM в DNS соответствуют закрытым ключам сервера: {names}']),
  'dns.keys-unknown': define({ names: 'mailshim._domainkey.shop.example' },
    ['it is not known whether the published DKIM keys match the private keys here: DNS did not answer for {names}'],
    ['не удалось проверить, соответствуют ли открытые ключи DKIM закрытым: DNS не отвечает для {names}']),
  'dns.mailbox': define({ domain: 'gmail.com', provider: 'Google Workspace' },
    ['{provider} manages the DNS of {domain} and sends and signs this mail: it was not checked'],
    ['DNS домена {domain} обслуживает {provider}, он же отправляет и подписывает письма: проверка не требуется']),
  'dns.mailbox-elsewhere': define({ domain: 'gmail.com', provider: 'Google Workspace' },
    ['receivers accept mail from {domain} only where {provider} sends it, and this relay is another one', 'set "from" to an address of your own domain, with sender_rewrite always: replies still go to the old address'],
    ['письма с адресов {domain} принимаются, только если их отправляет {provider}, а настроен другой релей', 'укажите в from адрес своего домена и sender_rewrite always: ответы по-прежнему будут приходить на старый адрес']),
  'dns.key-missing': define({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['the key that signs here is not published at {name}: receivers cannot verify the signature', '{name} TXT {record}'],
    ['открытый ключ DKIM не опубликован в {name}: получатели не могут проверить подпись', '{name} TXT {record}']),
  'dns.key-misplaced': define({ name: 'mailshim._domainkey.shop.example', wrong: 'mailshim._domainkey.shop.example.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['the key that signs here is published at {wrong} instead of {name}: the panel appends the domain automatically', 'enter the name without the domain, so that the record is: {name} TXT {record}'],
    ['открытый ключ DKIM опубликован в {wrong} вместо {name}: панель сама добавляет имя домена', 'введите имя без домена, чтобы получилась запись: {name} TXT {record}']),
  'dns.key-cut': define({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…', length: 255 },
    ['the key at {name} is cut off after {length} characters: receivers cannot verify the signature', 'enter the whole value again; where the panel accepts no more than 255 characters, split it into several strings in quotation marks: {name} TXT {record}'],
    ['открытый ключ в {name} обрезан после {length} символов: получатели не могут проверить подпись', 'введите значение заново целиком; если панель не принимает больше 255 символов, разделите его на несколько строк в кавычках: {name} TXT {record}']),
  'dns.key-quoted': define({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['quotation marks or backslashes became part of the key at {name}: receivers cannot verify the signature', 'enter the value without them: {name} TXT {record}'],
    ['в значение открытого ключа {name} попали кавычки или обратные косые черты: получатели не могут проверить подпись', 'введите значение без них: {name} TXT {record}']),
  'dns.sending-ip': define({ given: '203.0.113.9', address: '203.0.113.25' },
    ['sending_ip {given} in the configuration is out of date: the address of the relay is {address}, and the DNS records match that one', 'sending_ip {address}, or remove the line'],
    ['значение sending_ip {given} в настройках устарело: адрес релея — {address}, и записи DNS настроены на него', 'sending_ip {address} или удалите строку']),
  'dns.key-other': define({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['{name} does not have the key that signs here: every signature fails at receivers', '{name} TXT {record}'],
    ['в {name} опубликован другой открытый ключ: подпись DKIM не проходит проверку у получателей', '{name} TXT {record}']),
  'dns.mx-at-relay': define({ domain: 'shop.example', host: HOST, relay: HOST, reply: '' },
    ({ domain, host, relay, reply }) => [
      `MX of ${domain} is the relay (${host}), which ${reply === '' ? 'only sends: its port 25 is closed' : `does not accept mail for ${domain}: ${reply}`}; replies of customers, bounces and reports are lost`,
      `set MX to the server of your mailboxes, as their provider shows it; or forward mail for ${domain} to a mailbox, on the relay: mailshim relay postfix --hostname ${relay} --domain ${domain} --receive-at MAILBOX --apply`,
    ],
    ({ domain, host, relay, reply }) => [
      `запись MX домена ${domain} указывает на релей (${host}), а он ${reply === '' ? 'только отправляет почту: порт 25 закрыт' : `не принимает почту для ${domain}: ${reply}`}; ответы покупателей, отчёты о недоставке и отчёты DMARC теряются`,
      `укажите в MX почтовый сервер, где находятся ваши ящики (имя сервера даёт почтовый сервис), или настройте на релее пересылку почты ${domain} в ящик: mailshim relay postfix --hostname ${relay} --domain ${domain} --receive-at MAILBOX --apply`,
    ]),
  'dns.mx-received': define({ domain: 'shop.example', host: HOST },
    ['{host}, the MX of {domain}, accepts mail for it'],
    ['почту для {domain} принимает {host}, указанный в MX']),
  'dns.mx-unknown': define({ domain: 'shop.example', host: HOST },
    ['MX of {domain} is the relay ({host}); it is not known whether it accepts mail on port 25: it does not answer this machine'],
    ['запись MX домена {domain} указывает на релей ({host}); принимает ли он почту на порту 25, неизвестно: этому серверу он не отвечает']),
} as const;

const result = resultsOf(dnsTexts);
/** DNS queries of one check; no customer waits for it. */
const MAX_QUERIES = 200;

export async function checkDns(context: DoctorContext): Promise<Result[]> {
  const { account, seen } = context;
  const from = account?.from;
  if (account === undefined || from === undefined || !from.includes('@')) return [];
  const domain = domainOfAddress(from);
  const owner = freeMailboxProvider(domain);
  if (owner !== undefined) {
    // The shop cannot change its DNS.
    const isTheirs = providerOf(account) === owner;
    return [
      result(isTheirs ? 'skipped' : 'failure', isTheirs ? 'dns.mailbox' : 'dns.mailbox-elsewhere', {
        domain,
        provider: owner.name,
      }),
    ];
  }
  const helo = seen.greeting ?? seenSender(account).helo;
  const given = account.sendingIps;
  const { address } = seen;
  const check = (ips: readonly string[]) => reportOf(account, context, domain, ips, helo);
  let report = await check(given.length > 0 || address === undefined ? given : [address]);
  const stale: Result[] = [];
  if (address !== undefined && given.length > 0 && !given.some((ip) => parseIp(ip)?.text === parseIp(address)?.text)) {
    // A relay may send from another address than it receives at: sending_ip is stale only if DNS matches this address.
    const current = await check([address]);
    if (current.score.value > report.score.value) {
      report = current;
      stale.push(result('failure', 'dns.sending-ip', { given: given.join(' '), address }));
    }
  }
  const keys = await checkKeys({ account, resolver: context.resolver });
  const shown = mostSevereOf(report.findings).filter(
    (found) => !(found.id.startsWith('dkim.') && keys.some(({ level }) => level === 'failure')),
  );
  const results = shown.flatMap((found) => resultOf(found, seen) ?? []);
  // A DNS server that does not answer would make one result for each name.
  const findings = results.filter(
    (each, at) => each.level !== 'skipped' || results.findIndex(({ finding: { id } }) => id === each.finding.id) === at,
  );
  const { value, low } = report.score;
  const score = low < value ? `${low}–${value}` : String(value);
  // The addresses of a provider are not checked: the result is complete if every query was answered.
  const isWhole =
    low === value ||
    (providerOf(account) !== undefined && !report.findings.some((found) => definitionOf(found).severity === 'unknown'));
  return [result(isWhole ? 'ok' : 'skipped', 'dns.good', { domain, score }), ...stale, ...findings, ...keys];
}

function reportOf(
  account: Account,
  { resolver, environment }: DoctorContext,
  domain: string,
  ips: readonly string[],
  helo: string | undefined,
) {
  return checkDomain(
    {
      domain,
      ips,
      selectors: account.dkim.filter((key) => key.domain === domain).map(({ selector }) => selector),
      parts: DOMAIN_PARTS,
      ...(helo === undefined ? {} : { helo }),
      // SPF is evaluated there (RFC 7208 section 2.4).
      ...(account!.envelopeSender ? { sender: account!.envelopeSender } : {}),
    },
    {
      resolver,
      now: environment.now(),
      clock: () => performance.now(),
      fetch,
      budget: { maxQueries: MAX_QUERIES },
    },
  );
}

/** Causes, by the finding that follows from them: fixing the cause fixes both. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  'mx.none': ['mx.in-txt'],
  'ptr.generic': ['ptr.not-confirmed'],
  'helo.not-ptr': ['ptr.none', 'ptr.not-confirmed', 'ptr.arpa', 'ptr.bad-name', 'ptr.generic'],
};

/** Without consequences: of findings with one root only the one with the most points. */
function mostSevereOf(findings: readonly Finding[]): Finding[] {
  const most = new Map<string, number>();
  const weight = (found: Finding) => {
    const { points, severity } = definitionOf(found);
    return (points ?? 0) + (severity === 'error' ? 1 : 0);
  };
  for (const found of findings) {
    const { root } = definitionOf(found);
    if (root !== undefined) most.set(root, Math.max(most.get(root) ?? 0, weight(found)));
  }
  return findings.filter((found) => {
    if (CAUSES[found.id]?.some((cause) => findings.some(({ id }) => id === cause)) === true) return false;
    const { root } = definitionOf(found);
    return root === undefined || weight(found) === most.get(root);
  });
}

/** The published record of each key that signs here; without an answer it is neither right nor wrong. */
export async function checkKeys({ account, resolver }: { account: Account; resolver: Resolver }): Promise<Result[]> {
  // Keys that cannot be read were reported with the configuration.
  const keys = await signingKeys(account).catch((): SigningKey[] => []);
  const failures: Result[] = [];
  const right: string[] = [];
  const unasked: string[] = [];
  const looked = await Promise.all(
    keys.map(async (key) => ({
      key,
      own: await publicKeyOf(key.pem),
      published: await inspectDkimKey(key.domain, key.selector, resolver),
    })),
  );
  for (const { key, own, published } of looked) {
    const { name, status, facts } = published;
    const record = own.ok ? own.record : '';
    if (published.misplaced !== undefined)
      failures.push(result('failure', 'dns.key-misplaced', { name, wrong: published.misplaced, record }));
    else if (status === 'unknown') unasked.push(name);
    else if (status === 'none') failures.push(result('failure', 'dns.key-missing', { name, record }));
    else if (status === 'ok' && keysEqual(key.publicKey, facts?.publicKey ?? '')) right.push(name);
    else failures.push(await wrongKey(name, record, resolver));
  }
  if (failures.length > 0) return failures;
  return [
    ...(right.length === 0 ? [] : [result('ok', 'dns.keys', { names: right.join(', ') })]),
    ...(unasked.length === 0 ? [] : [result('skipped', 'dns.keys-unknown', { names: unasked.join(', ') })]),
  ];
}

/** Why the record at this name is wrong: cut off, with quotation marks in it, or another key. */
async function wrongKey(name: string, record: string, resolver: Resolver): Promise<Result> {
  const answer = await resolver.query(name, 'TXT');
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  const bare = (text: string) => text.replace(/\s/g, '');
  for (const text of texts) {
    const own = keyIn(bare(text));
    if (own === undefined) continue;
    const wanted = keyIn(bare(record)) ?? '';
    if (/["\\\u201c-\u201f]/.test(text) && own.replace(/["\\]/g, '').startsWith(wanted))
      return result('failure', 'dns.key-quoted', { name, record });
    if (own.length >= LEAST_CUT && own.length < wanted.length && wanted.startsWith(own))
      return result('failure', 'dns.key-cut', { name, record, length: text.length });
  }
  return result('failure', 'dns.key-other', { name, record });
}

/** Characters that identify a key: the first ones are the same for every RSA key of one length. */
const LEAST_CUT = 64;

function keyIn(record: string): string | undefined {
  return /(?:^|[;"])p=([^;]*)/.exec(record)?.[1];
}

const LEVELS: Record<ReturnType<typeof definitionOf>['severity'], Level | undefined> = {
  error: 'failure',
  warning: 'warning',
  notice: undefined,
  info: undefined,
  unknown: 'skipped',
};

/** Without consequences of a relay's name that does not resolve, and without the EHLO name if no relay has greeted. */
function resultOf(found: Finding, { unresolved, greeting }: DoctorContext['seen']): FindingResult | undefined {
  const level = LEVELS[definitionOf(found).severity];
  const { name } = found.args as { name?: unknown };
  if (unresolved !== undefined && name === unresolved && found.id.startsWith('ptr.')) return undefined;
  if (greeting === undefined && found.id.startsWith('helo.')) return undefined;
  return level === undefined ? undefined : { id: 'dns.finding', finding: found, level };
}

const SMTP_PORT = 25;
/** Milliseconds to connect. */
const MX_PATIENCE = 6000;
/** Characters of a reply that are shown. */
const SHOWN_REPLY = 300;
/** Whether the relay accepts mail from outside, tried with a recipient of the domain; no mail is sent. */
export type Reception = { kind: 'closed' | 'silent' | 'takes' | 'busy' } | { kind: 'rejects'; reply: string };

export async function checkMx(
  context: DoctorContext,
  receptionAt: (account: Account, address: string, domain: string) => Promise<Reception> = askReception,
): Promise<Result[]> {
  const { account, resolver, seen } = context;
  if (account?.from?.includes('@') !== true || providerOf(account) !== undefined) return [];
  const domain = domainOfAddress(account.from);
  if (freeMailboxProvider(domain) !== undefined) return [];
  const relay = seen.greeting ?? account.tls.hostOverride ?? account.host;
  const own = await ownAddresses(account, context, relay);
  const at = await relayAmongMx({ domain, names: [relay, account.host], addresses: own }, resolver);
  if (at === undefined) return [];
  const address = at.address ?? own[0];
  if (address === undefined) return [];
  const reception = await receptionAt(account, address, domain);
  const args = { domain, host: at.host, relay };
  // Where another host receives as well, mail is delayed and not lost.
  const level = at.only ? 'failure' : 'warning';
  switch (reception.kind) {
    case 'closed':
      return [result(level, 'dns.mx-at-relay', { ...args, reply: '' })];
    case 'rejects':
      return [result(level, 'dns.mx-at-relay', { ...args, reply: reception.reply })];
    case 'takes':
      return [result('ok', 'dns.mx-received', { domain, host: at.host })];
    default:
      return [result('skipped', 'dns.mx-unknown', { domain, host: at.host })];
  }
}

async function ownAddresses(account: Account, { resolver, seen }: DoctorContext, relay: string): Promise<string[]> {
  const named = (
    await Promise.all([...new Set([relay, account.host])].map((name) => addressesOf(name, resolver)))
  ).flat();
  const all = [...account.sendingIps, ...(seen.address === undefined ? [] : [seen.address]), ...named];
  return [...new Set(all.map((address) => parseIp(address)?.text ?? address))];
}

async function askReception(account: Account, address: string, domain: string): Promise<Reception> {
  const { socket: _socket, proxy: _proxy, ...rest } = account;
  // Plain text: receiving does not depend on the certificate at this port.
  const plain: Account = {
    ...rest,
    host: address,
    port: SMTP_PORT,
    timeoutOff: false,
    timeout: MX_PATIENCE,
    tls: { ...rest.tls, use: 'off' },
  };
  try {
    return await greeted(
      plain,
      async ({ ask }): Promise<Reception> => {
        const sender = await ask('MAIL FROM:<>');
        const reply = sender?.code === 250 ? await ask(`RCPT TO:<postmaster@${domain}>`) : sender;
        if (reply === undefined) return { kind: 'silent' };
        if (reply.code >= 200 && reply.code < 300) return { kind: 'takes' };
        return reply.code >= 500 ? { kind: 'rejects', reply: oneLine(reply.text, SHOWN_REPLY) } : { kind: 'busy' };
      },
      () => ({ kind: 'busy' }),
    );
  } catch (error) {
    return { kind: error instanceof OpenError && /refused the connection/.test(error.message) ? 'closed' : 'silent' };
  }
}
