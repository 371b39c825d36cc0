// Findings of the linter: SPF records that work and are still not as they should be (RFC 7208).
import { define } from './define.ts';
import { publish, ROOT, replaceEn, replaceRu, sendersEn, sendersRu, type WithRecord } from './spf.words.ts';

/** Bytes of a DNS answer over UDP without EDNS, the name and the header included (RFC 7208 section 3.4). */
const MAX_PACKET = 512;

export const spfRecordFindings = {
  /** `domain` is that of the record with the term, `name` the one whose record is to be replaced. */
  'spf.plus-all': define<WithRecord & { term: string; name: string }>({
    area: 'spf',
    severity: 'error',
    points: 3,
    cap: 4,
    class: 'C',
    source: 'RFC 7208 section 5.1; rspamd R_SPF_PLUSALL',
    en: ({ domain, term, name, record }) => ({
      title: 'Everyone may send for the domain',
      detail: `“${term}” in the record of ${domain} allows half of the Internet or more${domain === name ? '' : `, and ${name} includes that record`}. Spammers use such domains, and filters know.`,
      fix: replaceEn(
        record,
        'Name the servers that send the mail, take out the terms that let everyone send, and end the record in “~all”.',
      ),
      ...publish(name, record),
    }),
    ru: ({ domain, term, name, record }) => ({
      title: 'Отправлять от имени домена может кто угодно',
      detail: `«${term}» в записи ${domain} разрешает половину интернета или больше${domain === name ? '' : `, а ${name} включает эту запись`}. Такими доменами пользуются спамеры, и фильтры это знают.`,
      fix: replaceRu(
        record,
        'Перечислите серверы, которые отправляют почту, уберите условия, которые разрешают отправку всем, и закончите запись на «~all».',
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
      title: 'The SPF record says nothing about all other servers',
      detail: `The record of ${domain} ends without “-all” or “~all”, so that forged mail is as good as yours.`,
      fix: replaceEn(record, 'End the record in “~all” once it names all servers that send.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'SPF-запись ничего не говорит об остальных серверах',
      detail: `Запись ${domain} кончается без «-all» или «~all», и поддельное письмо не отличить от вашего.`,
      fix: replaceRu(
        record,
        'Когда в записи перечислены все серверы, которые отправляют почту, закончите её на «~all».',
      ),
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
      detail: `“${term}” in the record of ${domain} is slow and unreliable; the standard says not to use it, and some receivers skip it.`,
      fix: 'Name the addresses by ip4:, ip6: or a: instead.',
    }),
    ru: ({ domain, term }) => ({
      title: 'В SPF-записи есть ptr',
      detail: `«${term}» в записи ${domain} работает медленно и ненадёжно; стандарт не советует его использовать, а некоторые получатели пропускают.`,
      fix: 'Укажите адреса через ip4:, ip6: или a:.',
    }),
  }),
  /** Whether anyone writes from those mailboxes is not known, so that it costs nothing and proposes no record. */
  'spf.mailboxes-unnamed': define<{ domain: string; provider: string; include: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 2.6',
    en: ({ domain, provider, include }) => ({
      title: 'SPF does not name the provider of the mailboxes',
      detail: `Mail for ${domain} arrives at ${provider}, and the SPF record does not let ${provider} send. Mail that is written in these mailboxes fails SPF.`,
      fix: `If mail of the domain is sent from there, add include:${include} to the record.`,
    }),
    ru: ({ domain, provider, include }) => ({
      title: 'SPF не называет почтовую службу домена',
      detail: `Почта для ${domain} приходит в ${provider}, а SPF-запись не разрешает ${provider} отправлять. Письма, написанные в этих ящиках, не проходят SPF.`,
      fix: `Если почта домена отправляется оттуда, добавьте в запись include:${include}.`,
    }),
  }),
  /** `terms` are all of them; each is in one of the other lists, by why it has no effect. */
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
        [behindAll, 'behind “all”, where no receiver looks'],
        [duplicates, 'written before'],
        [unknown, 'not known to the standard'],
      )}.`,
      fix: replaceEn(record, 'Take them out.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, behindAll, duplicates, unknown, record }) => ({
      title: 'В SPF-записи есть условия без действия',
      detail: `В записи ${domain}: ${idleBy(
        [behindAll, 'после «all», куда получатели не смотрят'],
        [duplicates, 'уже написано раньше'],
        [unknown, 'не известно стандарту'],
      )}.`,
      fix: replaceRu(record, 'Уберите их.'),
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
      title: 'The redirect of the SPF record is not followed',
      detail: `The record of ${domain} has “${term}” and “all”. Beside “all” receivers ignore a redirect, wherever it is, so that the servers named there may not send.`,
      fix: replaceEn(
        record,
        `Write “include:” instead of “redirect=” where these servers send; otherwise take “${term}” out.`,
      ),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, record }) => ({
      title: 'Перенаправление в SPF-записи не действует',
      detail: `В записи ${domain} есть «${term}» и «all». Рядом с «all» получатели пропускают redirect, где бы он ни был, и серверам, которые там названы, отправка не разрешена.`,
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
      title: 'A provider in the SPF record is not allowed to send',
      detail: `In the record of ${domain}, “${term}” comes behind “all”, where no receiver looks, so that the servers named there may not send.`,
      fix: replaceEn(record, `Write “${term}” in front of “all” where these servers send; otherwise take it out.`),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, record }) => ({
      title: 'Сервису из SPF-записи отправка не разрешена',
      detail: `В записи ${domain} условие «${term}» написано после «all», куда получатели не смотрят, и серверам, которые там названы, отправка не разрешена.`,
      fix: replaceRu(record, `Если эти серверы отправляют почту, поставьте «${term}» перед «all»; иначе уберите его.`),
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
      title: 'A term of the SPF record finds nothing',
      detail: `“${term}” in the record of ${domain} lets nobody send: ${
        hasAddress
          ? `${target} has no MX record. It has an address, which “a:” would name.`
          : `what it asks for at ${target} does not exist.`
      } Of such terms two are allowed.`,
      fix: replaceEn(record, hasAddress ? 'Write “a:” instead of “mx:”.' : 'Correct the name, or take the term out.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, term, target, hasAddress, record }) => ({
      title: 'Условие SPF-записи ничего не находит',
      detail: `«${term}» в записи ${domain} никому не разрешает отправку: ${
        hasAddress
          ? `у ${target} нет записи MX. Адрес у него есть, и его назвало бы «a:».`
          : `того, что запрашивается у ${target}, не существует.`
      } Таких условий допустимо не больше двух.`,
      fix: replaceRu(record, hasAddress ? 'Напишите «a:» вместо «mx:».' : 'Исправьте имя или уберите условие.'),
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
      title: 'Parts of the SPF record are ignored for a wrong sign',
      detail: `In the record of ${domain}: ${terms.join(', ')}. Behind such a word belongs “:”; with “=” receivers skip it, and the servers meant by it may not send.`,
      fix: replaceEn(record, 'Write “:” instead of “=”.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, terms, record }) => ({
      title: 'Часть SPF-записи пропускается из-за неверного знака',
      detail: `В записи ${domain}: ${terms.join(', ')}. После такого слова нужен знак «:»; с «=» получатели его пропускают, и серверам, которые имелись в виду, отправка не разрешена.`,
      fix: replaceRu(record, 'Поставьте «:» вместо «=».'),
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
      detail: `“${term}” in the record of ${domain} stands for more hosts than receivers look up. Every mail whose check comes past the tenth fails (permerror).`,
      fix: 'Name the addresses that send by ip4: or ip6: in front of it, and take the term out.',
    }),
    ru: ({ domain, term }) => ({
      title: 'У условия mx в SPF-записи больше десяти почтовых серверов',
      detail: `«${term}» в записи ${domain} означает больше серверов, чем получатели готовы запросить. Каждое письмо, проверка которого проходит дальше десятого, не проходит SPF (permerror).`,
      fix: 'Укажите адреса отправки через ip4: или ip6: перед этим условием, а его уберите.',
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
      title: `The SPF record asks in vain too often for ${sendersEn(version)}`,
      detail: `For them ${voids} terms of the record of ${domain} find nothing in DNS, and ${limit} are allowed; “${term}” goes over. Mail from servers that are named behind it fails (permerror).`,
      fix: `Put the terms that name such servers in front, or name the hosts without an IPv${version} address by ip${version === 6 ? 4 : 6}: instead.`,
    }),
    ru: ({ domain, version, voids, limit, term }) => ({
      title: `В SPF-записи слишком много пустых запросов для ${sendersRu(version)}`,
      detail: `Для них ничего не находят в DNS условия записи ${domain}, числом ${voids}, а допустимо ${limit}; предел превышает «${term}». Письма с серверов, названных после него, не проходят (permerror).`,
      fix: `Поставьте условия с такими серверами вперёд или укажите узлы без адреса IPv${version} через ip${version === 6 ? 4 : 6}:.`,
    }),
  }),
  'spf.void-strangers': define<{ domain: string; version: number; voids: number; limit: number; term: string }>({
    area: 'spf',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 7208 section 4.6.4',
    en: ({ domain, version, voids, limit, term }) => ({
      title: `SPF ends in an error for ${sendersEn(version)}`,
      detail: `For them up to ${voids} terms of the record of ${domain} find nothing in DNS, and ${limit} are allowed; “${term}” goes over. Forged mail from there gets a permerror instead of what “all” says.`,
      fix: 'Where mail is sent from there, put the terms that allow it in front; otherwise nothing has to be done.',
    }),
    ru: ({ domain, version, voids, limit, term }) => ({
      title: `SPF кончается ошибкой для ${sendersRu(version)}`,
      detail: `Для них в DNS ничего не находят до ${voids} условий записи ${domain}, а допустимо ${limit}; предел превышает «${term}». Поддельные письма оттуда получают permerror вместо того, что указано в «all».`,
      fix: 'Если почта отправляется и оттуда, поставьте условия, которые это разрешают, вперёд; иначе делать ничего не нужно.',
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
      title: 'Some mail servers behind the SPF record have no address',
      detail: `${voids} of the questions that the record of ${domain} leads to find nothing. The standard counts terms, of which few enough find nothing; receivers that count every question allow ${limit}, and refuse the mail.`,
      fix: 'Take the MX records out whose hosts have no address, or give these an address.',
    }),
    ru: ({ domain, voids, limit }) => ({
      title: 'У части почтовых серверов из SPF-записи нет адреса',
      detail: `Вопросов, на которые по записи ${domain} ничего не находится: ${voids}. Стандарт считает условия, и пустых среди них достаточно мало; но получатели, которые считают каждый вопрос, допускают ${limit} и такие письма не примут.`,
      fix: 'Уберите записи MX, у серверов которых нет адреса, или дайте им адрес.',
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
      detail: `The record of ${domain} has ${octets} bytes. ${octets > MAX_PACKET ? 'It does not fit' : 'Over 450 the answer may not fit'} into one plain DNS packet of ${MAX_PACKET}, and some receivers get none.`,
      fix: 'Move a part of it into an include of your own, or drop what is not needed.',
    }),
    ru: ({ domain, octets }) => ({
      title: 'SPF-запись велика',
      detail: `В записи ${domain} ${octets} байт. ${octets > MAX_PACKET ? 'Она не помещается' : 'Свыше 450 ответ может не поместиться'} в один простой пакет DNS из ${MAX_PACKET} байт, и часть получателей его не получит.`,
      fix: 'Вынесите часть в собственный include или уберите лишнее.',
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
      title: 'Two parts of the SPF record are joined without a blank',
      detail: `The record of ${domain} is published in several strings. They are joined as they are, which gives “${joined}”.`,
      fix: replaceEn(record, 'Put a blank between the two terms.'),
      ...publish(domain, record),
    }),
    ru: ({ domain, joined, record }) => ({
      title: 'Части SPF-записи соединены без пробела',
      detail: `Запись ${domain} опубликована несколькими строками. Они соединяются как есть, и получается «${joined}».`,
      fix: replaceRu(record, 'Поставьте между ними пробел.'),
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
