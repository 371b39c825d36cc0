// Findings of a published DMARC record: missing, unreadable, and what it asks for (RFC 9989 sections 4.7 and 4.10).
import { phrase } from '../text/language.ts';
import { type DnsRecord, define } from './define.ts';

const missing = { area: 'dmarc', severity: 'error', points: 1.5, class: 'B', root: 'dmarc' } as const;
const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

/** The record to publish; empty where none could be made. */
export function txt(domain: string, value: string): { record?: DnsRecord } {
  return value === '' ? {} : { record: { name: `_dmarc.${domain}`, type: 'TXT', value } };
}

/** A record proposed in place of the published one; see `Correction` of dmarc/correct.ts. */
export type Proposed = { record: string; unclear: readonly string[]; dropped: readonly string[] };

/**
 * What to do with the record, or what to decide where there is none. Findings stored by versions before `unclear` and
 * `dropped` existed lack them.
 */
export function advise(
  language: 'en' | 'ru',
  { record, unclear = [], dropped = [] }: Pick<Proposed, 'record'> & Partial<Proposed>,
  publish: string,
): string {
  const english = language === 'en';
  if (record === '') {
    const parts = unclear.join(', ');
    if (english) {
      return unclear.length > 0
        ? `These parts can be read in more than one way; decide what they should be, and write the record anew: ${parts}.`
        : 'Write the record anew: v=DMARC1 first, then p= with the policy in force today, then the addresses for reports, each with mailto:, separated by commas.';
    }
    return unclear.length > 0
      ? `Эти части можно понять по-разному; определите, что в них должно быть, и составьте запись заново: ${parts}.`
      : 'Составьте запись заново: сначала v=DMARC1, затем p= с политикой, которая действует сейчас, затем адреса для отчётов, каждый с mailto:, через запятую.';
  }
  if (dropped.length === 0) return publish;
  const out = dropped.join(', ');
  return english
    ? `${publish} It leaves out ${out}, which is not in force: set that policy when the reports show that all your mail passes.`
    : `${publish} В ней нет ${out}: сейчас эта часть не действует. Включите такую политику, когда по отчётам будет видно, что все ваши письма проходят DMARC.`;
}

const UNUSABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    quotes: 'the quotation marks are part of the record, and it must begin with v=DMARC1',
    comma: 'its parts must be separated by semicolons, not commas',
    'no-semicolon': 'the semicolon after v=DMARC1 is missing',
    'version-case': 'it must begin with v=DMARC1 in capitals',
    'version-not-first': 'v=DMARC1 must come first',
    'not-dmarc': 'it must begin with v=DMARC1 and a semicolon',
    'duplicate-tag': 'a tag is there twice',
    several: 'there are several records at one name',
  },
  ru: {
    quotes: 'кавычки попали в саму запись, а она должна начинаться с v=DMARC1',
    comma: 'теги разделяются точкой с запятой, а не запятой',
    'no-semicolon': 'после v=DMARC1 нет точки с запятой',
    'version-case': 'она должна начинаться с v=DMARC1 заглавными буквами',
    'version-not-first': 'тег v=DMARC1 должен быть первым',
    'not-dmarc': 'она должна начинаться с v=DMARC1 и точки с запятой',
    'duplicate-tag': 'один из тегов указан дважды',
    several: 'на одном имени несколько записей',
  },
};
function firstStep(language: 'en' | 'ru', at: string, record: string): string {
  const reports = record.includes('rua=');
  if (language === 'en') {
    if (record === '')
      return `Publish a TXT record with p=none at _dmarc.${at}: it does not change the delivery of your mail.`;
    return `Publish this record. It does not change the delivery of your mail${reports ? ' and only requests reports; the address in it must exist' : ''}.`;
  }
  if (record === '') return `Добавьте TXT-запись с p=none для _dmarc.${at}: на доставку ваших писем она не влияет.`;
  return reports
    ? 'Опубликуйте эту запись. На доставку писем она не влияет и только запрашивает отчёты; адрес в ней должен существовать.'
    : 'Опубликуйте эту запись. На доставку ваших писем она не влияет.';
}
const ACTION: Record<'en' | 'ru', Record<string, string>> = {
  en: { none: 'deliver it as usual', quarantine: 'file it as spam', reject: 'reject it' },
  ru: { none: 'доставлять как обычно', quarantine: 'помещать в спам', reject: 'отклонять' },
};

export const dmarcRecordFindings = {
  'dmarc.policy': define<{ domain: string; policyDomain: string; tag: string; policy: string; text: string }>({
    area: 'dmarc',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, policyDomain, tag, policy, text }) => ({
      title: 'The domain has a DMARC policy',
      detail: `The policy asks receivers of mail from ${domain} that fails DMARC to ${ACTION.en[policy]} (${tag}=, record at _dmarc.${policyDomain}: ${text}).`,
    }),
    ru: ({ domain, policyDomain, tag, policy, text }) => ({
      title: 'Политика DMARC опубликована',
      detail: `Письма от ${domain}, которые не прошли DMARC, получатели должны ${ACTION.ru[policy]} (${tag}=, запись _dmarc.${policyDomain}: ${text}).`,
    }),
  }),
  'dmarc.none': define<{ domain: string; at: string; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.10.1; Gmail 4.7.31',
    en: ({ domain, at, record }) => ({
      title: 'The domain has no DMARC record',
      detail: `Receivers find no policy for mail that fails authentication for ${domain}. Gmail, Yahoo and Outlook.com require a DMARC record from bulk senders.`,
      fix: firstStep('en', at, record),
      ...txt(at, record),
    }),
    ru: ({ domain, at, record }) => ({
      title: 'У домена нет DMARC-записи',
      detail: `Получатели не находят политику для писем от имени ${domain}, которые не прошли проверку. Gmail, Yahoo и Outlook.com требуют DMARC-запись от массовых отправителей.`,
      fix: firstStep('ru', at, record),
      ...txt(at, record),
    }),
  }),
  'dmarc.misplaced': define<{ domain: string; wrong: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.5',
    en: ({ domain, wrong, ...proposed }) => ({
      title: 'The DMARC record is at the wrong name',
      detail: `The record is at ${wrong}, but receivers query _dmarc.${domain}.`,
      fix: advise(
        'en',
        proposed,
        'Publish this record at the correct name and delete the other. Many panels append the domain: enter only "_dmarc" as the name there.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, wrong, ...proposed }) => ({
      title: 'DMARC-запись опубликована не на том имени',
      detail: `Запись находится на имени ${wrong}, а получатели запрашивают _dmarc.${domain}.`,
      fix: advise(
        'ru',
        proposed,
        'Опубликуйте эту запись на правильном имени, а прежнюю удалите. Многие панели сами добавляют домен: в поле имени укажите только «_dmarc».',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.several': define<{ domain: string; count: number } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.10',
    en: ({ domain, count, ...proposed }) => ({
      title: 'The domain has several DMARC records',
      detail: `_dmarc.${domain} has ${count} DMARC records, and receivers then ignore all of them.`,
      fix: advise(
        'en',
        proposed,
        'Delete all of them and publish this record, which has the addresses of all; an address in it must exist.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, count, ...proposed }) => ({
      title: 'Несколько DMARC-записей',
      detail: `У _dmarc.${domain} DMARC-записей: ${count}. Если записей несколько, получатели не учитывают ни одной.`,
      fix: advise(
        'ru',
        proposed,
        'Удалите все и опубликуйте эту: в ней адреса из всех записей; каждый адрес должен существовать.',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.unusable': define<{ domain: string; problem: string; found: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, problem, found, ...proposed }) => ({
      title: 'Receivers cannot read the DMARC record',
      detail: `Receivers ignore the record at _dmarc.${domain}: ${phrase(UNUSABLE, 'en', problem)}. The record is: ${found}`,
      fix: advise('en', proposed, 'Replace the record with this one; an address in it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, problem, found, ...proposed }) => ({
      title: 'Получатели не могут прочитать DMARC-запись',
      detail: `Запись _dmarc.${domain} не учитывается: ${phrase(UNUSABLE, 'ru', problem)}. Текст записи: ${found}`,
      fix: advise('ru', proposed, 'Замените запись на эту; адрес в ней должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.no-effect': define<{ domain: string; tag: string; value: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, ...proposed }) => ({
      title: 'The DMARC record has no effect',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'has no policy (p=)' : `has ${tag}=${value}, which is not a policy`} and no valid address for reports, so receivers ignore it.`,
      fix: advise('en', proposed, 'Replace the record with this one; an address in it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, value, ...proposed }) => ({
      title: 'DMARC-запись не действует',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}, и нет корректного адреса для отчётов, поэтому получатели её не учитывают.`,
      fix: advise('ru', proposed, 'Замените запись на эту; адрес в ней должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.read-as-none': define<{ domain: string; tag: string; value: string } & Proposed>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, ...proposed }) => ({
      title: 'Receivers read the DMARC policy as "none"',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'has no policy (p=)' : `has ${tag}=${value}, which is not a policy`}; receivers then only send reports.`,
      fix: advise('en', proposed, 'Publish this record, which has the policy that is in force today.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, value, ...proposed }) => ({
      title: 'Получатели понимают политику DMARC как «none»',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}; в этом случае получатели только присылают отчёты.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: в ней указана политика, которая действует сейчас.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.ignored-record': define<{ domain: string; problem: string; policyDomain: string } & Proposed>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc',
    source: 'RFC 9989 section 4.10',
    en: ({ domain, problem, policyDomain, ...proposed }) => ({
      title: 'Receivers ignore a DMARC record',
      detail: `Receivers ignore the record at _dmarc.${domain}: ${phrase(UNUSABLE, 'en', problem)}. The policy of ${policyDomain} applies instead.`,
      fix: advise('en', proposed, 'Replace it with this record, or delete it if the other policy should apply.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, problem, policyDomain, ...proposed }) => ({
      title: 'Одна из DMARC-записей не учитывается',
      detail: `Получатели не учитывают запись _dmarc.${domain}: ${phrase(UNUSABLE, 'ru', problem)}. Вместо неё действует политика ${policyDomain}.`,
      fix: advise(
        'ru',
        proposed,
        'Замените её на эту или удалите, если должна действовать политика вышестоящего домена.',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.suffix-only': define<{ domain: string; policyDomain: string; at: string; record: string }>({
    ...advice,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, policyDomain, at, record }) => ({
      title: 'The domain has no DMARC record of its own',
      detail: `The policy of the registry applies to ${domain} (_dmarc.${policyDomain}), and its reports go to the registry.`,
      fix: record === '' ? 'Publish a record of your own, with p=none at first.' : 'Publish a record of your own.',
      ...txt(at, record),
    }),
    ru: ({ domain, policyDomain, at, record }) => ({
      title: 'У домена нет собственной DMARC-записи',
      detail: `На ${domain} распространяется политика реестра (_dmarc.${policyDomain}), и отчёты получает реестр.`,
      fix: record === '' ? 'Опубликуйте собственную запись, сначала с p=none.' : 'Опубликуйте собственную запись.',
      ...txt(at, record),
    }),
  }),
  // Without a record: only the reports show whether all mail passes.
  'dmarc.monitoring': define<{ domain: string }>({
    ...advice,
    source: 'RFC 9989 section 5.1.6',
    en: ({ domain }) => ({
      title: 'The DMARC policy is none',
      detail: `With p=none, receivers deliver mail forged in the name of ${domain} as usual. The delivery of your own mail is not affected.`,
      fix: 'Read the reports for some weeks. When they show that all your mail passes, change p=none to p=quarantine and keep the rest of the record.',
    }),
    ru: ({ domain }) => ({
      title: 'DMARC в режиме наблюдения (p=none)',
      detail: `При p=none поддельные письма от имени ${domain} доставляются как обычные. На доставку ваших писем это не влияет.`,
      fix: 'Несколько недель изучайте отчёты. Когда станет видно, что все ваши письма проходят DMARC, замените p=none на p=quarantine; остальное в записи не меняйте.',
    }),
  }),
  'dmarc.subdomains-open': define<{ domain: string; policy: string }>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, policy }) => ({
      title: 'The DMARC policy does not protect subdomains',
      detail: `The policy of ${domain} is ${policy}, but sp=none exempts the subdomains without a record of their own: anyone can send as news.${domain}.`,
      fix: 'Check in the reports which subdomains send mail. When all of it passes, or none sends, remove sp=none: then the policy applies to them too.',
    }),
    ru: ({ domain, policy }) => ({
      title: 'Политика DMARC не защищает поддомены',
      detail: `Политика ${domain} — ${policy}, но sp=none исключает поддомены без собственной записи: кто угодно может отправлять письма от имени news.${domain}.`,
      fix: 'Посмотрите в отчётах, какие поддомены отправляют почту. Если все их письма проходят DMARC или таких поддоменов нет, удалите sp=none: политика будет действовать и для них.',
    }),
  }),
  'dmarc.sp-unused': define<{ domain: string; tags: readonly string[]; organizationalDomain: string }>({
    ...advice,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tags, organizationalDomain }) => ({
      title: 'The DMARC record of a subdomain has tags without effect',
      detail: `${tags.join(', ')} at _dmarc.${domain} has no effect: for names below ${domain} without a record of their own, receivers apply the record of ${organizationalDomain}.`,
      fix: `Remove the tag. For another policy below ${domain}, publish a record at each of these names.`,
    }),
    ru: ({ domain, tags, organizationalDomain }) => ({
      title: 'В DMARC-записи поддомена есть теги, которые не действуют',
      detail: `${tags.join(', ')} в _dmarc.${domain} не действует: для имён ниже ${domain} без собственной записи применяется запись ${organizationalDomain}.`,
      fix: `Удалите этот тег. Если ниже ${domain} нужна другая политика, опубликуйте запись на каждом таком имени.`,
    }),
  }),
  'dmarc.testing': define<{ domain: string; published: string; policy: string; percentage: number }>({
    ...advice,
    source: 'RFC 9989 section 4.7, RFC 7489 section 6.3',
    en: ({ domain, published, policy, percentage }) => ({
      title: 'The DMARC policy is in test mode',
      detail: `With t=y at _dmarc.${domain}, receivers that follow the standard of 2026 apply ${policy} instead of ${published}. Receivers that follow the earlier standard ignore t= and apply ${published}${percentage < 100 ? ` to ${percentage} percent of the mail that fails` : ''}.`,
      fix: `Remove t=y${percentage < 100 ? ' and pct=' : ''} when the reports show that all your mail passes.`,
    }),
    ru: ({ domain, published, policy, percentage }) => ({
      title: 'Политика DMARC в тестовом режиме',
      detail: `Из-за t=y в _dmarc.${domain} получатели, которые следуют стандарту 2026 года, применяют ${policy} вместо ${published}. Остальные тег t= игнорируют и применяют ${published}${percentage < 100 ? ` к ${percentage} % писем, не прошедших проверку` : ''}.`,
      fix: `Удалите t=y${percentage < 100 ? ' и pct=' : ''}, когда по отчётам станет видно, что все ваши письма проходят DMARC.`,
    }),
  }),
} as const;
