// Findings of MTA-STS and its reports (RFC 8461, RFC 8460).
// Good practice without effect on the delivery of the shop's mail, so nothing here takes off points.
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

const info = { area: 'tls', severity: 'info', points: 0, class: 'D' } as const;
const advice = { area: 'tls', severity: 'notice', points: 0, class: 'D' } as const;
/** Mail to the domain is lost or unprotected, although the owner configured protection. */
const broken = { area: 'tls', severity: 'warning', points: 0, class: 'D' } as const;

function stsRecord(domain: string, id: string) {
  return { record: { name: `_mta-sts.${domain}`, type: 'TXT', value: `v=STSv1; id=${id}` } };
}
/** Findings stored by earlier versions have no record among their arguments. */
function reportRecord(domain: string, record = '') {
  return record === '' ? {} : { record: { name: `_smtp._tls.${domain}`, type: 'TXT', value: record } };
}

const STS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    version: 'the record must begin with v=STSv1;',
    syntax: 'the record has a syntax error',
    'missing-id': 'the record has no id=',
    'bad-id': 'its id= may have letters and digits only, at most 32',
    several: 'there are several records',
    redirect: 'the URL of the policy redirects, and senders must not follow redirects',
    'media-type': 'the policy is not sent as text/plain',
    'too-large': 'the policy is larger than 64 KB',
    'not-fetched': 'the policy could not be fetched',
    'untrusted-certificate': 'the certificate of its host is not trusted',
    'other-name': 'the certificate of its host is for another name',
    'expired-certificate': 'the certificate of its host has expired or is not valid yet',
    'no-tls': 'its host does not support TLS 1.2 or newer',
    'no-policy-host': 'the host of the policy does not exist',
    'bad-policy': 'the policy has a syntax error',
  },
  ru: {
    version: 'запись должна начинаться с v=STSv1;',
    syntax: 'в записи синтаксическая ошибка',
    'missing-id': 'в записи нет id=',
    'bad-id': 'в id= допустимы только буквы и цифры, не больше 32',
    several: 'опубликовано несколько записей',
    redirect: 'адрес политики отвечает перенаправлением, а отправителям нельзя по нему переходить',
    'media-type': 'политика отдаётся не как text/plain',
    'too-large': 'политика больше 64 КБ',
    'not-fetched': 'политику не удалось загрузить',
    'untrusted-certificate': 'сертификат сервера политики не доверенный',
    'other-name': 'сертификат сервера политики выдан на другое имя',
    'expired-certificate': 'сертификат сервера политики просрочен или ещё не действует',
    'no-tls': 'сервер политики не поддерживает TLS 1.2 и новее',
    'no-policy-host': 'сервера политики не существует',
    'bad-policy': 'в политике синтаксическая ошибка',
  },
};

export const mtaStsFindings = {
  'mta-sts.none': define<{ domain: string; policy: string; id: string }>({
    ...advice,
    source: 'RFC 8461 section 3',
    en: ({ domain, policy, id }) => ({
      title: 'MTA-STS does not protect mail to the domain',
      detail: `Senders encrypt mail to ${domain} where possible, but an attacker on the network can prevent it unnoticed.`,
      fix: `Publish this record, and this policy as plain text at https://mta-sts.${domain}/.well-known/mta-sts.txt: ${policy}`,
      ...stsRecord(domain, id),
    }),
    ru: ({ domain, policy, id }) => ({
      title: 'Почта для домена не защищена MTA-STS',
      detail: `Отправители шифруют почту для ${domain}, если это возможно, но при перехвате трафика шифрование можно незаметно отключить.`,
      fix: `Опубликуйте эту запись, а по адресу https://mta-sts.${domain}/.well-known/mta-sts.txt — политику в виде простого текста: ${policy}`,
      ...stsRecord(domain, id),
    }),
  }),
  'mta-sts.valid': define<{ domain: string; mode: string; days: number }>({
    ...info,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, mode, days }) => ({
      title: 'The domain has an MTA-STS policy',
      detail: `The policy of ${domain} has the mode "${mode}" and is valid for ${days} days.`,
    }),
    ru: ({ domain, mode, days }) => ({
      title: 'Политика MTA-STS опубликована',
      detail: `Политика ${domain}: режим «${mode}», действует ${days} дн.`,
    }),
  }),
  'mta-sts.invalid': define<{ domain: string; reason: string; detail: string }>({
    ...broken,
    source: 'RFC 8461 sections 3.1 to 3.3',
    en: ({ domain, reason, detail }) => ({
      title: 'Senders cannot use the MTA-STS policy',
      detail: `The MTA-STS policy of ${domain} cannot be used: ${phrase(STS, 'en', reason)}${detail === '' ? '' : ` (${detail})`}. Senders deliver as if there were none.`,
      fix: `Correct the record at _mta-sts.${domain} or the policy at https://mta-sts.${domain}/.well-known/mta-sts.txt.`,
    }),
    ru: ({ domain, reason, detail }) => ({
      title: 'Отправители не могут использовать политику MTA-STS',
      detail: `Политика MTA-STS домена ${domain} не работает: ${phrase(STS, 'ru', reason)}${detail === '' ? '' : ` (${detail})`}. Отправители доставляют почту так, будто её нет.`,
      fix: `Исправьте запись _mta-sts.${domain} или политику https://mta-sts.${domain}/.well-known/mta-sts.txt.`,
    }),
  }),
  'mta-sts.host-not-allowed': define<{ domain: string; host: string; enforced: boolean }>({
    ...broken,
    source: 'RFC 8461 section 4.1',
    en: ({ domain, host, enforced }) => ({
      title: 'The MTA-STS policy does not name a mail server of the domain',
      detail: `Mail for ${domain} goes to ${host}, which the policy does not allow. ${enforced ? 'Senders that follow the policy do not deliver there.' : 'In the mode "testing" senders only report it.'}`,
      fix: `Add this line to the policy, then change the id= in the record: mx: ${host}`,
    }),
    ru: ({ domain, host, enforced }) => ({
      title: 'В политике MTA-STS нет почтового сервера домена',
      detail: `Почту для ${domain} принимает ${host}, но в политике его нет. ${enforced ? 'Отправители, которые следуют политике, туда не доставляют.' : 'В режиме «testing» отправители только сообщают об этом.'}`,
      fix: `Добавьте в политику эту строку, затем измените id= в записи: mx: ${host}`,
    }),
  }),
  'mta-sts.unused-pattern': define<{ domain: string; pattern: string }>({
    ...advice,
    source: 'RFC 8461 section 4.1',
    en: ({ domain, pattern }) => ({
      title: 'The MTA-STS policy names a server that is not a mail server of the domain',
      detail: `"${pattern}" in the policy of ${domain} matches none of its mail servers.`,
      fix: 'Remove the line if the server is removed permanently.',
    }),
    ru: ({ domain, pattern }) => ({
      title: 'В политике MTA-STS указан сервер, который не принимает почту домена',
      detail: `«${pattern}» в политике ${domain} не соответствует ни одному почтовому серверу домена.`,
      fix: 'Удалите строку, если этот сервер больше не используется.',
    }),
  }),
  'mta-sts.not-enforced': define<{ domain: string; mode: string }>({
    ...advice,
    source: 'RFC 8461 section 5',
    en: ({ domain, mode }) => ({
      title: 'The MTA-STS policy is not enforced',
      detail: `Its mode is "${mode}", so senders deliver to ${domain} even if TLS fails.`,
      fix: 'When the reports show no failures, set mode: enforce, and change the id= in the record.',
    }),
    ru: ({ domain, mode }) => ({
      title: 'Политика MTA-STS ещё не действует в полную силу',
      detail: `Её режим — «${mode}», и отправители доставляют почту для ${domain} даже при ошибке TLS.`,
      fix: 'Когда в отчётах не будет ошибок, укажите mode: enforce и измените id= в записи.',
    }),
  }),
  'mta-sts.short': define<{ domain: string; seconds: number }>({
    ...advice,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, seconds }) => ({
      title: 'The lifetime of the MTA-STS policy is short',
      detail: `Senders cache the policy of ${domain} for ${seconds} seconds; several weeks are usual.`,
      fix: 'Set max_age: 2592000 (30 days).',
    }),
    ru: ({ domain, seconds }) => ({
      title: 'Слишком короткий срок действия политики MTA-STS',
      detail: `Отправители хранят политику ${domain} ${seconds} с; обычно указывают несколько недель.`,
      fix: 'Укажите max_age: 2592000 (30 дней).',
    }),
  }),
  'mta-sts.bad-line': define<{ domain: string; line: string }>({
    ...advice,
    source: 'RFC 8461 section 3.2',
    en: ({ domain, line }) => ({
      title: 'A line of the MTA-STS policy has a syntax error',
      detail: `The policy of ${domain} has the line "${line}". Some senders skip it, others ignore the whole policy.`,
      fix: 'Remove the line: each line must have the form "name: value".',
    }),
    ru: ({ domain, line }) => ({
      title: 'Ошибка в строке политики MTA-STS',
      detail: `В политике ${domain} есть строка «${line}». Одни отправители её пропускают, другие не учитывают всю политику.`,
      fix: 'Удалите эту строку: каждая строка должна иметь вид «имя: значение».',
    }),
  }),
  'tls-rpt.none': define<{ domain: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, record }) => ({
      title: 'The domain requests no TLS reports',
      detail: `${domain} has no record for TLS reports, so senders do not report failures of encryption.`,
      fix:
        record === ''
          ? `Publish a TXT record at _smtp._tls.${domain}: v=TLSRPTv1; rua=mailto: and an address that exists.`
          : 'Publish this record; the address in it must exist.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'Отчёты о TLS не запрошены',
      detail: `У ${domain} нет записи для отчётов о TLS, и отправители не сообщают об ошибках шифрования.`,
      fix:
        record === ''
          ? `Добавьте TXT-запись для _smtp._tls.${domain}: v=TLSRPTv1; rua=mailto: и существующий адрес.`
          : 'Опубликуйте эту запись; адрес в ней должен существовать.',
      ...reportRecord(domain, record),
    }),
  }),
  'tls-rpt.valid': define<{ domain: string; addresses: readonly string[] }>({
    ...info,
    source: 'RFC 8460 section 3',
    en: ({ domain, addresses }) => ({
      title: 'The domain requests TLS reports',
      detail: `Reports for ${domain} go to ${addresses.join(', ')}.`,
    }),
    ru: ({ domain, addresses }) => ({
      title: 'Отчёты о TLS запрошены',
      detail: `Отчёты для ${domain} отправляются на ${addresses.join(', ')}.`,
    }),
  }),
  'tls-rpt.several-rua': define<{ domain: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, record }) => ({
      title: 'The record for TLS reports has several rua= parts',
      detail: `The record at _smtp._tls.${domain} has rua= more than once. The standard does not define which one applies, and some senders use only one.`,
      fix: record === '' ? 'Write all addresses into one rua=, separated by commas.' : 'Publish this record.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'В записи для отчётов о TLS несколько rua=',
      detail: `В записи _smtp._tls.${domain} rua= указано больше одного раза. В стандарте не определено, какое из них действует, и часть отправителей использует только одно.`,
      fix: record === '' ? 'Запишите все адреса в одном rua= через запятую.' : 'Опубликуйте эту запись.',
      ...reportRecord(domain, record),
    }),
  }),
  'tls-rpt.invalid': define<{ domain: string; found: string; record: string }>({
    ...advice,
    source: 'RFC 8460 section 3',
    en: ({ domain, found, record }) => ({
      title: 'Senders cannot read the record for TLS reports',
      detail: `At _smtp._tls.${domain} there must be one valid record. The record is: ${found}`,
      fix:
        record === ''
          ? 'Replace it with one record of the form "v=TLSRPTv1; rua=mailto:address", with commas between several addresses.'
          : 'Replace it with this record; the addresses in it must exist.',
      ...reportRecord(domain, record),
    }),
    ru: ({ domain, found, record }) => ({
      title: 'Отправители не могут прочитать запись для отчётов о TLS',
      detail: `В _smtp._tls.${domain} должна быть одна корректная запись. Текст записи: ${found}`,
      fix:
        record === ''
          ? 'Замените её одной записью вида «v=TLSRPTv1; rua=mailto:адрес»; несколько адресов — через запятую.'
          : 'Замените её на эту; адреса в ней должны существовать.',
      ...reportRecord(domain, record),
    }),
  }),
} as const;
