// Findings of a published DMARC record: missing, unreadable, and what it asks for (RFC 9989 sections 4.7 and 4.10).
import { type DnsRecord, define } from './define.ts';

const missing = { area: 'dmarc', severity: 'error', points: 1.5, class: 'B', root: 'dmarc' } as const;
const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

/** The record to publish; empty where none could be made. */
export function txt(domain: string, value: string): { record?: DnsRecord } {
  return value === '' ? {} : { record: { name: `_dmarc.${domain}`, type: 'TXT', value } };
}

/** A record proposed in place of what is there; see `Correction` of dmarc/correct.ts. */
export type Proposed = { record: string; unclear: readonly string[]; dropped: readonly string[] };

/**
 * What to do with the record, or what to decide where there is none. Findings that were stored before there were
 * `unclear` and `dropped` lack them.
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
        ? `Decide what this is to say, since it can be read in more than one way, and write the record anew: ${parts}.`
        : 'Write the record anew: first v=DMARC1, then p= with the policy that is in force today, then the addresses for reports, each with mailto: and a comma between two.';
    }
    return unclear.length > 0
      ? `Решите, что здесь имелось в виду (прочесть это можно по-разному), и составьте запись заново: ${parts}.`
      : 'Составьте запись заново: сначала v=DMARC1, затем p= с политикой, которая действует сейчас, затем адреса для отчётов — каждый с mailto:, через запятую.';
  }
  if (dropped.length === 0) return publish;
  const out = dropped.join(', ');
  return english
    ? `${publish} It leaves out ${out}, which has not been in force: set that policy when the reports show that all your mail passes.`
    : `${publish} В ней нет ${out}: сейчас это не действует. Задайте такую политику, когда по отчётам будет видно, что все ваши письма проходят проверку.`;
}

const UNUSABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    quotes: 'the quotation marks are part of it, and it must begin with v=DMARC1',
    comma: 'semicolons must stand between its parts, not commas',
    'no-semicolon': 'there is no semicolon behind v=DMARC1',
    'version-case': 'it must begin with v=DMARC1 in capitals',
    'version-not-first': 'v=DMARC1 must come first',
    'not-dmarc': 'it must begin with v=DMARC1 and a semicolon',
    'duplicate-tag': 'one of its parts is there twice',
    several: 'there are several records at one name',
  },
  ru: {
    quotes: 'кавычки попали в саму запись, а она должна начинаться с v=DMARC1',
    comma: 'между частями должна стоять точка с запятой, а не запятая',
    'no-semicolon': 'после v=DMARC1 нет точки с запятой',
    'version-case': 'она должна начинаться с v=DMARC1 заглавными буквами',
    'version-not-first': 'v=DMARC1 должно стоять первым',
    'not-dmarc': 'она должна начинаться с v=DMARC1 и точки с запятой',
    'duplicate-tag': 'одна из её частей указана дважды',
    several: 'под одним именем несколько записей',
  },
};
function firstStep(language: 'en' | 'ru', at: string, record: string): string {
  const reports = record.includes('rua=');
  if (language === 'en') {
    if (record === '')
      return `Publish a TXT record at _dmarc.${at} that says p=none: it changes nothing for your mail.`;
    return `Publish this record. It changes nothing for your mail${reports ? ' and only asks for reports; the address in it must exist' : ''}.`;
  }
  if (record === '') return `Опубликуйте в _dmarc.${at} запись TXT с p=none: на доставку ваших писем она не влияет.`;
  return reports
    ? 'Опубликуйте эту запись. На доставку ваших писем она не влияет, а только запрашивает отчёты; адрес в ней должен существовать.'
    : 'Опубликуйте эту запись. На доставку ваших писем она не влияет.';
}
const SOURCE: Record<'en' | 'ru', Record<string, string>> = {
  en: { none: 'deliver it as usual', quarantine: 'file it as spam', reject: 'refuse it' },
  ru: { none: 'доставлять как обычно', quarantine: 'класть в спам', reject: 'отклонять' },
};

export const dmarcRecordFindings = {
  'dmarc.policy': define<{ domain: string; policyDomain: string; tag: string; policy: string; text: string }>({
    area: 'dmarc',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, policyDomain, tag, policy, text }) => ({
      title: 'There is a DMARC policy',
      detail: `For mail from ${domain} that is not proven to be yours, receivers are asked to ${SOURCE.en[policy]} (${tag}=, record at _dmarc.${policyDomain}: ${text}).`,
    }),
    ru: ({ domain, policyDomain, tag, policy, text }) => ({
      title: 'Политика DMARC есть',
      detail: `Письма от ${domain}, принадлежность которых не доказана, получателей просят ${SOURCE.ru[policy]} (${tag}=, запись _dmarc.${policyDomain}: ${text}).`,
    }),
  }),
  'dmarc.none': define<{ domain: string; at: string; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.10.1; Gmail 4.7.31',
    en: ({ domain, at, record }) => ({
      title: 'The domain has no DMARC record',
      detail: `Receivers find no policy for mail that claims to come from ${domain}. Gmail, Yahoo and Outlook.com require a record from everyone who sends many mails.`,
      fix: firstStep('en', at, record),
      ...txt(at, record),
    }),
    ru: ({ domain, at, record }) => ({
      title: 'У домена нет записи DMARC',
      detail: `Получателям ничего не сказано о письмах, которые выдают себя за письма ${domain}. Gmail, Yahoo и Outlook.com требуют эту запись от всех массовых отправителей.`,
      fix: firstStep('ru', at, record),
      ...txt(at, record),
    }),
  }),
  'dmarc.misplaced': define<{ domain: string; wrong: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.5',
    en: ({ domain, wrong, ...proposed }) => ({
      title: 'The DMARC record is at the wrong name',
      detail: `There is one at ${wrong}, where it is not looked for; receivers ask for _dmarc.${domain}.`,
      fix: advise(
        'en',
        proposed,
        'Publish it at the right name and remove the other. Many panels add the domain themselves: then type only "_dmarc" as the name.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, wrong, ...proposed }) => ({
      title: 'Запись DMARC стоит не под тем именем',
      detail: `Она есть у ${wrong}, но там её никто не ищет: получатели спрашивают _dmarc.${domain}.`,
      fix: advise(
        'ru',
        proposed,
        'Опубликуйте её под правильным именем, а прежнюю удалите. Многие панели сами дописывают домен: тогда в поле имени нужно только «_dmarc».',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.several': define<{ domain: string; count: number } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.10',
    en: ({ domain, count, ...proposed }) => ({
      title: 'There are several DMARC records',
      detail: `_dmarc.${domain} has ${count} of them, and receivers then disregard all.`,
      fix: advise(
        'en',
        proposed,
        'Delete them all and publish this one, which holds the addresses of all; an address in it must exist.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, count, ...proposed }) => ({
      title: 'Записей DMARC несколько',
      detail: `У _dmarc.${domain} их ${count}, и в таком случае получатели не учитывают ни одной.`,
      fix: advise(
        'ru',
        proposed,
        'Удалите их все и опубликуйте эту: в ней адреса из всех; адрес в ней должен существовать.',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.unusable': define<{ domain: string; problem: string; found: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, problem, found, ...proposed }) => ({
      title: 'Receivers cannot read the DMARC record',
      detail: `The record at _dmarc.${domain} is disregarded: ${UNUSABLE.en[problem] ?? problem}. It says: ${found}`,
      fix: advise('en', proposed, 'Replace it with this one; an address in it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, problem, found, ...proposed }) => ({
      title: 'Получатели не могут прочитать запись DMARC',
      detail: `Запись _dmarc.${domain} не учитывается: ${UNUSABLE.ru[problem] ?? problem}. Сейчас там: ${found}`,
      fix: advise('ru', proposed, 'Замените её на эту; адрес в ней должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.no-effect': define<{ domain: string; tag: string; value: string } & Proposed>({
    ...missing,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, ...proposed }) => ({
      title: 'The DMARC record has no effect',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'does not say a policy (p=)' : `has ${tag}=${value}, which is no policy`}, and has no valid address for reports, so receivers act as if it were not there.`,
      fix: advise('en', proposed, 'Replace it with this one; an address in it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, value, ...proposed }) => ({
      title: 'Запись DMARC не действует',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}, и нет верного адреса для отчётов, поэтому получатели поступают так, будто записи нет.`,
      fix: advise('ru', proposed, 'Замените её на эту; адрес в ней должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.read-as-none': define<{ domain: string; tag: string; value: string } & Proposed>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, ...proposed }) => ({
      title: 'The DMARC policy is read as "none"',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'does not say a policy (p=)' : `has ${tag}=${value}, which is no policy`}; receivers then only send reports.`,
      fix: advise('en', proposed, 'Publish this record, which says what is in force today.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, value, ...proposed }) => ({
      title: 'Политика DMARC читается как «none»',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}; получатели тогда только присылают отчёты.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: в ней указано то, что действует сейчас.'),
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
      title: 'A DMARC record is disregarded',
      detail: `What stands at _dmarc.${domain} does not count: ${UNUSABLE.en[problem] ?? problem}. The policy of ${policyDomain} applies instead.`,
      fix: advise('en', proposed, 'Publish this record in its place, or remove it where the other policy is meant.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, problem, policyDomain, ...proposed }) => ({
      title: 'Одна из записей DMARC не учитывается',
      detail: `То, что стоит в _dmarc.${domain}, не считается: ${UNUSABLE.ru[problem] ?? problem}. Вместо неё действует политика ${policyDomain}.`,
      fix: advise('ru', proposed, 'Опубликуйте вместо неё эту или удалите её, если нужна та, другая политика.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.suffix-only': define<{ domain: string; policyDomain: string; at: string; record: string }>({
    ...advice,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, policyDomain, at, record }) => ({
      title: 'The domain has no DMARC record of its own',
      detail: `For ${domain} the policy of the registry applies (_dmarc.${policyDomain}), and its reports go to the registry.`,
      fix: record === '' ? 'Publish a record of your own, at first with p=none.' : 'Publish a record of your own.',
      ...txt(at, record),
    }),
    ru: ({ domain, policyDomain, at, record }) => ({
      title: 'У домена нет собственной записи DMARC',
      detail: `Для ${domain} действует политика реестра (_dmarc.${policyDomain}), и отчёты получает реестр.`,
      fix: record === '' ? 'Опубликуйте собственную запись, для начала с p=none.' : 'Опубликуйте собственную запись.',
      ...txt(at, record),
    }),
  }),
  // Without a record: whether all mail passes is known from the reports alone.
  'dmarc.monitoring': define<{ domain: string }>({
    ...advice,
    source: 'RFC 9989 section 5.1.6',
    en: ({ domain }) => ({
      title: 'DMARC only watches so far',
      detail: `With p=none, mail forged in the name of ${domain} is delivered like any other. That costs nothing in delivery of your own mail.`,
      fix: 'Read the reports for some weeks. When they show that all your mail passes, change p=none to p=quarantine; the rest of the record stays.',
    }),
    ru: ({ domain }) => ({
      title: 'Пока DMARC только наблюдает',
      detail: `При p=none письма, подделанные от имени ${domain}, доставляются как обычные. На доставку ваших писем это не влияет.`,
      fix: 'Несколько недель читайте отчёты. Когда по ним видно, что все ваши письма проходят проверку, замените p=none на p=quarantine; остальное в записи не меняйте.',
    }),
  }),
  'dmarc.subdomains-open': define<{ domain: string; policy: string }>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, policy }) => ({
      title: 'Subdomains are not protected',
      detail: `The policy of ${domain} is ${policy}, but sp=none leaves the subdomains out that have no record of their own: anyone can send as news.${domain}.`,
      fix: 'See in the reports which subdomains send mail. When all of it passes, or none does send, remove sp=none: then the policy holds for them too.',
    }),
    ru: ({ domain, policy }) => ({
      title: 'Поддомены не защищены',
      detail: `Политика ${domain} — ${policy}, но sp=none исключает поддомены без собственной записи: кто угодно может писать от имени news.${domain}.`,
      fix: 'Посмотрите в отчётах, какие поддомены отправляют письма. Если все они проходят проверку или таких нет, уберите sp=none: тогда политика действует и для них.',
    }),
  }),
  'dmarc.sp-unused': define<{ domain: string; tags: readonly string[]; organizationalDomain: string }>({
    ...advice,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tags, organizationalDomain }) => ({
      title: 'The DMARC record of a subdomain speaks for names below it',
      detail: `${tags.join(', ')} at _dmarc.${domain} has no effect: for names below ${domain} without a record of their own, receivers go by the record of ${organizationalDomain}.`,
      fix: `Leave the part out. To have another policy below ${domain}, publish a record at each of these names.`,
    }),
    ru: ({ domain, tags, organizationalDomain }) => ({
      title: 'Запись DMARC поддомена говорит об именах под ним',
      detail: `${tags.join(', ')} в _dmarc.${domain} не действует: для имён под ${domain} без собственной записи получатели берут запись ${organizationalDomain}.`,
      fix: `Уберите эту часть. Если под ${domain} нужна другая политика, опубликуйте запись у каждого такого имени.`,
    }),
  }),
  'dmarc.testing': define<{ domain: string; published: string; policy: string; percentage: number }>({
    ...advice,
    source: 'RFC 9989 section 4.7, RFC 7489 section 6.3',
    en: ({ domain, published, policy, percentage }) => ({
      title: 'The DMARC policy is on trial',
      detail: `With t=y at _dmarc.${domain}, receivers of the standard of 2026 apply ${policy} in place of ${published}. Older ones do not know t= and apply ${published}${percentage < 100 ? ` to ${percentage} percent of the mail that fails` : ''}.`,
      fix: `Remove t=y${percentage < 100 ? ' and pct=' : ''} when the reports show that all your mail passes.`,
    }),
    ru: ({ domain, published, policy, percentage }) => ({
      title: 'Политика DMARC на испытании',
      detail: `Из-за t=y в _dmarc.${domain} получатели по стандарту 2026 года применяют ${policy} вместо ${published}. Прежним t= неизвестно: они применяют ${published}${percentage < 100 ? ` к ${percentage} % непрошедших писем` : ''}.`,
      fix: `Уберите t=y${percentage < 100 ? ' и pct=' : ''}, когда по отчётам видно, что все ваши письма проходят проверку.`,
    }),
  }),
} as const;
