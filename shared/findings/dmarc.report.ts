// Findings of DMARC report addresses, of parts that receivers disregard, and of two ways to draw a domain's border (RFC 9989, RFC 9990).
import { define } from './define.ts';
import { advise, type Proposed, txt } from './dmarc.record.ts';

const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

const DEAD: Record<'en' | 'ru', Record<string, string>> = {
  en: { 'null-mx': 'says in DNS that it takes no mail', 'no-host': 'has no mail server in DNS' },
  ru: { 'null-mx': 'сообщает в DNS, что не принимает почту', 'no-host': 'не имеет почтового сервера в DNS' },
};

/** Where the word "strict" becomes a value that receivers read. */
const STRICT = {
  en: 'From then on the strict alignment that it names is in force: mail passes only where the signature or the envelope sender is of exactly the domain in From.',
  ru: 'С этого момента указанное в ней строгое совпадение начнёт действовать: письмо пройдёт, только если домен подписи или адреса конверта в точности равен домену в From.',
};

export const dmarcReportFindings = {
  'dmarc.rua-none': define<{ domain: string } & Proposed>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.1,
    class: 'C',
    root: 'dmarc.rua',
    source: 'RFC 9989 section 5.1.3',
    en: ({ domain, ...proposed }) => ({
      title: 'No DMARC reports are asked for',
      detail: `The record at _dmarc.${domain} has no rua=, so you do not learn which servers send in your name, and whether their mail passes.`,
      fix: advise('en', proposed, 'Add an address for the daily reports; it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, ...proposed }) => ({
      title: 'Отчёты DMARC не запрошены',
      detail: `В записи _dmarc.${domain} нет rua=, и вы не узнаете, какие серверы пишут от вашего имени и проходят ли их письма проверку.`,
      fix: advise('ru', proposed, 'Добавьте адрес для ежедневных отчётов; он должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // Nothing to be done at the domain alone, so it costs nothing.
  'dmarc.rua-elsewhere': define<{ domain: string }>({
    ...advice,
    source: 'RFC 9989 section 5.1.3, RFC 9990 section 4',
    en: ({ domain }) => ({
      title: 'No DMARC reports are asked for',
      detail: `The record at _dmarc.${domain} has no rua=, and ${domain} has no MX record, so an address there may not receive them.`,
      fix: `To learn which servers send in your name, add rua= with an address in another domain of yours, and publish the TXT record "v=DMARC1" there at ${domain}._report._dmarc followed by that domain.`,
    }),
    ru: ({ domain }) => ({
      title: 'Отчёты DMARC не запрошены',
      detail: `В записи _dmarc.${domain} нет rua=, а у ${domain} нет записи MX, и адрес в нём может их не получить.`,
      fix: `Чтобы узнать, какие серверы пишут от вашего имени, добавьте rua= с адресом в другом вашем домене и опубликуйте там запись TXT «v=DMARC1» под именем ${domain}._report._dmarc с этим доменом в конце.`,
    }),
  }),
  'dmarc.rua-invalid': define<{ domain: string; tag: string; found: readonly string[] } & Proposed>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.1,
    class: 'C',
    root: 'dmarc.rua',
    source: 'RFC 9989 section 4.6',
    en: ({ domain, tag, found, ...proposed }) => ({
      title: 'An address for DMARC reports is not valid',
      detail: `In ${tag}= at _dmarc.${domain}, receivers cannot use: ${found.join(', ')}. Each address begins with mailto: and commas part them.`,
      fix: advise('en', proposed, 'Publish this record, in which the addresses are written right.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, found, ...proposed }) => ({
      title: 'Адрес для отчётов DMARC неверен',
      detail: `Из ${tag}= в _dmarc.${domain} получатели не смогут использовать: ${found.join(', ')}. Каждый адрес начинается с mailto:, между адресами ставится запятая.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: в ней адреса записаны правильно.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // Without points, since a record that is corrected may show it for the first time.
  'dmarc.rua-scheme': define<{ domain: string; found: readonly string[] } & Proposed>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9990 section 4, RFC 7489 section 7.2.1',
    en: ({ domain, found, ...proposed }) => ({
      title: 'DMARC reports are asked for in a way that receivers do not support',
      detail: `In rua= at _dmarc.${domain} there is no mail address, only ${found.join(', ')}. Receivers need to support mailto: alone, and send reports by mail.`,
      fix:
        proposed.record === ''
          ? `Add an address that begins with mailto: to rua=, with a comma between the two.`
          : advise('en', proposed, 'Add a mail address; it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, found, ...proposed }) => ({
      title: 'Отчёты DMARC запрошены способом, который получатели не поддерживают',
      detail: `В rua= в _dmarc.${domain} нет почтового адреса, только ${found.join(', ')}. Получатели обязаны поддерживать лишь mailto: и отправляют отчёты почтой.`,
      fix:
        proposed.record === ''
          ? `Добавьте в rua= через запятую адрес, который начинается с mailto:.`
          : advise('ru', proposed, 'Добавьте почтовый адрес; он должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // The record that is missing lies in another's zone, so it is named and not proposed.
  'dmarc.rua-refused': define<{ tag: string; policyDomain: string; destination: string; address: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc.rua-refused',
    source: 'RFC 9990 section 4',
    en: ({ tag, policyDomain, destination, address }) => ({
      title: 'DMARC reports do not arrive',
      detail: `They are to go to ${address} (${tag}=), but ${destination} does not say in DNS that it takes reports about ${policyDomain}. Receivers then send none there.`,
      fix: `Use an address at ${policyDomain}. For reports at ${destination}, its owner has to publish the TXT record "v=DMARC1" at ${policyDomain}._report._dmarc.${destination}.`,
    }),
    ru: ({ tag, policyDomain, destination, address }) => ({
      title: 'Отчёты DMARC не доходят',
      detail: `Их просят слать на ${address} (${tag}=), но ${destination} не подтверждает в DNS, что принимает отчёты о ${policyDomain}. Тогда получатели их туда не отправляют.`,
      fix: `Укажите адрес в домене ${policyDomain}. Чтобы отчёты приходили в ${destination}, его владелец должен опубликовать запись TXT «v=DMARC1» под именем ${policyDomain}._report._dmarc.${destination}.`,
    }),
  }),
  'dmarc.rua-free-mailbox': define<{ tag: string; policyDomain: string; destination: string; address: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc.rua-refused',
    source: 'RFC 9990 section 4',
    en: ({ tag, policyDomain, destination, address }) => ({
      title: 'DMARC reports do not go to a free mailbox',
      detail: `${address} (${tag}=) lies in ${destination}, where anyone can have a mailbox. ${destination} does not say in DNS that it takes reports about ${policyDomain}, so receivers send none there.`,
      fix: `Use an address at ${policyDomain}; it can forward to your mailbox.`,
    }),
    ru: ({ tag, policyDomain, destination, address }) => ({
      title: 'Отчёты DMARC не приходят в бесплатный почтовый ящик',
      detail: `${address} (${tag}=) — в домене ${destination}, где ящик может завести кто угодно. ${destination} не подтверждает в DNS, что принимает отчёты о ${policyDomain}, поэтому получатели их туда не отправляют.`,
      fix: `Укажите адрес в домене ${policyDomain}; с него можно пересылать в ваш ящик.`,
    }),
  }),
  // Without points: where the domain is the sender's own, the findings of its MX records are about the same cause.
  'dmarc.rua-no-mail': define<{
    tag: string;
    policyDomain: string;
    destination: string;
    address: string;
    why: string;
  }>({
    ...advice,
    source: 'RFC 9990 section 4, RFC 5321 section 5.1, RFC 7505',
    en: ({ tag, policyDomain, destination, address, why }) => ({
      title: 'DMARC reports go to a domain without mail',
      detail: `At _dmarc.${policyDomain}, ${tag}= names ${address}, but ${destination} ${DEAD.en[why] ?? why}. The reports are lost.`,
      fix: 'Use an address in a domain that receives mail.',
    }),
    ru: ({ tag, policyDomain, destination, address, why }) => ({
      title: 'Отчёты DMARC уходят в домен без почты',
      detail: `В _dmarc.${policyDomain} для ${tag}= указан ${address}, но ${destination} ${DEAD.ru[why] ?? why}. Отчёты теряются.`,
      fix: 'Укажите адрес в домене, который принимает почту.',
    }),
  }),
  'dmarc.removed-tags': define<{ domain: string; tags: readonly string[]; percentage: number | null } & Proposed>({
    ...advice,
    source: 'RFC 9989 appendix A.6, RFC 7489 section 6.3',
    en: ({ domain, tags, percentage = null, ...proposed }) => ({
      title: 'The DMARC record has parts that were taken out of the standard',
      detail: `At _dmarc.${domain}, ${tags.join(', ')} ${tags.length === 1 ? 'is' : 'are'} no longer part of it since 2026. ${
        percentage === null
          ? 'Receivers of the new standard disregard such parts, and for older ones these change nothing about which mail is delivered.'
          : `Receivers of the new standard disregard such parts and apply the policy to all mail that fails; older ones apply it to ${percentage} percent and to the rest the next milder one.`
      }`,
      fix: advise(
        'en',
        proposed,
        proposed.record.includes('; pct=')
          ? 'Publish this record: pct= stays for older receivers, and t=y asks the others to apply the next milder policy. Remove both when the reports show that all your mail passes.'
          : 'Leave them out.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tags, percentage = null, ...proposed }) => ({
      title: 'В записи DMARC есть части, исключённые из стандарта',
      detail: `В _dmarc.${domain} указано ${tags.join(', ')}: с 2026 года этого в стандарте нет. ${
        percentage === null
          ? 'Получатели по новому стандарту такое не учитывают, а у прежних это не меняет того, какие письма доставляются.'
          : `Получатели по новому стандарту такое не учитывают и применяют политику ко всем непрошедшим письмам; прежние — к ${percentage} %, а к остальным — на ступень мягче.`
      }`,
      fix: advise(
        'ru',
        proposed,
        proposed.record.includes('; pct=')
          ? 'Опубликуйте эту запись: pct= остаётся для прежних получателей, а t=y просит остальных применять политику на ступень мягче. Уберите и то, и другое, когда по отчётам видно, что все ваши письма проходят проверку.'
          : 'Уберите их.',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.policy-order': define<{ domain: string; before: string } & Proposed>({
    ...advice,
    source: 'RFC 7489 section 6.4',
    en: ({ domain, before, ...proposed }) => ({
      title: 'Some receivers do not read the DMARC record',
      detail: `At _dmarc.${domain}, ${before}= stands before p=. The standard of 2026 allows that; the earlier one wants p= right behind v=DMARC1, and some of its receivers discard the record.`,
      fix: advise('en', proposed, 'Publish this record, which says the same in the right order.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, before, ...proposed }) => ({
      title: 'Часть получателей не читает запись DMARC',
      detail: `В _dmarc.${domain} ${before}= стоит перед p=. Стандарт 2026 года это допускает, а прежний требует p= сразу после v=DMARC1, и часть его получателей запись отбрасывает.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: в ней то же самое в правильном порядке.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.untidy': define<{ domain: string; what: readonly string[]; strict: boolean } & Proposed>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, what, strict, ...proposed }) => ({
      title: 'The DMARC record is not quite as it should be',
      detail: `At _dmarc.${domain}, parts are not as the standard has them, and receivers may disregard them: ${what.join(', ')}.`,
      fix: advise('en', proposed, `Publish this record.${strict ? ` ${STRICT.en}` : ''}`),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, what, strict, ...proposed }) => ({
      title: 'Запись DMARC составлена не совсем верно',
      detail: `В _dmarc.${domain} есть части не по стандарту, и получатели могут их не учитывать: ${what.join(', ')}.`,
      fix: advise('ru', proposed, `Опубликуйте эту запись.${strict ? ` ${STRICT.ru}` : ''}`),
      ...txt(domain, proposed.record),
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
      detail: `For ${domain}, receivers of the standard of 2026 take ${organizationalDomain} as the organization, older ones take ${registrableDomain}. Mail that is signed for one and sent as the other passes with some and fails with others.`,
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
