// Findings of the sending address: PTR, its confirmation, HELO (RFC 8601 section 3, RFC 5321 section 4.1.4).
import { type DnsRecord, define } from './define.ts';

/** What receivers refuse for; they ask for one name that leads back, so all of these are one cause. */
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
  /** The name that it should hold, '' where none is known that could lead to the address. */
  wanted: string;
  /** The name has no address yet: its record in the domain's own zone comes first. */
  publish: boolean;
};

/** Both steps in their order, since a PTR record alone does not lead back. */
const STEPS = {
  en: ({ ip, wanted, publish }: Wanted) => {
    const ask = `The company that gave you the address sets the PTR record, not your domain's DNS: look for "reverse DNS" or "PTR" in its panel, or write to its support: "Please set the reverse DNS of ${ip} to ${wanted || 'NAME'}."`;
    if (!wanted)
      return `First give a name of your domain that no other server has an ${addressType(ip)} record with ${ip}, such as relay.your-domain. Then ask for it. ${ask}`;
    if (publish)
      return `First publish the ${addressType(ip)} record of ${wanted} with ${ip} in the zone of your domain. Then ask for the PTR record. ${ask}`;
    return `${ask} That name already leads to ${ip}.`;
  },
  ru: ({ ip, wanted, publish }: Wanted) => {
    const ask = `Запись PTR ставит компания, которая дала вам адрес, а не DNS вашего домена: найдите в её панели «обратная зона», «reverse DNS» или «PTR» или напишите в поддержку: «Пожалуйста, установите для ${ip} обратную запись (PTR) ${wanted || 'ИМЯ'}».`;
    if (!wanted)
      return `Сначала создайте запись ${addressType(ip)} с адресом ${ip} для имени в вашем домене, которое не занято другим сервером, например relay.ваш-домен. Затем попросите поставить это имя в PTR. ${ask}`;
    if (publish)
      return `Сначала опубликуйте в зоне своего домена запись ${addressType(ip)} для ${wanted} с адресом ${ip}. Затем попросите поставить PTR. ${ask}`;
    return `${ask} Это имя уже указывает на ${ip}.`;
  },
};

const GENERIC: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    address: 'it spells out the address',
    dynamic: 'it looks like a dial-up or home line',
    customer: 'it looks given out to a customer',
  },
  ru: {
    address: 'в нём записан сам адрес',
    dynamic: 'оно похоже на имя домашнего подключения',
    customer: 'оно похоже на выданное клиенту',
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
      title: 'The sending address has a name that leads back to it',
      detail: `${ip} is ${name}, and ${name} is ${ip}.`,
    }),
    ru: ({ ip, name }) => ({
      title: 'У адреса отправки есть имя, и оно ведёт обратно',
      detail: `${ip} — это ${name}, а ${name} — это ${ip}.`,
    }),
  }),
  'ptr.none': define<Wanted>({
    ...refused,
    source: 'Gmail 5.7.25; RFC 1912 section 2.1',
    en: (args) => ({
      title: 'The sending address has no name in reverse DNS',
      detail: `There is no PTR record for ${args.ip}. Gmail and many others refuse mail from such an address.`,
      fix: STEPS.en(args),
    }),
    ru: (args) => ({
      title: 'У адреса отправки нет имени в обратной зоне DNS',
      detail: `Для ${args.ip} нет записи PTR. Gmail и многие другие отклоняют почту с таких адресов.`,
      fix: STEPS.ru(args),
    }),
  }),
  'ptr.not-confirmed': define<Wanted & { name: string; addresses: readonly string[] }>({
    ...refused,
    source: 'Gmail 5.7.25; RFC 8601 section 3',
    en: (args) => ({
      title: 'The name of the sending address does not lead back to it',
      detail: `The PTR record of ${args.ip} says ${args.name}, but ${args.name} ${args.addresses.length === 0 ? 'has no such address' : `leads to ${args.addresses.join(', ')}`}. To receivers that is no name at all.`,
      fix:
        args.wanted === args.name
          ? `Publish the ${addressType(args.ip)} record of ${args.name} with ${args.ip}; the PTR record can stay.`
          : `Let the PTR record hold a name of yours that leads to ${args.ip}. ${STEPS.en(args)}`,
      ...(args.wanted === args.name ? addressRecord(args.name, args.ip) : {}),
    }),
    ru: (args) => ({
      title: 'Имя адреса отправки не ведёт обратно к нему',
      detail: `Запись PTR для ${args.ip} содержит ${args.name}, но ${args.name} ${args.addresses.length === 0 ? 'не имеет такого адреса' : `указывает на ${args.addresses.join(', ')}`}. Для получателей это всё равно что нет имени.`,
      fix:
        args.wanted === args.name
          ? `Опубликуйте запись ${addressType(args.ip)} для ${args.name} с адресом ${args.ip}; запись PTR менять не нужно.`
          : `В записи PTR должно быть ваше имя, указывающее на ${args.ip}. ${STEPS.ru(args)}`,
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
      title: 'The name for reverse DNS has no address yet',
      detail: `${name} is a name of your domain that the PTR record of ${ip} can hold, once it leads to ${ip}.`,
      fix: 'Publish this record, then ask for the PTR record.',
      ...addressRecord(name, ip),
    }),
    ru: ({ ip, name }) => ({
      title: 'У имени для обратной зоны ещё нет адреса',
      detail: `${name} — имя в вашем домене, которое можно указать в записи PTR для ${ip}, когда оно будет указывать на ${ip}.`,
      fix: 'Опубликуйте эту запись, затем попросите поставить PTR.',
      ...addressRecord(name, ip),
    }),
  }),
  'ptr.arpa': define<Wanted & { name: string; intended: string }>({
    ...refused,
    source: 'RFC 1912 section 2.1; Gmail 5.7.25',
    en: (args) => ({
      title: 'The PTR record holds a name of the reverse zone',
      detail: `The PTR record of ${args.ip} says ${args.name}. ${args.intended === '' ? 'It should hold the name of the mail server.' : `It was meant to say ${args.intended}, and the final dot was forgotten, so the zone's own name was added.`}`,
      fix: `Ask for a name with a dot at its end. ${STEPS.en(args)}`,
    }),
    ru: (args) => ({
      title: 'Запись PTR содержит имя обратной зоны',
      detail: `Запись PTR для ${args.ip} содержит ${args.name}. ${args.intended === '' ? 'Там должно быть имя почтового сервера.' : `Имелось в виду ${args.intended}, но забыта точка в конце, и к имени добавилось имя зоны.`}`,
      fix: `Имя должно быть с точкой в конце. ${STEPS.ru(args)}`,
    }),
  }),
  'ptr.bad-name': define<Wanted & { name: string }>({
    ...refused,
    source: 'RFC 5321 section 2.3.5; Gmail 5.7.25',
    en: (args) => ({
      title: 'The PTR record holds something that cannot be a host name',
      detail: `The PTR record of ${args.ip} says "${args.name}". A host name has letters, digits and hyphens, and at least two parts.`,
      fix: STEPS.en(args),
    }),
    ru: (args) => ({
      title: 'В записи PTR то, что не может быть именем сервера',
      detail: `Запись PTR для ${args.ip} содержит «${args.name}». Имя сервера состоит из букв, цифр и дефисов и имеет хотя бы две части.`,
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
      title: 'The name of the sending address looks like that of a home line',
      detail: `${ip} is called ${name}: ${GENERIC.en[reason] ?? reason}. Spam filters count that against the mail.`,
      fix: `Ask the company that gave you the address to set its reverse DNS to a name of your own, like mail.your-domain, that leads to ${ip}.`,
    }),
    ru: ({ ip, name, reason }) => ({
      title: 'Имя адреса отправки похоже на домашнее подключение',
      detail: `${ip} называется ${name}: ${GENERIC.ru[reason] ?? reason}. Спам-фильтры учитывают это против письма.`,
      fix: `Попросите компанию, которая дала вам адрес, поставить в обратной зоне ваше имя, например mail.ваш-домен, указывающее на ${ip}.`,
    }),
  }),
  'ptr.several': define<{ ip: string; names: readonly string[] }>({
    area: 'ptr',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 1912 section 2.1',
    en: ({ ip, names }) => ({
      title: 'The sending address has several names',
      detail: `The PTR record of ${ip} names ${names.join(', ')}. Some receivers look at one only, and it may be the wrong one.`,
      fix: 'Keep the name that the mail server uses in HELO.',
    }),
    ru: ({ ip, names }) => ({
      title: 'У адреса отправки несколько имён',
      detail: `Запись PTR для ${ip} содержит ${names.join(', ')}. Некоторые получатели смотрят только на одно, и оно может оказаться не тем.`,
      fix: 'Оставьте то имя, которым сервер представляется в HELO.',
    }),
  }),
  'ptr.reserved': define<{ ip: string }>({
    area: 'ptr',
    severity: 'warning',
    points: 0,
    class: 'D',
    source: 'RFC 6890',
    en: ({ ip }) => ({
      title: 'Nobody receives mail from this address',
      detail: `${ip} is an address for inside a network. Receivers see another one, that of your router or relay.`,
      fix: 'Check the public address of the server that hands the mail to the receivers.',
    }),
    ru: ({ ip }) => ({
      title: 'С этого адреса почта никому не приходит',
      detail: `${ip} — адрес для внутренней сети. Получатели видят другой: адрес вашего маршрутизатора или почтового сервера.`,
      fix: 'Проверьте внешний адрес того сервера, который передаёт почту получателям.',
    }),
  }),
  'ptr.unknown': define<{ name: string; detail: string }>({
    area: 'ptr',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 8601 section 3',
    en: ({ name, detail }) => ({
      title: 'The name of the sending address could not be checked',
      detail: `DNS gave no answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Имя адреса отправки проверить не удалось',
      detail: `DNS не ответил о ${name}: ${detail}.`,
    }),
  }),
  'helo.address': define<{ helo: string; ip: string; name: string }>({
    ...helo,
    points: 0.75,
    source: 'RFC 5321 section 4.1.4; rspamd HFILTER_HELO_BAREIP',
    en: ({ helo: said, ip, name }) => ({
      title: 'The mail server introduces itself by an address',
      detail: `It says HELO ${said}. Spam filters count that heavily against the mail.`,
      fix: `Set its name; in Postfix: myhostname = ${name === '' ? `the name in the PTR record of ${ip}` : name}`,
    }),
    ru: ({ helo: said, ip, name }) => ({
      title: 'Почтовый сервер представляется адресом',
      detail: `Он говорит HELO ${said}. Спам-фильтры сильно учитывают это против письма.`,
      fix: `Задайте ему имя; в Postfix: myhostname = ${name === '' ? `имя из записи PTR адреса ${ip}` : name}`,
    }),
  }),
  'helo.not-qualified': define<{ helo: string; name: string }>({
    ...helo,
    points: 0.75,
    source: 'RFC 5321 section 2.3.5; rspamd HFILTER_HELO',
    en: ({ helo: said, name }) => ({
      title: 'The mail server introduces itself by a name that is not complete',
      detail: `It says HELO ${said}, which nobody outside can look up. Spam filters count that against the mail.`,
      fix: `Set its full name; in Postfix: myhostname = ${name === '' ? 'mail.your-domain' : name}`,
    }),
    ru: ({ helo: said, name }) => ({
      title: 'Почтовый сервер представляется неполным именем',
      detail: `Он говорит HELO ${said}; снаружи такого имени нет. Спам-фильтры учитывают это против письма.`,
      fix: `Задайте ему полное имя; в Postfix: myhostname = ${name === '' ? 'mail.ваш-домен' : name}`,
    }),
  }),
  'helo.wrong-address': define<{
    helo: string;
    ip: string;
    addresses: readonly string[];
    /** The name in the PTR record that leads back, '' where there is none. */
    name: string;
    /** The HELO name is the domain's, has no address, and nothing else speaks against it. */
    publish: boolean;
  }>({
    ...helo,
    points: 0.1,
    source: 'RFC 5321 section 4.1.4',
    en: ({ helo: said, ip, addresses, name, publish }) => ({
      title: 'The HELO name does not lead to the sending address',
      detail: `The server says HELO ${said}, and that name ${addresses.length === 0 ? 'has no address' : `leads to ${addresses.join(', ')}`}, not to ${ip}.`,
      fix: publish
        ? 'Publish this record, or let the server introduce itself by the name that its PTR record holds.'
        : `Let the server introduce itself by a name that leads to ${ip}${name ? `, best as ${name}` : ''}; in Postfix by smtp_helo_name.`,
      ...(publish ? addressRecord(said, ip) : {}),
    }),
    ru: ({ helo: said, ip, addresses, name, publish }) => ({
      title: 'Имя из HELO не ведёт к адресу отправки',
      detail: `Сервер говорит HELO ${said}, а это имя ${addresses.length === 0 ? 'не имеет адреса' : `указывает на ${addresses.join(', ')}`}, а не на ${ip}.`,
      fix: publish
        ? 'Опубликуйте эту запись, или пусть сервер представляется именем из своей записи PTR.'
        : `Пусть сервер представляется именем, которое указывает на ${ip}${name ? `, лучше всего ${name}` : ''} (в Postfix: smtp_helo_name).`,
      ...(publish ? addressRecord(said, ip) : {}),
    }),
  }),
  'helo.not-ptr': define<{ helo: string; name: string }>({
    ...helo,
    points: 0.1,
    source: 'RFC 5321 section 4.1.4; rspamd HFILTER',
    en: ({ helo: said, name }) => ({
      title: 'The HELO name is not the name of the sending address',
      detail: `The server says HELO ${said}, and its PTR record says ${name}. Both lead to it, yet some filters want them equal.`,
      fix: `Let the server introduce itself as ${name}, in Postfix by smtp_helo_name, or have the PTR record set to ${said}.`,
    }),
    ru: ({ helo: said, name }) => ({
      title: 'Имя из HELO не совпадает с именем адреса отправки',
      detail: `Сервер говорит HELO ${said}, а в его записи PTR стоит ${name}. Оба ведут к нему, но некоторым фильтрам нужно совпадение.`,
      fix: `Пусть сервер представляется как ${name} (в Postfix: smtp_helo_name), или попросите поставить в PTR ${said}.`,
    }),
  }),
} as const;
