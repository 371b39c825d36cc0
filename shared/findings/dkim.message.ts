// Findings of a message's DKIM signatures (RFC 6376 section 6, RFC 8301).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

/** What is wrong with a signature itself, in words that end a sentence; by the id of the problem. */
export const SIGNATURE_FAULTS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'signature-syntax': 'its syntax is not valid',
    'missing-tag': 'a required tag is missing',
    'bad-version': 'its version is unknown',
    'unknown-algorithm': 'its algorithm is unknown',
    'rsa-sha1': 'its algorithm is rsa-sha1, which receivers must no longer accept',
    'unknown-canonicalization': 'its canonicalization (c=) is unknown',
    'unknown-query-method': 'its query method for the key (q=) is unknown',
    'domain-mismatch': 'its i= is not within its d= domain',
    'strict-domain-mismatch': 'its i= is a subdomain, which the key forbids (t=s)',
    'from-not-signed': 'it does not cover the From header',
    expired: 'it has expired',
    'expires-before-signed': 'it expires before it was made',
    'timestamp-in-future': 'its timestamp is in the future; the clock of the signing server is wrong',
    'key-type-mismatch': 'the published key has another type',
    'body-too-short': 'the body is shorter than the signed length',
    'message-too-large': 'the header is too large',
    'message-unreadable': 'the mail could not be read completely',
  },
  ru: {
    'signature-syntax': 'синтаксическая ошибка в подписи',
    'missing-tag': 'нет обязательного тега',
    'bad-version': 'неизвестная версия',
    'unknown-algorithm': 'неизвестный алгоритм',
    'rsa-sha1': 'алгоритм rsa-sha1, который получатели больше не должны принимать',
    'unknown-canonicalization': 'неизвестный способ канонизации (c=)',
    'unknown-query-method': 'неизвестный способ получения ключа (q=)',
    'domain-mismatch': 'i= не принадлежит домену d=',
    'strict-domain-mismatch': 'в i= указан поддомен, а ключ это запрещает (t=s)',
    'from-not-signed': 'заголовок From не подписан',
    expired: 'срок действия истёк',
    'expires-before-signed': 'срок действия истекает раньше времени подписания',
    'timestamp-in-future': 'время подписи в будущем: на подписывающем сервере неверное время',
    'key-type-mismatch': 'опубликованный ключ другого типа',
    'body-too-short': 'тело письма короче подписанного',
    'message-too-large': 'заголовки слишком велики',
    'message-unreadable': 'письмо не удалось прочитать полностью',
  },
};

/** What to do about it, if correcting the settings of the signing program is not enough. */
const REMEDIES: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    expired:
      'Set a longer lifetime (x=) in the signing program, or none; check its clock, and that mail is not queued for that long.',
    'timestamp-in-future': 'Set the clock of the signing server, preferably by NTP.',
    'from-not-signed': 'Configure the signing program to sign the From header; the standard requires it.',
    'domain-mismatch': 'The domain in i= must be d= or a subdomain of it; or remove i=.',
    'strict-domain-mismatch': 'Remove i= in the signing program, or the flag s from t= in the key record.',
    'unknown-query-method': 'Remove q= in the signing program, or set q=dns/txt.',
    'key-type-mismatch': 'Publish the key that signs, or sign with the published key, each key under its own selector.',
  },
  ru: {
    expired:
      'Увеличьте срок действия (x=) в программе, которая подписывает письма, или уберите его; проверьте часы сервера и не задерживаются ли письма в очереди.',
    'timestamp-in-future': 'Настройте время на подписывающем сервере, лучше всего по NTP.',
    'from-not-signed': 'Добавьте заголовок From в список подписываемых: этого требует стандарт.',
    'domain-mismatch': 'Домен в i= должен совпадать с d= или быть его поддоменом; i= можно и убрать.',
    'strict-domain-mismatch': 'Уберите i= в программе, которая подписывает письма, или флаг s из t= в записи ключа.',
    'unknown-query-method': 'Уберите q= в программе, которая подписывает письма, или задайте q=dns/txt.',
    'key-type-mismatch':
      'Опубликуйте ключ, которым подписываете письма, или подписывайте опубликованным; у каждого ключа должен быть свой селектор.',
  },
};

interface Signature {
  [key: string]: string | number | boolean;
  domain: string;
  selector: string;
}

const failing = { area: 'dkim', severity: 'error', points: 2, class: 'A', root: 'dkim' } as const;

export const dkimMessageFindings = {
  'dkim.message-pass': define<Signature & { algorithm: string; bits: number }>({
    area: 'dkim',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 6.1.3',
    en: ({ domain, selector, algorithm, bits }) => ({
      title: 'The DKIM signature is valid',
      detail: `${domain} signed the mail with the key ${selector} (${algorithm}, ${bits} bits), and it was not changed since.`,
    }),
    ru: ({ domain, selector, algorithm, bits }) => ({
      title: 'DKIM-подпись действительна',
      detail: `Письмо подписано доменом ${domain}, селектор ${selector} (${algorithm}, ${bits} бит), и после подписания не изменилось.`,
    }),
  }),
  'dkim.message-unsigned': define<Record<string, never>>({
    ...failing,
    source: 'Gmail sender guidelines, 5.7.30',
    en: () => ({
      title: 'The mail has no DKIM signature',
      detail: 'The mail has no DKIM-Signature header. Large receivers require DKIM from bulk senders.',
      fix: 'Enable DKIM at your mail service, or let mailshim sign (dkim_domain, dkim_selector, dkim_key).',
    }),
    ru: () => ({
      title: 'В письме нет DKIM-подписи',
      detail: 'В письме нет заголовка DKIM-Signature. Крупные почтовые службы требуют DKIM от массовых отправителей.',
      fix: 'Включите DKIM в почтовом сервисе или подписывайте письма с помощью mailshim (dkim_domain, dkim_selector, dkim_key).',
    }),
  }),
  'dkim.message-body-altered': define<Signature>({
    ...failing,
    source: 'RFC 6376 section 6.1.3',
    en: ({ domain, selector }) => ({
      title: 'The body of the mail was changed after signing',
      detail: `The body does not match the signature of ${domain} (key ${selector}).`,
      fix: 'Find what changes mail after signing: an antivirus program or mailing list that adds a footer, a relay that re-encodes 8-bit text or wraps long lines. Sign last.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'Тело письма изменено после подписания',
      detail: `Тело письма не соответствует подписи домена ${domain} (селектор ${selector}).`,
      fix: 'Найдите, что меняет письмо после подписания: антивирус или рассылка добавляют подпись в конец, релей перекодирует 8-битный текст или переносит длинные строки. Подписывайте письмо на последнем шаге.',
    }),
  }),
  'dkim.message-signature-mismatch': define<Signature>({
    ...failing,
    source: 'RFC 6376 section 6.1.3',
    en: ({ domain, selector }) => ({
      title: 'The signature does not match the headers or the key',
      detail: `The body is unchanged, but the signature of ${domain} does not match: a signed header was changed, or the key at ${selector}._domainkey.${domain} is not the signing key.`,
      fix: 'Compare the published key with the signing key (mailshim doctor does it). If they are the same, find the relay that rewrites From, Subject or Date.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'Подпись не соответствует заголовкам или ключу',
      detail: `Тело письма не изменено, но подпись домена ${domain} не проходит проверку: изменён подписанный заголовок, либо в ${selector}._domainkey.${domain} опубликован другой ключ.`,
      fix: 'Сравните опубликованный ключ с тем, которым подписываются письма (это делает mailshim doctor). Если они совпадают, найдите релей, который изменяет From, Subject или Date.',
    }),
  }),
  'dkim.message-sha1': define<Signature>({
    ...failing,
    source: 'RFC 8301 section 3.1',
    en: ({ domain, selector }) => ({
      title: 'The DKIM signature uses an obsolete algorithm',
      detail: `The signature of ${domain} (key ${selector}) uses rsa-sha1, which receivers must no longer accept.`,
      fix: 'Set the signing program to rsa-sha256. The key can stay.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'DKIM-подпись с устаревшим алгоритмом',
      detail: `Подпись домена ${domain} (селектор ${selector}) сделана по rsa-sha1: получатели больше не должны принимать такие подписи.`,
      fix: 'Настройте в программе подписи алгоритм rsa-sha256. Ключ менять не нужно.',
    }),
  }),
  'dkim.message-invalid': define<Signature & { problem: string; tag: string; detail: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.1',
    en: ({ domain, selector, problem, tag, detail }) => ({
      title: 'The DKIM signature is not valid',
      detail: `Receivers ignore the signature${of('en', domain, selector)}: ${phrase(SIGNATURE_FAULTS, 'en', problem)}${tag === '' ? '' : ` (${tag}=)`}. ${detail}`,
      fix: REMEDIES.en[problem] ?? 'Correct the settings of the signing program.',
    }),
    ru: ({ domain, selector, problem, tag, detail }) => ({
      title: 'DKIM-подпись недействительна',
      detail: `Получатели не учитывают подпись${of('ru', domain, selector)}: ${phrase(SIGNATURE_FAULTS, 'ru', problem)}${tag === '' ? '' : ` (${tag}=)`}. ${detail}`,
      fix: REMEDIES.ru[problem] ?? 'Исправьте настройки программы, которая подписывает письма.',
    }),
  }),
  'dkim.message-unchecked': define<{ signatures: number; bodies: number }>({
    area: 'dkim',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 8.4',
    en: ({ signatures, bodies }) => ({
      title: 'Not all DKIM signatures were checked',
      detail: `The check verifies at most ${signatures} signatures of one mail, over at most ${bodies} forms and lengths of its body, and this mail has more. Whether the others are valid is not known.`,
      fix: 'Let only the last program that changes the mail sign it.',
    }),
    ru: ({ signatures, bodies }) => ({
      title: 'Проверены не все DKIM-подписи',
      detail: `В одном письме проверяется не более ${signatures} подписей и не более ${bodies} вариантов тела, а в этом письме их больше. Действительны ли остальные, неизвестно.`,
      fix: 'Подписывайте письмо один-два раза, в последней программе, которая его изменяет.',
    }),
  }),
  'dkim.message-other-fails': define<Signature & { detail: string; passes: boolean }>({
    area: 'dkim',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 4.2',
    en: ({ domain, selector, detail, passes }) => ({
      title: 'Another signature of the mail fails',
      detail: `The signature${of('en', domain, selector)} fails (${phrase(SIGNATURE_FAULTS, 'en', detail)}); ${
        passes === false ? 'whether another one passes is not known' : 'another one passes, so this takes off no points'
      }.`,
    }),
    ru: ({ domain, selector, detail, passes }) => ({
      title: 'Ещё одна подпись письма не проходит проверку',
      detail: `Подпись${of('ru', domain, selector)} не проходит проверку (${phrase(SIGNATURE_FAULTS, 'ru', detail)}); ${
        passes === false ? 'проходит ли другая, неизвестно' : 'другая проходит, поэтому баллы не снимаются'
      }.`,
    }),
  }),
  'dkim.message-body-length': define<Signature & { unsigned: number }>({
    area: 'dkim',
    severity: 'warning',
    points: 0.5,
    class: 'C',
    root: 'dkim.message-body-length',
    source: 'RFC 6376 section 8.2',
    en: ({ domain, selector, unsigned }) => ({
      title: 'The DKIM signature covers only a part of the body',
      detail: `The signature of ${domain} (key ${selector}) has l=, so anyone can append text${unsigned > 0 ? `; ${unsigned} bytes of this mail are not signed` : ''}. Some receivers ignore such signatures.`,
      fix: 'Disable the length limit in the signing program (opendkim: BodyLengths).',
    }),
    ru: ({ domain, selector, unsigned }) => ({
      title: 'Подписана только часть тела письма',
      detail: `В подписи домена ${domain} (селектор ${selector}) указан тег l=, поэтому в конец письма можно дописать любой текст${unsigned > 0 ? `; в этом письме не подписано ${unsigned} байт` : ''}. Часть получателей такие подписи не учитывает.`,
      fix: 'Отключите ограничение длины в программе, которая подписывает письма (opendkim: BodyLengths).',
    }),
  }),
  'dkim.message-from-partly-signed': define<Signature>({
    area: 'dkim',
    severity: 'warning',
    points: 0,
    class: 'C',
    source: 'RFC 6376 section 8.15',
    en: ({ domain, selector }) => ({
      title: 'The mail has a From header that is not signed',
      detail: `The mail has more From headers than the signature of ${domain} (key ${selector}) covers, so a mail program may show another sender.`,
    }),
    ru: ({ domain, selector }) => ({
      title: 'В письме есть неподписанный заголовок From',
      detail: `Заголовков From больше, чем охватывает подпись домена ${domain} (селектор ${selector}): почтовая программа может показать другого отправителя.`,
    }),
  }),
} as const;

function of(language: 'en' | 'ru', domain: string, selector: string): string {
  if (domain === '') return '';
  if (language === 'en') return ` of ${domain}${selector === '' ? '' : ` (key ${selector})`}`;
  return ` домена ${domain}${selector === '' ? '' : ` (селектор ${selector})`}`;
}
