// Findings of the sending address: PTR, its confirmation, HELO (RFC 8601 section 3, RFC 5321 section 4.1.4).
import { phrase } from '../text/language.ts';
import { type DnsRecord, define } from './define.ts';

/** Receivers reject mail for these; one name that resolves back solves all of them, so they are one cause. */
const refused = { area: 'ptr', severity: 'error', points: 2, cap: 5, class: 'A', root: 'ptr' } as const;
const helo = { area: 'ptr', severity: 'warning', class: 'C', root: 'helo' } as const;

const addressType = (ip: string) => (ip.includes(':') ? 'AAAA' : 'A');
function addressRecord(name: string, ip: string): { record: DnsRecord } {
  return { record: { name, type: addressType(ip), value: ip } };
}

/** What a PTR record should hold instead. A stored report of an older version may lack members. */
type Wanted = {
  ip: string;
  reverseName: string;
  /** The name that it should hold, '' where no known name could resolve to the address. */
  wanted: string;
  /** The name has no address yet: its record in the domain's own zone comes first. */
  publish: boolean;
};

/** Both steps in order, since a PTR record alone is not confirmed. */
const STEPS = {
  en: ({ ip, wanted, publish }: Wanted) => {
    const ask = `The company that assigned you the address sets the PTR record, not your domain's DNS: find "reverse DNS" or "PTR" in its panel, or write to its support: "Please set the reverse DNS of ${ip} to ${wanted || 'NAME'}."`;
    if (!wanted)
      return `First publish an ${addressType(ip)} record with ${ip} for a name of your domain that no other server has, such as relay.your-domain. Then request the PTR record. ${ask}`;
    if (publish)
      return `First publish the ${addressType(ip)} record of ${wanted} with ${ip} in the zone of your domain. Then request the PTR record. ${ask}`;
    return `${ask} That name already resolves to ${ip}.`;
  },
  ru: ({ ip, wanted, publish }: Wanted) => {
    const ask = `PTR-запись настраивает компания, которая выделила вам IP-адрес, а не DNS вашего домена: найдите в её панели раздел «Обратная зона», «Reverse DNS» или «PTR» или напишите в поддержку: «Пожалуйста, пропишите для ${ip} обратную запись (PTR) ${wanted || 'ИМЯ'}».`;
    if (!wanted)
      return `Сначала добавьте ${addressType(ip)}-запись с адресом ${ip} для имени в вашем домене, которое не занято другим сервером, например relay.ваш-домен. Затем попросите прописать PTR с этим именем. ${ask}`;
    if (publish)
      return `Сначала добавьте в зону своего домена ${addressType(ip)}-запись для ${wanted} с адресом ${ip}. Затем попросите прописать PTR. ${ask}`;
    return `${ask} Это имя уже указывает на ${ip}.`;
  },
};

const GENERIC: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    address: 'it contains the address',
    dynamic: 'it looks like a dial-up or home connection',
    customer: 'it looks like a name assigned to a customer',
  },
  ru: {
    address: 'в имени записан сам адрес',
    dynamic: 'имя похоже на домашнее подключение',
    customer: 'имя похоже на выданное клиенту автоматически',
  },
};

export const ptrFindings = {
  'ptr.confirmed': define<{ ip: string; name: string }>({
    area: 'ptr',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 8601 section 3',
    en: ({ ip, name }) => ({
      title: 'The PTR record of the sending address is confirmed',
      detail: `${ip} has the name ${name}, and ${name} resolves to ${ip}.`,
    }),
    ru: ({ ip, name }) => ({
      title: 'Обратная запись (PTR) адреса отправки подтверждена',
      detail: `Для ${ip} прописано имя ${name}, и ${name} указывает на ${ip}.`,
    }),
  }),
  'ptr.none': define<Wanted>({
    ...refused,
    source: 'Gmail 5.7.25; RFC 1912 section 2.1',
    en: (args) => ({
      title: 'The sending address has no PTR record',
      detail: `There is no PTR record for ${args.ip}. Gmail and many other receivers reject mail from such an address.`,
      fix: STEPS.en(args),
    }),
    ru: (args) => ({
      title: 'Для адреса отправки нет PTR-записи',
      detail: `Для ${args.ip} не прописана обратная запись (PTR). Gmail и многие другие получатели отклоняют почту с таких адресов.`,
      fix: STEPS.ru(args),
    }),
  }),
  'ptr.not-confirmed': define<Wanted & { name: string; addresses: readonly string[] }>({
    ...refused,
    source: 'Gmail 5.7.25; RFC 8601 section 3',
    en: (args) => ({
      title: 'The name in the PTR record does not resolve to the sending address',
      detail: `The PTR record of ${args.ip} is ${args.name}, but ${args.name} ${args.addresses.length === 0 ? 'does not resolve to it' : `resolves to ${args.addresses.join(', ')}`}. Receivers treat that as no PTR record.`,
      fix:
        args.wanted === args.name
          ? `Publish the ${addressType(args.ip)} record of ${args.name} with ${args.ip}; the PTR record can stay.`
          : `Set the PTR record to a name of your domain that resolves to ${args.ip}. ${STEPS.en(args)}`,
      ...(args.wanted === args.name ? addressRecord(args.name, args.ip) : {}),
    }),
    ru: (args) => ({
      title: 'Имя из PTR-записи не указывает на адрес отправки',
      detail: `PTR-запись для ${args.ip} — ${args.name}, но ${args.name} ${args.addresses.length === 0 ? 'не указывает на этот адрес' : `указывает на ${args.addresses.join(', ')}`}. Для получателей это равносильно отсутствию PTR-записи.`,
      fix:
        args.wanted === args.name
          ? `Добавьте для ${args.name} ${addressType(args.ip)}-запись с адресом ${args.ip}; PTR-запись менять не нужно.`
          : `В PTR-записи должно быть имя вашего домена, которое указывает на ${args.ip}. ${STEPS.ru(args)}`,
      ...(args.wanted === args.name ? addressRecord(args.name, args.ip) : {}),
    }),
  }),
  /** The first of two steps; the second is the PTR record, which is not in the domain's own zone. */
  'ptr.name-needed': define<{ ip: string; name: string }>({
    area: 'ptr',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 8601 section 3',
    en: ({ ip, name }) => ({
      title: 'The name for the PTR record has no address yet',
      detail: `${name} is a name of your domain that the PTR record of ${ip} can have, once it resolves to ${ip}.`,
      fix: 'Publish this record, then request the PTR record.',
      ...addressRecord(name, ip),
    }),
    ru: ({ ip, name }) => ({
      title: 'У имени для PTR-записи ещё нет адреса',
      detail: `${name} — имя вашего домена, которое можно прописать в PTR для ${ip}, когда оно будет указывать на ${ip}.`,
      fix: 'Опубликуйте эту запись, затем попросите прописать PTR.',
      ...addressRecord(name, ip),
    }),
  }),
  'ptr.arpa': define<Wanted & { name: string; intended: string }>({
    ...refused,
    source: 'RFC 1912 section 2.1; Gmail 5.7.25',
    en: (args) => ({
      title: 'The PTR record has a name of the reverse zone',
      detail: `The PTR record of ${args.ip} is ${args.name}. ${args.intended === '' ? 'It should be the name of the mail server.' : `The intended name is ${args.intended}: the final dot is missing, so the name of the zone was appended.`}`,
      fix: `Request a name with a final dot. ${STEPS.en(args)}`,
    }),
    ru: (args) => ({
      title: 'В PTR-записи указано имя обратной зоны',
      detail: `PTR-запись для ${args.ip} — ${args.name}. ${args.intended === '' ? 'Там должно быть имя почтового сервера.' : `Должно быть ${args.intended}: пропущена точка в конце, и к имени добавилось имя зоны.`}`,
      fix: `Имя нужно указать с точкой в конце. ${STEPS.ru(args)}`,
    }),
  }),
  'ptr.bad-name': define<Wanted & { name: string }>({
    ...refused,
    source: 'RFC 5321 section 2.3.5; Gmail 5.7.25',
    en: (args) => ({
      title: 'The PTR record is not a valid host name',
      detail: `The PTR record of ${args.ip} is "${args.name}". A host name has letters, digits and hyphens, and at least two labels.`,
      fix: STEPS.en(args),
    }),
    ru: (args) => ({
      title: 'В PTR-записи недопустимое имя сервера',
      detail: `PTR-запись для ${args.ip} — «${args.name}». Имя сервера состоит из букв, цифр и дефисов и содержит хотя бы одну точку.`,
      fix: STEPS.ru(args),
    }),
  }),
  'ptr.generic': define<{ ip: string; name: string; reason: string }>({
    area: 'ptr',
    severity: 'warning',
    points: 0.5,
    class: 'C',
    source: 'M3AAWG sender practices; rspamd HFILTER',
    en: ({ ip, name, reason }) => ({
      title: 'The PTR record looks like that of a home connection',
      detail: `The PTR record of ${ip} is ${name}: ${phrase(GENERIC, 'en', reason)}. Spam filters count that against the mail.`,
      fix: `Ask the company that assigned you the address to set its PTR record to a name of your domain, such as mail.your-domain, that resolves to ${ip}.`,
    }),
    ru: ({ ip, name, reason }) => ({
      title: 'PTR-запись похожа на имя домашнего подключения',
      detail: `PTR-запись для ${ip} — ${name}: ${phrase(GENERIC, 'ru', reason)}. Спам-фильтры учитывают это не в пользу письма.`,
      fix: `Попросите компанию, которая выделила вам IP-адрес, прописать в PTR имя вашего домена, например mail.ваш-домен, которое указывает на ${ip}.`,
    }),
  }),
  'ptr.several': define<{ ip: string; names: readonly string[] }>({
    area: 'ptr',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 1912 section 2.1',
    en: ({ ip, names }) => ({
      title: 'The sending address has several PTR records',
      detail: `${ip} has the names ${names.join(', ')}. Some receivers check only one of them.`,
      fix: 'Keep the name that the mail server uses in HELO.',
    }),
    ru: ({ ip, names }) => ({
      title: 'Для адреса отправки несколько PTR-записей',
      detail: `Для ${ip} прописаны имена ${names.join(', ')}. Некоторые получатели проверяют только одно из них.`,
      fix: 'Оставьте то имя, которое сервер передаёт в HELO.',
    }),
  }),
  'ptr.reserved': define<{ ip: string }>({
    area: 'ptr',
    severity: 'warning',
    points: 0,
    class: 'D',
    source: 'RFC 6890',
    en: ({ ip }) => ({
      title: 'The sending address is not a public address',
      detail: `${ip} is an address of an internal network. Receivers see another one, that of your router or relay.`,
      fix: 'Check the public address of the server that delivers the mail to the receivers.',
    }),
    ru: ({ ip }) => ({
      title: 'Адрес отправки не публичный',
      detail: `${ip} — адрес внутренней сети. Получатели видят другой: адрес вашего маршрутизатора или релея.`,
      fix: 'Проверьте внешний адрес сервера, который передаёт почту получателям.',
    }),
  }),
  'ptr.unknown': define<{ name: string; detail: string }>({
    area: 'ptr',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 8601 section 3',
    en: ({ name, detail }) => ({
      title: 'The PTR record of the sending address could not be checked',
      detail: `DNS did not answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Не удалось проверить PTR-запись адреса отправки',
      detail: `DNS не ответил на запрос ${name}: ${detail}.`,
    }),
  }),
  'helo.address': define<{ helo: string; ip: string; name: string }>({
    ...helo,
    points: 0.75,
    source: 'RFC 5321 section 4.1.4; rspamd HFILTER_HELO_BAREIP',
    en: ({ helo: greeting, ip, name }) => ({
      title: 'The mail server sends an IP address in HELO',
      detail: `The server sends HELO ${greeting}. Spam filters count that heavily against the mail.`,
      fix: `Set its name; in Postfix: myhostname = ${name === '' ? `the name in the PTR record of ${ip}` : name}`,
    }),
    ru: ({ helo: greeting, ip, name }) => ({
      title: 'Почтовый сервер передаёт в HELO IP-адрес',
      detail: `Сервер передаёт HELO ${greeting}. Спам-фильтры сильно учитывают это не в пользу письма.`,
      fix: `Задайте серверу имя; в Postfix: myhostname = ${name === '' ? `имя из PTR-записи адреса ${ip}` : name}`,
    }),
  }),
  'helo.not-qualified': define<{ helo: string; name: string }>({
    ...helo,
    points: 0.75,
    source: 'RFC 5321 section 2.3.5; rspamd HFILTER_HELO',
    en: ({ helo: greeting, name }) => ({
      title: 'The HELO name is not fully qualified',
      detail: `The server sends HELO ${greeting}, which does not resolve in public DNS. Spam filters count that against the mail.`,
      fix: `Set its full name; in Postfix: myhostname = ${name === '' ? 'mail.your-domain' : name}`,
    }),
    ru: ({ helo: greeting, name }) => ({
      title: 'В HELO неполное имя сервера',
      detail: `Сервер передаёт HELO ${greeting}; в публичном DNS такого имени нет. Спам-фильтры учитывают это не в пользу письма.`,
      fix: `Задайте серверу полное имя (FQDN); в Postfix: myhostname = ${name === '' ? 'mail.ваш-домен' : name}`,
    }),
  }),
  'helo.wrong-address': define<{
    helo: string;
    ip: string;
    addresses: readonly string[];
    /** The confirmed name of the PTR record, '' where there is none. */
    name: string;
    /** The HELO name is in the domain, has no address, and would be confirmed by the record. */
    publish: boolean;
  }>({
    ...helo,
    points: 0.1,
    source: 'RFC 5321 section 4.1.4',
    en: ({ helo: greeting, ip, addresses, name, publish }) => ({
      title: 'The HELO name does not resolve to the sending address',
      detail: `The server sends HELO ${greeting}, and that name ${addresses.length === 0 ? 'has no address' : `resolves to ${addresses.join(', ')}, not to ${ip}`}.`,
      fix: publish
        ? 'Publish this record, or set the HELO name to the name in the PTR record.'
        : `Set the HELO name to a name that resolves to ${ip}${name ? `, preferably ${name}` : ''}; in Postfix: smtp_helo_name.`,
      ...(publish ? addressRecord(greeting, ip) : {}),
    }),
    ru: ({ helo: greeting, ip, addresses, name, publish }) => ({
      title: 'Имя из HELO не указывает на адрес отправки',
      detail: `Сервер передаёт HELO ${greeting}, а это имя ${addresses.length === 0 ? 'не имеет адреса' : `указывает на ${addresses.join(', ')}, а не на ${ip}`}.`,
      fix: publish
        ? 'Опубликуйте эту запись или задайте в HELO имя из PTR-записи.'
        : `Задайте в HELO имя, которое указывает на ${ip}${name ? `, лучше всего ${name}` : ''} (в Postfix: smtp_helo_name).`,
      ...(publish ? addressRecord(greeting, ip) : {}),
    }),
  }),
  'helo.not-ptr': define<{ helo: string; name: string }>({
    ...helo,
    points: 0.1,
    source: 'RFC 5321 section 4.1.4; rspamd HFILTER',
    en: ({ helo: greeting, name }) => ({
      title: 'The HELO name differs from the PTR record',
      detail: `The server sends HELO ${greeting}, and its PTR record is ${name}. Both resolve to the server, but some filters expect one name.`,
      fix: `Set the HELO name to ${name} (in Postfix: smtp_helo_name), or have the PTR record set to ${greeting}.`,
    }),
    ru: ({ helo: greeting, name }) => ({
      title: 'Имя из HELO не совпадает с PTR-записью',
      detail: `Сервер передаёт HELO ${greeting}, а в его PTR-записи указано ${name}. Оба имени указывают на сервер, но некоторые фильтры ожидают совпадения.`,
      fix: `Задайте в HELO имя ${name} (в Postfix: smtp_helo_name) или попросите прописать в PTR ${greeting}.`,
    }),
  }),
} as const;
