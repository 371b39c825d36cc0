// The answers that `mailshim init` works from: which ones a provider gives, and what is wrong with one.

import { domainOfAddress, parseAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider, providerOfSubmission } from '../../shared/providers/lookup.ts';
import { PROVIDERS } from '../../shared/providers/table.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { isWithin, parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { ExitError } from '../exit.ts';
import { inLanguage, type Lang, type Translated } from '../language.ts';
import { diagnostic } from '../messages/catalogue.ts';

export type SubmittingProvider = Provider & Required<Pick<Provider, 'submission'>>;

/** As they were given; "" is no answer. */
export interface Answers {
  domain?: string | undefined;
  provider?: string | undefined;
  relay?: string | undefined;
  /** Name of a relay on this machine. */
  hostname?: string | undefined;
  /** Mailbox that the relay forwards mail of the domain to. */
  receiveAt?: string | undefined;
  port?: string | undefined;
  ip?: readonly string[] | undefined;
  sender?: string | undefined;
  delivery?: string | undefined;
  selector?: string | undefined;
  mx?: string | undefined;
  /** Envelope sender, in a subdomain. */
  bounces?: string | undefined;
  worker?: string | undefined;
  login?: string | undefined;
}

/** Providers that accept mail from programs. */
export const SUBMITTING: readonly SubmittingProvider[] = PROVIDERS.filter(
  (provider): provider is SubmittingProvider => provider.submission !== undefined,
);

/** By id or name. @throws ExitError 64 with all ids */
function providerNamed(name: string): SubmittingProvider {
  const given = name.trim().toLowerCase();
  const found = SUBMITTING.find((each) => each.id === given || each.name.toLowerCase() === given);
  if (found !== undefined) return found;
  throw new ExitError(diagnostic('init.provider-unknown', { provider: name, known: SUBMITTING.map(({ id }) => id) }));
}

/** The provider that was named, or that the host belongs to; undefined for one's own relay. @throws ExitError 64 */
export function providerIn({ provider, relay }: Answers): SubmittingProvider | undefined {
  if (provider !== undefined && provider !== '') return providerNamed(provider);
  const owner = relay === undefined ? undefined : providerOfSubmission(relay);
  return SUBMITTING.find((each) => each === owner);
}

/** The host to submit to, where there is one for all customers. */
export function fixedHost({ submission }: SubmittingProvider): string | undefined {
  const [first] = submission.hosts;
  return first === undefined || first.includes('*') ? undefined : first;
}

/** The user name that all customers have, or the address of the mailbox that sends. */
export function usualLogin({ kind, submission }: SubmittingProvider, sender: string | undefined): string | undefined {
  return submission.user ?? (kind === 'mailbox' ? sender : undefined);
}

/** The answers with the values of the provider. @throws ExitError 64 for a contradiction, or a missing region or login */
function withProvider(answers: Answers, provider: SubmittingProvider): Answers {
  const { submission, name, id } = provider;
  const relay = answers.relay || fixedHost(provider);
  if (relay === undefined)
    throw new ExitError(
      diagnostic('init.provider-region', {
        provider: id,
        example: String(submission.hosts[0]).replace('*', 'REGION'),
      }),
    );
  if (providerOfSubmission(relay) !== provider)
    throw new ExitError(diagnostic('init.provider-host', { relay, provider: name, hosts: submission.hosts }));
  if (answers.ip !== undefined && answers.ip.length > 0 && answers.ip.join('') !== '')
    throw new ExitError(diagnostic('init.provider-address', { provider: name }));
  const login = answers.login || usualLogin(provider, answers.sender);
  // At a provider of mailboxes the login is the sender, which has its own question.
  if (login === undefined && provider.kind !== 'mailbox')
    throw new ExitError(diagnostic('init.provider-login', { provider: name }));
  return {
    ...answers,
    relay,
    ...(login === undefined ? {} : { login }),
    port: answers.port || String(submission.port),
  };
}

/** @throws ExitError 64 for a domain that only its own provider can send for */
function refuseForeignMailbox(domain: string, provider: Provider | undefined): void {
  const owner = freeMailboxProvider(domain);
  if (owner === undefined || owner === provider) return;
  throw new ExitError(diagnostic('init.foreign-mailbox', { domain, owner: owner.name, id: owner.id }));
}

export interface SetupOptions {
  domain: string;
  /** Host name, as PTR has it. */
  relay: string;
  /** The relay is on this machine. */
  here: boolean;
  /** Mailbox that the relay forwards mail of the domain to. */
  receiveAt?: string;
  /** The owner of the relay; undefined: the shop. */
  provider?: SubmittingProvider;
  port: number;
  /** Empty at a provider. */
  ips: string[];
  sender: string;
  delivery: 'queue' | 'direct';
  selector: string;
  /** Host that is to receive the domain's mail; undefined: MX stays. */
  mx?: string;
  /** Envelope sender, in a subdomain, which receives the bounces. */
  bounces?: string;
  worker?: string;
  /** User name at the relay. */
  login?: string;
}

export type Question = 'domain' | 'relay' | 'ip' | 'sender' | 'mx' | 'delivery' | 'worker' | 'login';

/** Each question, in their order; English is also the help of the option. */
export const QUESTIONS: Translated<Record<Question, string>> = {
  en: {
    domain: 'Domain of the shop, such as shop.example',
    relay: 'Host name of the relay, such as mail.shop.example; here: on this machine',
    ip: 'Addresses that the relay sends from, separated by commas',
    sender: 'Sender of the mails, such as orders@shop.example',
    mx: 'Host that receives the domain’s mail, such as mx.provider.example (default: unchanged)',
    delivery: 'queue: PHP never waits; direct: PHP waits for the relay',
    worker: 'Address of your Worker, for the pre-flight and test mails (default: none)',
    login: 'User name at the relay (default: none, the relay allows the address of this machine)',
  },
  ru: {
    domain: 'Домен магазина, например shop.example',
    relay: 'Имя релея, например mail.shop.example; here — релей на этом сервере',
    ip: 'IP-адреса, с которых релей отправляет почту, через запятую',
    sender: 'Адрес отправителя, например orders@shop.example',
    mx: 'Сервер, который принимает почту домена, например mx.provider.example (по умолчанию без изменений)',
    delivery: 'queue: PHP не ждёт отправки; direct: PHP ждёт ответа релея',
    worker: 'Адрес вашего Worker для предварительной проверки и тестовых писем (по умолчанию не используется)',
    login: 'Имя пользователя на релее (по умолчанию без входа: релей разрешает отправку по адресу сервера)',
  },
};

/** In place of a host name: the relay is on this machine. */
const HERE = 'here';
/** Questions that have no default. */
const NEEDED = ['domain', 'relay', 'ip', 'sender'] as const satisfies readonly Question[];

export function isNeeded(name: Question, provider: SubmittingProvider | undefined): boolean {
  return (NEEDED as readonly Question[]).includes(name) && !(name === 'ip' && provider !== undefined);
}

/** Answers that are needed and absent. */
function missing(answers: Answers, provider: SubmittingProvider | undefined): Question[] {
  return NEEDED.filter((name) => {
    const value = answers[name];
    return isNeeded(name, provider) && (value === undefined || value.length === 0);
  });
}

/** What each answer has to be. */
export const EXPECTED: Translated<Record<keyof Omit<Answers, 'provider'>, string>> = {
  en: {
    domain: 'a domain name',
    relay: 'a domain name',
    hostname: 'a domain name',
    receiveAt: 'a mail address',
    port: 'a number from 1 to 65535',
    ip: 'an IP address',
    sender: 'a mail address',
    mx: 'a domain name',
    bounces: 'a mail address',
    delivery: 'queue or direct',
    selector: 'letters, digits and hyphens',
    worker: 'a web address (https://…)',
    login: 'a user name without spaces',
  },
  ru: {
    domain: 'доменное имя',
    relay: 'доменное имя',
    hostname: 'доменное имя',
    receiveAt: 'адрес электронной почты',
    port: 'число от 1 до 65535',
    ip: 'IP-адрес',
    sender: 'адрес электронной почты',
    mx: 'доменное имя',
    bounces: 'адрес электронной почты',
    delivery: 'queue или direct',
    selector: 'буквы, цифры и дефисы',
    worker: 'адрес сайта (https://…)',
    login: 'имя пользователя без пробелов',
  },
};
type Checked = keyof typeof EXPECTED.en;

const isDomain = (text: string) => parseDomain(text).ok;
const isAddress = (text: string) => (parseAddress(text)?.domain ?? '') !== '';
/** In the order in which they are checked. */
const RULES: Record<Checked, (text: string) => boolean> = {
  domain: isDomain,
  relay: (text) => text === HERE || isDomain(text),
  hostname: isDomain,
  receiveAt: isAddress,
  port: (text) => /^\d{1,5}$/.test(text) && +text >= 1 && +text <= 65535,
  ip: (text) => addressesIn([text]).every((ip) => parseIp(ip) !== undefined),
  sender: isAddress,
  mx: isDomain,
  bounces: isAddress,
  delivery: (text) => /^(?:queue|direct)$/.test(text),
  selector: (text) => /^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$/i.test(text),
  worker: (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
  login: (text) => /^[\x21-\x7e]+$/.test(text),
};
const CHECKED = Object.keys(RULES) as Checked[];

/** What is expected in place of this answer; undefined where it is right. */
export function expectedInstead(name: Checked, text: string, lang: Lang): string | undefined {
  return RULES[name](text) ? undefined : inLanguage(EXPECTED, lang)[name];
}

/** @throws ExitError 64 for the first wrong answer */
export function readOptions(raw: Answers): SetupOptions {
  const provider = providerIn(raw);
  const answers = provider === undefined ? raw : withProvider(raw, provider);
  const absent = missing(answers, provider);
  if (absent.length > 0)
    throw new ExitError(
      diagnostic('command.missing', { command: 'init', options: absent.map((name) => `--${name}`), example: '' }),
    );
  for (const name of CHECKED) {
    const value = answers[name];
    for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
      const expected = text === '' ? undefined : expectedInstead(name, text, 'en');
      const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      if (expected !== undefined)
        throw new ExitError(diagnostic('command.value', { command: 'init', option, value: text, expected }));
    }
  }
  const { relay: given = '', worker, login, ip = [], receiveAt } = answers;
  const domain = nameIn(answers.domain ?? '');
  const sender = addressIn(answers.sender ?? '');
  for (const name of [domain, domainOfAddress(sender)]) refuseForeignMailbox(name, provider);
  const here = given === HERE;
  // Mail that the relay receives comes there by MX.
  const relay = here ? nameIn(answers.hostname || `mail.${domain}`) : nameIn(given);
  const mx = answers.mx || (receiveAt ? relay : '');
  refuseContradiction(answers, domain, provider);
  return {
    domain,
    relay,
    here,
    ...(receiveAt ? { receiveAt: addressIn(receiveAt) } : {}),
    ...(provider === undefined ? {} : { provider }),
    port: Number(answers.port || 465),
    ips: addressesIn(ip).map((text) => parseIp(text)?.text ?? text),
    sender,
    delivery: answers.delivery === 'direct' ? 'direct' : 'queue',
    selector: (answers.selector || 'mailshim').toLowerCase(),
    ...(mx ? { mx: nameIn(mx) } : {}),
    ...(answers.bounces ? { bounces: addressIn(answers.bounces) } : {}),
    ...(worker ? { worker: worker.replace(/\/+$/, '') } : {}),
    ...(login ? { login } : {}),
  };
}

/** @throws ExitError 64 */
function refuseContradiction(
  { relay, hostname, receiveAt, mx, bounces }: Answers,
  domain: string,
  provider: SubmittingProvider | undefined,
): void {
  if (hostname && relay !== HERE) throw new ExitError(diagnostic('init.hostname'));
  if (bounces) refuseBounces(domainOfAddress(bounces).toLowerCase(), domain, provider);
  if (!receiveAt) return;
  if (provider !== undefined) throw new ExitError(diagnostic('init.receive-at-provider'));
  if (mx) throw new ExitError(diagnostic('init.receive-at-mx'));
  if (domainOfAddress(receiveAt) === domain)
    throw new ExitError(diagnostic('init.receive-at-loop', { mailbox: receiveAt, domain }));
}

/** @throws ExitError 64 where SPF would not be aligned, or the MX of the domain would get the bounces */
function refuseBounces(name: string, domain: string, provider: SubmittingProvider | undefined): void {
  if (provider !== undefined) throw new ExitError(diagnostic('init.bounces-provider'));
  if (name === domain || !isWithin(name, domain)) throw new ExitError(diagnostic('init.bounces-domain', { domain }));
}

/** The name in a text that was checked. */
function nameIn(text: string): string {
  const parsed = parseDomain(text);
  return parsed.ok ? parsed.name : text;
}

/** The same of a mail address. */
function addressIn(text: string): string {
  return parseAddress(text)?.address ?? text;
}

function addressesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
}
