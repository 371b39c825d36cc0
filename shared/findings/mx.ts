// Findings of the way in: where answers and bounces to the domain go (RFC 5321 section 5.1, RFC 7505).
import { type DnsRecord, define } from './define.ts';

/** Filters count a sender that cannot be answered; whatever the reason, it is one cause, faults of single hosts included. */
const deaf = { area: 'mx', severity: 'error', points: 1, class: 'C', root: 'receive', covers: ['mx-host'] } as const;
/** Where the trouble lies in another's zone, there is nothing to publish. */
const FOREIGN = {
  en: (host: string) =>
    `${host} is not in a zone of yours. Compare the name with the one that the panel of your mail service shows, and correct the MX record; if you no longer use that service, delete it.`,
  ru: (host: string) =>
    `${host} находится не в вашей зоне. Сверьте имя с тем, что показывает панель вашей почтовой службы, и исправьте запись MX; если этой службой вы больше не пользуетесь, удалите запись.`,
};
const faulty = { area: 'mx', severity: 'warning', points: 0.25, class: 'C', root: 'mx-host' } as const;

/** "10 mail.shop.example." at the domain; a stored report of an older version may lack it. */
function mxRecord(domain: string, value: string, replaces?: string): { record?: DnsRecord } {
  return value ? { record: { name: domain, type: 'MX', value, ...(replaces === undefined ? {} : { replaces }) } } : {};
}

/** The host of "10 mail.shop.example". */
function exchangeOf([first]: readonly string[]): string | undefined {
  return first?.split(' ')[1];
}

/** By what the hosts are: `own` names of the domain, another's, or only left over from a verification. */
const UNREACHABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    own: 'Give the mail server a public address (an A record), or let the MX record name one that has it.',
    foreign:
      'Compare the names with those that the panel of your mail service shows, and correct the MX records; if you no longer use that service, publish the MX record of the one you use.',
    verification:
      'The MX record only proved to a provider that the domain is yours. Publish the MX record that the panel of your mail service shows, and delete this one.',
  },
  ru: {
    own: 'Дайте почтовому серверу внешний адрес (запись A) или укажите в MX тот, у которого он есть.',
    foreign:
      'Сверьте имена с теми, что показывает панель вашей почтовой службы, и исправьте записи MX; если этой службой вы больше не пользуетесь, опубликуйте запись MX той, которой пользуетесь.',
    verification:
      'Эта запись MX лишь подтверждала, что домен ваш. Опубликуйте запись MX, которую показывает панель вашей почтовой службы, а эту удалите.',
  },
};

const ALIAS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    replace: 'Replace the MX record by one that names the server itself.',
    listed: 'Delete this MX record: another one names the server itself.',
    foreign:
      'The alias is not in a zone of yours. Compare the name with the one that the panel of your mail service shows; if it is the same, the service has to change it.',
  },
  ru: {
    replace: 'Замените запись MX такой, где указан сам сервер.',
    listed: 'Удалите эту запись MX: другая указывает сам сервер.',
    foreign:
      'Псевдоним находится не в вашей зоне. Сверьте имя с тем, что показывает панель вашей почтовой службы; если оно то же, исправить его может только служба.',
  },
};

type Misnamed = {
  domain: string;
  /** What the MX records say, and what they were meant to say, in the same order. */
  hosts: readonly string[];
  values: readonly string[];
  cause: string;
  /** The record to publish instead of the one wrong record, '' where there are several or the host has no address. */
  value: string;
};

const MISNAMED: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    suffix: 'The final dot was forgotten, and the name of the zone was added to that of the mail server.',
    doubled: 'The name of the domain stands there twice: the panel adds it by itself, or wants a final dot.',
    characters: 'Quotes or other characters that belong to no name were entered with it.',
    'one-label': 'The name is not complete.',
  },
  ru: {
    suffix: 'Забыта точка в конце, и к имени почтового сервера добавилось имя зоны.',
    doubled: 'Имя домена повторено дважды: панель добавляет его сама или требует точку в конце.',
    characters: 'Вместе с именем введены кавычки или другие лишние символы.',
    'one-label': 'Имя неполное.',
  },
};

const misnamed = {
  en: ({ domain, hosts, values, cause, value }: Misnamed) => ({
    title: 'The name of a mail server was entered wrongly',
    detail: `The MX record of ${domain} says ${hosts.join(', ')}, and that host does not exist. ${MISNAMED.en[cause] ?? ''}`,
    fix: !value
      ? `What was meant is ${values.map((one) => `“${one}”`).join(', ')}. Where that server has an address, correct the MX record so, in the panel as the panel wants it: with a final dot or without the name of the domain.`
      : 'Replace the wrong MX record by this one.',
    ...mxRecord(domain, value, exchangeOf(hosts)),
  }),
  ru: ({ domain, hosts, values, cause, value }: Misnamed) => ({
    title: 'Имя почтового сервера введено с ошибкой',
    detail: `Запись MX у ${domain} содержит ${hosts.join(', ')}, а такого сервера нет. ${MISNAMED.ru[cause] ?? ''}`,
    fix: !value
      ? `Имелось в виду ${values.map((one) => `«${one}»`).join(', ')}. Если у этого сервера есть адрес, исправьте запись MX так, как требует панель: с точкой в конце или без имени домена.`
      : 'Замените неверную запись MX этой.',
    ...mxRecord(domain, value, exchangeOf(hosts)),
  }),
};

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
      fix: !value
        ? `Choose where mail for ${domain} should arrive and publish the MX record for it: a mail service shows its record in its panel; a server of your own needs a name with an address first.`
        : 'Publish this MX record, if mail should arrive at that server; a mail service shows its own record in its panel.',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value }) => ({
      title: 'Домен не может принимать почту',
      detail: `У ${domain} нет ни записи MX, ни адреса. Ответы и сообщения о недоставке теряются, а письмам, на которые нельзя ответить, получатели не доверяют.`,
      fix: !value
        ? `Решите, где принимать почту для ${domain}, и опубликуйте запись MX: почтовая служба показывает свою запись в панели, а собственному серверу сначала нужно имя с адресом.`
        : 'Опубликуйте эту запись MX, если почту должен принимать этот сервер; почтовая служба показывает свою запись в панели.',
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
  'mx.unreachable': define<{ domain: string; hosts: readonly string[]; at: string }>({
    ...deaf,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, hosts, at }) => ({
      title: 'None of the mail servers of the domain can be reached',
      detail: `Mail for ${domain} should go to ${hosts.join(', ')}, but none of them has an address on the Internet.`,
      fix: UNREACHABLE.en[at] ?? UNREACHABLE.en.own!,
    }),
    ru: ({ domain, hosts, at }) => ({
      title: 'Ни один почтовый сервер домена недоступен',
      detail: `Почту для ${domain} должны принимать ${hosts.join(', ')}, но ни у одного нет адреса в Интернете.`,
      fix: UNREACHABLE.ru[at] ?? UNREACHABLE.ru.own!,
    }),
  }),
  // The one cause why the domain cannot receive; and one of several hosts.
  'mx.misnamed': define<Misnamed>({ ...deaf, source: 'RFC 1035 section 5.1', ...misnamed }),
  'mx.misnamed-host': define<Misnamed>({ ...faulty, source: 'RFC 1035 section 5.1', ...misnamed }),
  'mx.verification': define<{ domain: string; host: string; preference: number }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6761 section 6.4',
    en: ({ domain, host, preference }) => ({
      title: 'An MX record is left over from a verification',
      detail: `The MX record "${preference} ${host}" of ${domain} only proved to a provider that the domain is yours. No mail can arrive there.`,
      fix: 'It can be deleted once the provider has verified the domain.',
    }),
    ru: ({ domain, host, preference }) => ({
      title: 'Запись MX осталась от подтверждения домена',
      detail: `Запись MX «${preference} ${host}» у ${domain} лишь подтверждала провайдеру, что домен ваш. Почту там принять нельзя.`,
      fix: 'Когда провайдер подтвердил домен, её можно удалить.',
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
      fix: !value
        ? 'Remove the TXT record. If mail should arrive there, let an MX record of the domain name a server that has an address.'
        : 'Publish this record and remove the TXT record.',
      ...(value === '' ? {} : { record: { name: at, type, value } }),
    }),
    ru: ({ domain, at, text, type, value }) => ({
      title: 'Почтовый сервер указан в записи TXT',
      detail: `Запись TXT у ${at} содержит «${text}». Там почтовый сервер ${domain} никто не ищет; он должен быть в записи типа ${type}.`,
      fix: !value
        ? 'Удалите запись TXT. Если почту нужно принимать там, укажите в записи MX домена сервер, у которого есть адрес.'
        : 'Опубликуйте эту запись, а TXT удалите.',
      ...(value === '' ? {} : { record: { name: at, type, value } }),
    }),
  }),
  /** A server name whose addresses are those of a web host or content network, `operator`. */
  'mx.web-only': define<{ domain: string; host: string; operator: string }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, host, operator }) => ({
      title: 'Mail goes to an address that serves web sites',
      detail: `The MX record of ${domain} names ${host}, whose addresses are those of ${operator}. They serve web sites and take no mail, unless that was ordered apart.`,
      fix: `Let the MX record name a server that takes mail. If ${host} is one, publish its own address for it: in the panel of ${operator} the record must not be proxied.`,
    }),
    ru: ({ domain, host, operator }) => ({
      title: 'Почта идёт на адрес, где только сайты',
      detail: `В записи MX у ${domain} указан ${host}, а его адреса принадлежат ${operator}. Там работают сайты, и почту не принимают, если это не заказано отдельно.`,
      fix: `Укажите в записи MX сервер, который принимает почту. Если это ${host}, опубликуйте для него его собственный адрес: в панели ${operator} запись не должна быть проксируемой.`,
    }),
  }),
  /** `operator`: of the web host that the domain's own address is known to belong to, else ''. */
  'mx.implicit': define<{ domain: string; value: string; operator: string }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, value, operator }) => ({
      title: 'The domain has no MX record',
      detail: operator
        ? `Mail for ${domain} goes to the address of ${domain} itself, which is one of ${operator}: it serves web sites and takes no mail.`
        : `Mail for ${domain} goes to the address of ${domain} itself, which is often the web server. Some senders do not try that.`,
      fix: !value
        ? 'Publish an MX record that names the server where mail should arrive; a mail service shows its record in its panel.'
        : 'Publish this MX record, if mail should arrive at that server; a mail service shows its own record in its panel.',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value, operator }) => ({
      title: 'У домена нет записи MX',
      detail: operator
        ? `Почта для ${domain} идёт на адрес самого ${domain}, а он принадлежит ${operator}: там работают сайты, и почту не принимают.`
        : `Почта для ${domain} идёт на адрес самого ${domain}, а это часто веб-сервер. Некоторые отправители так не делают.`,
      fix: !value
        ? 'Опубликуйте запись MX с именем сервера, который должен принимать почту; почтовая служба показывает свою запись в панели.'
        : 'Опубликуйте эту запись MX, если почту должен принимать этот сервер; почтовая служба показывает свою запись в панели.',
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
  'mx.alias': define<{ domain: string; host: string; target: string; value: string; advice: string }>({
    ...faulty,
    source: 'RFC 2181 section 10.3; RFC 5321 section 5.1',
    en: ({ domain, host, target, value, advice }) => ({
      title: 'A mail server is named by an alias',
      detail: `The MX record of ${domain} names ${host}, which is an alias (CNAME) of ${target}. That is not allowed, and some senders do not follow it.`,
      fix: ALIAS.en[advice] ?? ALIAS.en.replace!,
      ...mxRecord(domain, value, host),
    }),
    ru: ({ domain, host, target, value, advice }) => ({
      title: 'Почтовый сервер указан псевдонимом',
      detail: `Запись MX у ${domain} содержит ${host}, а это псевдоним (CNAME) для ${target}. Так нельзя, и некоторые отправители по нему не пойдут.`,
      fix: ALIAS.ru[advice] ?? ALIAS.ru.replace!,
      ...mxRecord(domain, value, host),
    }),
  }),
  'mx.address': define<{ domain: string; host: string; preference: number; value: string }>({
    ...faulty,
    source: 'RFC 1035 section 3.3.9; RFC 5321 section 5.1',
    en: ({ domain, host, preference, value }) => ({
      title: 'An MX record holds an address instead of a name',
      detail: `The MX record of ${domain} says ${host}. Only names count there; this one leads nowhere.`,
      fix: !value
        ? `First give the address a name by an A record in your zone, then replace this MX record by one with that name, such as "${preference} NAME.${domain}."`
        : 'Replace the MX record by this one.',
      ...mxRecord(domain, value, host),
    }),
    ru: ({ domain, host, preference, value }) => ({
      title: 'В записи MX адрес вместо имени',
      detail: `Запись MX у ${domain} содержит ${host}. Там допустимы только имена; эта запись никуда не ведёт.`,
      fix: !value
        ? `Сначала дайте адресу имя записью A в своей зоне, затем замените эту запись MX такой, где указано имя, например «${preference} ИМЯ.${domain}.»`
        : 'Замените запись MX этой.',
      ...mxRecord(domain, value, host),
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
  'mx.no-address': define<{ domain: string; host: string; target: string; own: boolean }>({
    ...faulty,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, host, target, own }) => ({
      title: 'A mail server of the domain has no address',
      detail: `The MX record of ${domain} names ${host}${target ? `, an alias of ${target}` : ''}, and DNS knows no address of it.`,
      fix:
        own === false
          ? FOREIGN.en(target || host)
          : `Publish an A record for ${target || host} with the address of the server, or delete the MX record.`,
    }),
    ru: ({ domain, host, target, own }) => ({
      title: 'У почтового сервера домена нет адреса',
      detail: `Запись MX у ${domain} содержит ${host}${target ? `, псевдоним для ${target}` : ''}, но его адреса в DNS нет.`,
      fix:
        own === false
          ? FOREIGN.ru(target || host)
          : `Опубликуйте для ${target || host} запись A с адресом сервера или удалите запись MX.`,
    }),
  }),
  'mx.private': define<{ domain: string; host: string; addresses: readonly string[]; own: boolean }>({
    ...faulty,
    source: 'RFC 6890; RFC 1918 section 3',
    en: ({ domain, host, addresses, own }) => ({
      title: 'A mail server of the domain has only an address for inside a network',
      detail: `${host}, the mail server of ${domain}, has ${addresses.join(', ')}. Nobody outside can reach that.`,
      fix: own === false ? FOREIGN.en(host) : 'Publish its public address.',
    }),
    ru: ({ domain, host, addresses, own }) => ({
      title: 'У почтового сервера домена только внутренний адрес',
      detail: `У ${host}, почтового сервера ${domain}, адрес ${addresses.join(', ')}. Снаружи он недоступен.`,
      fix: own === false ? FOREIGN.ru(host) : 'Опубликуйте его внешний адрес.',
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
