// Findings of published DKIM keys (RFC 6376 section 3.6, RFC 8301, RFC 8463).
import { phrase } from '../text/language.ts';
import { type DnsRecord, define } from './define.ts';
import { KEY_REMEDIES, UNUSABLE } from './dkim.key.words.ts';

/** `record` is '' where the right text is not known. */
function txt(name: string, value: string): { record?: DnsRecord } {
  return recordFor(name, 'TXT', value);
}

function recordFor(name: string, type: string, value: string): { record?: DnsRecord } {
  return value === '' ? {} : { record: { name, type, value } };
}

const failing = { area: 'dkim', severity: 'error', points: 2, class: 'A', root: 'dkim' } as const;

export const dkimKeyFindings = {
  'dkim.unknown': define<{ name: string; detail: string }>({
    area: 'dkim',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 6.1.2',
    en: ({ name, detail }) => ({
      title: 'The DKIM key could not be checked',
      detail: `DNS did not answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Не удалось проверить ключ DKIM',
      detail: `DNS не ответил на запрос ${name}: ${detail}.`,
    }),
  }),
  'dkim.key-ok': define<{ name: string; type: string; bits: number; alias: string }>({
    area: 'dkim',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 3.6.1',
    en: ({ name, type, bits, alias }) => ({
      title: 'A DKIM key is published',
      detail: `${name} has a key of type ${type}, ${bits} bits${alias === '' ? '' : ` (CNAME to ${alias})`}.`,
    }),
    ru: ({ name, type, bits, alias }) => ({
      title: 'Ключ DKIM опубликован',
      detail: `Для ${name} опубликован ключ типа ${type}, ${bits} бит${alias === '' ? '' : ` (CNAME на ${alias})`}.`,
    }),
  }),
  'dkim.key-missing': define<{ name: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.2',
    en: ({ name }) => ({
      title: 'The DKIM key is not published',
      detail: `Receivers look up the key of the signature at ${name}, and there is no record. No signature can be verified.`,
      fix: `Publish the public key as a TXT record at ${name}. Your mail service or signing program shows its text.`,
    }),
    ru: ({ name }) => ({
      title: 'Ключ DKIM не опубликован',
      detail: `Получатели запрашивают открытый ключ подписи по имени ${name}, но записи там нет. Проверить подпись нельзя.`,
      fix: `Опубликуйте открытый ключ TXT-записью для ${name}. Её текст покажет почтовый сервис или программа, которая подписывает письма.`,
    }),
  }),
  'dkim.key-misplaced': define<{ name: string; wrong: string; type: string; record: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.2.1',
    en: ({ name, wrong, type, record }) => ({
      title: 'The DKIM key is published at the wrong name',
      detail: `The key is at ${wrong}, but receivers query ${name}.`,
      fix: `Move the record to ${name}. Many DNS panels append the domain: enter only the part before it.`,
      ...recordFor(name, type ?? 'TXT', record),
    }),
    ru: ({ name, wrong, type, record }) => ({
      title: 'Ключ DKIM опубликован не на том имени',
      detail: `Ключ опубликован на имени ${wrong}, а получатели запрашивают ${name}.`,
      fix: `Перенесите запись на имя ${name}. Многие панели DNS сами добавляют домен: в поле имени укажите только часть перед ним.`,
      ...recordFor(name, type ?? 'TXT', record),
    }),
  }),
  'dkim.key-dangling': define<{ name: string; target: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.2.2',
    en: ({ name, target }) => ({
      title: 'The CNAME of the DKIM key points to a name without a key',
      detail: `${name} is a CNAME to ${target}, where there is no key.`,
      fix: 'Enable DKIM at the mail service that the name belongs to, or copy the CNAME again from its settings.',
    }),
    ru: ({ name, target }) => ({
      title: 'CNAME ключа DKIM указывает на имя без ключа',
      detail: `${name} — это CNAME на ${target}, где ключа нет.`,
      fix: 'Включите DKIM в почтовом сервисе, которому принадлежит это имя, или заново скопируйте CNAME из его настроек.',
    }),
  }),
  'dkim.key-target-dot': define<{ name: string; target: string; record: string }>({
    ...failing,
    source: 'RFC 1035 section 5.1',
    en: ({ name, target, record }) => ({
      title: 'The final dot is missing in the target of the DKIM record',
      detail: `${name} is a CNAME to ${target}, where there is no key: the final dot is missing, so the name server appended your domain.`,
      fix: 'Replace the CNAME with this one. Enter the dot at the end of the target, if the panel accepts it.',
      ...recordFor(name, 'CNAME', record),
    }),
    ru: ({ name, target, record }) => ({
      title: 'В записи DKIM нет точки в конце имени',
      detail: `${name} — это CNAME на ${target}, где ключа нет: в конце имени нет точки, и DNS-сервер добавил к нему ваш домен.`,
      fix: 'Замените CNAME этой записью. Укажите точку в конце имени, если панель её принимает.',
      ...recordFor(name, 'CNAME', record),
    }),
  }),
  /** `empty`: there is no key at the target yet. */
  'dkim.key-cname-as-txt': define<{ name: string; target: string; record: string; empty: boolean }>({
    ...failing,
    mentions: ['dkim.key-dangling'],
    source: 'RFC 6376 section 3.6.2.2',
    en: ({ name, target, record, empty }) => ({
      title: 'The DKIM record should be a CNAME',
      detail: `${name} is a TXT record with the text ${target}. That is the name of a key at a mail service; receivers follow it only as a CNAME record.${empty ? ` There is no key at ${target} yet.` : ''}`,
      fix:
        record === ''
          ? 'Delete the TXT record, and publish the CNAME record that your mail service shows.'
          : `Delete the TXT record and publish this one.${empty ? ' Compare its target with the one that your mail service shows, and enable DKIM there: the service then publishes the key.' : ''}`,
      ...recordFor(name, 'CNAME', record),
    }),
    ru: ({ name, target, record, empty }) => ({
      title: 'Вместо TXT для DKIM нужна запись CNAME',
      detail: `${name} — TXT-запись с текстом ${target}. Это имя ключа у почтового сервиса; получатели переходят по нему, только если это запись CNAME.${empty ? ` Ключа на имени ${target} пока нет.` : ''}`,
      fix:
        record === ''
          ? 'Удалите TXT-запись и опубликуйте запись CNAME из панели почтового сервиса.'
          : `Удалите TXT-запись и опубликуйте эту.${empty ? ' Сверьте имя с тем, что показывает почтовый сервис, и включите в нём DKIM: после этого сервис опубликует ключ.' : ''}`,
      ...recordFor(name, 'CNAME', record),
    }),
  }),
  'dkim.key-revoked': define<{ name: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.1',
    en: ({ name }) => ({
      title: 'The DKIM key is revoked',
      detail: `The record at ${name} has an empty p=: the key is revoked, and receivers do not trust its signatures.`,
      fix: 'If mail is still signed with this selector, generate a new key and publish it under a new selector.',
    }),
    ru: ({ name }) => ({
      title: 'Ключ DKIM отозван',
      detail: `В записи ${name} пустой тег p=: ключ отозван, и получатели не доверяют его подписям.`,
      fix: 'Если письма ещё подписываются с этим селектором, создайте новый ключ и опубликуйте его с новым селектором.',
    }),
  }),
  /** At a selector that was guessed. */
  'dkim.key-retired': define<{ name: string; how: 'revoked' | 'dangling' }>({
    area: 'dkim',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 3.6.1',
    en: ({ name, how }) => ({
      title: 'A DKIM key that is probably no longer in use',
      detail:
        how === 'revoked'
          ? `The record at ${name} has an empty p=: the key is revoked, as it should be after a key change.`
          : `${name} is a CNAME to a name without a key. A former mail service may have left it.`,
      fix:
        how === 'revoked'
          ? 'If mail is still signed with this selector, generate a new key and publish it under a new selector.'
          : 'If that service still sends your mail, enable DKIM there; otherwise delete the record.',
    }),
    ru: ({ name, how }) => ({
      title: 'Ключ DKIM, вероятно, больше не используется',
      detail:
        how === 'revoked'
          ? `В записи ${name} пустой тег p=: ключ отозван, как и положено после замены ключа.`
          : `${name} — CNAME на имя, где ключа нет; такая запись остаётся после отказа от почтового сервиса.`,
      fix:
        how === 'revoked'
          ? 'Если письма ещё подписываются с этим селектором, создайте новый ключ и опубликуйте его с новым селектором.'
          : 'Если этот сервис ещё отправляет вашу почту, включите в нём DKIM; если нет, удалите запись.',
    }),
  }),
  'dkim.key-unusable': define<{ name: string; problem: string; found: string; record: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.2',
    en: ({ name, problem, found, record }) => ({
      title: 'The DKIM key cannot be used',
      detail: `Receivers cannot read the record at ${name}: ${phrase(UNUSABLE, 'en', problem)}. Found: ${found}`,
      fix:
        KEY_REMEDIES.en[problem] ??
        (record === ''
          ? 'Copy the whole record again from your mail service or signing program.'
          : 'Replace the record with this one.'),
      ...txt(name, record),
    }),
    ru: ({ name, problem, found, record }) => ({
      title: 'Ключ DKIM непригоден',
      detail: `Получатели не могут прочитать запись ${name}: ${phrase(UNUSABLE, 'ru', problem)}. Найдено: ${found}`,
      fix:
        KEY_REMEDIES.ru[problem] ??
        (record === ''
          ? 'Скопируйте запись заново целиком из почтового сервиса или программы, которая подписывает письма.'
          : 'Замените запись на эту.'),
      ...txt(name, record),
    }),
  }),
  'dkim.key-weak': define<{ name: string; bits: number }>({
    ...failing,
    source: 'RFC 8301 section 3.2',
    en: ({ name, bits }) => ({
      title: 'The DKIM key is too short',
      detail: `The key at ${name} has ${bits} bits. Receivers must ignore signatures with less than 1024.`,
      fix: 'Generate a new key of 2048 bits and publish it under a new selector.',
    }),
    ru: ({ name, bits }) => ({
      title: 'Ключ DKIM слишком короткий',
      detail: `Длина ключа ${name} — ${bits} бит. Подписи с ключом короче 1024 бит получатели обязаны игнорировать.`,
      fix: 'Создайте новый ключ длиной 2048 бит и опубликуйте его с новым селектором.',
    }),
  }),
  'dkim.key-short': define<{ name: string; bits: number }>({
    area: 'dkim',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dkim.key-short',
    source: 'RFC 8301 section 3.2',
    en: ({ name, bits }) => ({
      title: 'The DKIM key is shorter than recommended',
      detail: `The key at ${name} has ${bits} bits; the standard and Gmail recommend 2048.`,
      fix: 'At the next key change, generate a key of 2048 bits.',
    }),
    ru: ({ name, bits }) => ({
      title: 'Ключ DKIM короче рекомендованного',
      detail: `Длина ключа ${name} — ${bits} бит; стандарт и Gmail рекомендуют 2048.`,
      fix: 'При следующей замене ключа создайте ключ длиной 2048 бит.',
    }),
  }),
  'dkim.key-testing': define<{ name: string; record: string }>({
    area: 'dkim',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dkim.key-testing',
    source: 'RFC 6376 section 3.6.1',
    en: ({ name, record }) => ({
      title: 'The DKIM key is in test mode',
      detail: `The record at ${name} has t=y: receivers treat the mail as if it were not signed.`,
      fix: 'Remove t=y when signing works.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Ключ DKIM в тестовом режиме',
      detail: `В записи ${name} указано t=y: получатели считают такие письма неподписанными.`,
      fix: 'Когда подпись заработает, удалите t=y.',
      ...txt(name, record),
    }),
  }),
  'dkim.key-several': define<{ name: string; count: number }>({
    area: 'dkim',
    severity: 'warning',
    points: 0.5,
    class: 'C',
    root: 'dkim.key-several',
    source: 'RFC 6376 section 3.6.2.2',
    en: ({ name, count }) => ({
      title: 'There are several DKIM keys at one name',
      detail: `${name} has ${count} TXT records. Which one a receiver uses is not defined, so signatures fail at times.`,
      fix: 'Keep only the record of the key in use; another key needs its own selector.',
    }),
    ru: ({ name, count }) => ({
      title: 'На одном имени несколько ключей DKIM',
      detail: `У ${name} TXT-записей: ${count}. Какую из них возьмёт получатель, не определено, и подпись иногда не проходит проверку.`,
      fix: 'Оставьте только запись действующего ключа; для другого ключа нужен отдельный селектор.',
    }),
  }),
  'dkim.key-form': define<{ name: string; record: string }>({
    area: 'dkim',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dkim.key-form',
    source: 'RFC 6376 section 3.6.1, erratum 3017',
    en: ({ name, record }) => ({
      title: 'Some receivers cannot read the form of the DKIM key',
      detail: `The key at ${name} is a bare RSA key ("BEGIN RSA PUBLIC KEY"). OpenDKIM, for one, reads only the SubjectPublicKeyInfo form.`,
      fix: 'Publish the same key in the SubjectPublicKeyInfo form.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Не все получатели могут прочитать ключ DKIM',
      detail: `Ключ ${name} опубликован в формате PKCS#1 («BEGIN RSA PUBLIC KEY»). OpenDKIM, например, читает только формат SubjectPublicKeyInfo.`,
      fix: 'Опубликуйте тот же ключ в формате SubjectPublicKeyInfo.',
      ...txt(name, record),
    }),
  }),
  'dkim.key-untidy': define<{ name: string; record: string }>({
    area: 'dkim',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 3.6.1',
    en: ({ name, record }) => ({
      title: 'The DKIM record does not follow the standard in details',
      detail: `At ${name}, v=DKIM1 is not the first tag, a tag is empty, or p= ends in the wrong number of "=". Most receivers tolerate it.`,
      fix: 'Replace the record with this one.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Запись DKIM не вполне соответствует стандарту',
      detail: `В ${name} тег v=DKIM1 указан не первым, есть пустой тег или в конце p= неверное число знаков «=». Большинство получателей это допускает.`,
      fix: 'Замените запись на эту.',
      ...txt(name, record),
    }),
  }),
  'dkim.key-ed25519-only': define<{ domain: string }>({
    area: 'dkim',
    severity: 'warning',
    points: 1,
    class: 'B',
    root: 'dkim.key-ed25519-only',
    source: 'RFC 8463 section 6.1',
    en: ({ domain }) => ({
      title: 'The domain has only an Ed25519 key for DKIM',
      detail: `Many large receivers cannot verify Ed25519 signatures yet; they treat mail of ${domain} as not signed.`,
      fix: 'Sign with an RSA key of 2048 bits as well, under its own selector.',
    }),
    ru: ({ domain }) => ({
      title: 'Для DKIM опубликован только ключ Ed25519',
      detail: `Многие крупные почтовые службы ещё не проверяют подписи Ed25519; для них письма ${domain} не подписаны.`,
      fix: 'Подписывайте письма ещё и ключом RSA длиной 2048 бит с отдельным селектором.',
    }),
  }),
  'dkim.absent': define<{ domain: string }>({
    ...failing,
    source: 'RFC 8020 section 2',
    en: ({ domain }) => ({
      title: 'The domain has no DKIM key',
      detail: `DNS has no names below _domainkey.${domain}, so no signature of this domain can be verified. Gmail, Yahoo and Outlook.com require DKIM from bulk senders.`,
      fix: 'Enable DKIM at your mail service, or let mailshim sign, and publish the record that it shows.',
    }),
    ru: ({ domain }) => ({
      title: 'У домена нет ключа DKIM',
      detail: `В DNS нет имён в _domainkey.${domain}, поэтому ни одна DKIM-подпись домена не пройдёт проверку. Gmail, Yahoo и Outlook.com требуют DKIM от массовых отправителей.`,
      fix: 'Включите DKIM в почтовом сервисе или подписывайте письма с помощью mailshim и опубликуйте запись, которую они покажут.',
    }),
  }),
  'dkim.not-found': define<{ domain: string; tried: readonly string[]; providers: readonly string[] }>({
    area: 'dkim',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 3.1',
    en: ({ domain, tried, providers }) => ({
      title: 'No DKIM key was found, but there may be one',
      detail: `A key can have any name (selector), and DNS does not list them. Tried for ${domain}: ${tried.join(', ')}.${
        providers.length === 0 ? '' : ` ${providers.join(', ')} use a selector of their own for each customer.`
      }`,
      fix: 'Find "s=" in the DKIM-Signature header of a mail that you sent, and check again with that selector.',
    }),
    ru: ({ domain, tried, providers }) => ({
      title: 'Ключ DKIM не найден, но он может существовать',
      detail: `Селектор ключа может быть любым, и списка селекторов в DNS нет. Для ${domain} проверены: ${tried.join(', ')}.${
        providers.length === 0 ? '' : ` У ${providers.join(', ')} для каждого клиента свой селектор.`
      }`,
      fix: 'Найдите «s=» в заголовке DKIM-Signature отправленного письма и повторите проверку с этим селектором.',
    }),
  }),
  'dkim.wildcard': define<{ domain: string }>({
    area: 'dkim',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 6.1.2',
    en: ({ domain }) => ({
      title: 'DNS answers for every DKIM name',
      detail: `A wildcard record ("*") answers for every name below _domainkey.${domain}. Such answers do not count as keys.`,
      fix: 'Remove the wildcard record if it is not needed.',
    }),
    ru: ({ domain }) => ({
      title: 'DNS отвечает на любое имя DKIM',
      detail: `На любое имя в _domainkey.${domain} отвечает wildcard-запись («*»). Такие ответы не считаются ключами.`,
      fix: 'Если wildcard-запись не нужна, удалите её.',
    }),
  }),
} as const;
