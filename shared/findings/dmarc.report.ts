// Findings of DMARC report addresses, of tags that receivers ignore, and of the two ways to find the organizational domain (RFC 9989, RFC 9990).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';
import { advise, type Proposed, txt } from './dmarc.record.ts';

const advice = { area: 'dmarc', severity: 'notice', points: 0, class: 'D' } as const;

const DEAD: Record<'en' | 'ru', Record<string, string>> = {
  en: { 'null-mx': 'accepts no mail (null MX)', 'no-host': 'has no mail server in DNS' },
  ru: { 'null-mx': 'не принимает почту (null MX)', 'no-host': 'не имеет почтового сервера в DNS' },
};

/** Where the word "strict" becomes a value that receivers read. */
const STRICT = {
  en: 'Strict alignment, which the record names, is then in force: mail passes only if the domain of the signature or of the envelope sender is exactly the From domain.',
  ru: 'После этого начнёт действовать указанное в записи строгое выравнивание: письмо пройдёт, только если домен подписи или отправителя в конверте точно совпадает с доменом в поле From.',
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
      title: 'The DMARC record requests no reports',
      detail: `The record at _dmarc.${domain} has no rua=, so you do not learn which servers send mail of your domain and whether it passes.`,
      fix: advise('en', proposed, 'Add an address for the daily reports; it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, ...proposed }) => ({
      title: 'Отчёты DMARC не запрошены',
      detail: `В записи _dmarc.${domain} нет rua=, поэтому вы не видите, какие серверы отправляют почту от имени домена и проходит ли она проверку.`,
      fix: advise('ru', proposed, 'Добавьте адрес для ежедневных отчётов; он должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // An address at the domain alone does not solve it, so the finding takes off no points.
  'dmarc.rua-elsewhere': define<{ domain: string }>({
    ...advice,
    source: 'RFC 9989 section 5.1.3, RFC 9990 section 4',
    en: ({ domain }) => ({
      title: 'The DMARC record requests no reports',
      detail: `The record at _dmarc.${domain} has no rua=. ${domain} has no MX record, so an address at the domain may not receive reports.`,
      fix: `To learn which servers send mail of your domain, add rua= with an address in another domain of yours, and publish there the TXT record "v=DMARC1" at ${domain}._report._dmarc followed by that domain.`,
    }),
    ru: ({ domain }) => ({
      title: 'Отчёты DMARC не запрошены',
      detail: `В записи _dmarc.${domain} нет rua=. У ${domain} нет MX-записи, поэтому на адрес в этом домене отчёты могут не прийти.`,
      fix: `Чтобы видеть, какие серверы отправляют почту от имени домена, добавьте rua= с адресом в другом вашем домене и опубликуйте там TXT-запись «v=DMARC1» на имени ${domain}._report._dmarc с этим доменом в конце.`,
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
      detail: `Receivers cannot use these addresses of ${tag}= at _dmarc.${domain}: ${found.join(', ')}. Each address must begin with mailto:, and commas separate them.`,
      fix: advise('en', proposed, 'Publish this record with the corrected addresses.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tag, found, ...proposed }) => ({
      title: 'Некорректный адрес для отчётов DMARC',
      detail: `Получатели не смогут использовать адреса из ${tag}= в _dmarc.${domain}: ${found.join(', ')}. Каждый адрес начинается с mailto:, адреса разделяются запятыми.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: адреса в ней исправлены.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // Without points, since a corrected record may show it for the first time.
  'dmarc.rua-scheme': define<{ domain: string; found: readonly string[] } & Proposed>({
    ...advice,
    severity: 'warning',
    source: 'RFC 9990 section 4, RFC 7489 section 7.2.1',
    en: ({ domain, found, ...proposed }) => ({
      title: 'DMARC reports are requested over a scheme that receivers do not support',
      detail: `rua= at _dmarc.${domain} has no mail address, only ${found.join(', ')}. Receivers have to support mailto: only, and send reports by mail.`,
      fix:
        proposed.record === ''
          ? `Add an address that begins with mailto: to rua=, separated by a comma.`
          : advise('en', proposed, 'Add a mail address; it must exist.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, found, ...proposed }) => ({
      title: 'Отчёты DMARC запрошены по схеме, которую получатели не поддерживают',
      detail: `В rua= записи _dmarc.${domain} нет почтового адреса, только ${found.join(', ')}. Получатели обязаны поддерживать только mailto: и отправляют отчёты по почте.`,
      fix:
        proposed.record === ''
          ? `Добавьте в rua= через запятую адрес, который начинается с mailto:.`
          : advise('ru', proposed, 'Добавьте почтовый адрес; он должен существовать.'),
      ...txt(domain, proposed.record),
    }),
  }),
  // The missing record belongs in the zone of another owner, so it is named and not proposed.
  'dmarc.rua-refused': define<{ tag: string; policyDomain: string; destination: string; address: string }>({
    area: 'dmarc',
    severity: 'warning',
    points: 0.25,
    class: 'C',
    root: 'dmarc.rua-refused',
    source: 'RFC 9990 section 4',
    en: ({ tag, policyDomain, destination, address }) => ({
      title: 'DMARC reports do not arrive',
      detail: `Reports should go to ${address} (${tag}=), but ${destination} does not confirm in DNS that it accepts reports about ${policyDomain}. Receivers then send none there.`,
      fix: `Use an address at ${policyDomain}. For reports at ${destination}, its owner must publish the TXT record "v=DMARC1" at ${policyDomain}._report._dmarc.${destination}.`,
    }),
    ru: ({ tag, policyDomain, destination, address }) => ({
      title: 'Отчёты DMARC не доходят',
      detail: `Отчёты запрошены на ${address} (${tag}=), но в DNS домена ${destination} нет подтверждения, что он принимает отчёты о ${policyDomain}. Без него получатели их не отправляют.`,
      fix: `Укажите адрес в домене ${policyDomain}. Чтобы отчёты приходили в ${destination}, его владелец должен опубликовать TXT-запись «v=DMARC1» на имени ${policyDomain}._report._dmarc.${destination}.`,
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
      title: 'Receivers do not send DMARC reports to a free mailbox',
      detail: `${address} (${tag}=) is in ${destination}, where anyone can have a mailbox. ${destination} does not confirm in DNS that it accepts reports about ${policyDomain}, so receivers send none there.`,
      fix: `Use an address at ${policyDomain}; it can forward to your mailbox.`,
    }),
    ru: ({ tag, policyDomain, destination, address }) => ({
      title: 'Отчёты DMARC не приходят в бесплатный почтовый ящик',
      detail: `${address} (${tag}=) находится в домене ${destination}, где ящик может завести кто угодно. В DNS домена ${destination} нет подтверждения, что он принимает отчёты о ${policyDomain}, поэтому получатели их не отправляют.`,
      fix: `Укажите адрес в домене ${policyDomain} и настройте с него пересылку в свой ящик.`,
    }),
  }),
  // Without points: if the domain is the checked one, the findings of its MX records have the same cause.
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
      title: 'DMARC reports go to a domain that receives no mail',
      detail: `${tag}= at _dmarc.${policyDomain} names ${address}, but ${destination} ${phrase(DEAD, 'en', why)}. The reports are lost.`,
      fix: 'Use an address in a domain that receives mail.',
    }),
    ru: ({ tag, policyDomain, destination, address, why }) => ({
      title: 'Отчёты DMARC отправляются в домен, который не принимает почту',
      detail: `В теге ${tag}= записи _dmarc.${policyDomain} указан ${address}, но ${destination} ${phrase(DEAD, 'ru', why)}. Отчёты теряются.`,
      fix: 'Укажите адрес в домене, который принимает почту.',
    }),
  }),
  'dmarc.removed-tags': define<{ domain: string; tags: readonly string[]; percentage: number | null } & Proposed>({
    ...advice,
    source: 'RFC 9989 appendix A.6, RFC 7489 section 6.3',
    en: ({ domain, tags, percentage = null, ...proposed }) => ({
      title: 'The DMARC record has tags that the standard no longer has',
      detail: `${tags.join(', ')} at _dmarc.${domain} ${tags.length === 1 ? 'is' : 'are'} not part of the standard since 2026. ${
        percentage === null
          ? 'Receivers that follow it ignore such tags; for others they do not change which mail is delivered.'
          : `Receivers that follow it ignore such tags and apply the policy to all mail that fails; others apply it to ${percentage} percent, and the next weaker policy to the rest.`
      }`,
      fix: advise(
        'en',
        proposed,
        proposed.record.includes('; pct=')
          ? 'Publish this record: pct= stays for receivers that follow the earlier standard, and t=y asks the others to apply the next weaker policy. Remove both when the reports show that all your mail passes.'
          : 'Remove them.',
      ),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, tags, percentage = null, ...proposed }) => ({
      title: 'В DMARC-записи есть теги, исключённые из стандарта',
      detail: `В _dmarc.${domain} указано ${tags.join(', ')}: с 2026 года этих тегов в стандарте нет. ${
        percentage === null
          ? 'Получатели, которые следуют новому стандарту, их игнорируют, а у остальных доставка писем не меняется.'
          : `Получатели, которые следуют новому стандарту, их игнорируют и применяют политику ко всем письмам, не прошедшим проверку; остальные — к ${percentage} %, а к прочим — на ступень мягче.`
      }`,
      fix: advise(
        'ru',
        proposed,
        proposed.record.includes('; pct=')
          ? 'Опубликуйте эту запись: pct= остаётся для получателей, которые следуют прежнему стандарту, а t=y просит остальных применять политику на ступень мягче. Удалите оба тега, когда по отчётам станет видно, что все ваши письма проходят DMARC.'
          : 'Удалите их.',
      ),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.policy-order': define<{ domain: string; before: string } & Proposed>({
    ...advice,
    source: 'RFC 7489 section 6.4',
    en: ({ domain, before, ...proposed }) => ({
      title: 'Some receivers cannot read the DMARC record',
      detail: `At _dmarc.${domain}, ${before}= comes before p=. The standard of 2026 allows that; the earlier one requires p= directly after v=DMARC1, and some receivers that follow it ignore the record.`,
      fix: advise('en', proposed, 'Publish this record, which has the same tags in the right order.'),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, before, ...proposed }) => ({
      title: 'Часть получателей не может прочитать DMARC-запись',
      detail: `В _dmarc.${domain} тег ${before}= указан перед p=. Стандарт 2026 года это допускает, а прежний требует p= сразу после v=DMARC1, и часть получателей, которые ему следуют, запись не учитывает.`,
      fix: advise('ru', proposed, 'Опубликуйте эту запись: в ней те же теги в правильном порядке.'),
      ...txt(domain, proposed.record),
    }),
  }),
  'dmarc.untidy': define<{ domain: string; what: readonly string[]; strict: boolean } & Proposed>({
    ...advice,
    source: 'RFC 9989 section 4.7',
    en: ({ domain, what, strict, ...proposed }) => ({
      title: 'The DMARC record has parts with a wrong form',
      detail: `At _dmarc.${domain}, these parts do not follow the standard, and receivers may ignore them: ${what.join(', ')}.`,
      fix: advise('en', proposed, `Publish this record.${strict ? ` ${STRICT.en}` : ''}`),
      ...txt(domain, proposed.record),
    }),
    ru: ({ domain, what, strict, ...proposed }) => ({
      title: 'DMARC-запись составлена не по стандарту',
      detail: `В _dmarc.${domain} эти части не соответствуют стандарту, и получатели могут их не учитывать: ${what.join(', ')}.`,
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
      detail: `The organizational domain of ${domain} is ${organizationalDomain} for receivers that follow the standard of 2026, and ${registrableDomain} for others. Mail that is signed for one and sent as the other passes at some and fails at others.`,
      fix:
        record === ''
          ? `Sign the mail with d=${domain} and use it in the envelope sender: then the mail passes at both.`
          : `Publish a record at ${registrableDomain} too, or sign the mail with d=${domain}.`,
      ...txt(registrableDomain, record),
    }),
    ru: ({ domain, organizationalDomain, registrableDomain, record }) => ({
      title: 'Получатели по-разному определяют, какие домены связаны',
      detail: `Организационный домен для ${domain}: по стандарту 2026 года — ${organizationalDomain}, по прежнему — ${registrableDomain}. Письмо, подписанное одним и отправленное от имени другого, у одних получателей пройдёт проверку, у других нет.`,
      fix:
        record === ''
          ? `Подписывайте письма с d=${domain} и используйте этот домен в адресе отправителя в конверте: тогда письмо пройдёт проверку и там, и там.`
          : `Опубликуйте запись и для ${registrableDomain} или подписывайте письма с d=${domain}.`,
      ...txt(registrableDomain, record),
    }),
  }),
} as const;
