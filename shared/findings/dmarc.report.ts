// Findings of DMARC report addresses, of parts that receivers disregard, and of two ways to draw a domain's border (RFC 9989, RFC 9990).
import { define } from './define.ts';
import { txt } from './dmarc.record.ts';

const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

export const dmarcReportFindings = {
  'dmarc.rua-none': define<{ domain: string; record: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.1,
    class: 'C',
    root: 'dmarc.rua',
    source: 'RFC 9989 section 5.1.3',
    en: ({ domain, record }) => ({
      title: 'No DMARC reports are asked for',
      detail: `The record at _dmarc.${domain} has no rua=, so you do not learn which servers send in your name, and whether their mail passes.`,
      fix: 'Add an address for the daily reports; it must exist.',
      ...txt(domain, record),
    }),
    ru: ({ domain, record }) => ({
      title: 'Отчёты DMARC не запрошены',
      detail: `В записи _dmarc.${domain} нет rua=, и вы не узнаете, какие серверы пишут от вашего имени и проходят ли их письма проверку.`,
      fix: 'Добавьте адрес для ежедневных отчётов; он должен существовать.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.rua-invalid': define<{ domain: string; tag: string; found: readonly string[]; record: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.1,
    class: 'C',
    root: 'dmarc.rua',
    source: 'RFC 9989 section 4.6',
    en: ({ domain, tag, found, record }) => ({
      title: 'An address for DMARC reports is not valid',
      detail: `In ${tag}= at _dmarc.${domain}, receivers cannot use: ${found.join(', ')}. Each address begins with mailto: and commas part them.`,
      fix: 'Write the addresses so.',
      ...txt(domain, record),
    }),
    ru: ({ domain, tag, found, record }) => ({
      title: 'Адрес для отчётов DMARC неверен',
      detail: `Из ${tag}= в _dmarc.${domain} получатели не смогут использовать: ${found.join(', ')}. Каждый адрес начинается с mailto:, между адресами ставится запятая.`,
      fix: 'Запишите адреса так.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.rua-refused': define<{ tag: string; policyDomain: string; destination: string; address: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc.rua-refused',
    source: 'RFC 9990 section 4',
    en: ({ tag, policyDomain, destination, address }) => ({
      title: 'DMARC reports do not arrive',
      detail: `They are to go to ${address} (${tag}=), but ${destination} does not say in DNS that it takes reports about ${policyDomain}. Receivers then send none.`,
      fix: `Use an address at ${policyDomain}, or ask the owner of ${destination} to publish this record.`,
      record: { name: `${policyDomain}._report._dmarc.${destination}`, type: 'TXT', value: 'v=DMARC1' },
    }),
    ru: ({ tag, policyDomain, destination, address }) => ({
      title: 'Отчёты DMARC не доходят',
      detail: `Их просят слать на ${address} (${tag}=), но ${destination} не подтверждает в DNS, что принимает отчёты о ${policyDomain}. Тогда получатели их не отправляют.`,
      fix: `Укажите адрес в домене ${policyDomain} или попросите владельца ${destination} опубликовать эту запись.`,
      record: { name: `${policyDomain}._report._dmarc.${destination}`, type: 'TXT', value: 'v=DMARC1' },
    }),
  }),
  'dmarc.removed-tags': define<{ domain: string; tags: readonly string[]; record: string }>({
    ...advice,
    source: 'RFC 9989 appendix C',
    en: ({ domain, tags, record }) => ({
      title: 'The DMARC record has parts that no longer count',
      detail: `At _dmarc.${domain}, ${tags.join(', ')} ${tags.length === 1 ? 'was' : 'were'} taken out of the standard in 2026; receivers disregard such parts, and the policy holds for all mail.`,
      fix: 'Leave them out. To try a policy first, use t=y.',
      ...txt(domain, record),
    }),
    ru: ({ domain, tags, record }) => ({
      title: 'В записи DMARC есть отменённые части',
      detail: `В _dmarc.${domain} указано ${tags.join(', ')}: в 2026 году это исключено из стандарта, получатели такое не учитывают, и политика действует на все письма.`,
      fix: 'Уберите их. Чтобы сначала испытать политику, используйте t=y.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.untidy': define<{ domain: string; what: readonly string[]; record: string }>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, what, record }) => ({
      title: 'The DMARC record is not quite as it should be',
      detail: `At _dmarc.${domain}, receivers disregard or forgive: ${what.join(', ')}.`,
      fix: 'Write it so.',
      ...txt(domain, record),
    }),
    ru: ({ domain, what, record }) => ({
      title: 'Запись DMARC составлена не совсем верно',
      detail: `В _dmarc.${domain} получатели не учитывают или прощают: ${what.join(', ')}.`,
      fix: 'Запишите так.',
      ...txt(domain, record),
    }),
  }),
  'dmarc.suffix-list': define<{
    domain: string;
    organizationalDomain: string;
    registrableDomain: string;
    record: string;
  }>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9989 section 4.10.2, RFC 7489 section 3.2',
    en: ({ domain, organizationalDomain, registrableDomain, record }) => ({
      title: 'Receivers disagree about which domains belong together',
      detail: `For ${domain}, receivers of the standard of 2026 take ${organizationalDomain} as the organization, older ones take ${registrableDomain}. Mail that is signed for one and sent as the other passes here and fails there.`,
      fix:
        record === ''
          ? `Sign the mail with d=${domain} and use it in the envelope sender: then both agree.`
          : `Publish a record at ${registrableDomain} too, or sign the mail with d=${domain}.`,
      ...txt(registrableDomain, record),
    }),
    ru: ({ domain, organizationalDomain, registrableDomain, record }) => ({
      title: 'Получатели по-разному понимают, какие домены связаны',
      detail: `Для ${domain} получатели по стандарту 2026 года считают организацией ${organizationalDomain}, прежние — ${registrableDomain}. Письмо, подписанное для одного и отправленное от другого, у одних пройдёт, у других нет.`,
      fix:
        record === ''
          ? `Подписывайте письма с d=${domain} и используйте его в адресе конверта: тогда согласятся и те, и другие.`
          : `Опубликуйте запись и для ${registrableDomain} или подписывайте письма с d=${domain}.`,
      ...txt(registrableDomain, record),
    }),
  }),
} as const;
