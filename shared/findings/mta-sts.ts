// Findings of MTA-STS and the reports that go with it (RFC 8461, RFC 8460).
// Good practice without effect on the delivery of what the shop sends, so nothing here costs points.
import { define } from './define.ts';

const info = { area: 'tls', severity: 'info', points: 0, class: 'D' } as const;
const advice = { area: 'tls', severity: 'notice', points: 0, class: 'D' } as const;
/** Mail to the domain is lost or unprotected, though the owner meant it to be safe. */
const broken = { area: 'tls', severity: 'warning', points: 0, class: 'D' } as const;

function stsRecord(domain: string, id: string) {
  return { record: { name: `_mta-sts.${domain}`, type: 'TXT', value: `v=STSv1; id=${id}` } };
}
/** Findings that were stored before had no record among their arguments. */
function reportRecord(domain: string, record = '') {
  return record === '' ? {} : { record: { name: `_smtp._tls.${domain}`, type: 'TXT', value: record } };
}

const STS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    version: 'the record must begin with v=STSv1;',
    syntax: 'the record is not well-formed',
    'missing-id': 'the record has no id=',
    'bad-id': 'its id= may hold letters and digits only, 32 at most',
    several: 'there are several records',
    redirect: 'the address of the policy redirects, which senders must not follow',
    'media-type': 'the policy is not sent as text/plain',
    'too-large': 'the policy is larger than 64 KB',
    'not-fetched': 'the policy could not be fetched',
    'untrusted-certificate': 'the certificate of its host is not trusted',
    'other-name': 'the certificate of its host is for another name',
    'expired-certificate': 'the certificate of its host is not valid at this time',
    'no-tls': 'its host does not answer with TLS 1.2 or newer',
    'no-policy-host': 'the host of the policy does not exist',
    'bad-policy': 'the policy is not well-formed',
  },
  ru: {
    version: 'запись должна начинаться с v=STSv1;',
    syntax: 'запись составлена неверно',
    'missing-id': 'в записи нет id=',
    'bad-id': 'в id= допустимы только буквы и цифры, не больше 32',
    several: 'записей несколько',
    redirect: 'адрес политики перенаправляет, а следовать за этим отправителям нельзя',
    'media-type': 'политика отдаётся не как text/plain',
    'too-large': 'политика больше 64 КБ',
    'not-fetched': 'политику не удалось получить',
    'untrusted-certificate': 'сертификату её сервера нельзя доверять',
    'other-name': 'сертификат её сервера выдан на другое имя',
    'expired-certificate': 'сертификат её сервера сейчас недействителен',
    'no-tls': 'её сервер не отвечает по TLS 1.2 или новее',
    'no-policy-host': 'сервера с политикой не существует',
    'bad-policy': 'политика составлена неверно',
  },
};

export const mtaStsFindings = {
  'mta-sts.none': define<{ domain: string; policy: string; id: string }>({
    ...advice,
    source: 'RFC 8461 section 3',
    en: ({ domain, policy, id }) => ({
      title: 'Mail to the domain is not protected by MTA-STS',
      detail: `Senders encrypt mail to ${domain} where they can, but somebody in between can prevent it unnoticed.`,
      fix: `Publish this record, and at https://mta-sts.${domain}/.well-known/mta-sts.txt as plain text: ${policy}`,
      ...stsRecord(domain, id),
    }),
    ru: ({ domain, policy, id }) => ({
      title: 'Почта для домена не защищена MTA-STS',
      detail: `Отправители шифруют почту для ${domain}, если могут, но посредник может незаметно этому помешать.`,
      fix: `Опубликуйте эту запись, а по адресу https://mta-sts.${domain}/.well-known/mta-sts.txt обычным текстом: ${policy}`,
      ...stsRecord(domain, id),
    }),
  }),
  'mta-sts.valid': define<{ domain: string; mode: string; days: number }>({
    ...info,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, mode, days }) => ({
      title: 'There is an MTA-STS policy',
      detail: `The policy of ${domain} has the mode "${mode}" and holds for ${days} days.`,
    }),
    ru: ({ domain, mode, days }) => ({
      title: 'Политика MTA-STS есть',
      detail: `Политика ${domain}: режим «${mode}», действует ${days} дн.`,
    }),
  }),
  'mta-sts.invalid': define<{ domain: string; reason: string; detail: string }>({
    ...broken,
    source: 'RFC 8461 sections 3.1 to 3.3',
    en: ({ domain, reason, detail }) => ({
      title: 'Senders cannot use the MTA-STS policy',
      detail: `${domain} means to have MTA-STS, but ${STS.en[reason] ?? reason}${detail === '' ? '' : ` (${detail})`}. Senders go on as if there were none.`,
      fix: `The record stands at _mta-sts.${domain}, the policy at https://mta-sts.${domain}/.well-known/mta-sts.txt: mend the part named.`,
    }),
    ru: ({ domain, reason, detail }) => ({
      title: 'Отправители не могут использовать политику MTA-STS',
      detail: `У ${domain} задумана MTA-STS, но ${STS.ru[reason] ?? reason}${detail === '' ? '' : ` (${detail})`}. Отправители поступают так, будто её нет.`,
      fix: `Запись — в _mta-sts.${domain}, политика — https://mta-sts.${domain}/.well-known/mta-sts.txt: исправьте названное.`,
    }),
  }),
  'mta-sts.host-not-allowed': define<{ domain: string; host: string; enforced: boolean }>({
    ...broken,
    source: 'RFC 8461 section 4.1',
    en: ({ domain, host, enforced }) => ({
      title: 'The MTA-STS policy does not name a mail server of the domain',
      detail: `Mail for ${domain} goes to ${host}, which the policy does not allow. ${enforced ? 'Senders that keep to it do not deliver there.' : 'In the mode "testing" that is only reported.'}`,
      fix: `Add this line to the policy, and change the id= in the record afterwards: mx: ${host}`,
    }),
    ru: ({ domain, host, enforced }) => ({
      title: 'Политика MTA-STS не называет почтовый сервер домена',
      detail: `Почту для ${domain} принимает ${host}, а политика его не разрешает. ${enforced ? 'Отправители, которые её соблюдают, туда не доставляют.' : 'В режиме «testing» об этом только сообщают.'}`,
      fix: `Добавьте в политику эту строку, а затем измените id= в записи: mx: ${host}`,
    }),
  }),
  'mta-sts.unused-pattern': define<{ domain: string; pattern: string }>({
    ...advice,
    source: 'RFC 8461 section 4.1',
    en: ({ domain, pattern }) => ({
      title: 'The MTA-STS policy names a server that takes no mail',
      detail: `"${pattern}" in the policy of ${domain} is none of its mail servers.`,
      fix: 'Remove the line where the server is gone for good.',
    }),
    ru: ({ domain, pattern }) => ({
      title: 'Политика MTA-STS называет сервер, который не принимает почту',
      detail: `«${pattern}» в политике ${domain} — не её почтовый сервер.`,
      fix: 'Удалите строку, если сервера больше не будет.',
    }),
  }),
  'mta-sts.not-enforced': define<{ domain: string; mode: string }>({
    ...advice,
    source: 'RFC 8461 section 5',
    en: ({ domain, mode }) => ({
      title: 'The MTA-STS policy does not protect yet',
      detail: `Its mode is "${mode}", so senders deliver to ${domain} whatever they meet.`,
      fix: 'Once the reports show no failures, write mode: enforce, and change the id= in the record.',
    }),
    ru: ({ domain, mode }) => ({
      title: 'Политика MTA-STS пока не защищает',
      detail: `Её режим «${mode}», и отправители доставляют почту для ${domain} в любом случае.`,
      fix: 'Когда в отчётах не будет ошибок, напишите mode: enforce и измените id= в записи.',
    }),
  }),
  'mta-sts.short': define<{ domain: string; seconds: number }>({
    ...advice,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, seconds }) => ({
      title: 'The MTA-STS policy is soon forgotten',
      detail: `Senders keep the policy of ${domain} for ${seconds} seconds; the time of a policy is usually weeks.`,
      fix: 'Write max_age: 2592000 (30 days).',
    }),
    ru: ({ domain, seconds }) => ({
      title: 'Политика MTA-STS быстро забывается',
      detail: `Отправители помнят политику ${domain} ${seconds} с; обычно политика действует несколько недель.`,
      fix: 'Напишите max_age: 2592000 (30 дней).',
    }),
  }),
  'mta-sts.bad-line': define<{ domain: string; line: string }>({
    ...advice,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, line }) => ({
      title: 'A line of the MTA-STS policy is not well-formed',
      detail: `The policy of ${domain} holds the line "${line}". Some senders overlook it, others discard the whole policy.`,
      fix: 'Take the line out: each must read "name: value".',
    }),
    ru: ({ domain, line }) => ({
      title: 'В политике MTA-STS есть неправильная строка',
      detail: `В политике ${domain} есть строка «${line}». Одни отправители её пропускают, другие отбрасывают всю политику.`,
      fix: 'Уберите её: каждая строка должна иметь вид «имя: значение».',
    }),
  }),
  'tls-rpt.none': define<{ domain: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, record }) => ({
      title: 'Failures of encryption are not reported',
      detail: `${domain} does not ask for TLS reports.`,
      fix:
        record === ''
          ? `Publish a TXT record at _smtp._tls.${domain}: v=TLSRPTv1; rua=mailto: and an address that exists.`
          : 'Publish this record; the address in it must exist.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'О сбоях шифрования не сообщают',
      detail: `${domain} не запрашивает отчётов о TLS.`,
      fix:
        record === ''
          ? `Опубликуйте запись TXT в _smtp._tls.${domain}: v=TLSRPTv1; rua=mailto: и адрес, который существует.`
          : 'Опубликуйте эту запись; адрес в ней должен существовать.',
      ...reportRecord(domain, record),
    }),
  }),
  'tls-rpt.valid': define<{ domain: string; addresses: readonly string[] }>({
    ...info,
    source: 'RFC 8460 section 3',
    en: ({ domain, addresses }) => ({
      title: 'Reports about encryption are asked for',
      detail: `Those for ${domain} go to ${addresses.join(', ')}.`,
    }),
    ru: ({ domain, addresses }) => ({
      title: 'Отчёты о шифровании запрашиваются',
      detail: `Для ${domain} они идут на ${addresses.join(', ')}.`,
    }),
  }),
  'tls-rpt.several-rua': define<{ domain: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, record }) => ({
      title: 'The TLS report record lists its addresses in several parts',
      detail: `The record at _smtp._tls.${domain} has rua= more than once. The standard does not say which counts, and some senders report to the addresses of one part only.`,
      fix: record === '' ? 'Write all addresses into one rua=, with commas between them.' : 'Publish this record.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'В записи для отчётов о TLS адреса указаны в нескольких частях',
      detail: `В записи _smtp._tls.${domain} rua= указано больше одного раза. Стандарт не говорит, какая часть считается, и некоторые отправители шлют отчёты только на адреса из одной.`,
      fix: record === '' ? 'Запишите все адреса в один rua= через запятую.' : 'Опубликуйте эту запись.',
      ...reportRecord(domain, record),
    }),
  }),
  'tls-rpt.invalid': define<{ domain: string; found: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, found, record }) => ({
      title: 'The TLS report record cannot be read',
      detail: `At _smtp._tls.${domain} there must be one well-formed record. It says: ${found}`,
      fix:
        record === ''
          ? 'Replace it with one record of the form "v=TLSRPTv1; rua=mailto:address", with commas between several addresses.'
          : 'Replace it with this one; the addresses in it must exist.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, found, record }) => ({
      title: 'Запись для отчётов о TLS не читается',
      detail: `В _smtp._tls.${domain} должна быть одна правильная запись. Сейчас там: ${found}`,
      fix:
        record === ''
          ? 'Замените её одной записью вида «v=TLSRPTv1; rua=mailto:адрес»; несколько адресов — через запятую.'
          : 'Замените её на эту; адреса в ней должны существовать.',
      ...reportRecord(domain, record),
    }),
  }),
} as const;
