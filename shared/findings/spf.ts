// Findings of SPF: the record of a domain, and its result for one address (RFC 7208).
import { phrase } from '../text/language.ts';
import { define, type FindingDefinition } from './define.ts';
import { spfRecordFindings } from './spf.record.ts';
import {
  BROKEN,
  PERMERROR,
  publish,
  ROOT,
  replaceEn,
  replaceRu,
  SYNTAX,
  severalEn,
  severalRu,
  type WithRecord,
} from './spf.words.ts';

export const spfFindings = {
  'spf.ok': define<{ domain: string; text: string; lookups: number; limit: number }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 4.5',
    en: ({ domain, text, lookups, limit }) => ({
      title: 'There is one valid SPF record',
      detail: `${domain}: ${text} (at most ${lookups} of ${limit} DNS lookups)`,
    }),
    ru: ({ domain, text, lookups, limit }) => ({
      title: 'Опубликована одна корректная SPF-запись',
      detail: `${domain}: ${text} (DNS-запросов не более ${lookups} из ${limit})`,
    }),
  }),
  'spf.pass': define<{ domain: string; ip: string; term: string; lookups: number }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.6.3',
    en: ({ domain, ip, term, lookups }) => ({
      title: 'SPF authorizes the sending address',
      detail: `The SPF record of ${domain} authorizes ${ip} by “${term}”, after ${lookups} DNS lookups.`,
    }),
    ru: ({ domain, ip, term, lookups }) => ({
      title: 'SPF разрешает отправку с этого адреса',
      detail: `SPF-запись ${domain} разрешает отправку с ${ip} (механизм «${term}», DNS-запросов: ${lookups}).`,
    }),
  }),
  'spf.none': define<WithRecord>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.5; Gmail 5.7.27',
    root: ROOT,
    en: ({ domain, record }) => ({
      title: 'The domain has no SPF record',
      detail: `No record authorizes servers to send mail of ${domain}. Gmail, Outlook and Yahoo require one from bulk senders.`,
      fix:
        record === ''
          ? 'List the servers that send mail of the domain: your own server by its address, a mail service by the include from its documentation. Then publish one record that names them all and ends in “~all”.'
          : 'Publish this record. If other servers send mail of the domain too, add them to it first.',
      ...publish(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'Нет SPF-записи',
      detail: `В DNS не указано, с каких серверов разрешено отправлять почту ${domain}. Gmail, Outlook и Yahoo требуют SPF-запись от массовых отправителей.`,
      fix:
        record === ''
          ? 'Составьте список серверов, которые отправляют почту домена: для своего сервера укажите IP-адрес, для почтового сервиса или сервиса рассылок — include из его справки. Опубликуйте одну SPF-запись со всеми отправителями и «~all» в конце.'
          : 'Опубликуйте эту запись. Если почту домена отправляют и другие серверы, сначала добавьте их в запись.',
      ...publish(domain, record),
    }),
  }),
  /** Of a mail with an empty envelope sender, whose SPF identity is the HELO name (RFC 7208 section 2.4). */
  'spf.helo-none': define<{ helo: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 sections 2.4 and 10.1.3',
    en: ({ helo }) => ({
      title: 'The HELO name has no SPF record',
      detail: `The envelope sender is empty, as in bounces, so receivers check SPF for the HELO name ${helo}, which has no SPF record. The result is “none”: it counts neither for nor against the mail.`,
      fix: `Nothing has to be done if DKIM signs the mail. For SPF to pass for bounces too, publish “v=spf1 a -all” at ${helo}, provided that this name has the addresses of the sending server only.`,
    }),
    ru: ({ helo }) => ({
      title: 'Для имени из HELO нет SPF-записи',
      detail: `Адрес отправителя в конверте пуст, как в отчётах о недоставке, поэтому SPF проверяется для имени из HELO (${helo}), а SPF-записи у него нет. Результат — none: на оценку письма он не влияет.`,
      fix: `Если письмо подписано DKIM, ничего делать не нужно. Чтобы отчёты о недоставке проходили SPF, опубликуйте для ${helo} запись «v=spf1 a -all» — при условии, что у этого имени есть адреса только отправляющего сервера.`,
    }),
  }),
  'spf.unrecognised': define<WithRecord & { text: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.5',
    root: ROOT,
    en: ({ domain, text, record }) => ({
      title: 'Receivers do not recognise the SPF record',
      detail: `${domain} has the TXT record “${text}”. Receivers recognise an SPF record only if it starts with exactly “v=spf1 ”, so they treat the domain as having none.`,
      fix: replaceEn(
        record,
        'Decide which servers send mail, and publish one record that starts with “v=spf1 ” and ends in “~all”.',
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, text, record }) => ({
      title: 'Получатели не распознают SPF-запись',
      detail: `У ${domain} есть TXT-запись «${text}». SPF-записью считается только текст, который начинается ровно с «v=spf1 », поэтому для получателей SPF-записи нет.`,
      fix: replaceRu(
        record,
        'Определите, какие серверы отправляют почту, и опубликуйте одну запись, которая начинается с «v=spf1 » и заканчивается на «~all».',
      ),
      ...publish(domain, record),
    }),
  }),
  'spf.misplaced': define<WithRecord & { wrong: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 3',
    root: ROOT,
    en: ({ domain, wrong, record }) => ({
      title: 'The SPF record is at the wrong name',
      detail: `The record is at ${wrong}, but receivers query ${domain}. In many panels the host name for the domain itself is “@” or empty.`,
      fix:
        record === '' ? 'Publish the correct record at the domain itself.' : 'Publish the record at the domain itself.',
      ...publish(domain, record),
    }),
    ru: ({ domain, wrong, record }) => ({
      title: 'SPF-запись опубликована не на том имени',
      detail: `Запись находится на имени ${wrong}, а получатели запрашивают ${domain}. Во многих панелях для самого домена в поле имени указывают «@» или оставляют поле пустым.`,
      fix: record === '' ? 'Опубликуйте правильную запись на самом домене.' : 'Опубликуйте эту запись на самом домене.',
      ...publish(domain, record),
    }),
  }),
  /** `why`: why there is no record (`MeantRecord.why`); `lookups`: lookups of all records together; `without`: terms that the record leaves out. */
  'spf.several': define<WithRecord & { count: number; why: string; lookups: number; without: readonly string[] }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.5',
    root: ROOT,
    en: ({ domain, count, record, why, lookups, without }) => ({
      title: 'The domain has several SPF records',
      detail: `${domain} has ${count} SPF records, and only one is allowed. With several, SPF ends in permerror for every mail.`,
      fix:
        record === ''
          ? severalEn(why, lookups)
          : `Delete all of them and publish this record with the terms of all${without.length === 0 ? '' : `, except ${without.join(', ')}, which find nothing in DNS`}.`,
      ...publish(domain, record),
    }),
    ru: ({ domain, count, record, why, lookups, without }) => ({
      title: 'Несколько SPF-записей',
      detail: `У ${domain} SPF-записей: ${count}, а допускается только одна. Несколько SPF-записей — ошибка (permerror): не сработает ни одна.`,
      fix:
        record === ''
          ? severalRu(why, lookups)
          : `Удалите все и опубликуйте эту: в ней объединены механизмы всех записей${without.length === 0 ? '' : `, кроме ${without.join(', ')}: для них в DNS ничего нет`}.`,
      ...publish(domain, record),
    }),
  }),
  'spf.syntax': define<WithRecord & { term: string; at: number; problem: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.6',
    root: ROOT,
    en: ({ domain, term, at, problem, record }) => ({
      title: 'The SPF record has a syntax error',
      detail: `In the record of ${domain}, “${term}” (character ${at + 1}) is not valid: ${phrase(SYNTAX, 'en', problem)}. One error invalidates the whole record (permerror).`,
      fix: replaceEn(record, 'Correct this term.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, at, problem, record }) => ({
      title: 'Синтаксическая ошибка в SPF-записи',
      detail: `Ошибка в записи ${domain}, элемент «${term}» (символ ${at + 1}): ${phrase(SYNTAX, 'ru', problem)}. Из-за одной ошибки не действует вся запись (permerror).`,
      fix: replaceRu(record, 'Исправьте этот элемент.'),
      ...publish(domain, record),
    }),
  }),
  'spf.fail': define<WithRecord & { ip: string; term: string }>(unauthorised('error', 2, 'A', 'fail')),
  'spf.softfail': define<WithRecord & { ip: string; term: string }>(unauthorised('warning', 1, 'A', 'softfail')),
  'spf.neutral': define<WithRecord & { ip: string; term: string }>(unauthorised('warning', 1, 'A', 'neutral')),
  /** `own`: the record with the term lies in the checked domain, so that its owner is the reader; `instead`: the include that was intended. */
  'spf.broken-include': define<
    WithRecord & { term: string; target: string; problem: string; own: boolean; instead: string }
  >({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 5.2',
    root: ROOT,
    en: ({ domain, term, target, problem, own, instead, record }) => ({
      title:
        problem === 'loop'
          ? 'The SPF record includes itself'
          : 'The SPF record refers to a domain without a usable SPF record',
      detail: `“${term}” in the record of ${domain} refers to ${target}, ${phrase(BROKEN, 'en', problem)}. SPF ends in permerror for every mail whose check reaches this term.`,
      fix:
        record !== '' && problem === 'loop'
          ? `Replace the record with this one, without “${term}”: the terms of the record apply anyway.`
          : record !== ''
            ? instead
              ? `Replace the record with this one, which has “${instead}” in place of “${term}”.`
              : `Replace the record with this one, without “${term}”. If the term is still needed, ask the owner of ${target} to correct its record.`
            : own && problem === 'loop'
              ? `Remove “${term}” from the record of ${domain}. If the record then authorizes no server, add the servers that send: your own by ip4: or ip6:, a mail service by its include.`
              : own
                ? `Correct or remove “${term}” in the record of ${domain}.`
                : `Ask the owner of ${domain} to correct the record, or remove the term that refers to it.`,
      ...publish(domain, record),
    }),
    ru: ({ domain, term, target, problem, own, instead, record }) => ({
      title:
        problem === 'loop'
          ? 'SPF-запись ссылается сама на себя'
          : 'SPF-запись ссылается на домен без рабочей SPF-записи',
      detail: `«${term}» в записи ${domain} ссылается на ${target}, ${phrase(BROKEN, 'ru', problem)}. Если проверка доходит до этого элемента, письмо не проходит SPF (permerror).`,
      fix:
        record !== '' && problem === 'loop'
          ? `Замените запись на эту, без «${term}»: её механизмы действуют и так.`
          : record !== ''
            ? instead
              ? `Замените запись на эту: вместо «${term}» в ней «${instead}».`
              : `Замените запись на эту, без «${term}». Если этот элемент нужен, попросите владельца ${target} исправить его SPF-запись.`
            : own && problem === 'loop'
              ? `Удалите «${term}» из записи ${domain}. Если после этого отправка не разрешена ни одному серверу, добавьте отправителей: свой сервер через ip4: или ip6:, почтовый сервис через include.`
              : own
                ? `Исправьте или удалите «${term}» в записи ${domain}.`
                : `Попросите владельца ${domain} исправить запись или удалите элемент, который на неё ссылается.`,
      ...publish(domain, record),
    }),
  }),
  /** `domain` has the record with the fault, `name` the record to replace. */
  'spf.permerror': define<WithRecord & { term: string; ip: string; problem: string; name: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, term, ip, problem, name, record }) => ({
      title: 'SPF ends in permerror for the sending address',
      detail: `The check of ${ip} ended at ${term === '' ? 'the record' : `“${term}”`} of ${domain}: ${phrase(PERMERROR, 'en', problem)}. Receivers treat a permerror as a failed check.`,
      fix:
        record === ''
          ? `Put the sending addresses first in the record of ${name}, by ip4: or ip6:, and remove terms that are not needed, so that the record stays within the limits.`
          : 'Replace the record with this one, which has the sending addresses first, and remove includes that are not needed.',
      ...publish(name, record),
    }),
    ru: ({ domain, term, ip, problem, name, record }) => ({
      title: 'Проверка SPF адреса отправки завершается ошибкой (permerror)',
      detail: `Проверка ${ip} остановилась на ${term === '' ? 'записи' : `«${term}» в записи`} ${domain}: ${phrase(PERMERROR, 'ru', problem)}. Для получателей permerror — это непройденная проверка.`,
      fix:
        record === ''
          ? `Укажите адреса отправки через ip4: или ip6: в начале записи ${name} и удалите лишние элементы, чтобы запись не превышала ограничений.`
          : 'Замените запись на эту — адреса отправки в ней стоят в начале — и удалите лишние include.',
      ...publish(name, record),
    }),
  }),
  'spf.lookups-worst-case': define<{ domain: string; lookups: number; limit: number; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, lookups, limit, term }) => ({
      title: 'The SPF record needs too many DNS lookups',
      detail: `The whole record of ${domain} needs ${lookups} lookups, and ${limit} are allowed; “${term}” exceeds the limit. Mail from servers that only later terms authorize fails SPF.`,
      fix: 'Remove includes that are not needed, or replace them with the addresses that they authorize.',
    }),
    ru: ({ domain, lookups, limit, term }) => ({
      title: 'SPF-запись требует слишком много DNS-запросов',
      detail: `Для полной проверки записи ${domain} нужно DNS-запросов: ${lookups}, а допускается ${limit}; лимит превышен на «${term}». Письма с серверов, указанных дальше, не проходят SPF.`,
      fix: 'Удалите лишние include или замените их IP-адресами серверов.',
    }),
  }),
  'spf.void-lookups': define<WithRecord & { voids: number; limit: number; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, voids, limit, term, record }) => ({
      title: 'The SPF record has too many void lookups',
      detail: `For ${voids} terms of the record of ${domain} DNS has no data, and ${limit} are allowed; “${term}” exceeds the limit.`,
      fix: 'Remove the terms whose names have no address.',
      ...publish(domain, record),
    }),
    ru: ({ domain, voids, limit, term, record }) => ({
      title: 'SPF-запись ссылается на несуществующие имена',
      detail: `Для элементов записи ${domain} (${voids}) в DNS ничего нет, а пустых ответов допускается ${limit}; лимит превышен на «${term}».`,
      fix: 'Удалите элементы, для имён которых в DNS нет адреса.',
      ...publish(domain, record),
    }),
  }),
  ...spfRecordFindings,
  'spf.unknown': define<{ name: string; detail: string }>({
    area: 'spf',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.6.6',
    en: ({ name, detail }) => ({
      title: 'SPF could not be checked completely',
      detail: `DNS did not answer for ${name}: ${detail}.`,
      fix: 'Check again later. If this persists, check that the name servers of the domain answer.',
    }),
    ru: ({ name, detail }) => ({
      title: 'Не удалось полностью проверить SPF',
      detail: `DNS не ответил на запрос ${name}: ${detail}.`,
      fix: 'Повторите проверку позже. Если ошибка повторяется, проверьте, отвечают ли DNS-серверы домена.',
    }),
  }),
} as const;

/** What receivers do with such mail (RFC 7208 sections 8.2, 8.4 and 8.5). */
const CONSEQUENCE = {
  fail: { en: 'Receivers reject such mail or file it as spam.', ru: 'Такие письма отклоняются или попадают в спам.' },
  softfail: { en: 'Receivers treat such mail as suspicious.', ru: 'Такие письма считаются подозрительными.' },
  neutral: {
    en: 'Receivers treat that as if there were no SPF record.',
    ru: 'Для получателей это равносильно отсутствию SPF-записи.',
  },
};

function unauthorised(
  severity: 'error' | 'warning',
  points: number,
  kind: 'A',
  result: 'fail' | 'softfail' | 'neutral',
): FindingDefinition<WithRecord & { ip: string; term: string }> {
  // Whether a term names the address, or only the end of the record matches.
  const named = (term: string) => term !== '' && !/^[+\-~?]?all$/i.test(term);
  return {
    area: 'spf',
    severity,
    points,
    class: kind,
    source: 'RFC 7208 section 2.6; Gmail 5.7.27',
    root: ROOT,
    en: ({ domain, ip, term, record }) => ({
      title: `SPF does not authorize ${ip}: ${result}`,
      detail: `${
        named(term)
          ? `In the SPF record of ${domain}, “${term}” matches ${ip}; the result is “${result}”.`
          : `The SPF record of ${domain} does not name ${ip}; the result is “${result}”${term === '' ? '' : ` (“${term}”)`}.`
      } ${CONSEQUENCE[result].en}`,
      fix: replaceEn(
        record,
        `If ${ip} sends the mail, add it to the record by ${ip.includes(':') ? 'ip6' : 'ip4'}: before the other terms.`,
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, ip, term, record }) => ({
      title: `SPF не разрешает отправку с ${ip}: ${result}`,
      detail: `${
        named(term)
          ? `В SPF-записи ${domain} адресу ${ip} соответствует «${term}»; результат проверки — «${result}».`
          : `В SPF-записи ${domain} нет ${ip}; результат проверки — «${result}»${term === '' ? '' : ` («${term}»)`}.`
      } ${CONSEQUENCE[result].ru}`,
      fix: replaceRu(
        record,
        `Если почту отправляет ${ip}, добавьте его в запись через ${ip.includes(':') ? 'ip6' : 'ip4'}: перед остальными механизмами.`,
      ),
      ...publish(domain, record),
    }),
  };
}
