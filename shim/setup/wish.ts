// The answers that `mailshim init` works from, checked, each with what is wrong where it is; in two languages.

import { domainOfAddress, parseAddress } from '../../shared/message/address.ts';
import { isWithin, parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { EX, ExitError } from '../exit.ts';
import { type Answers, providerIn, refuseForeignMailbox, type SubmittingProvider, withProvider } from './provider.ts';

export interface Wish {
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
  /** Envelope sender, below the domain: where bounces go. */
  bounces?: string;
  worker?: string;
  /** User name at the relay. */
  login?: string;
}

export type Lang = 'en' | 'ru';
type Words = Record<Lang, string>;
export type Question = 'domain' | 'relay' | 'ip' | 'sender' | 'mx' | 'delivery' | 'worker' | 'login';

/** What each answer is, in the order of the questions; also for `--help`. */
export const QUESTIONS: Record<Question, Words> = {
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
  problem: Words;
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
  bounces: rule((text) => (parseAddress(text)?.domain ?? '') !== '', 'is not a mail address', '— не почтовый адрес'),
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
export function problemOf(name: keyof Answers, text: string): Words | undefined {
  const known = RULES[name];
  return known === undefined || known.fits(text) ? undefined : known.problem;
}

/** @throws ExitError 64 for the first answer that is wrong */
export function readWish(given: Answers): Wish {
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
    ...(answers.bounces ? { bounces: parseAddress(answers.bounces)!.address } : {}),
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
  if (hostname && relay !== HERE)
    throw new ExitError(EX.USAGE, 'init: --hostname is the name of a relay on this machine: it needs --relay here');
  if (bounces) refuseBounces(domainOfAddress(bounces).toLowerCase(), domain, provider);
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

/** @throws ExitError 64 where SPF would not be aligned, or the domain's own MX would get the bounces */
function refuseBounces(name: string, domain: string, provider: SubmittingProvider | undefined): void {
  if (provider !== undefined)
    throw new ExitError(
      EX.USAGE,
      'init: --bounces is for a relay of your own; a provider has an envelope sender itself',
    );
  if (name === domain || !isWithin(name, domain))
    throw new ExitError(
      EX.USAGE,
      `init: --bounces: expected an address below ${domain}, such as bounces@bounces.${domain}`,
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
