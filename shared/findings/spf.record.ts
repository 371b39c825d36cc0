// Findings of SPF records that work but should be corrected (RFC 7208).
import { define } from './define.ts';
import { publish, ROOT, replaceEn, replaceRu, sendersEn, sendersRu, type WithRecord } from './spf.words.ts';

/** Bytes of a DNS answer over UDP without EDNS, the name and the header included (RFC 7208 section 3.4). */
const MAX_PACKET = 512;

export const spfRecordFindings = {
  /** `domain` has the record with the term, `name` the record to replace. */
  'spf.plus-all': define<WithRecord & { term: string; name: string }>({
    area: 'spf',
    severity: 'error',
    points: 3,
    cap: 4,
    class: 'C',
    source: 'RFC 7208 section 5.1; rspamd R_SPF_PLUSALL',
    en: ({ domain, term, name, record }) => ({
      title: 'The SPF record authorizes everyone',
      detail: `“${term}” in the record of ${domain} authorizes half of the Internet or more${domain === name ? '' : `, and ${name} includes that record`}. Spammers abuse such domains, and filters count it.`,
      fix: replaceEn(
        record,
        'Name the servers that send the mail, remove the terms that authorize everyone, and end the record in “~all”.',
      ),
      ...publish(name, record),
    }),
    ru: ({ domain, term, name, record }) => ({
      title: 'Отправлять почту от имени домена может кто угодно',
      detail: `«${term}» в записи ${domain} разрешает отправку с половины адресов интернета или больше${domain === name ? '' : `, а ${name} включает эту запись`}. Такими доменами пользуются спамеры, и фильтры это учитывают.`,
      fix: replaceRu(
        record,
        'Перечислите серверы, которые отправляют почту, удалите механизмы, разрешающие отправку всем, и закончите запись на «~all».',
      ),
      ...publish(name, record),
    }),
  }),
  'spf.open-end': define<WithRecord>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.7',
    root: ROOT,
    en: ({ domain, record }) => ({
      title: 'The SPF record has no result for other servers',
      detail: `The record of ${domain} does not end in “-all” or “~all”, so receivers treat forged mail like yours.`,
      fix: replaceEn(record, 'End the record in “~all” when it names all servers that send.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'В SPF-записи нет правила для остальных серверов',
      detail: `Запись ${domain} не заканчивается на «-all» или «~all», поэтому SPF не отличает поддельные письма от ваших.`,
      fix: replaceRu(record, 'Перечислите в записи все серверы, которые отправляют почту, и закончите её на «~all».'),
      ...publish(domain, record),
    }),
  }),
  'spf.ptr': define<{ domain: string; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    source: 'RFC 7208 section 5.5',
    en: ({ domain, term }) => ({
      title: 'The SPF record uses ptr',
      detail: `“${term}” in the record of ${domain} is slow and unreliable. The standard advises against it, and some receivers skip it.`,
      fix: 'Name the addresses by ip4:, ip6: or a: instead.',
    }),
    ru: ({ domain, term }) => ({
      title: 'В SPF-записи используется ptr',
      detail: `Механизм «${term}» в записи ${domain} медленный и ненадёжный: стандарт не рекомендует его, и часть получателей его пропускает.`,
      fix: 'Укажите адреса через ip4:, ip6: или a:.',
    }),
  }),
  /** Whether mail leaves from those mailboxes is not known, so the finding takes off no points and proposes no record. */
  'spf.mailboxes-unnamed': define<{ domain: string; provider: string; include: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.6',
    en: ({ domain, provider, include }) => ({
      title: 'SPF does not authorize the mailbox provider',
      detail: `${provider} receives the mail of ${domain}, but the SPF record does not authorize ${provider} to send. Mail sent from these mailboxes fails SPF.`,
      fix: `If you send mail from these mailboxes, add include:${include} to the record.`,
    }),
    ru: ({ domain, provider, include }) => ({
      title: 'В SPF-записи нет почтового сервиса домена',
      detail: `Почту ${domain} принимает ${provider}, но отправка через ${provider} в SPF-записи не разрешена. Письма из этих ящиков не проходят SPF.`,
      fix: `Если вы отправляете письма из этих ящиков, добавьте в запись include:${include}.`,
    }),
  }),
  /** `terms` has all of them; each is also in one of the other lists, by the reason why it has no effect. */
  'spf.idle-terms': define<
    WithRecord & {
      terms: readonly string[];
      behindAll: readonly string[];
      duplicates: readonly string[];
      unknown: readonly string[];
    }
  >({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 sections 5.1 and 6',
    en: ({ domain, behindAll, duplicates, unknown, record }) => ({
      title: 'The SPF record has terms without effect',
      detail: `In the record of ${domain}: ${idleBy(
        [behindAll, 'after “all”, not evaluated'],
        [duplicates, 'a duplicate'],
        [unknown, 'not defined by the standard'],
      )}.`,
      fix: replaceEn(record, 'Remove them.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, behindAll, duplicates, unknown, record }) => ({
      title: 'В SPF-записи есть элементы, которые не действуют',
      detail: `В записи ${domain}: ${idleBy(
        [behindAll, 'после «all» не проверяется'],
        [duplicates, 'повтор'],
        [unknown, 'нет в стандарте'],
      )}.`,
      fix: replaceRu(record, 'Удалите их.'),
      ...publish(domain, record),
    }),
  }),
  'spf.redirect-ignored': define<WithRecord & { term: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 6.1',
    root: ROOT,
    en: ({ domain, term, record }) => ({
      title: 'Receivers ignore the redirect of the SPF record',
      detail: `The record of ${domain} has “${term}” and “all”. In a record with “all” receivers ignore a redirect at any position, so the servers named by it are not authorized.`,
      fix: replaceEn(
        record,
        `If these servers send mail, write “include:” instead of “redirect=”; otherwise remove “${term}”.`,
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, record }) => ({
      title: 'Модификатор redirect в SPF-записи не действует',
      detail: `В записи ${domain} есть и «${term}», и «all». Если в записи есть «all», получатели игнорируют redirect в любом месте, и отправка с указанных через него серверов не разрешена.`,
      fix: replaceRu(
        record,
        `Если эти серверы отправляют почту, напишите «include:» вместо «redirect=»; иначе уберите «${term}».`,
      ),
      ...publish(domain, record),
    }),
  }),
  'spf.provider-ignored': define<WithRecord & { term: string }>({
    area: 'spf',
    severity: 'error',
    points: 2,
    class: 'A',
    source: 'RFC 7208 section 5.1',
    root: ROOT,
    en: ({ domain, term, record }) => ({
      title: 'SPF does not authorize a provider that the record names',
      detail: `In the record of ${domain}, “${term}” follows “all”. Receivers do not evaluate terms after “all”, so the servers named there are not authorized.`,
      fix: replaceEn(record, `If these servers send mail, move “${term}” before “all”; otherwise remove it.`),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, record }) => ({
      title: 'Сервису из SPF-записи не разрешена отправка',
      detail: `В записи ${domain} механизм «${term}» указан после «all». Всё, что стоит после «all», не проверяется, и отправка с этих серверов не разрешена.`,
      fix: replaceRu(record, `Если эти серверы отправляют почту, перенесите «${term}» перед «all»; иначе удалите.`),
      ...publish(domain, record),
    }),
  }),
  /** `hasAddress`: the target of an `mx` term has no mail servers, but an address. */
  'spf.dead-term': define<WithRecord & { term: string; target: string; hasAddress: boolean }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 sections 4.6.4, 5.3 and 5.4',
    en: ({ domain, term, target, hasAddress, record }) => ({
      title: 'A term of the SPF record is a void lookup',
      detail: `“${term}” in the record of ${domain} authorizes no server: ${
        hasAddress
          ? `${target} has no MX record. It has an address, which “a:” would authorize.`
          : `the record that it looks up at ${target} does not exist.`
      } Two void lookups are allowed.`,
      fix: replaceEn(record, hasAddress ? 'Write “a:” instead of “mx:”.' : 'Correct the name or remove the term.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, target, hasAddress, record }) => ({
      title: 'Для механизма SPF-записи в DNS ничего нет',
      detail: `«${term}» в записи ${domain} не разрешает отправку ни одному серверу: ${
        hasAddress
          ? `у ${target} нет MX-записи. Адрес у этого имени есть, для него нужен «a:».`
          : `запрошенной записи для ${target} не существует.`
      } Таких механизмов допускается не больше двух.`,
      fix: replaceRu(record, hasAddress ? 'Укажите «a:» вместо «mx:».' : 'Исправьте имя или удалите механизм.'),
      ...publish(domain, record),
    }),
  }),
  'spf.mistyped-terms': define<WithRecord & { terms: readonly string[] }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 6',
    root: ROOT,
    en: ({ domain, terms, record }) => ({
      title: 'Receivers ignore terms of the SPF record that have “=” instead of “:”',
      detail: `In the record of ${domain}: ${terms.join(', ')}. A mechanism takes “:”; with “=” receivers skip the term, and the intended servers are not authorized.`,
      fix: replaceEn(record, 'Write “:” instead of “=”.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, terms, record }) => ({
      title: 'Часть SPF-записи не действует: «=» вместо «:»',
      detail: `В записи ${domain}: ${terms.join(', ')}. После имени механизма ставится «:»; элемент с «=» получатели пропускают, и отправка с нужных серверов не разрешена.`,
      fix: replaceRu(record, 'Замените «=» на «:».'),
      ...publish(domain, record),
    }),
  }),
  'spf.mx-hosts': define<{ domain: string; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, term }) => ({
      title: 'An mx term of the SPF record has more than ten mail servers',
      detail: `“${term}” in the record of ${domain} refers to more hosts than receivers look up. SPF ends in permerror for every mail whose check passes the tenth.`,
      fix: 'Name the sending addresses by ip4: or ip6: and remove the term.',
    }),
    ru: ({ domain, term }) => ({
      title: 'Механизм mx в SPF-записи означает больше десяти серверов',
      detail: `По «${term}» в записи ${domain} находится больше серверов, чем получатели проверяют. Если проверка доходит до одиннадцатого, письмо не проходит SPF (permerror).`,
      fix: 'Укажите адреса отправки через ip4: или ip6:, а этот механизм удалите.',
    }),
  }),
  'spf.void-senders': define<{ domain: string; version: number; voids: number; limit: number; term: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, version, voids, limit, term }) => ({
      title: `The SPF record has too many void lookups for ${sendersEn(version)}`,
      detail: `For them DNS has no data for ${voids} terms of the record of ${domain}, and ${limit} are allowed; “${term}” exceeds the limit. Mail from servers that later terms authorize fails SPF (permerror).`,
      fix: `Move the terms that authorize such servers to the front, or name the hosts without an IPv${version} address by ip${version === 6 ? 4 : 6}: instead.`,
    }),
    ru: ({ domain, version, voids, limit, term }) => ({
      title: `Слишком много пустых DNS-ответов в SPF-записи для ${sendersRu(version)}`,
      detail: `Для них в DNS ничего нет по элементам записи ${domain} (${voids}), а допускается ${limit}; лимит превышен на «${term}». Письма с серверов, указанных дальше, не проходят SPF (permerror).`,
      fix: `Перенесите механизмы с такими серверами в начало или укажите серверы без адреса IPv${version} через ip${version === 6 ? 4 : 6}:.`,
    }),
  }),
  'spf.void-strangers': define<{ domain: string; version: number; voids: number; limit: number; term: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 4.6.4',
    en: ({ domain, version, voids, limit, term }) => ({
      title: `SPF ends in permerror for ${sendersEn(version)}`,
      detail: `For them DNS has no data for up to ${voids} terms of the record of ${domain}, and ${limit} are allowed; “${term}” exceeds the limit. Forged mail from there gets permerror instead of the result of “all”.`,
      fix: 'If you send mail from there, move the terms that authorize it to the front; otherwise nothing has to be done.',
    }),
    ru: ({ domain, version, voids, limit, term }) => ({
      title: `Проверка SPF завершается ошибкой для ${sendersRu(version)}`,
      detail: `Для них в DNS ничего нет по элементам записи ${domain} (до ${voids}), а допускается ${limit}; лимит превышен на «${term}». Поддельные письма оттуда получают permerror вместо результата «all».`,
      fix: 'Если вы отправляете почту и оттуда, перенесите разрешающие механизмы в начало; иначе ничего делать не нужно.',
    }),
  }),
  'spf.void-questions': define<{ domain: string; voids: number; limit: number }>({
    area: 'spf',
    severity: 'warning',
    points: 0.25,
    class: 'B',
    source: 'RFC 7208 section 4.6.4',
    root: ROOT,
    en: ({ domain, voids, limit }) => ({
      title: 'Some mail servers of the SPF record have no address',
      detail: `${voids} DNS queries of the record of ${domain} find nothing. Counted by terms, as the standard does, the record is within the limit; receivers that count every query allow ${limit} and reject the mail.`,
      fix: 'Remove the MX records whose hosts have no address, or publish an address for the hosts.',
    }),
    ru: ({ domain, voids, limit }) => ({
      title: 'У части почтовых серверов из SPF-записи нет адреса',
      detail: `DNS-запросов по записи ${domain}, на которые нет ответа: ${voids}. Стандарт считает механизмы, и по нему лимит не превышен; но получатели, которые считают каждый запрос, допускают ${limit} и письмо отклонят.`,
      fix: 'Удалите MX-записи серверов без адреса или пропишите этим серверам адрес.',
    }),
  }),
  'spf.large': define<{ domain: string; octets: number }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 3.4',
    en: ({ domain, octets }) => ({
      title: 'The SPF record is large',
      detail: `The record of ${domain} has ${octets} bytes. ${octets > MAX_PACKET ? 'It does not fit' : 'Over 450 bytes the answer may not fit'} into a DNS packet of ${MAX_PACKET} bytes, and some receivers do not get it.`,
      fix: 'Move a part of the record to an include of your own, or remove what is not needed.',
    }),
    ru: ({ domain, octets }) => ({
      title: 'SPF-запись слишком длинная',
      detail: `Размер записи ${domain} — ${octets} байт. ${octets > MAX_PACKET ? 'Она не помещается' : 'Если запись длиннее 450 байт, ответ может не поместиться'} в DNS-пакет ${MAX_PACKET} байт, и часть получателей её не получит.`,
      fix: 'Вынесите часть записи в отдельный include или удалите лишнее.',
    }),
  }),
  'spf.joined-strings': define<WithRecord & { joined: string }>({
    area: 'spf',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    source: 'RFC 7208 section 3.3',
    root: ROOT,
    en: ({ domain, joined, record }) => ({
      title: 'Two terms of the SPF record are joined without a space',
      detail: `The record of ${domain} is published in several strings. Receivers join them without a space, which gives “${joined}”.`,
      fix: replaceEn(record, 'Put a space between the two terms.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, joined, record }) => ({
      title: 'Элементы SPF-записи соединены без пробела',
      detail: `Запись ${domain} опубликована несколькими строками. Получатели соединяют их без пробела, и получается «${joined}».`,
      fix: replaceRu(record, 'Поставьте пробел между элементами.'),
      ...publish(domain, record),
    }),
  }),
} as const;

/** Terms without effect, each list with its reason. */
function idleBy(...lists: readonly (readonly [terms: readonly string[], why: string])[]): string {
  return lists
    .filter(([terms]) => terms.length > 0)
    .map(([terms, why]) => `${terms.join(', ')} (${why})`)
    .join('; ');
}
