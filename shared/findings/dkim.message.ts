// Findings of a message's DKIM signatures (RFC 6376 section 6, RFC 8301).
import { define } from './define.ts';

/** What is wrong with a signature itself, in words that end a sentence; by the id of the problem. */
export const SIGNATURE_FAULTS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'signature-syntax': 'it is not written as the standard wants it',
    'missing-tag': 'a required part is missing',
    'bad-version': 'it is of an unknown version',
    'unknown-algorithm': 'it uses an unknown method',
    'rsa-sha1': 'it uses rsa-sha1, which receivers must not accept any more',
    'unknown-canonicalization': 'its c= part is unknown',
    'unknown-query-method': 'it wants its key fetched in an unknown way (q=)',
    'domain-mismatch': 'its i= is not within its d= domain',
    'strict-domain-mismatch': 'its i= is a subdomain, which the key forbids (t=s)',
    'from-not-signed': 'it does not cover the From header',
    expired: 'it has expired',
    'expires-before-signed': 'it expires before it was made',
    'timestamp-in-future': 'it was made at a time still to come; the clock of the signing server is wrong',
    'key-type-mismatch': 'the published key is of another type',
    'body-too-short': 'the mail is shorter than what was signed',
    'message-too-large': 'the headers are too large to be read',
    'message-unreadable': 'the mail could not be read to its end',
  },
  ru: {
    'signature-syntax': 'она записана не так, как требует стандарт',
    'missing-tag': 'в ней нет обязательной части',
    'bad-version': 'её версия неизвестна',
    'unknown-algorithm': 'её способ неизвестен',
    'rsa-sha1': 'она сделана по rsa-sha1, который получатели больше не должны принимать',
    'unknown-canonicalization': 'её часть c= неизвестна',
    'unknown-query-method': 'она предлагает неизвестный способ получить ключ (q=)',
    'domain-mismatch': 'её i= не принадлежит домену d=',
    'strict-domain-mismatch': 'её i= — поддомен, а ключ это запрещает (t=s)',
    'from-not-signed': 'она не охватывает заголовок From',
    expired: 'её срок истёк',
    'expires-before-signed': 'её срок истекает раньше, чем она сделана',
    'timestamp-in-future': 'она сделана в будущем; часы подписывающего сервера неверны',
    'key-type-mismatch': 'опубликованный ключ другого типа',
    'body-too-short': 'письмо короче, чем было подписано',
    'message-too-large': 'заголовки слишком велики',
    'message-unreadable': 'письмо не удалось прочитать до конца',
  },
};

/** What to do about it, where that is more than to set the signing program right. */
const REMEDIES: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    expired:
      'Set a longer time of validity (x=) in the signing program, or none; see that its clock is right and that mail does not lie in a queue for so long.',
    'timestamp-in-future': 'Set the clock of the signing server, best by NTP.',
    'from-not-signed': 'Let the signing program sign the From header; the standard requires it.',
    'domain-mismatch': 'Let the domain in i= be that of d= or one below it, or leave i= out.',
    'strict-domain-mismatch': 'Leave i= out in the signing program, or remove the flag s from t= in the key record.',
    'unknown-query-method': 'Leave q= out in the signing program, or set q=dns/txt.',
    'key-type-mismatch':
      'Publish the key that signs, or sign with the one that is published, under a selector of its own.',
  },
  ru: {
    expired:
      'Задайте в программе подписи больший срок действия (x=) или уберите его; проверьте её часы и не лежат ли письма в очереди так долго.',
    'timestamp-in-future': 'Настройте часы подписывающего сервера, лучше всего по NTP.',
    'from-not-signed': 'Включите заголовок From в список подписываемых: этого требует стандарт.',
    'domain-mismatch': 'Домен в i= должен совпадать с d= или быть его поддоменом; можно и убрать i=.',
    'strict-domain-mismatch': 'Уберите i= в программе подписи или флаг s из t= в записи ключа.',
    'unknown-query-method': 'Уберите q= в программе подписи или задайте q=dns/txt.',
    'key-type-mismatch':
      'Опубликуйте тот ключ, которым подписываете, или подписывайте опубликованным, под отдельным селектором.',
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
      detail: `Signed by ${domain} with the key ${selector} (${algorithm}, ${bits} bits), and not changed since.`,
    }),
    ru: ({ domain, selector, algorithm, bits }) => ({
      title: 'Подпись DKIM верна',
      detail: `Подписано доменом ${domain}, ключ ${selector} (${algorithm}, ${bits} бит), изменений нет.`,
    }),
  }),
  'dkim.message-unsigned': define<Record<string, never>>({
    ...failing,
    source: 'Gmail sender guidelines, 5.7.30',
    en: () => ({
      title: 'The mail is not signed with DKIM',
      detail: 'It has no DKIM-Signature header. Large receivers want bulk mail signed.',
      fix: 'Turn DKIM on at your mail service, or let mailshim sign (dkim_domain, dkim_selector, dkim_key).',
    }),
    ru: () => ({
      title: 'Письмо не подписано DKIM',
      detail: 'В нём нет заголовка DKIM-Signature. Крупные получатели требуют подпись от массовых рассылок.',
      fix: 'Включите DKIM в почтовой службе или подписывайте с помощью mailshim (dkim_domain, dkim_selector, dkim_key).',
    }),
  }),
  'dkim.message-body-altered': define<Signature>({
    ...failing,
    source: 'RFC 6376 section 6.1.3',
    en: ({ domain, selector }) => ({
      title: 'The text of the mail was changed after signing',
      detail: `The signature of ${domain} (key ${selector}) was made for another text than the one that arrived.`,
      fix: 'Find what changes mail on its way after signing: an antivirus or mailing list that adds a footer, a relay that re-encodes 8-bit text or wraps long lines. Sign last.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'Текст письма изменён после подписания',
      detail: `Подпись домена ${domain} (ключ ${selector}) сделана для другого текста, а не для того, что пришёл.`,
      fix: 'Найдите, что меняет письмо после подписания: антивирус или рассылка добавляют строки, сервер перекодирует 8-битный текст или переносит длинные строки. Подписывать нужно последним шагом.',
    }),
  }),
  'dkim.message-signature-mismatch': define<Signature>({
    ...failing,
    source: 'RFC 6376 section 6.1.3',
    en: ({ domain, selector }) => ({
      title: 'The signature does not match the headers or the key',
      detail: `The text is unchanged, but the signature of ${domain} does not fit: a signed header was changed, or the key published at ${selector}._domainkey.${domain} is not the one that signed.`,
      fix: 'Compare the published key with the signing key (mailshim doctor does it). If they are the same, look for a relay that rewrites From, Subject or Date.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'Подпись не сходится с заголовками или ключом',
      detail: `Текст не изменён, но подпись домена ${domain} не сходится: изменён подписанный заголовок либо в ${selector}._domainkey.${domain} опубликован не тот ключ, которым подписано.`,
      fix: 'Сравните опубликованный ключ с подписывающим (это делает mailshim doctor). Если они одинаковы, ищите сервер, который переписывает From, Subject или Date.',
    }),
  }),
  'dkim.message-sha1': define<Signature>({
    ...failing,
    source: 'RFC 8301 section 3.1',
    en: ({ domain, selector }) => ({
      title: 'The mail is signed in an outdated way',
      detail: `The signature of ${domain} (key ${selector}) uses rsa-sha1, which receivers must not accept any more.`,
      fix: 'Set the signing program to rsa-sha256. The key can stay.',
    }),
    ru: ({ domain, selector }) => ({
      title: 'Письмо подписано устаревшим способом',
      detail: `Подпись домена ${domain} (ключ ${selector}) сделана по rsa-sha1, который получатели больше не должны принимать.`,
      fix: 'Настройте программу подписи на rsa-sha256. Ключ можно оставить.',
    }),
  }),
  'dkim.message-invalid': define<Signature & { problem: string; tag: string; detail: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.1',
    en: ({ domain, selector, problem, tag, detail }) => ({
      title: 'The DKIM signature is not valid',
      detail: `The signature${of('en', domain, selector)} cannot count: ${SIGNATURE_FAULTS.en[problem] ?? problem}${tag === '' ? '' : ` (${tag}=)`}. ${detail}`,
      fix: REMEDIES.en[problem] ?? 'Correct the settings of the program that signs.',
    }),
    ru: ({ domain, selector, problem, tag, detail }) => ({
      title: 'Подпись DKIM недействительна',
      detail: `Подпись${of('ru', domain, selector)} не засчитывается: ${SIGNATURE_FAULTS.ru[problem] ?? problem}${tag === '' ? '' : ` (${tag}=)`}. ${detail}`,
      fix: REMEDIES.ru[problem] ?? 'Исправьте настройки программы, которая подписывает.',
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
      detail: `Of one mail at most ${signatures} signatures are checked here, over at most ${bodies} forms and lengths of its text, and this mail has more. Whether the others are valid is not known.`,
      fix: 'Let the mail be signed once or twice, by the last program that changes it.',
    }),
    ru: ({ signatures, bodies }) => ({
      title: 'Проверены не все подписи DKIM',
      detail: `В одном письме проверяется не больше подписей, чем ${signatures}, и не больше видов и длин текста, чем ${bodies}, а здесь их больше. Верны ли остальные подписи, неизвестно.`,
      fix: 'Подписывайте письмо один-два раза, в последней программе, которая его меняет.',
    }),
  }),
  'dkim.message-other-fails': define<Signature & { detail: string; passes: boolean }>({
    area: 'dkim',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 4.2',
    en: ({ domain, selector, detail, passes }) => ({
      title: 'Another signature of the mail does not pass',
      detail: `The signature${of('en', domain, selector)} does not pass (${SIGNATURE_FAULTS.en[detail] ?? detail}); ${
        passes === false
          ? 'whether another one does could not be found out'
          : 'since another one does, this costs nothing'
      }.`,
    }),
    ru: ({ domain, selector, detail, passes }) => ({
      title: 'Ещё одна подпись письма не сходится',
      detail: `Подпись${of('ru', domain, selector)} не сходится (${SIGNATURE_FAULTS.ru[detail] ?? detail}); ${
        passes === false ? 'сходится ли другая, узнать не удалось' : 'другая верна, поэтому это не мешает'
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
      title: 'Only a part of the text is signed',
      detail: `The signature of ${domain} (key ${selector}) has l=, so anyone can add text below${unsigned > 0 ? `; ${unsigned} octets of this mail are not signed` : ''}. Some receivers ignore such signatures.`,
      fix: 'Switch the length limit off in the signing program (opendkim: BodyLengths).',
    }),
    ru: ({ domain, selector, unsigned }) => ({
      title: 'Подписана только часть текста',
      detail: `В подписи домена ${domain} (ключ ${selector}) стоит l=, и ниже любой может дописать текст${unsigned > 0 ? `; в этом письме не подписано октетов: ${unsigned}` : ''}. Часть получателей такие подписи не учитывает.`,
      fix: 'Отключите ограничение длины в программе подписи (opendkim: BodyLengths).',
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
      detail: `There are more From headers than the signature of ${domain} (key ${selector}) covers, so the sender shown may be another.`,
    }),
    ru: ({ domain, selector }) => ({
      title: 'В письме есть неподписанный заголовок From',
      detail: `Заголовков From больше, чем охватывает подпись домена ${domain} (ключ ${selector}): показанный отправитель может быть другим.`,
    }),
  }),
} as const;

function of(language: 'en' | 'ru', domain: string, selector: string): string {
  if (domain === '') return '';
  if (language === 'en') return ` of ${domain}${selector === '' ? '' : ` (key ${selector})`}`;
  return ` домена ${domain}${selector === '' ? '' : ` (ключ ${selector})`}`;
}
