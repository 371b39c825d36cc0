// How far a finding and its record can be relied on: what it rests on, and whether its record has been proven.
import type { Language } from './define.ts';

/**
 * Why a record is not shown. `outside`: its name lies in a zone that is not the checked domain's; `above`: it belongs to the
 * domain above the checked one, which is of the same owner; `invalid`: it breaks
 * its own standard; `lookups`, `voids`: SPF would need more DNS lookups than are allowed (RFC 7208 section 4.6.4);
 * `large`: it does not fit into one DNS answer; `not-solved`: the finding would remain; `new-problem`: another finding
 * that costs points would appear; `sender-lost`: mail would fail that passes or is not refused today; `stricter`: receivers would
 * reject more than today; `alias`: its name is a CNAME, beside which no other record can stand; `later`: it is right only once the record of another finding is published; `unknown`: DNS did not answer what had to be tried.
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
  /** What it is about: the sender that would be lost, the finding that would appear, the count of lookups. */
  what: string;
}

/** What a finding says of itself besides its arguments. */
export interface Standing {
  /** It holds only if mail leaves from this address, which was inferred from DNS and not given. */
  inferredIp?: string;
  /** Its record has been tried and is not shown. */
  withheld?: Withheld;
  /** Its record has been tried on the zone: the finding is gone with it, and nothing that worked before stops working. */
  proven?: true;
}

/** The detail of a finding about an inferred address. */
export function conditional(ip: string, detail: string, language: Language): string {
  return language === 'en' ? `If mail leaves from ${ip}: ${detail}` : `Если почта уходит с ${ip}: ${detail}`;
}

/** What to do about an inferred address: nothing may be asked of its owner before it is known to send. */
export function conditionalFix(ip: string, fix: string, language: Language): string {
  return language === 'en'
    ? `Nothing has to be done where mail leaves from elsewhere, such as where ${ip} is only a web server; then check again with the address that sends (?ip= or --ip). Otherwise: ${fix}`
    : `Если почта уходит с другого адреса, ничего делать не нужно, например когда ${ip} — только веб-сервер; тогда повторите проверку с адресом отправки (?ip= или --ip). Иначе: ${fix}`;
}

type Words = Record<WithheldReason, (what: string) => string>;

const EN: Words = {
  outside: (name) => `${name} is not in the zone of this domain, so that only its owner can change it. Ask there.`,
  above: (name) =>
    `The record belongs at ${name}, above the domain that was checked, and holds for all below it. Check the domain above; its report has the record.`,
  invalid: () =>
    'What the record was meant to say cannot be seen from it. Write it anew, from what each of its senders documents.',
  lookups: (count) =>
    `A record that holds all senders needs ${count} DNS lookups, and 10 are allowed. Decide which senders are still used, drop the others, or move some to a subdomain of their own (news.…) with a record of its own.`,
  voids: (count) =>
    `The record would ask for ${count} names that do not exist, and 2 are allowed. Decide which of its terms are still needed.`,
  large: (bytes) =>
    `The record would have ${bytes} bytes and may not fit into one DNS answer. Drop senders that are no longer used, or move a part of it into an include of your own.`,
  'not-solved': () =>
    'No single record solves this. Decide which servers send the mail of the domain, and name each of them.',
  'new-problem': (id) =>
    `The record that follows from the present one would cause another problem (${id}). Solve that one first, then check again.`,
  'sender-lost': (sender) =>
    `With the record that follows from the present one, mail from ${sender} would fail SPF. Decide which servers send the mail of the domain, and name each of them by ip4:, ip6: or include:.`,
  stricter: () =>
    'The record would have receivers reject or quarantine more mail than today. Decide that by yourself, when the reports show that all of your own mail passes.',
  alias: (target) =>
    `Its name is an alias (CNAME) of ${target}, and no other record can stand beside a CNAME. If the service behind it is still used, have the record changed there; if not, delete the CNAME and check again.`,
  later: () => 'First publish the record of the finding that this one comes with, then check again.',
  unknown: (name) =>
    `No record is proposed, since it could not be tried: DNS gave no answer for ${name}. Check again later.`,
};

const RU: Words = {
  outside: (name) =>
    `${name} не входит в зону этого домена, изменить запись может только её владелец. Обратитесь к нему.`,
  above: (name) =>
    `Эта запись должна стоять у ${name}, выше проверенного домена, и действует для всего, что ниже. Проверьте вышестоящий домен: запись есть в его отчёте.`,
  invalid: () => 'По записи не видно, что имелось в виду. Составьте её заново по документации каждого из отправителей.',
  lookups: (count) =>
    `Записи, в которой есть все отправители, нужно ${count} запросов к DNS, а разрешено 10. Решите, какие отправители ещё нужны, остальных уберите или перенесите часть на отдельный поддомен (news.…) со своей записью.`,
  voids: (count) =>
    `Запись спрашивала бы ${count} несуществующих имён, а допустимо 2. Решите, какие из её условий ещё нужны.`,
  large: (bytes) =>
    `В записи было бы ${bytes} байт, и она может не поместиться в один ответ DNS. Уберите отправителей, которые больше не нужны, или вынесите часть в собственный include.`,
  'not-solved': () =>
    'Одной записью это не исправить. Решите, какие серверы отправляют почту домена, и укажите каждый из них.',
  'new-problem': (id) =>
    `Запись, которая следует из нынешней, вызвала бы другую проблему (${id}). Сначала устраните её и проверьте снова.`,
  'sender-lost': (sender) =>
    `С записью, которая следует из нынешней, письма от ${sender} не прошли бы SPF. Решите, какие серверы отправляют почту домена, и укажите каждый из них через ip4:, ip6: или include:.`,
  stricter: () =>
    'С такой записью получатели стали бы отклонять или отправлять в спам больше писем, чем сейчас. Решите это сами, когда по отчётам будет видно, что все ваши письма проходят.',
  alias: (target) =>
    `Это имя — псевдоним (CNAME) для ${target}, а рядом с CNAME других записей быть не может. Если служба, на которую он указывает, ещё нужна, исправьте запись там; если нет, удалите CNAME и проверьте снова.`,
  later: () => 'Сначала опубликуйте запись, предложенную для основной проблемы, затем проверьте снова.',
  unknown: (name) =>
    `Запись не предлагается, потому что проверить её не удалось: DNS не ответил о ${name}. Повторите проверку позже.`,
};

/** What to decide where no record is shown. */
export function withheldText({ reason, what }: Withheld, language: Language): string {
  return (language === 'en' ? EN : RU)[reason](what);
}
