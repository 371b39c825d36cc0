// The answers that `mailshim init` works from: which ones a provider gives, and what is wrong with one.

import { domainOfAddress, parseAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider, providerOfSubmission } from '../../shared/providers/lookup.ts';
import { PROVIDERS } from '../../shared/providers/table.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { EX, ExitError } from '../exit.ts';

export type SubmittingProvider = Provider & Required<Pick<Provider, 'submission'>>;

/** Words as they were given; "" is none. */
export interface Answers {
  domain?: string | undefined;
  provider?: string | undefined;
  relay?: string | undefined;
  /** Name of a relay on this machine. */
  hostname?: string | undefined;
  /** Mailbox that mail of the domain is sent on to by the relay. */
  receiveAt?: string | undefined;
  port?: string | undefined;
  ip?: readonly string[] | undefined;
  sender?: string | undefined;
  delivery?: string | undefined;
  selector?: string | undefined;
  mx?: string | undefined;
  worker?: string | undefined;
  login?: string | undefined;
}

/** Providers that take mail from programs. */
export const SUBMITTING: readonly SubmittingProvider[] = PROVIDERS.filter(
  (provider): provider is SubmittingProvider => provider.submission !== undefined,
);

/** By id or name. @throws ExitError 64 with all ids */
function providerNamed(name: string): SubmittingProvider {
  const wanted = name.trim().toLowerCase();
  const found = SUBMITTING.find((each) => each.id === wanted || each.name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new ExitError(
    EX.USAGE,
    `init: --provider ${JSON.stringify(name)} is not known; known are ${SUBMITTING.map(({ id }) => id).join(', ')}`,
  );
}

/** The one that was named, or whose host the relay is; undefined for a relay of one's own. @throws ExitError 64 */
export function providerIn({ provider, relay }: Answers): SubmittingProvider | undefined {
  if (provider !== undefined && provider !== '') return providerNamed(provider);
  return relay === undefined ? undefined : (providerOfSubmission(relay) as SubmittingProvider | undefined);
}

/** The host to submit to, where there is one for all customers. */
export function fixedHost({ submission }: SubmittingProvider): string | undefined {
  const [first] = submission.hosts;
  return first === undefined || first.includes('*') ? undefined : first;
}

/** The user name where it is the same for all, or that of the mailbox which sends. */
export function usualLogin({ kind, submission }: SubmittingProvider, sender: string | undefined): string | undefined {
  return submission.user ?? (kind === 'mailbox' ? sender : undefined);
}

/** The answers with what follows from the provider. @throws ExitError 64 for what contradicts it, and for a region or login that is missing */
export function withProvider(answers: Answers, provider: SubmittingProvider): Answers {
  const { submission, name, id } = provider;
  const relay = answers.relay || fixedHost(provider);
  if (relay === undefined)
    throw new ExitError(
      EX.USAGE,
      `init: --provider ${id} needs --relay with the host of your region, such as ${submission.hosts[0]!.replace('*', 'REGION')}`,
    );
  if (providerOfSubmission(relay) !== provider)
    throw new ExitError(
      EX.USAGE,
      `init: --relay ${JSON.stringify(relay)} is not a host of ${name} (${submission.hosts.join(', ')})`,
    );
  if (answers.ip !== undefined && answers.ip.length > 0 && answers.ip.join('') !== '')
    throw new ExitError(EX.USAGE, `init: mail through ${name} leaves from addresses of ${name}: leave --ip out`);
  const login = answers.login || usualLogin(provider, answers.sender);
  // That of a mailbox is the sender, which is asked for by itself.
  if (login === undefined && provider.kind !== 'mailbox')
    throw new ExitError(EX.USAGE, `init: --login is missing: ${name} takes mail only after a login`);
  return {
    ...answers,
    relay,
    ...(login === undefined ? {} : { login }),
    port: answers.port || String(submission.port),
  };
}

/** @throws ExitError 64 for an address that only its own provider can send for */
export function refuseForeignMailbox(domain: string, provider: Provider | undefined): void {
  const owner = freeMailboxProvider(domain);
  if (owner === undefined || owner === provider) return;
  throw new ExitError(
    EX.USAGE,
    `init: mail from ${domain} is believed only where ${owner.name} sends it: take a sender at a domain of your own, or --provider ${owner.id}`,
  );
}

export interface SetupOptions {
  domain: string;
  /** Host name, as PTR has it. */
  relay: string;
  /** The relay is on this machine. */
  here: boolean;
  /** Mailbox that the relay sends mail of the domain on to. */
  receiveAt?: string;
  /** Whose relay it is; undefined: one's own. */
  provider?: SubmittingProvider;
  port: number;
  /** Empty at a provider. */
  ips: string[];
  sender: string;
  delivery: 'queue' | 'direct';
  selector: string;
  /** Host that receives the domain's mail; undefined: whoever does today. */
  mx?: string;
  worker?: string;
  /** User name at the relay. */
  login?: string;
}

export type Lang = 'en' | 'ru';
type InBoth = Record<Lang, string>;
export type Question = 'domain' | 'relay' | 'ip' | 'sender' | 'mx' | 'delivery' | 'worker' | 'login';

/** What each answer is, in the order of the questions; also for `--help`. */
export const QUESTIONS: Record<Question, InBoth> = {
  domain: { en: 'Domain of the shop, such as shop.example', ru: 'Домен магазина, например shop.example' },
  relay: {
    en: 'Host name of the relay, such as mail.shop.example; here: on this machine',
    ru: 'Имя релея, например mail.shop.example; here: релей на этой машине',
  },
  ip: {
    en: 'Address that the relay sends from; several with commas',
    ru: 'IP-адрес, с которого отправляет релей; несколько — через запятую',
  },
  sender: {
    en: 'Sender of the mails, such as orders@shop.example',
    ru: 'Отправитель писем, например orders@shop.example',
  },
  mx: {
    en: 'Host that receives the domain’s mail, such as mx.provider.example; nothing: as it is',
    ru: 'Сервер, который принимает почту домена, например mx.provider.example; пусто: как есть',
  },
  delivery: {
    en: 'queue: PHP never waits; direct: it waits for the relay',
    ru: 'queue: PHP никогда не ждёт; direct: ждёт ответа релея',
  },
  worker: {
    en: 'Address of your Worker, to ask before sending and for test mails; nothing: none',
    ru: 'Адрес вашего Worker: проверка перед отправкой и тестовые письма; пусто: нет',
  },
  login: {
    en: 'User name at the relay, where it wants one; nothing: it knows this machine by its address',
    ru: 'Имя пользователя на релее, если он требует входа; пусто: релей узнаёт машину по адресу',
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

interface Rule {
  fits: (text: string) => boolean;
  problem: InBoth;
}

const rule = (fits: Rule['fits'], en: string, ru: string): Rule => ({ fits, problem: { en, ru } });
const isDomain = rule((text) => parseDomain(text).ok, 'is no domain name', '— не доменное имя');

const RULES: Partial<Record<keyof Answers, Rule>> = {
  domain: isDomain,
  relay: rule((text) => text === HERE || parseDomain(text).ok, 'is not a domain name', '— не доменное имя'),
  hostname: isDomain,
  receiveAt: rule((text) => (parseAddress(text)?.domain ?? '') !== '', 'is not a mail address', '— не почтовый адрес'),
  port: rule((text) => /^\d{1,5}$/.test(text) && +text >= 1 && +text <= 65535, 'is no port', '— не номер порта'),
  ip: rule((text) => addressesIn([text]).every((ip) => parseIp(ip) !== undefined), 'is no IP address', '— не IP-адрес'),
  sender: rule((text) => (parseAddress(text)?.domain ?? '') !== '', 'is no mail address', '— не почтовый адрес'),
  mx: isDomain,
  delivery: rule((text) => /^(?:queue|direct)$/.test(text), 'is neither queue nor direct', '— не queue и не direct'),
  selector: rule(
    (text) => /^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$/i.test(text),
    'is no selector: letters, digits, hyphens',
    '— не селектор: буквы, цифры, дефисы',
  ),
  worker: rule(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'is no web address (https://…)',
    '— не веб-адрес (https://…)',
  ),
  login: rule((text) => /^[\x21-\x7e]+$/.test(text), 'is no user name', '— не имя пользователя'),
};

/** In the order in which they are judged. */
const NAMES = Object.keys(RULES) as (keyof Answers)[];

/** What is wrong with one answer; undefined where nothing is. */
export function problemOf(name: keyof Answers, text: string): InBoth | undefined {
  const known = RULES[name];
  return known === undefined || known.fits(text) ? undefined : known.problem;
}

/** @throws ExitError 64 for the first answer that is wrong */
export function readOptions(given: Answers): SetupOptions {
  const provider = providerIn(given);
  const answers = provider === undefined ? given : withProvider(given, provider);
  const absent = missing(answers, provider);
  if (absent.length > 0) {
    throw new ExitError(
      EX.USAGE,
      `init: ${absent.map((name) => `--${name}`).join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing`,
    );
  }
  for (const name of NAMES) {
    const value = answers[name];
    for (const text of typeof value === 'string' ? [value] : (value ?? [])) {
      const problem = text === '' ? undefined : problemOf(name, text);
      if (problem !== undefined) throw new ExitError(EX.USAGE, `init: --${name} ${JSON.stringify(text)} ${problem.en}`);
    }
  }
  const { worker, login, ip = [], receiveAt } = answers;
  const domain = nameIn(answers.domain!);
  const sender = parseAddress(answers.sender!)!.address;
  for (const name of [domain, domainOfAddress(sender)]) refuseForeignMailbox(name, provider);
  const here = answers.relay === HERE;
  // Mail that is received at the relay comes there by MX.
  const relay = here ? nameIn(answers.hostname || `mail.${domain}`) : nameIn(answers.relay!);
  const mx = answers.mx || (receiveAt ? relay : '');
  refuseContradiction(answers, domain, provider);
  return {
    domain,
    relay,
    here,
    ...(receiveAt ? { receiveAt: parseAddress(receiveAt)!.address } : {}),
    ...(provider === undefined ? {} : { provider }),
    port: Number(answers.port || 465),
    ips: addressesIn(ip).map((text) => parseIp(text)!.text),
    sender,
    delivery: answers.delivery === 'direct' ? 'direct' : 'queue',
    selector: (answers.selector || 'mailshim').toLowerCase(),
    ...(mx ? { mx: nameIn(mx) } : {}),
    ...(worker ? { worker: worker.replace(/\/+$/, '') } : {}),
    ...(login ? { login } : {}),
  };
}

/** @throws ExitError 64 */
function refuseContradiction(
  { relay, hostname, receiveAt, mx }: Answers,
  domain: string,
  provider: SubmittingProvider | undefined,
): void {
  if (hostname && relay !== HERE)
    throw new ExitError(EX.USAGE, 'init: --hostname is the name of a relay on this machine: it needs --relay here');
  if (!receiveAt) return;
  if (provider !== undefined)
    throw new ExitError(EX.USAGE, 'init: --receive-at is for a relay of your own; a provider has the mailboxes itself');
  if (mx) throw new ExitError(EX.USAGE, 'init: --receive-at makes MX name the relay: leave --mx out');
  if (domainOfAddress(receiveAt) === domain)
    throw new ExitError(
      EX.USAGE,
      `init: --receive-at ${receiveAt}: mail of ${domain} would go in a circle; name a mailbox elsewhere`,
    );
}

/** Of a text that was looked at. */
function nameIn(text: string): string {
  const parsed = parseDomain(text);
  return parsed.ok ? parsed.name : text;
}

function addressesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
}
