// Findings of receiving: where replies and bounces to the domain go (RFC 5321 section 5.1, RFC 7505).
import { type DnsRecord, define } from './define.ts';

/** Filters count a sender that receives no replies; whatever the reason, it is one cause, faults of single hosts included. */
const notReceiving = {
  area: 'mx',
  severity: 'error',
  points: 1,
  class: 'C',
  root: 'receive',
  covers: ['mx-host'],
} as const;
/** Where the fault is in the zone of another owner, there is nothing to publish. */
const FOREIGN = {
  en: (host: string) =>
    `${host} is not in your zone. Compare the name with the one that the panel of your mail service shows, and correct the MX record; if you no longer use that service, delete the record.`,
  ru: (host: string) =>
    `${host} не относится к вашей зоне. Сверьте имя с указанным в панели почтового сервиса и исправьте MX-запись; если этим сервисом вы больше не пользуетесь, удалите запись.`,
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

/** By the kind of the hosts: `own` names of the domain, `foreign` names, or only left over from a `verification`. */
const UNREACHABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    own: 'Publish a public address (an A record) for the mail server, or name a server that has one in the MX record.',
    foreign:
      'Compare the names with those that the panel of your mail service shows, and correct the MX records; if you no longer use that service, publish the MX record of the one you use.',
    verification:
      'The MX record only verified the domain for a provider. Publish the MX record that the panel of your mail service shows, and delete this one.',
  },
  ru: {
    own: 'Пропишите почтовому серверу внешний адрес (A-запись) или укажите в MX сервер, у которого он есть.',
    foreign:
      'Сверьте имена с указанными в панели почтового сервиса и исправьте MX-записи; если этим сервисом вы больше не пользуетесь, опубликуйте MX-запись того, которым пользуетесь.',
    verification:
      'Эта MX-запись нужна была только для подтверждения домена. Опубликуйте MX-запись из панели почтового сервиса, а эту удалите.',
  },
};

const ALIAS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    replace: 'Replace the MX record with one that names the server itself.',
    listed: 'Delete this MX record: another one names the server itself.',
    foreign:
      'The alias is not in your zone. Compare the name with the one that the panel of your mail service shows; if they are the same, only the service can change it.',
  },
  ru: {
    replace: 'Замените MX-запись на такую, в которой указано имя самого сервера.',
    listed: 'Удалите эту MX-запись: имя самого сервера уже указано в другой.',
    foreign:
      'Псевдоним не относится к вашей зоне. Сверьте имя с указанным в панели почтового сервиса; если они совпадают, исправить запись может только сервис.',
  },
};

type Misnamed = {
  domain: string;
  /** The values of the MX records, and the intended ones, in the same order. */
  hosts: readonly string[];
  values: readonly string[];
  cause: string;
  /** The record to publish instead of the one wrong record, '' where there are several or the host has no address. */
  value: string;
};

const MISNAMED: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    suffix: 'The final dot is missing, so the name of the zone was appended to that of the mail server.',
    doubled: 'The name of the domain is there twice: the panel appends it, or requires a final dot.',
    characters: 'The value contains quotes or other characters that are not allowed in a name.',
    'one-label': 'The name is not complete.',
  },
  ru: {
    suffix: 'Пропущена точка в конце, и к имени почтового сервера добавилось имя зоны.',
    doubled: 'Имя домена указано дважды: панель добавляет его сама или требует точку в конце.',
    characters: 'В значение попали кавычки или другие лишние символы.',
    'one-label': 'Имя неполное.',
  },
};

const misnamed = {
  en: ({ domain, hosts, values, cause, value }: Misnamed) => ({
    title: 'An MX record has a mistyped name',
    detail: `The MX record of ${domain} is ${hosts.join(', ')}, and that host does not exist. ${MISNAMED.en[cause] ?? ''}`,
    fix: !value
      ? `The intended value is probably ${values.map((one) => `“${one}”`).join(', ')}. If that server has an address, correct the MX record in the form that the panel requires: with a final dot or without the name of the domain.`
      : 'Replace the wrong MX record with this one.',
    ...mxRecord(domain, value, exchangeOf(hosts)),
  }),
  ru: ({ domain, hosts, values, cause, value }: Misnamed) => ({
    title: 'Ошибка в имени почтового сервера в MX-записи',
    detail: `В MX-записи ${domain} указано ${hosts.join(', ')}, а такого сервера нет. ${MISNAMED.ru[cause] ?? ''}`,
    fix: !value
      ? `Вероятно, должно быть ${values.map((one) => `«${one}»`).join(', ')}. Если у этого сервера есть адрес, исправьте MX-запись в том виде, который требует панель: с точкой в конце или без имени домена.`
      : 'Замените неверную MX-запись на эту.',
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
      title: 'The domain receives mail',
      detail: `Mail for ${domain} goes to ${hosts.join(', ')}.`,
    }),
    ru: ({ domain, hosts }) => ({
      title: 'Домен принимает почту',
      detail: `Почту для ${domain} принимают ${hosts.join(', ')}.`,
    }),
  }),
  'mx.none': define<{ domain: string; value: string }>({
    ...notReceiving,
    source: 'RFC 5321 section 5.1; rspamd FROMHOST_NORES_A_OR_MX',
    en: ({ domain, value }) => ({
      title: 'The domain cannot receive mail',
      detail: `${domain} has neither an MX record nor an address. Replies and bounces are lost, and receivers distrust mail that cannot be replied to.`,
      fix: !value
        ? `Decide which server receives mail for ${domain}, and publish its MX record: a mail service shows its record in its panel; your own server needs a name with an address first.`
        : 'Publish this MX record if that server should receive mail; a mail service shows its own record in its panel.',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value }) => ({
      title: 'Домен не может принимать почту',
      detail: `У ${domain} нет ни MX-записи, ни адреса. Ответы и отчёты о недоставке теряются, а письмам, на которые нельзя ответить, получатели не доверяют.`,
      fix: !value
        ? `Решите, где принимать почту ${domain}, и опубликуйте MX-запись: почтовый сервис показывает её в панели, а своему серверу сначала нужно имя с адресом.`
        : 'Опубликуйте эту MX-запись, если почту должен принимать этот сервер; почтовый сервис показывает свою MX-запись в панели.',
      ...mxRecord(domain, value),
    }),
  }),
  'mx.null': define<{ domain: string }>({
    ...notReceiving,
    source: 'RFC 7505 section 4.2',
    en: ({ domain }) => ({
      title: 'The domain accepts no mail (null MX)',
      detail: `${domain} has the MX record "0 .", which says that it accepts no mail. Receivers may reject mail from a domain that cannot be replied to.`,
      fix: 'If the domain sends mail, replace the record with one that names a mail server.',
    }),
    ru: ({ domain }) => ({
      title: 'Домен не принимает почту (null MX)',
      detail: `У ${domain} MX-запись «0 .»: домен не принимает почту. Получатели вправе отклонять письма с домена, на который нельзя ответить.`,
      fix: 'Если с этого домена отправляется почта, замените запись на MX-запись с именем почтового сервера.',
    }),
  }),
  'mx.unreachable': define<{ domain: string; hosts: readonly string[]; at: string }>({
    ...notReceiving,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, hosts, at }) => ({
      title: 'No mail server of the domain is reachable',
      detail: `Mail for ${domain} should go to ${hosts.join(', ')}, but none of these hosts has a public address.`,
      fix: UNREACHABLE.en[at] ?? UNREACHABLE.en.own!,
    }),
    ru: ({ domain, hosts, at }) => ({
      title: 'Ни один почтовый сервер домена не доступен',
      detail: `Почту ${domain} должны принимать ${hosts.join(', ')}, но ни у одного из них нет внешнего адреса.`,
      fix: UNREACHABLE.ru[at] ?? UNREACHABLE.ru.own!,
    }),
  }),
  // The one cause why the domain cannot receive; and a fault of one of several hosts.
  'mx.misnamed': define<Misnamed>({ ...notReceiving, source: 'RFC 1035 section 5.1', ...misnamed }),
  'mx.misnamed-host': define<Misnamed>({ ...faulty, source: 'RFC 1035 section 5.1', ...misnamed }),
  'mx.verification': define<{ domain: string; host: string; preference: number }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6761 section 6.4',
    en: ({ domain, host, preference }) => ({
      title: 'An MX record is left over from a domain verification',
      detail: `The MX record "${preference} ${host}" of ${domain} only verified the domain for a provider. It cannot receive mail.`,
      fix: 'Delete the record once the provider has verified the domain.',
    }),
    ru: ({ domain, host, preference }) => ({
      title: 'MX-запись осталась от подтверждения домена',
      detail: `MX-запись «${preference} ${host}» домена ${domain} нужна только для подтверждения домена. Почту по ней принять нельзя.`,
      fix: 'Когда провайдер подтвердит домен, удалите эту запись.',
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
      detail: `The TXT record of ${at} is "${text}". Senders do not look for the mail server of ${domain} there; they use a record of type ${type}.`,
      fix: !value
        ? 'Delete the TXT record. If that server should receive mail, publish an MX record that names a server with an address.'
        : 'Publish this record and delete the TXT record.',
      ...(value === '' ? {} : { record: { name: at, type, value } }),
    }),
    ru: ({ domain, at, text, type, value }) => ({
      title: 'Почтовый сервер указан в TXT-записи',
      detail: `TXT-запись ${at} — «${text}». Отправители не ищут почтовый сервер ${domain} в TXT, нужна запись типа ${type}.`,
      fix: !value
        ? 'Удалите TXT-запись. Если почту должен принимать этот сервер, укажите в MX-записи домена имя сервера, у которого есть адрес.'
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
      title: 'The MX record points to an address that serves web sites',
      detail: `The MX record of ${domain} names ${host}, whose addresses belong to ${operator}. They serve web sites and accept no mail, unless that was ordered separately.`,
      fix: `Name a server that accepts mail in the MX record. If ${host} is one, publish its own address: in the panel of ${operator} the record must not be proxied.`,
    }),
    ru: ({ domain, host, operator }) => ({
      title: 'MX-запись указывает на адрес веб-хостинга или CDN',
      detail: `В MX-записи ${domain} указан ${host}, а его адреса принадлежат ${operator}. Они обслуживают сайты и почту не принимают, если это не заказано отдельно.`,
      fix: `Укажите в MX-записи сервер, который принимает почту. Если это ${host}, пропишите его собственный адрес: в панели ${operator} проксирование этой записи должно быть выключено.`,
    }),
  }),
  /** `operator`: the web host that the address of the domain is known to belong to, else ''. */
  'mx.implicit': define<{ domain: string; value: string; operator: string }>({
    area: 'mx',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ domain, value, operator }) => ({
      title: 'The domain has no MX record',
      detail: operator
        ? `Mail for ${domain} goes to the address of ${domain} itself, which belongs to ${operator}: it serves web sites and accepts no mail.`
        : `Mail for ${domain} goes to the address of ${domain} itself, which is often the web server. Some senders do not deliver there.`,
      fix: !value
        ? 'Publish an MX record that names the server that receives mail; a mail service shows its record in its panel.'
        : 'Publish this MX record if that server should receive mail; a mail service shows its own record in its panel.',
      ...mxRecord(domain, value),
    }),
    ru: ({ domain, value, operator }) => ({
      title: 'У домена нет MX-записи',
      detail: operator
        ? `Почта для ${domain} отправляется на адрес самого ${domain}, а он принадлежит ${operator}: там работают сайты, и почту этот адрес не принимает.`
        : `Почта для ${domain} отправляется на адрес самого ${domain}, а это часто веб-сервер. Некоторые отправители туда не доставляют.`,
      fix: !value
        ? 'Опубликуйте MX-запись с именем сервера, который принимает почту; почтовый сервис показывает её в панели.'
        : 'Опубликуйте эту MX-запись, если почту должен принимать этот сервер; почтовый сервис показывает свою MX-запись в панели.',
      ...mxRecord(domain, value),
    }),
  }),
  'mx.null-not-alone': define<{ domain: string; hosts: readonly string[] }>({
    ...faulty,
    source: 'RFC 7505 section 3',
    en: ({ domain, hosts }) => ({
      title: 'The domain has a null MX and other MX records',
      detail: `${domain} has the MX record "." (no mail) as well as ${hosts.join(', ')}.`,
      fix: 'Delete the record with the dot.',
    }),
    ru: ({ domain, hosts }) => ({
      title: 'У домена есть null MX и другие MX-записи',
      detail: `У ${domain} есть и MX-запись «.» (почта не принимается), и ${hosts.join(', ')}.`,
      fix: 'Удалите запись с точкой.',
    }),
  }),
  'mx.alias': define<{ domain: string; host: string; target: string; value: string; advice: string }>({
    ...faulty,
    source: 'RFC 2181 section 10.3; RFC 5321 section 5.1',
    en: ({ domain, host, target, value, advice }) => ({
      title: 'An MX record names an alias',
      detail: `The MX record of ${domain} names ${host}, which is an alias (CNAME) of ${target}. The standard forbids that, and some senders do not follow the alias.`,
      fix: ALIAS.en[advice] ?? ALIAS.en.replace!,
      ...mxRecord(domain, value, host),
    }),
    ru: ({ domain, host, target, value, advice }) => ({
      title: 'В MX-записи указан псевдоним (CNAME)',
      detail: `В MX-записи ${domain} указан ${host}, а это псевдоним (CNAME) для ${target}. Стандарт это запрещает, и часть отправителей по CNAME не переходит.`,
      fix: ALIAS.ru[advice] ?? ALIAS.ru.replace!,
      ...mxRecord(domain, value, host),
    }),
  }),
  'mx.address': define<{ domain: string; host: string; preference: number; value: string }>({
    ...faulty,
    source: 'RFC 1035 section 3.3.9; RFC 5321 section 5.1',
    en: ({ domain, host, preference, value }) => ({
      title: 'An MX record has an IP address instead of a name',
      detail: `The MX record of ${domain} is ${host}. An MX record must have a name; this one does not resolve.`,
      fix: !value
        ? `First publish an A record with the address in your zone, then replace this MX record with one that has that name, such as "${preference} NAME.${domain}."`
        : 'Replace the MX record with this one.',
      ...mxRecord(domain, value, host),
    }),
    ru: ({ domain, host, preference, value }) => ({
      title: 'В MX-записи IP-адрес вместо имени',
      detail: `В MX-записи ${domain} указано ${host}. В MX допустимы только имена; такая запись не работает.`,
      fix: !value
        ? `Сначала добавьте в зону A-запись с этим адресом, затем замените MX-запись на запись с этим именем, например «${preference} ИМЯ.${domain}.»`
        : 'Замените MX-запись на эту.',
      ...mxRecord(domain, value, host),
    }),
  }),
  'mx.bad-name': define<{ domain: string; host: string }>({
    ...faulty,
    source: 'RFC 5321 section 2.3.5',
    en: ({ domain, host }) => ({
      title: 'An MX record does not have a valid host name',
      detail: `The MX record of ${domain} is "${host}". A host name has letters, digits and hyphens.`,
      fix: 'Use the name of the mail server as in its address record.',
    }),
    ru: ({ domain, host }) => ({
      title: 'В MX-записи недопустимое имя сервера',
      detail: `В MX-записи ${domain} указано «${host}». Имя сервера состоит из букв, цифр и дефисов.`,
      fix: 'Укажите имя почтового сервера так же, как в его A-записи.',
    }),
  }),
  'mx.no-address': define<{ domain: string; host: string; target: string; own: boolean }>({
    ...faulty,
    source: 'RFC 5321 section 5.1',
    en: ({ domain, host, target, own }) => ({
      title: 'A mail server of the domain has no address',
      detail: `The MX record of ${domain} names ${host}${target ? `, an alias of ${target}` : ''}, which has no address in DNS.`,
      fix:
        own === false
          ? FOREIGN.en(target || host)
          : `Publish an A record for ${target || host} with the address of the server, or delete the MX record.`,
    }),
    ru: ({ domain, host, target, own }) => ({
      title: 'У почтового сервера домена нет адреса',
      detail: `В MX-записи ${domain} указан ${host}${target ? `, псевдоним для ${target}` : ''}, но адреса у него в DNS нет.`,
      fix:
        own === false
          ? FOREIGN.ru(target || host)
          : `Опубликуйте для ${target || host} A-запись с адресом сервера или удалите MX-запись.`,
    }),
  }),
  'mx.private': define<{ domain: string; host: string; addresses: readonly string[]; own: boolean }>({
    ...faulty,
    source: 'RFC 6890; RFC 1918 section 3',
    en: ({ domain, host, addresses, own }) => ({
      title: 'A mail server of the domain has only an internal address',
      detail: `${host}, a mail server of ${domain}, has the address ${addresses.join(', ')}. It is not reachable from the Internet.`,
      fix: own === false ? FOREIGN.en(host) : 'Publish its public address.',
    }),
    ru: ({ domain, host, addresses, own }) => ({
      title: 'У почтового сервера домена только внутренний адрес',
      detail: `У ${host}, почтового сервера ${domain}, адрес ${addresses.join(', ')}. Из интернета он недоступен.`,
      fix: own === false ? FOREIGN.ru(host) : 'Укажите в записи внешний адрес сервера.',
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
      fix: 'Keep the record with the smaller preference number.',
    }),
    ru: ({ domain, host }) => ({
      title: 'Почтовый сервер указан дважды',
      detail: `У ${domain} сервер ${host} указан больше одного раза.`,
      fix: 'Оставьте запись с меньшим числом (приоритетом).',
    }),
  }),
  'mx.unknown': define<{ name: string; detail: string }>({
    area: 'mx',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 5.1',
    en: ({ name, detail }) => ({
      title: 'Not all mail servers of the domain could be checked',
      detail: `DNS did not answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Не все почтовые серверы домена удалось проверить',
      detail: `DNS не ответил на запрос ${name}: ${detail}.`,
    }),
  }),
} as const;
