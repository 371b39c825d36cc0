// What `mailshim init` prints: the files written, the records to publish (also as a zone fragment), and the setting of PHP.

import { type Withheld, withheldText } from '../../shared/findings/status.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { inLanguage, type Lang, type Translated, translated } from '../language.ts';
import type { PhpSetting } from '../php/sites.ts';
import type { RecordPurpose, WantedRecord } from './records.ts';

/** RFC 1035 section 3.3: a character-string has at most 255 bytes. */
const STRING = 255;
/** Seconds that a new record may be cached: an hour, so that a mistake can be fixed soon. */
const TTL = 3600;

/** The text as the strings of a TXT record. */
export function characterStrings(text: string): string[] {
  const strings: string[] = [];
  for (let at = 0; at < text.length; at += STRING) strings.push(text.slice(at, at + STRING));
  return strings.length === 0 ? [''] : strings;
}

export function quotedStrings(text: string): string {
  return characterStrings(text)
    .map((part) => `"${part.replace(/(["\\])/g, '\\$1')}"`)
    .join(' ');
}

/** Relative to the domain, "@" for itself; undefined where the name is in another domain. */
export function relativeName(name: string, domain: string): string | undefined {
  if (name === domain) return '@';
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : undefined;
}

/** Lines for the zone file of the domain; records of other zones follow as comments. */
export function zoneFragment(records: readonly WantedRecord[], domain: string, lang: Lang = 'en'): string {
  const texts = inLanguage(REPORT, lang);
  const lines = [`$ORIGIN ${domain}.`];
  const elsewhere: string[] = [];
  for (const record of records) {
    if (record.action === 'there') continue;
    const relative = relativeName(record.name, domain);
    const line = `${relative ?? `${record.name}.`}\t${TTL}\tIN\t${record.type}\t${zoneData(record)}`;
    if (relative === undefined || record.byHost === true)
      elsewhere.push(`; ${texts.elsewhere} ${record.name}.\tIN\t${record.type}\t${zoneData(record)}`);
    else lines.push(record.action === 'change' ? `; ${texts.instead(record.purpose.toUpperCase())}\n${line}` : line);
  }
  return `${[...lines, ...elsewhere].join('\n')}\n`;
}

function zoneData({ type, value }: WantedRecord): string {
  switch (type) {
    case 'TXT':
      return quotedStrings(value);
    case 'MX':
    case 'PTR':
      return `${value}.`;
    default:
      return value;
  }
}

/** How web panels accept a text that a TXT record has in several strings. */
export interface PanelForm {
  panels: Translated<{ names: string }>;
  /** What to type into the field of the value. */
  text: (value: string) => string;
}

export const PANEL_FORMS: readonly PanelForm[] = [
  {
    panels: {
      en: { names: 'Cloudflare, cPanel, Plesk, reg.ru, Timeweb, Beget: one line, no quotes' },
      ru: { names: 'Cloudflare, cPanel, Plesk, reg.ru, Timeweb, Beget: одной строкой, без кавычек' },
    },
    text: (value) => value,
  },
  {
    panels: {
      en: {
        names: 'Route 53, Google Cloud DNS, Yandex Cloud DNS, ISPmanager: strings in quotes, separated by a space',
      },
      ru: { names: 'Route 53, Google Cloud DNS, Yandex Cloud DNS, ISPmanager: части в кавычках через пробел' },
    },
    text: quotedStrings,
  },
  {
    panels: {
      en: { names: 'Panels with several fields for one text: one string in each' },
      ru: { names: 'Панели с несколькими полями для одной записи: по одной части в каждое поле' },
    },
    text: (value) => characterStrings(value).join('\n'),
  },
];

export const REPORT = translated({
  en: {
    written: 'Written',
    wouldWrite: 'Would be written',
    publish: 'Publish these records',
    nothing: 'none: all are published',
    nothingHere: 'none',
    zone: 'As a zone fragment (BIND)',
    elsewhere: 'in the zone of the hosting provider:',
    instead: (what: string) => `replaces the ${what} record that is published:`,
    panels: 'For web panels',
    host: 'Ask the hosting provider of the address to set',
    php: 'In PHP',
    noPhp: 'no php.ini was found; add this line to it',
    isSet: 'is set',
    unset: 'has no sendmail_path',
    next: 'Then',
    steps: [
      'mailshim doctor      checks everything; fix what it names and repeat',
      'mailshim test        sends a mail and shows its score',
    ],
    action: { new: 'new', change: 'CHANGE', there: 'is published' },
    purpose: {
      address: 'the address of the relay',
      mx: 'where replies and reports go',
      spf: 'which servers may send for the domain',
      dkim: 'the public key of the signatures',
      dmarc: 'what receivers do with forged mail, and where they report',
      ptr: 'the name of the address',
      'bounce-mx': 'where bounces go',
      'bounce-spf': 'which servers may send with the envelope sender',
      'mta-sts': 'TLS for incoming mail',
      'tls-rpt': 'reports on TLS',
    },
    silent:
      'DNS did not answer: it is not known what is published. Do not publish a second SPF record if there is one.',
    unasked: 'It was not looked up what is published. Do not publish a second SPF record if there is one.',
    noMx: (domain: string) =>
      `${domain} has no MX record: replies of customers and bounces would be lost. The relay only sends; let your mail provider receive, and name its host with --mx HOST`,
    panel: (provider: string) => `In the panel of ${provider}`,
    panelDkim: 'add the domain as a sender, and publish the DKIM records that it shows',
    panelReturnPath: 'and the records of the return path: SPF is evaluated there, your own SPF record stays unchanged',
    panelSpf: 'and the SPF term that it shows, in the one SPF record of the domain',
    panelMailbox: 'nothing: it signs and sends mail of its own mailboxes',
    unnamed: (ip: string, relay: string) =>
      `PTR: the name of ${ip} has to resolve to it, and ${relay} does not; ask the administrator of ${relay}`,
    ownRelay: 'On the relay, once its name resolves',
    hereRelay: 'The relay, on this machine, once its name resolves',
    certificate: 'port 80 is used by the web server: put its root directory here; or certbot --nginx, --apache',
  },
  ru: {
    written: 'Записано',
    wouldWrite: 'Будет записано',
    publish: 'Добавьте эти записи DNS',
    nothing: 'нет: все записи уже добавлены',
    nothingHere: 'нет',
    zone: 'Фрагмент файла зоны (BIND)',
    elsewhere: 'в зоне хостинг-провайдера:',
    instead: (what) => `заменяет существующую запись ${what}:`,
    panels: 'Для панелей управления DNS',
    host: 'Попросите хостинг-провайдера прописать PTR',
    php: 'В настройках PHP',
    noPhp: 'php.ini не найден; добавьте в него эту строку',
    isSet: 'уже задан',
    unset: 'sendmail_path не задан',
    next: 'Затем',
    steps: [
      'mailshim doctor      проверяет всё; исправьте найденное и повторите',
      'mailshim test        отправляет письмо и показывает его оценку',
    ],
    action: { new: 'добавить', change: 'ЗАМЕНИТЬ', there: 'уже есть' },
    purpose: {
      address: 'адрес релея',
      mx: 'куда приходят ответы и отчёты',
      spf: 'каким серверам разрешено отправлять почту домена',
      dkim: 'открытый ключ подписи DKIM',
      dmarc: 'что делать с поддельными письмами и куда отправлять отчёты',
      ptr: 'имя IP-адреса',
      'bounce-mx': 'куда приходят отчёты о недоставке',
      'bounce-spf': 'каким серверам разрешено отправлять с этим адресом отправителя в конверте',
      'mta-sts': 'TLS для входящей почты',
      'tls-rpt': 'отчёты о TLS',
    },
    silent: 'DNS не отвечает: какие записи уже есть, неизвестно. Если запись SPF уже есть, не добавляйте вторую.',
    unasked: 'Существующие записи не проверялись. Если запись SPF уже есть, не добавляйте вторую.',
    noMx: (domain) =>
      `у домена ${domain} нет записи MX: ответы покупателей и отчёты о недоставке будут потеряны. Релей только отправляет почту; принимать её должен почтовый сервис: укажите его сервер в --mx HOST`,
    panel: (provider) => `В панели ${provider}`,
    panelDkim: 'добавьте домен как отправителя и опубликуйте записи DKIM, которые она покажет',
    panelReturnPath:
      'а также записи для обратного адреса (return path): SPF проверяется там, запись SPF вашего домена не меняется',
    panelSpf: 'а также добавьте указанный там механизм SPF в единственную запись SPF домена',
    panelMailbox: 'ничего: письма своих ящиков сервис подписывает и отправляет сам',
    unnamed: (ip, relay) =>
      `PTR: имя адреса ${ip} должно указывать на этот же адрес, а ${relay} указывает на другой; обратитесь к администратору ${relay}`,
    ownRelay: 'На релее, когда для его имени появится запись A',
    hereRelay: 'Релей на этом сервере, когда для его имени появится запись A',
    certificate: 'если порт 80 занят веб-сервером, укажите здесь его корневой каталог; или certbot --nginx, --apache',
  },
});
type ReportTexts = (typeof REPORT)['en'];

export interface InitReport {
  domain: string;
  /** The owner of the relay, where that is not the shop. */
  provider?: Provider;
  relay: string;
  /** The shop's own relay that is still to be set up: on this machine, or to receive; with the options of `relay postfix`. */
  ownRelay: { here: boolean; words: readonly string[] } | undefined;
  /** Addresses for which no name in reverse DNS can be proposed. */
  unnamed: readonly string[];
  dryRun: boolean;
  /** Lines on what was, or would be, written. */
  steps: readonly string[];
  records: readonly WantedRecord[];
  /** Records that would break mail, with the reason. */
  withheld: readonly { purpose: RecordPurpose; name: string; reason: Withheld }[];
  /** `known`: DNS answered, so that `action` is right. */
  published: 'known' | 'silent' | 'unasked';
  /** No host receives the domain's mail. */
  noMx: boolean;
  php: readonly PhpSetting[];
  sendmailPath: string;
}

function ownRelayLines({ ownRelay, relay }: InitReport, texts: ReportTexts): string[] {
  if (ownRelay === undefined) return [];
  const command = `mailshim relay postfix ${ownRelay.words.join(' ')}`;
  return [
    '',
    `${ownRelay.here ? texts.hereRelay : texts.ownRelay}:`,
    ...(ownRelay.here
      ? [
          '  apt-get install postfix certbot',
          `  certbot certonly --webroot -w /var/www/html -d ${relay}`,
          `  # ${texts.certificate}`,
        ]
      : []),
    `  ${command} --dry-run`,
    `  ${command} --apply`,
  ];
}

/** Records that only the panel of the provider shows. */
function panelLines({ domain, provider }: InitReport, texts: ReportTexts): string[] {
  if (provider === undefined) return [];
  const steps =
    freeMailboxProvider(domain) === undefined
      ? [
          texts.panelDkim,
          ...(provider.returnPath === 'provider' ? [texts.panelReturnPath] : []),
          ...(provider.returnPath === undefined && provider.spf?.include === undefined ? [texts.panelSpf] : []),
        ]
      : [texts.panelMailbox];
  return ['', `${texts.panel(provider.name)}:`, ...steps.map((step) => `  ${step}`)];
}

export function initText(report: InitReport, lang: Lang): string {
  const texts = inLanguage(REPORT, lang);
  const { domain, records } = report;
  const own = records.filter(({ byHost }) => byHost !== true);
  const open = own.filter(({ action }) => action !== 'there');
  const lines = [
    `${report.dryRun ? texts.wouldWrite : texts.written}:`,
    ...report.steps.map((step) => `  ${step}`),
    '',
    `${texts.publish}:`,
  ];
  if (report.published !== 'known') lines.push(`  ! ${texts[report.published]}`);
  if (report.noMx) lines.push(`  ! ${texts.noMx(domain)}`);
  for (const ip of report.unnamed) lines.push(`  ! ${texts.unnamed(ip, report.relay)}`);
  if (open.length === 0) lines.push(`  ${own.length === 0 ? texts.nothingHere : texts.nothing}`);
  for (const record of own) {
    const relative = relativeName(record.name, domain) ?? record.name;
    lines.push(
      `  ${record.type.padEnd(5)} ${record.name}${relative === record.name ? '' : `  (${relative})`}  [${texts.action[record.action]}] ${texts.purpose[record.purpose]}`,
      `        ${record.value}`,
    );
  }
  for (const { purpose, name, reason } of report.withheld)
    lines.push(`  ! ${name}: ${texts.purpose[purpose]}. ${withheldText(reason, lang)}`);
  const asked = records.filter(({ byHost, action }) => byHost === true && action !== 'there');
  if (asked.length > 0) lines.push('', `${texts.host}:`);
  for (const { name, value } of asked) lines.push(`  PTR   ${name}`, `        ${value}`);
  const isAll = open.length === 0 && asked.length === 0;
  if (!isAll) lines.push('', `${texts.zone}:`, '', zoneFragment(records, domain, lang).trimEnd());
  const long = open.filter(({ type, value }) => type === 'TXT' && value.length > 255);
  if (long.length > 0) {
    lines.push('', `${texts.panels}:`);
    for (const record of long) {
      lines.push(`  ${record.name}`);
      for (const { panels, text } of PANEL_FORMS)
        lines.push(
          `    ${inLanguage(panels, lang).names}`,
          ...text(record.value)
            .split('\n')
            .map((line) => `      ${line}`),
        );
    }
  }
  lines.push(...panelLines(report, texts), ...ownRelayLines(report, texts));
  lines.push('', `${texts.php}:`, `  sendmail_path = "${report.sendmailPath}"`);
  if (report.php.length === 0) lines.push(`  (${texts.noPhp})`);
  for (const { kind, file, line, sendmailPath } of report.php) {
    const state = sendmailPath === report.sendmailPath ? texts.isSet : (sendmailPath ?? texts.unset);
    lines.push(`  ${kind.padEnd(10)} ${file}${line === undefined ? '' : `:${line}`}  ${state}`);
  }
  lines.push('', `${texts.next}:`, ...texts.steps.map((step) => `  ${step}`));
  return `${lines.join('\n')}\n`;
}
