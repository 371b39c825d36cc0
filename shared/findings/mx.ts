// Findings of the way in: where answers and bounces to the domain go (RFC 5321 section 5.1, RFC 7505).
import { type DnsRecord, define } from './define.ts';

/** Filters count a sender that cannot be answered; whatever the reason, it is one cause, faults of single hosts included. */
const deaf = { area: 'mx', severity: 'error', points: 1, class: 'C', root: 'receive', covers: ['mx-host'] } as const;
const faulty = { area: 'mx', severity: 'warning', points: 0.25, class: 'C', root: 'mx-host' } as const;

/** "10 mail.shop.example." at the domain. */
function mxRecord(domain: string, value: string): { record?: DnsRecord } {
  return value === '' ? {} : { record: { name: domain, type: 'MX', value } };
}

export const mxFindings = {
  'mx.hosts': define<{ domain: string; hosts: readonly string[] }>({
    area: 'mx',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, hosts }) => ({
      title: 'Answers have somewhere to go',
      detail: `Mail for ${domain} goes to ${hosts.join(', ')}.`,
    }),
    ru: ({ domain, hosts }) => ({
      title: 'Ответам есть куда прийти',
      detail: `Почту для ${domain} принимают ${hosts.join(', ')}.`,
    }),
  }),
  'mx.none': define<{ domain: string; value: string }>({
    ...deaf,
    source: 'RFC 5321 section 5.1; rspamd FROMHOST_NORES_A_OR_MX',
    en: ({ domain, value }) => ({
      title: 'The domain cannot receive mail',
      detail: `${domain} has neither an MX record nor an address. Answers and bounces are lost, and receivers distrust mail that cannot be answered.`,
      fix: 'Publish an MX record that names your mail server. For example:',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value }) => ({
      title: 'Домен не может принимать почту',
      detail: `У ${domain} нет ни записи MX, ни адреса. Ответы и сообщения о недоставке теряются, а письмам, на которые нельзя ответить, получатели не доверяют.`,
      fix: 'Опубликуйте запись MX с именем вашего почтового сервера. Например:',
      ...mxRecord(domain, value),
    }),
  }),
  'mx.null': define<{ domain: string }>({
    ...deaf,
    source: 'RFC 7505 section 4.2',
    en: ({ domain }) => ({
      title: 'The domain says that it takes no mail',
      detail: `${domain} has the MX record "0 .", which means: nobody can write here. Receivers may refuse mail from a domain that cannot be answered.`,
      fix: 'If mail is sent from this domain, replace the record by one that names a mail server.',
    }),
    ru: ({ domain }) => ({
      title: 'Домен объявляет, что не принимает почту',
      detail: `У ${domain} запись MX «0 .», то есть писать сюда нельзя. Получатели вправе отклонять письма от домена, которому нельзя ответить.`,
      fix: 'Если с этого домена отправляется почта, замените запись на такую, где указан почтовый сервер.',
    }),
  }),
  'mx.unreachable': define<{ domain: string; hosts: readonly string[] }>({
    ...deaf,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, hosts }) => ({
      title: 'None of the mail servers of the domain can be reached',
      detail: `Mail for ${domain} should go to ${hosts.join(', ')}, but none of them has an address on the Internet.`,
      fix: 'Give the mail server a public address (an A record), or let the MX record name one that has it.',
    }),
    ru: ({ domain, hosts }) => ({
      title: 'Ни один почтовый сервер домена недоступен',
      detail: `Почту для ${domain} должны принимать ${hosts.join(', ')}, но ни у одного нет адреса в Интернете.`,
      fix: 'Дайте почтовому серверу внешний адрес (запись A) или укажите в MX тот, у которого он есть.',
    }),
  }),
  'mx.in-txt': define<{ domain: string; at: string; text: string; type: string; value: string }>({
    area: 'mx',
    severity: 'warning',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, at, text, type, value }) => ({
      title: 'A mail server is published as TXT',
      detail: `The TXT record of ${at} says "${text}". Nobody looks for the mail server of ${domain} there; it belongs into a record of type ${type}.`,
      fix: 'Publish this record and remove the TXT record.',
      record: { name: at, type, value },
    }),
    ru: ({ domain, at, text, type, value }) => ({
      title: 'Почтовый сервер указан в записи TXT',
      detail: `Запись TXT у ${at} содержит «${text}». Там почтовый сервер ${domain} никто не ищет; он должен быть в записи типа ${type}.`,
      fix: 'Опубликуйте эту запись, а TXT удалите.',
      record: { name: at, type, value },
    }),
  }),
  'mx.implicit': define<{ domain: string; value: string }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, value }) => ({
      title: 'The domain has no MX record',
      detail: `Mail for ${domain} goes to the address of ${domain} itself, which is often the web server. Some senders do not try that.`,
      fix: 'Publish an MX record that names the mail server.',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value }) => ({
      title: 'У домена нет записи MX',
      detail: `Почта для ${domain} идёт на адрес самого ${domain}, а это часто веб-сервер. Некоторые отправители так не делают.`,
      fix: 'Опубликуйте запись MX с именем почтового сервера.',
      ...mxRecord(domain, value),
    }),
  }),
  'mx.null-not-alone': define<{ domain: string; hosts: readonly string[] }>({
    ...faulty,
    source: 'RFC 7505 section 3',
    en: ({ domain, hosts }) => ({
      title: 'The domain takes mail and says that it does not',
      detail: `${domain} has the MX record "." (no mail) beside ${hosts.join(', ')}.`,
      fix: 'Remove the record with the dot.',
    }),
    ru: ({ domain, hosts }) => ({
      title: 'Домен и принимает почту, и объявляет, что не принимает',
      detail: `У ${domain} запись MX «.» (почту не принимаем) стоит рядом с ${hosts.join(', ')}.`,
      fix: 'Удалите запись с точкой.',
    }),
  }),
  'mx.alias': define<{ domain: string; host: string; target: string; preference: number }>({
    ...faulty,
    source: 'RFC 2181 section 10.3; RFC 5321 section 5.1',
    en: ({ domain, host, target, preference }) => ({
      title: 'A mail server is named by an alias',
      detail: `The MX record of ${domain} names ${host}, which is an alias (CNAME) of ${target}. That is not allowed, and some senders do not follow it.`,
      fix: 'Name the server itself.',
      ...mxRecord(domain, `${preference} ${target}.`),
    }),
    ru: ({ domain, host, target, preference }) => ({
      title: 'Почтовый сервер указан псевдонимом',
      detail: `Запись MX у ${domain} содержит ${host}, а это псевдоним (CNAME) для ${target}. Так нельзя, и некоторые отправители по нему не пойдут.`,
      fix: 'Укажите сам сервер.',
      ...mxRecord(domain, `${preference} ${target}.`),
    }),
  }),
  'mx.address': define<{ domain: string; host: string; preference: number }>({
    ...faulty,
    source: 'RFC 1035 section 3.3.9; RFC 5321 section 5.1',
    en: ({ domain, host, preference }) => ({
      title: 'An MX record holds an address instead of a name',
      detail: `The MX record of ${domain} says ${host}. Only names count there; this one leads nowhere.`,
      fix: `Give the address a name by an A record for mail.${domain}, and name that:`,
      ...mxRecord(domain, `${preference} mail.${domain}.`),
    }),
    ru: ({ domain, host, preference }) => ({
      title: 'В записи MX адрес вместо имени',
      detail: `Запись MX у ${domain} содержит ${host}. Там допустимы только имена; эта запись никуда не ведёт.`,
      fix: `Дайте адресу имя записью A для mail.${domain} и укажите его:`,
      ...mxRecord(domain, `${preference} mail.${domain}.`),
    }),
  }),
  'mx.bad-name': define<{ domain: string; host: string }>({
    ...faulty,
    source: 'RFC 5321 section 2.3.5',
    en: ({ domain, host }) => ({
      title: 'An MX record holds something that cannot be a host name',
      detail: `The MX record of ${domain} says "${host}". A host name has letters, digits and hyphens.`,
      fix: 'Name the mail server as its address record does.',
    }),
    ru: ({ domain, host }) => ({
      title: 'В записи MX то, что не может быть именем сервера',
      detail: `Запись MX у ${domain} содержит «${host}». Имя сервера состоит из букв, цифр и дефисов.`,
      fix: 'Укажите почтовый сервер так, как он назван в своей записи адреса.',
    }),
  }),
  'mx.no-address': define<{ domain: string; host: string }>({
    ...faulty,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, host }) => ({
      title: 'A mail server of the domain has no address',
      detail: `The MX record of ${domain} names ${host}, and DNS knows no address of it.`,
      fix: 'Publish an A record for it, or remove the MX record.',
    }),
    ru: ({ domain, host }) => ({
      title: 'У почтового сервера домена нет адреса',
      detail: `Запись MX у ${domain} содержит ${host}, но его адреса в DNS нет.`,
      fix: 'Опубликуйте для него запись A или удалите запись MX.',
    }),
  }),
  'mx.private': define<{ domain: string; host: string; addresses: readonly string[] }>({
    ...faulty,
    source: 'RFC 6890; RFC 1918 section 3',
    en: ({ domain, host, addresses }) => ({
      title: 'A mail server of the domain has only an address for inside a network',
      detail: `${host}, the mail server of ${domain}, has ${addresses.join(', ')}. Nobody outside can reach that.`,
      fix: 'Publish its public address.',
    }),
    ru: ({ domain, host, addresses }) => ({
      title: 'У почтового сервера домена только внутренний адрес',
      detail: `У ${host}, почтового сервера ${domain}, адрес ${addresses.join(', ')}. Снаружи он недоступен.`,
      fix: 'Опубликуйте его внешний адрес.',
    }),
  }),
  'mx.duplicate': define<{ domain: string; host: string }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, host }) => ({
      title: 'A mail server is listed twice',
      detail: `${domain} lists ${host} more than once.`,
      fix: 'Keep the one with the smaller number.',
    }),
    ru: ({ domain, host }) => ({
      title: 'Почтовый сервер указан дважды',
      detail: `У ${domain} сервер ${host} указан больше одного раза.`,
      fix: 'Оставьте запись с меньшим числом.',
    }),
  }),
  'mx.unknown': define<{ name: string; detail: string }>({
    area: 'mx',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ name, detail }) => ({
      title: 'The mail servers of the domain could not all be checked',
      detail: `DNS gave no answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Не все почтовые серверы домена удалось проверить',
      detail: `DNS не ответил о ${name}: ${detail}.`,
    }),
  }),
} as const;
