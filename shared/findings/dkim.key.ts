// Findings of published DKIM keys (RFC 6376 section 3.6, RFC 8301, RFC 8463).
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
      detail: `DNS gave no answer for ${name}: ${detail}.`,
    }),
    ru: ({ name, detail }) => ({
      title: 'Ключ DKIM проверить не удалось',
      detail: `DNS не ответил о ${name}: ${detail}.`,
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
      detail: `${name} holds a key of type ${type}, ${bits} bits${alias === '' ? '' : `; it is kept at ${alias}`}.`,
    }),
    ru: ({ name, type, bits, alias }) => ({
      title: 'Ключ DKIM опубликован',
      detail: `${name} содержит ключ типа ${type}, ${bits} бит${alias === '' ? '' : `; он хранится в ${alias}`}.`,
    }),
  }),
  'dkim.key-missing': define<{ name: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.2',
    en: ({ name }) => ({
      title: 'The DKIM key is not published',
      detail: `The mail is signed with a key that receivers look for at ${name}, and nothing is there. So no signature can be checked.`,
      fix: `Publish the public key as a TXT record at ${name}. Your mail service or signing program shows its text.`,
    }),
    ru: ({ name }) => ({
      title: 'Ключ DKIM не опубликован',
      detail: `Письма подписаны ключом, который получатели ищут в ${name}, но там ничего нет. Проверить подпись нельзя.`,
      fix: `Опубликуйте открытый ключ записью TXT в ${name}. Её текст покажет почтовая служба или программа подписи.`,
    }),
  }),
  'dkim.key-misplaced': define<{ name: string; wrong: string; type: string; record: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.2.1',
    en: ({ name, wrong, type, record }) => ({
      title: 'The DKIM key is published at the wrong name',
      detail: `The key stands at ${wrong}, but receivers look only at ${name}.`,
      fix: `Move the record to ${name}. Many DNS panels add the domain to what you type themselves, so type only the part before it.`,
      ...recordFor(name, type ?? 'TXT', record),
    }),
    ru: ({ name, wrong, type, record }) => ({
      title: 'Ключ DKIM опубликован не под тем именем',
      detail: `Ключ стоит в ${wrong}, а получатели смотрят только в ${name}.`,
      fix: `Перенесите запись в ${name}. Многие панели DNS сами добавляют домен к введённому имени: вводите только часть перед ним.`,
      ...recordFor(name, type ?? 'TXT', record),
    }),
  }),
  'dkim.key-dangling': define<{ name: string; target: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.2.2',
    en: ({ name, target }) => ({
      title: 'The DKIM key points to nothing',
      detail: `${name} is a CNAME that leads to ${target}, where there is no key.`,
      fix: 'Turn DKIM on at the mail service the name belongs to, or copy the CNAME again from its settings.',
    }),
    ru: ({ name, target }) => ({
      title: 'Ключ DKIM указывает в пустоту',
      detail: `${name} — это CNAME на ${target}, где ключа нет.`,
      fix: 'Включите DKIM в почтовой службе, которой принадлежит это имя, или заново скопируйте CNAME из её настроек.',
    }),
  }),
  'dkim.key-target-dot': define<{ name: string; target: string; record: string }>({
    ...failing,
    source: 'RFC 1035 section 5.1',
    en: ({ name, target, record }) => ({
      title: 'The target of the DKIM record lost its final dot',
      detail: `${name} is a CNAME that leads to ${target}, where there is no key: the name server has added your domain to a name that has no dot at its end.`,
      fix: 'Replace the CNAME by this one. Type the dot at the end of the target, if the panel takes it.',
      ...recordFor(name, 'CNAME', record),
    }),
    ru: ({ name, target, record }) => ({
      title: 'В записи DKIM потеряна точка в конце имени',
      detail: `${name} — это CNAME на ${target}, где ключа нет: сервер имён добавил ваш домен к имени без точки в конце.`,
      fix: 'Замените CNAME этой записью. Введите точку в конце имени, если панель её принимает.',
      ...recordFor(name, 'CNAME', record),
    }),
  }),
  /** `empty`: there is no key at the target yet. */
  'dkim.key-cname-as-txt': define<{ name: string; target: string; record: string; empty: boolean }>({
    ...failing,
    tells: ['dkim.key-dangling'],
    source: 'RFC 6376 section 3.6.2.2',
    en: ({ name, target, record, empty }) => ({
      title: 'The DKIM record should be a CNAME',
      detail: `${name} is a TXT record with the text ${target}. That is the name where a mail service keeps the key; receivers follow it only as a CNAME record.${empty ? ` There is no key at ${target} yet.` : ''}`,
      fix:
        record === ''
          ? 'Delete the TXT record, and publish the CNAME record that your mail service shows.'
          : `Delete the TXT record and publish this one.${empty ? ' Compare its target with the one that your mail service shows, and turn DKIM on there: the key appears with that.' : ''}`,
      ...recordFor(name, 'CNAME', record),
    }),
    ru: ({ name, target, record, empty }) => ({
      title: 'Запись DKIM должна быть записью CNAME',
      detail: `${name} — запись TXT с текстом ${target}. Это имя, под которым почтовая служба хранит ключ; получатели следуют ему только в записи CNAME.${empty ? ` Ключа по имени ${target} пока нет.` : ''}`,
      fix:
        record === ''
          ? 'Удалите запись TXT и опубликуйте запись CNAME, которую показывает почтовая служба.'
          : `Удалите запись TXT и опубликуйте эту.${empty ? ' Сверьте имя с тем, что показывает почтовая служба, и включите в ней DKIM: после этого ключ появится.' : ''}`,
      ...recordFor(name, 'CNAME', record),
    }),
  }),
  'dkim.key-revoked': define<{ name: string }>({
    ...failing,
    source: 'RFC 6376 section 3.6.1',
    en: ({ name }) => ({
      title: 'The DKIM key is revoked',
      detail: `The record at ${name} has an empty p=, which tells receivers that the key must not be trusted any more.`,
      fix: 'If mail is still signed with this selector, make a new key and publish it under a new selector.',
    }),
    ru: ({ name }) => ({
      title: 'Ключ DKIM отозван',
      detail: `В записи ${name} пустая часть p=: это значит, что ключу больше нельзя доверять.`,
      fix: 'Если письма ещё подписывают с этим селектором, создайте новый ключ и опубликуйте его под новым селектором.',
    }),
  }),
  /** At a selector that was only guessed. */
  'dkim.key-retired': define<{ name: string; how: 'revoked' | 'dangling' }>({
    area: 'dkim',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 6376 section 3.6.1',
    en: ({ name, how }) => ({
      title: 'A DKIM key that is no longer in use, as it seems',
      detail:
        how === 'revoked'
          ? `The record at ${name} has an empty p=: the key is revoked, as it should be after a key change.`
          : `${name} is a CNAME to a name without a key, as a former mail service leaves it.`,
      fix:
        how === 'revoked'
          ? 'If mail is still signed with this selector, make a new key and publish it under a new selector.'
          : 'If that service still sends your mail, turn DKIM on there; otherwise delete the record.',
    }),
    ru: ({ name, how }) => ({
      title: 'Ключ DKIM, который, видимо, больше не используется',
      detail:
        how === 'revoked'
          ? `В записи ${name} пустой параметр p=: ключ отозван, как и положено после смены ключа.`
          : `${name} — CNAME на имя, где ключа нет; такая запись остаётся после отказа от почтовой службы.`,
      fix:
        how === 'revoked'
          ? 'Если письма ещё подписываются с этим селектором, создайте новый ключ и опубликуйте его под новым селектором.'
          : 'Если эта служба ещё отправляет вашу почту, включите в ней DKIM; если нет, удалите запись.',
    }),
  }),
  'dkim.key-unusable': define<{ name: string; problem: string; found: string; record: string }>({
    ...failing,
    source: 'RFC 6376 section 6.1.2',
    en: ({ name, problem, found, record }) => ({
      title: 'The DKIM key cannot be used',
      detail: `Receivers cannot read the record at ${name}: ${UNUSABLE.en[problem] ?? problem}. Found: ${found}`,
      fix:
        KEY_REMEDIES.en[problem] ??
        (record === ''
          ? 'Copy the record again, as a whole, from your mail service or signing program.'
          : 'Replace the record by this one.'),
      ...txt(name, record),
    }),
    ru: ({ name, problem, found, record }) => ({
      title: 'Ключ DKIM непригоден',
      detail: `Получатели не могут прочитать запись ${name}: ${UNUSABLE.ru[problem] ?? problem}. Найдено: ${found}`,
      fix:
        KEY_REMEDIES.ru[problem] ??
        (record === ''
          ? 'Скопируйте запись заново целиком из почтовой службы или программы подписи.'
          : 'Замените запись этой.'),
      ...txt(name, record),
    }),
  }),
  'dkim.key-weak': define<{ name: string; bits: number }>({
    ...failing,
    source: 'RFC 8301 section 3.2',
    en: ({ name, bits }) => ({
      title: 'The DKIM key is too short',
      detail: `The key at ${name} has ${bits} bits. Receivers must ignore signatures with less than 1024.`,
      fix: 'Make a new key of 2048 bits and publish it under a new selector.',
    }),
    ru: ({ name, bits }) => ({
      title: 'Ключ DKIM слишком короткий',
      detail: `Длина ключа ${name} — ${bits} бит. Подписи с ключом короче 1024 бит получатели обязаны не учитывать.`,
      fix: 'Создайте новый ключ длиной 2048 бит и опубликуйте его под новым селектором.',
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
      title: 'The DKIM key is shorter than advised',
      detail: `The key at ${name} has ${bits} bits; 2048 are advised, and Gmail asks for them.`,
      fix: 'At the next change of keys make one of 2048 bits.',
    }),
    ru: ({ name, bits }) => ({
      title: 'Ключ DKIM короче рекомендованного',
      detail: `Длина ключа ${name} — ${bits} бит; рекомендуется 2048, этого просит и Gmail.`,
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
      title: 'The DKIM key is marked as a test',
      detail: `The record at ${name} has t=y: receivers are told to treat the mail as if it were not signed.`,
      fix: 'When signing works, remove t=y.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Ключ DKIM помечен как тестовый',
      detail: `В записи ${name} стоит t=y: получателям сказано считать письма неподписанными.`,
      fix: 'Когда подпись работает, уберите t=y.',
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
      detail: `${name} has ${count} TXT records. Which of them a receiver takes is not defined, so signatures fail now and then.`,
      fix: 'Keep only the record of the key in use; a further key needs a selector of its own.',
    }),
    ru: ({ name, count }) => ({
      title: 'Под одним именем несколько ключей DKIM',
      detail: `У ${name} записей TXT: ${count}. Какую возьмёт получатель, не определено, и подписи иногда не сходятся.`,
      fix: 'Оставьте только запись действующего ключа; другому ключу нужен свой селектор.',
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
      title: 'The DKIM key is written in a form that some receivers cannot read',
      detail: `The key at ${name} is a bare RSA key ("BEGIN RSA PUBLIC KEY"). OpenDKIM, for one, reads only the wrapped form.`,
      fix: 'Publish the same key in the common form.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Ключ DKIM записан в виде, который читают не все получатели',
      detail: `Ключ ${name} записан без обёртки («BEGIN RSA PUBLIC KEY»). Например, OpenDKIM читает только обычный вид.`,
      fix: 'Опубликуйте тот же ключ в обычном виде.',
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
      title: 'The DKIM record is not quite as it should be',
      detail: `At ${name}, v=DKIM1 is not the first part, there is an empty part, or p= ends in the wrong number of "=". Most receivers overlook it.`,
      fix: 'Write it so.',
      ...txt(name, record),
    }),
    ru: ({ name, record }) => ({
      title: 'Запись DKIM составлена не совсем верно',
      detail: `В ${name} часть v=DKIM1 стоит не первой, есть пустая часть или в конце p= неверное число знаков «=». Большинство получателей это прощает.`,
      fix: 'Запишите так.',
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
      title: 'There is only an Ed25519 key for DKIM',
      detail: `Many large receivers cannot check Ed25519 signatures yet; for them mail of ${domain} is unsigned.`,
      fix: 'Sign with an RSA key of 2048 bits as well, under a selector of its own.',
    }),
    ru: ({ domain }) => ({
      title: 'Для DKIM есть только ключ Ed25519',
      detail: `Многие крупные получатели ещё не проверяют подписи Ed25519; для них письма ${domain} не подписаны.`,
      fix: 'Подписывайте ещё и ключом RSA длиной 2048 бит, под отдельным селектором.',
    }),
  }),
  'dkim.absent': define<{ domain: string }>({
    ...failing,
    source: 'RFC 8020 section 2',
    en: ({ domain }) => ({
      title: 'The domain has no DKIM key',
      detail: `DNS says that nothing exists below _domainkey.${domain}, so mail of this domain cannot be signed. Gmail, Yahoo and Outlook.com want bulk mail signed.`,
      fix: 'Turn DKIM on at your mail service, or let mailshim sign, and publish the record it shows.',
    }),
    ru: ({ domain }) => ({
      title: 'У домена нет ключа DKIM',
      detail: `По данным DNS, в _domainkey.${domain} ничего нет, и подписывать письма домена нечем. Gmail, Yahoo и Outlook.com требуют подпись от массовых рассылок.`,
      fix: 'Включите DKIM в почтовой службе или подписывайте с помощью mailshim и опубликуйте запись, которую они покажут.',
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
      detail: `A key can have any name (selector), and DNS has no list of them. Tried for ${domain}: ${tried.join(', ')}.${
        providers.length === 0 ? '' : ` ${providers.join(', ')} make up a name for each customer.`
      }`,
      fix: 'Look for "s=" in the DKIM-Signature header of a mail you sent, and check again with that selector.',
    }),
    ru: ({ domain, tried, providers }) => ({
      title: 'Ключ DKIM не найден, но он может существовать',
      detail: `Имя ключа (селектор) может быть любым, и списка их в DNS нет. Для ${domain} проверены: ${tried.join(', ')}.${
        providers.length === 0 ? '' : ` ${providers.join(', ')} придумывают имя для каждого клиента.`
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
      detail: `Any name below _domainkey.${domain} is answered, by a record for "*". Such answers are not counted as keys.`,
      fix: 'If the "*" record is not needed, remove it.',
    }),
    ru: ({ domain }) => ({
      title: 'DNS отвечает на любое имя DKIM',
      detail: `На любое имя в _domainkey.${domain} отвечает запись для «*». Такие ответы не считаются ключами.`,
      fix: 'Если запись «*» не нужна, удалите её.',
    }),
  }),
} as const;
