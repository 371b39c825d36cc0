// Findings of a published DMARC record: missing, unreadable, and what it asks for (RFC 9989 sections 4.7 and 4.10).
import { type DnsRecord, define } from './define.ts';

const missing = { area: 'dmarc', severity: 'error', points: 1.5, class: 'B', root: 'dmarc' } as const;
const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

/** The record to publish; empty where none could be made. */
export function txt(domain: string, value: string): { record?: DnsRecord } {
  return value === '' ? {} : { record: { name: `_dmarc.${domain}`, type: 'TXT', value } };
}

const UNUSABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'version-case': 'it must begin with v=DMARC1 in capitals',
    'version-not-first': 'v=DMARC1 must come first',
    'not-dmarc': 'it must begin with v=DMARC1 and a semicolon',
    'duplicate-tag': 'one of its parts is there twice',
    several: 'there are several records at one name',
  },
  ru: {
    'version-case': 'она должна начинаться с v=DMARC1 заглавными буквами',
    'version-not-first': 'v=DMARC1 должно стоять первым',
    'not-dmarc': 'она должна начинаться с v=DMARC1 и точки с запятой',
    'duplicate-tag': 'одна из её частей указана дважды',
    several: 'под одним именем несколько записей',
  },
};
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
      detail: `Nothing tells receivers what to do with mail that pretends to come from ${domain}. Gmail, Yahoo and Outlook.com want a record from everybody who sends many mails.`,
      fix: 'Publish this record. It changes nothing for your mail and only asks for reports; let the address in it exist.',
      ...txt(at, record),
    }),
    ru: ({ domain, at, record }) => ({
      title: 'У домена нет записи DMARC',
      detail: `Получателям ничего не сказано о письмах, которые выдают себя за письма ${domain}. Gmail, Yahoo и Outlook.com требуют эту запись от всех массовых отправителей.`,
      fix: 'Опубликуйте эту запись. На доставку ваших писем она не влияет, а только запрашивает отчёты; адрес в ней должен существовать.',
      ...txt(at, record),
    }),
  }),
  'dmarc.misplaced': define<{ domain: string; wrong: string; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.5',
    en: ({ domain, wrong, record }) => ({
      title: 'The DMARC record is at the wrong name',
      detail: `There is one at ${wrong}, where nobody looks; receivers ask for _dmarc.${domain}.`,
      fix: 'Publish it at the right name and remove the other. Many panels add the domain themselves: then type only "_dmarc" as the name.',
      ...txt(domain, record),
    }),
    ru: ({ domain, wrong, record }) => ({
      title: 'Запись DMARC стоит не под тем именем',
      detail: `Она есть у ${wrong}, но там её никто не ищет: получатели спрашивают _dmarc.${domain}.`,
      fix: 'Опубликуйте её под правильным именем, а прежнюю удалите. Многие панели сами дописывают домен: тогда в поле имени нужно только «_dmarc».',
      ...txt(domain, record),
    }),
  }),
  'dmarc.several': define<{ domain: string; count: number; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.10',
    en: ({ domain, count, record }) => ({
      title: 'There are several DMARC records',
      detail: `_dmarc.${domain} has ${count} of them, and receivers then disregard all.`,
      fix: 'Keep one and remove the others. For example:',
      ...txt(domain, record),
    }),
    ru: ({ domain, count, record }) => ({
      title: 'Записей DMARC несколько',
      detail: `У _dmarc.${domain} их ${count}, и в таком случае получатели не учитывают ни одной.`,
      fix: 'Оставьте одну, остальные удалите. Например:',
      ...txt(domain, record),
    }),
  }),
  'dmarc.unusable': define<{ domain: string; problem: string; found: string; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, problem, found, record }) => ({
      title: 'Receivers cannot read the DMARC record',
      detail: `The record at _dmarc.${domain} is disregarded: ${UNUSABLE.en[problem] ?? problem}. It says: ${found}`,
      fix: 'Replace it with this one.',
      ...txt(domain, record),
    }),
    ru: ({ domain, problem, found, record }) => ({
      title: 'Получатели не могут прочитать запись DMARC',
      detail: `Запись _dmarc.${domain} не учитывается: ${UNUSABLE.ru[problem] ?? problem}. Сейчас там: ${found}`,
      fix: 'Замените её на эту.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.no-effect': define<{ domain: string; tag: string; value: string; record: string }>({
    ...missing,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, record }) => ({
      title: 'The DMARC record has no effect',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'does not say a policy (p=)' : `has ${tag}=${value}, which is no policy`}, and has no valid address for reports, so receivers act as if it were not there.`,
      fix: 'Replace it with this one.',
      ...txt(domain, record),
    }),
    ru: ({ domain, tag, value, record }) => ({
      title: 'Запись DMARC не действует',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}, и нет верного адреса для отчётов, поэтому получатели поступают так, будто записи нет.`,
      fix: 'Замените её на эту.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.read-as-none': define<{ domain: string; tag: string; value: string; record: string }>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, tag, value, record }) => ({
      title: 'The DMARC policy is read as "none"',
      detail: `The record at _dmarc.${domain} ${value === '' ? 'does not say a policy (p=)' : `has ${tag}=${value}, which is no policy`}; receivers then only send reports.`,
      fix: 'Write the policy out: none, quarantine or reject.',
      ...txt(domain, record),
    }),
    ru: ({ domain, tag, value, record }) => ({
      title: 'Политика DMARC читается как «none»',
      detail: `В записи _dmarc.${domain} ${value === '' ? 'не указана политика (p=)' : `указано ${tag}=${value}, а такой политики нет`}; получатели тогда только присылают отчёты.`,
      fix: 'Укажите политику: none, quarantine или reject.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.ignored-record': define<{ domain: string; problem: string; policyDomain: string; record: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc',
    source: 'RFC 9989 section 4.10',
    en: ({ domain, problem, policyDomain, record }) => ({
      title: 'A DMARC record is disregarded',
      detail: `What stands at _dmarc.${domain} does not count: ${UNUSABLE.en[problem] ?? problem}. The policy of ${policyDomain} applies instead.`,
      fix: 'Correct the record, or remove it where the other policy is meant.',
      ...txt(domain, record),
    }),
    ru: ({ domain, problem, policyDomain, record }) => ({
      title: 'Одна из записей DMARC не учитывается',
      detail: `То, что стоит в _dmarc.${domain}, не считается: ${UNUSABLE.ru[problem] ?? problem}. Вместо неё действует политика ${policyDomain}.`,
      fix: 'Исправьте запись или удалите её, если нужна та, другая политика.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.suffix-only': define<{ domain: string; policyDomain: string; at: string; record: string }>({
    ...advice,
    source: 'RFC 9989 section 4.10.1',
    en: ({ domain, policyDomain, at, record }) => ({
      title: 'The domain has no DMARC record of its own',
      detail: `For ${domain} the policy of the registry applies (_dmarc.${policyDomain}), and its reports go to the registry.`,
      fix: 'Publish a record of your own.',
      ...txt(at, record),
    }),
    ru: ({ domain, policyDomain, at, record }) => ({
      title: 'У домена нет собственной записи DMARC',
      detail: `Для ${domain} действует политика реестра (_dmarc.${policyDomain}), и отчёты получает реестр.`,
      fix: 'Опубликуйте собственную запись.',
      ...txt(at, record),
    }),
  }),
  'dmarc.monitoring': define<{ domain: string; record: string }>({
    ...advice,
    source: 'RFC 9989 section 5.1.6',
    en: ({ domain, record }) => ({
      title: 'DMARC only watches so far',
      detail: `With p=none, mail forged in the name of ${domain} is delivered like any other. That costs nothing in delivery of your own mail.`,
      fix: 'When the reports show that all your mail passes, ask receivers to file the rest as spam.',
      ...txt(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'Пока DMARC только наблюдает',
      detail: `При p=none письма, подделанные от имени ${domain}, доставляются как обычные. На доставку ваших писем это не влияет.`,
      fix: 'Когда из отчётов видно, что все ваши письма проходят проверку, попросите класть остальные в спам.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.subdomains-open': define<{ domain: string; policy: string; record: string }>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, policy, record }) => ({
      title: 'Subdomains are not protected',
      detail: `The policy of ${domain} is ${policy}, but sp=none leaves every subdomain out: anybody can send as news.${domain}.`,
      fix: 'If no subdomain needs the exception, let the policy hold for all.',
      ...txt(domain, record),
    }),
    ru: ({ domain, policy, record }) => ({
      title: 'Поддомены не защищены',
      detail: `Политика ${domain} — ${policy}, но sp=none исключает все поддомены: кто угодно может писать от имени news.${domain}.`,
      fix: 'Если исключение не нужно ни одному поддомену, пусть политика действует для всех.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.testing': define<{ domain: string; published: string; policy: string }>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, published, policy }) => ({
      title: 'The DMARC policy is on trial',
      detail: `With t=y at _dmarc.${domain}, receivers apply ${policy} in place of ${published}.`,
      fix: 'Remove t=y when the reports show that all your mail passes.',
    }),
    ru: ({ domain, published, policy }) => ({
      title: 'Политика DMARC на испытании',
      detail: `Из-за t=y в _dmarc.${domain} получатели применяют ${policy} вместо ${published}.`,
      fix: 'Уберите t=y, когда из отчётов видно, что все ваши письма проходят проверку.',
    }),
  }),
} as const;
