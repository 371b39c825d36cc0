// Findings of SPF: the record of a domain, and what it says of one address (RFC 7208).
import { define, type FindingDefinition } from './define.ts';
import { spfRecordFindings } from './spf.record.ts';
import {
  BROKEN_EN,
  BROKEN_RU,
  LIMIT_EN,
  LIMIT_RU,
  publish,
  ROOT,
  replaceEn,
  replaceRu,
  SYNTAX_EN,
  SYNTAX_RU,
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
      detail: `${domain}: ${text} (${lookups} of ${limit} DNS lookups at most)`,
    }),
    ru: ({ domain, text, lookups, limit }) => ({
      title: 'Есть одна верная SPF-запись',
      detail: `${domain}: ${text} (не больше ${lookups} из ${limit} запросов к DNS)`,
    }),
  }),
  'spf.pass': define<{ domain: string; ip: string; term: string; lookups: number }>({
    area: 'spf',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.6.3',
    en: ({ domain, ip, term, lookups }) => ({
      title: 'The sending address may send',
      detail: `The SPF record of ${domain} lets ${ip} send, by “${term}”, after ${lookups} DNS lookups.`,
    }),
    ru: ({ domain, ip, term, lookups }) => ({
      title: 'Адрес отправки разрешён',
      detail: `SPF-запись ${domain} разрешает отправку с ${ip} благодаря «${term}», запросов к DNS: ${lookups}.`,
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
      title: 'There is no SPF record',
      detail: `${domain} does not say which servers may send its mail. Gmail, Outlook and Yahoo expect it to.`,
      fix:
        record === ''
          ? 'Find out which servers send the mail of the domain: your own by its address, a mailbox or mailing provider by the include that its documentation names. Then publish one record that names them all and ends in ~all.'
          : 'Publish this record. If other servers send for the domain too, name them in it first.',
      ...publish(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'Нет SPF-записи',
      detail: `${domain} не сообщает, каким серверам разрешено отправлять его почту. Gmail, Outlook и Yahoo этого ждут.`,
      fix:
        record === ''
          ? 'Выясните, какие серверы отправляют почту домена: свой — по его адресу, почтовый сервис или сервис рассылок — по include из его документации. Затем опубликуйте одну запись, в которой названы все, с ~all в конце.'
          : 'Опубликуйте эту запись. Если почту домена отправляют и другие серверы, сначала впишите в неё и их.',
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
      detail: `The envelope sender is empty, as that of bounces is, so SPF is asked about the HELO name ${helo}, which has no record. Receivers count that neither for nor against the mail.`,
      fix: `Nothing has to be done where the mail is signed by DKIM. For SPF to speak for bounces as well, publish “v=spf1 a -all” at ${helo}, if that name has the addresses of the server and of no other.`,
    }),
    ru: ({ helo }) => ({
      title: 'У имени из HELO нет SPF-записи',
      detail: `Адрес конверта пустой, как у сообщений о недоставке, поэтому SPF проверяется для имени из HELO, ${helo}, а у него записи нет. Получатели не считают это ни за, ни против письма.`,
      fix: `Если письмо подписано DKIM, делать ничего не нужно. Чтобы SPF подтверждал и такие письма, опубликуйте у ${helo} «v=spf1 a -all», если у этого имени адреса только этого сервера.`,
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
      title: 'The SPF record is not recognised',
      detail: `${domain} has the text “${text}”. Receivers take for SPF only what starts exactly with “v=spf1 ”, so to them there is none.`,
      fix: replaceEn(
        record,
        'Decide which servers send, and publish one record that starts with “v=spf1 ” and ends in “~all”.',
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, text, record }) => ({
      title: 'SPF-запись не распознаётся',
      detail: `У ${domain} есть текст «${text}». Получатели считают SPF только то, что начинается точно с «v=spf1 », и для них записи нет.`,
      fix: replaceRu(
        record,
        'Решите, какие серверы отправляют почту, и опубликуйте одну запись, которая начинается с «v=spf1 » и кончается на «~all».',
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
      title: 'The SPF record stands at the wrong name',
      detail: `It was found at ${wrong}, where no receiver looks. It belongs to ${domain} itself; many panels want “@” or an empty host name for that.`,
      fix: record === '' ? 'Publish the right record at the domain itself.' : 'Publish it at the domain itself.',
      ...publish(domain, record),
    }),
    ru: ({ domain, wrong, record }) => ({
      title: 'SPF-запись опубликована не у того имени',
      detail: `Она найдена у ${wrong}, где её никто не ищет. Её место у самого ${domain}; во многих панелях для этого пишут «@» или оставляют имя пустым.`,
      fix: record === '' ? 'Опубликуйте верную запись у самого домена.' : 'Опубликуйте её у самого домена.',
      ...publish(domain, record),
    }),
  }),
  /** `why` there is no record: `MeantRecord.why`; the lookups that the records need together; the terms that the record is `without`. */
  'spf.several': define<WithRecord & { count: number; why: string; lookups: number; without: readonly string[] }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.5',
    root: ROOT,
    en: ({ domain, count, record, why, lookups, without }) => ({
      title: 'There are several SPF records',
      detail: `${domain} has ${count} of them. Only one may be there; with more, SPF fails for every mail (permerror).`,
      fix:
        record === ''
          ? severalEn(why, lookups)
          : `Delete them all and publish this one, which holds the terms of all${without.length === 0 ? '' : ` but ${without.join(', ')}: these find nothing`}.`,
      ...publish(domain, record),
    }),
    ru: ({ domain, count, record, why, lookups, without }) => ({
      title: 'Несколько SPF-записей',
      detail: `У ${domain} их ${count}. Допустима только одна; если их больше, SPF не проходит ни для одного письма (permerror).`,
      fix:
        record === ''
          ? severalRu(why, lookups)
          : `Удалите все и опубликуйте эту: в ней условия всех${without.length === 0 ? '' : `, кроме ${without.join(', ')}, которые ничего не находят`}.`,
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
      detail: `In the record of ${domain}, “${term}” (character ${at + 1}) is wrong: ${SYNTAX_EN[problem] ?? problem}. One error makes the whole record void (permerror).`,
      fix: replaceEn(record, 'Correct the term.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, at, problem, record }) => ({
      title: 'Ошибка в SPF-записи',
      detail: `В записи ${domain} неверно «${term}» (символ ${at + 1}): ${SYNTAX_RU[problem] ?? problem}. Одна ошибка делает недействительной всю запись (permerror).`,
      fix: replaceRu(record, 'Исправьте это условие.'),
      ...publish(domain, record),
    }),
  }),
  'spf.fail': define<WithRecord & { ip: string; term: string }>(unauthorised('error', 2, 'A', 'fail')),
  'spf.softfail': define<WithRecord & { ip: string; term: string }>(unauthorised('warning', 1, 'A', 'softfail')),
  'spf.neutral': define<WithRecord & { ip: string; term: string }>(unauthorised('warning', 1, 'A', 'neutral')),
  /** `own`: the record with the term lies in the checked domain, so that its owner is the reader; `instead`: what it was meant as. */
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
      title: problem === 'loop' ? 'The SPF record points to itself' : 'A part of the SPF record leads nowhere',
      detail: `“${term}” in the record of ${domain} points to ${target}, ${BROKEN_EN[problem] ?? problem}. Every mail that is checked so far fails (permerror).`,
      fix:
        record !== '' && problem === 'loop'
          ? `Replace the record by this one, without “${term}”: a record holds its own terms anyway.`
          : record !== ''
            ? instead
              ? `Replace the record by this one, with “${instead}” in the place of “${term}”.`
              : `Replace the record by this one, without “${term}”; or, where it is still needed, ask for ${target} to be corrected.`
            : own && problem === 'loop'
              ? `Take “${term}” out of the record of ${domain}. Where nothing is left that lets somebody send, name the servers that do: your own by ip4: or ip6:, a mail service by its include.`
              : own
                ? `Correct “${term}” in the record of ${domain}, or take it out.`
                : `Ask the owner of ${domain} to correct it, or take out the term that leads there.`,
      ...publish(domain, record),
    }),
    ru: ({ domain, term, target, problem, own, instead, record }) => ({
      title: problem === 'loop' ? 'SPF-запись указывает сама на себя' : 'Часть SPF-записи ведёт в никуда',
      detail: `«${term}» в записи ${domain} указывает на ${target}, ${BROKEN_RU[problem] ?? problem}. Каждое письмо, проверка которого доходит до этого места, не проходит SPF (permerror).`,
      fix:
        record !== '' && problem === 'loop'
          ? `Замените запись на эту, без «${term}»: собственные условия записи действуют и так.`
          : record !== ''
            ? instead
              ? `Замените запись на эту: в ней «${instead}» вместо «${term}».`
              : `Замените запись на эту, без «${term}»; а если оно ещё нужно, попросите исправить ${target}.`
            : own && problem === 'loop'
              ? `Уберите «${term}» из записи ${domain}. Если после этого отправлять никому не разрешено, укажите серверы: свой через ip4: или ip6:, почтовую службу через её include.`
              : own
                ? `Исправьте «${term}» в записи ${domain} или уберите его.`
                : `Попросите владельца ${domain} исправить её или уберите условие, которое туда ведёт.`,
      ...publish(domain, record),
    }),
  }),
  /** `domain` is that of the record with the fault, `name` the one whose record is to be replaced. */
  'spf.permerror': define<WithRecord & { term: string; ip: string; problem: string; name: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, term, ip, problem, name, record }) => ({
      title: 'SPF ends in an error for the sending address',
      detail: `The check of ${ip} ended at ${term === '' ? 'the record' : `“${term}”`} of ${domain}: ${LIMIT_EN[problem] ?? SYNTAX_EN[problem] ?? problem}. Receivers treat that as no SPF (permerror).`,
      fix:
        record === ''
          ? `Put the addresses that send in front of the record of ${name} by ip4: or ip6:, and drop terms that are not needed, so that it stays within the limits.`
          : 'Replace the record by this one, with the addresses that send in front, and drop includes that are not needed.',
      ...publish(name, record),
    }),
    ru: ({ domain, term, ip, problem, name, record }) => ({
      title: 'Для адреса отправки SPF кончается ошибкой',
      detail: `Проверка ${ip} остановилась на ${term === '' ? 'записи' : `«${term}» в записи`} ${domain}: ${LIMIT_RU[problem] ?? SYNTAX_RU[problem] ?? problem}. Для получателей это то же, что отсутствие SPF (permerror).`,
      fix:
        record === ''
          ? `Впишите адреса отправки через ip4: или ip6: в начало записи ${name} и уберите лишние условия, чтобы она укладывалась в пределы.`
          : 'Замените запись на эту, с адресами отправки в начале, и уберите лишние include.',
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
      detail: `Read to its end, the record of ${domain} costs ${lookups} lookups, and ${limit} are allowed; “${term}” goes over. Mail from addresses named late in the record fails.`,
      fix: 'Drop includes that are not needed, or replace them by the addresses behind them.',
    }),
    ru: ({ domain, lookups, limit, term }) => ({
      title: 'SPF-записи нужно слишком много запросов к DNS',
      detail: `Прочитанная до конца, запись ${domain} требует ${lookups} запросов, а разрешено ${limit}; предел превышает «${term}». Письма с адресов из конца записи не проходят.`,
      fix: 'Уберите лишние include или замените их адресами.',
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
      title: 'The SPF record asks for names that do not exist',
      detail: `${voids} terms of the record of ${domain} find nothing in DNS, and ${limit} are allowed; “${term}” goes over.`,
      fix: 'Take out the terms whose names have no address.',
      ...publish(domain, record),
    }),
    ru: ({ domain, voids, limit, term, record }) => ({
      title: 'SPF-запись ссылается на несуществующие имена',
      detail: `${voids} условий записи ${domain} ничего не находят в DNS, а допустимо ${limit}; предел превышает «${term}».`,
      fix: 'Уберите условия, у имён которых нет адреса.',
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
      title: 'SPF could not be checked to the end',
      detail: `DNS gave no answer for ${name}: ${detail}.`,
      fix: 'Check again later. Where this stays, see that the name servers answer.',
    }),
    ru: ({ name, detail }) => ({
      title: 'SPF не удалось проверить до конца',
      detail: `DNS не ответил о ${name}: ${detail}.`,
      fix: 'Повторите проверку позже. Если не помогает, проверьте, отвечают ли DNS-серверы.',
    }),
  }),
} as const;

/** What receivers do with such mail (RFC 7208 sections 8.2, 8.4 and 8.5). */
const CONSEQUENCE = {
  fail: { en: 'Receivers refuse such mail or take it for spam.', ru: 'Такие письма отклоняют или считают спамом.' },
  softfail: { en: 'Receivers take such mail for suspicious.', ru: 'Такие письма считают подозрительными.' },
  neutral: {
    en: 'Receivers treat that as if there were no SPF record.',
    ru: 'Для получателей это то же, что отсутствие SPF-записи.',
  },
};

function unauthorised(
  severity: 'error' | 'warning',
  points: number,
  kind: 'A',
  result: 'fail' | 'softfail' | 'neutral',
): FindingDefinition<WithRecord & { ip: string; term: string }> {
  // Whether a term of its own speaks of the address, or only the end of the record.
  const named = (term: string) => term !== '' && !/^[+\-~?]?all$/i.test(term);
  return {
    area: 'spf',
    severity,
    points,
    class: kind,
    source: 'RFC 7208 section 2.6; Gmail 5.7.27',
    root: ROOT,
    en: ({ domain, ip, term, record }) => ({
      title: `SPF does not let ${ip} send: ${result}`,
      detail: `${
        named(term)
          ? `In the SPF record of ${domain}, “${term}” holds ${ip}, so the check ends in “${result}”.`
          : `The SPF record of ${domain} does not name ${ip}, so the check ends in “${result}”${term === '' ? '' : ` (“${term}”)`}.`
      } ${CONSEQUENCE[result].en}`,
      fix: replaceEn(
        record,
        `Where ${ip} sends the mail, name it by ${ip.includes(':') ? 'ip6' : 'ip4'}: in front of the terms of the record.`,
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, ip, term, record }) => ({
      title: `SPF не разрешает отправку с ${ip}: ${result}`,
      detail: `${
        named(term)
          ? `В SPF-записи ${domain} под «${term}» подпадает ${ip}, и проверка кончается на «${result}».`
          : `SPF-запись ${domain} не называет ${ip}, и проверка кончается на «${result}»${term === '' ? '' : ` («${term}»)`}.`
      } ${CONSEQUENCE[result].ru}`,
      fix: replaceRu(
        record,
        `Если почту отправляет ${ip}, укажите его через ${ip.includes(':') ? 'ip6' : 'ip4'}: перед остальными условиями записи.`,
      ),
      ...publish(domain, record),
    }),
  };
}
