// How reliable a finding and its record are: the address that it rests on, and whether its record is proven.
import type { Language } from './define.ts';

/**
 * Why a record is not shown. `outside`: its name is not in the zone of the checked domain; `above`: it belongs to the
 * domain above the checked one, which has the same owner; `invalid`: it breaks its own standard; `lookups`, `voids`: SPF
 * would need more DNS lookups than are allowed (RFC 7208 section 4.6.4); `large`: it does not fit into one DNS answer;
 * `not-solved`: the finding would remain; `new-problem`: another finding with points would appear; `sender-lost`: mail
 * would fail that passes or is not rejected today; `stricter`: receivers would reject more than today; `alias`: its name
 * is a CNAME, next to which no other record is allowed; `later`: it is correct only after the record of another finding
 * is published; `unknown`: DNS did not answer a query of the trial.
 */
export const WITHHELD_REASONS = [
  'outside',
  'above',
  'invalid',
  'lookups',
  'voids',
  'large',
  'not-solved',
  'new-problem',
  'sender-lost',
  'stricter',
  'alias',
  'later',
  'unknown',
] as const;
export type WithheldReason = (typeof WITHHELD_REASONS)[number];

export interface Withheld {
  reason: WithheldReason;
  /** The sender that would be lost, the finding that would appear, the count of lookups. */
  what: string;
}

/** What is known of a finding besides its arguments. */
export interface FindingStatus {
  /** It applies only if mail leaves from this address, which was inferred from DNS and not given. */
  inferredIp?: string;
  /** Its record was tried and is not shown. */
  withheld?: Withheld;
  /** Its record was tried on the zone: the finding disappears, and everything that worked still works. */
  proven?: true;
}

/** The detail of a finding about an inferred address. */
export function conditional(ip: string, detail: string, language: Language): string {
  return language === 'en' ? `If mail leaves from ${ip}: ${detail}` : `Если почта уходит с ${ip}: ${detail}`;
}

/** What to do about an inferred address: its owner is asked for nothing before it is known to send. */
export function conditionalFix(ip: string, fix: string, language: Language): string {
  return language === 'en'
    ? `If mail leaves from another address, for example because ${ip} is only a web server, nothing has to be done; check again with the address that sends (?ip= or --ip). Otherwise: ${fix}`
    : `Если почта уходит с другого адреса (например, ${ip} — только веб-сервер), ничего делать не нужно: повторите проверку с адресом отправки (?ip= или --ip). Иначе: ${fix}`;
}

type Texts = Record<WithheldReason, (what: string) => string>;

const EN: Texts = {
  outside: (name) => `${name} is not in the zone of this domain; only its owner can change the record. Ask the owner.`,
  above: (name) =>
    `The record belongs at ${name}, above the checked domain, and applies to all names below. Check that domain; its report has the record.`,
  invalid: () =>
    'The intended content of the record is not clear. Write the record anew from the documentation of each sender.',
  lookups: (count) =>
    `A record with all senders needs ${count} DNS lookups, and 10 are allowed. Decide which senders are still used, remove the others, or move some to a subdomain (news.…) with a record of its own.`,
  voids: (count) =>
    `The record would have ${count} void lookups, and 2 are allowed. Decide which of its terms are still needed.`,
  large: (bytes) =>
    `The record would have ${bytes} bytes and may not fit into one DNS answer. Remove senders that are no longer used, or move a part of the record to an include of your own.`,
  'not-solved': () =>
    'No single record solves this. Decide which servers send mail of the domain, and name each of them.',
  'new-problem': (id) =>
    `The record derived from the published one would cause another problem (${id}). Solve that problem first, then check again.`,
  'sender-lost': (sender) =>
    `With the record derived from the published one, mail from ${sender} would fail SPF. Decide which servers send mail of the domain, and name each of them by ip4:, ip6: or include:.`,
  stricter: () =>
    'With the record, receivers would reject or quarantine more mail than today. Decide on that when the reports show that all of your own mail passes.',
  alias: (target) =>
    `The name is an alias (CNAME) of ${target}, and no other record is allowed next to a CNAME. If the service at the target is still used, have the record changed there; if not, delete the CNAME and check again.`,
  later: () => 'Publish the record of the related finding first, then check again.',
  unknown: (name) =>
    `No record is proposed, because DNS did not answer for ${name} and it could not be tried. Check again later.`,
};

const RU: Texts = {
  outside: (name) =>
    `${name} не входит в зону этого домена: изменить запись может только владелец зоны. Обратитесь к нему.`,
  above: (name) =>
    `Эту запись нужно опубликовать на имени ${name}, выше проверенного домена; она действует для всех имён ниже. Проверьте вышестоящий домен: запись есть в его отчёте.`,
  invalid: () =>
    'По тексту записи непонятно, что в ней должно быть. Составьте её заново по справке каждого из отправителей.',
  lookups: (count) =>
    `Запись со всеми отправителями требует DNS-запросов: ${count}, а допускается 10. Определите, какие отправители ещё нужны, остальные удалите или перенесите часть на отдельный поддомен (news.…) со своей записью.`,
  voids: (count) =>
    `Пустых DNS-ответов по такой записи было бы ${count}, а допускается 2. Определите, какие её элементы ещё нужны.`,
  large: (bytes) =>
    `Размер записи составил бы ${bytes} байт, и она может не поместиться в один DNS-ответ. Удалите отправителей, которые больше не используются, или вынесите часть записи в отдельный include.`,
  'not-solved': () =>
    'Одной записью это не исправить. Определите, какие серверы отправляют почту домена, и укажите каждый из них.',
  'new-problem': (id) =>
    `Запись, составленная из нынешней, вызвала бы другую ошибку (${id}). Сначала исправьте её и повторите проверку.`,
  'sender-lost': (sender) =>
    `С записью, составленной из нынешней, письма от ${sender} не прошли бы SPF. Определите, какие серверы отправляют почту домена, и укажите каждый из них через ip4:, ip6: или include:.`,
  stricter: () =>
    'С такой записью получатели отклоняли бы или помещали в спам больше писем, чем сейчас. Решение за вами: сначала убедитесь по отчётам, что все ваши письма проходят проверку.',
  alias: (target) =>
    `Это имя — псевдоним (CNAME) для ${target}, а рядом с CNAME других записей быть не может. Если сервис, на который он указывает, ещё нужен, исправьте запись на его стороне; если нет, удалите CNAME и повторите проверку.`,
  later: () => 'Сначала опубликуйте запись из связанного результата, затем повторите проверку.',
  unknown: (name) =>
    `Запись не предлагается: проверить её не удалось, DNS не ответил на запрос ${name}. Повторите проверку позже.`,
};

/** What to decide where no record is shown. */
export function withheldText({ reason, what }: Withheld, language: Language): string {
  return (language === 'en' ? EN : RU)[reason](what);
}
