// What `mailshim init` says when it is done: what was written, what to publish, what to change in PHP; in two languages.

import { type Withheld, withheldText } from '../../shared/findings/standing.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import type { PhpSetting } from '../php/sites.ts';
import type { RecordPurpose, WantedRecord } from './records.ts';
import type { Lang } from './wish.ts';
import { PANEL_FORMS, relativeName, zoneFragment } from './zone.ts';

const WORDS = {
  en: {
    written: 'Written',
    wouldWrite: 'Would be written',
    publish: 'Publish these records',
    nothing: 'nothing: all is there',
    nothingHere: 'nothing',
    zone: 'As a zone fragment (BIND)',
    panels: 'For web panels',
    host: 'Ask the host of the address to set',
    php: 'In PHP',
    noPhp: 'no php.ini found; this line belongs into it',
    isSo: 'is so already',
    unset: 'has no sendmail_path yet',
    next: 'Then',
    steps: [
      'mailshim doctor      looks at every link, until all are green',
      'mailshim test        sends a mail and shows its score',
    ],
    action: { new: 'new', change: 'CHANGE', there: 'is there' },
    purpose: {
      address: 'the relay’s own address',
      mx: 'where answers and reports go',
      spf: 'who may send for the domain',
      dkim: 'the key of the signatures',
      dmarc: 'what receivers do with forgeries, and where they report',
      ptr: 'the name of the address',
      'bounce-mx': 'where bounces go',
      'bounce-spf': 'who may send with the envelope sender',
      'mta-sts': 'TLS for incoming mail',
      'tls-rpt': 'reports on TLS',
    },
    silent:
      'DNS did not answer: what is published already is not known. Do not publish a second SPF record beside one that is there.',
    unasked:
      'What is published already was not looked up. Do not publish a second SPF record beside one that is there.',
    noMx: (domain: string) =>
      `${domain} has no MX record: answers of customers and bounces would be lost. The relay only sends; let your mail provider receive, and say its host by --mx HOST`,
    panel: (provider: string) => `In the panel of ${provider}`,
    panelDkim: 'set up the domain as a sender, and publish the DKIM records that it shows',
    panelReturnPath:
      'and those of the return path: SPF is evaluated there, the record of your own domain is not touched',
    panelSpf: 'and the SPF term that it shows, in the one SPF record of the domain',
    panelMailbox: 'nothing: it signs and sends mail of its own mailboxes',
    unnamed: (ip: string, relay: string) =>
      `reverse DNS: the name of ${ip} has to lead back to it, and ${relay} does not; ask whoever runs ${relay}`,
    mxAtRelay: (domain: string, host: string, relay: string) =>
      `MX of ${domain} is ${host}, the relay, which only sends: answers of customers, bounces and reports are lost. Name the server of your mailboxes by --mx HOST; or receive at the relay by --receive-at MAILBOX, here and in mailshim relay postfix --hostname ${relay} --domain ${domain}`,
    ownRelay: 'On the relay, when the address of its name is in DNS',
    hereRelay: 'The relay, on this machine, when the address of its name is in DNS',
    certificate: 'port 80 is the web server’s: put its root folder here; or certbot --nginx, --apache',
    noPassword: (login: string, file: string) =>
      `put the password of ${login} into ${file}, mode 0600, before the first mail`,
  },
  ru: {
    written: 'Записано',
    wouldWrite: 'Было бы записано',
    publish: 'Опубликуйте эти записи',
    nothing: 'ничего: всё уже есть',
    nothingHere: 'ничего',
    zone: 'Как фрагмент зоны (BIND)',
    panels: 'Для веб-панелей',
    host: 'Попросите хозяина адреса (хостинг) установить',
    php: 'В PHP',
    noPhp: 'php.ini не найден; эта строка — для него',
    isSo: 'уже так',
    unset: 'sendmail_path ещё не задан',
    next: 'Затем',
    steps: [
      'mailshim doctor      проверяет каждое звено, пока всё не станет зелёным',
      'mailshim test        отправляет письмо и показывает его оценку',
    ],
    action: { new: 'новая', change: 'ЗАМЕНИТЬ', there: 'уже есть' },
    purpose: {
      address: 'адрес самого релея',
      mx: 'куда идут ответы и отчёты',
      spf: 'кто может отправлять за домен',
      dkim: 'ключ подписей',
      dmarc: 'что получатели делают с подделками и куда сообщают',
      ptr: 'имя адреса',
      'bounce-mx': 'куда идут возвраты',
      'bounce-spf': 'кто может отправлять с адресом отправителя конверта',
      'mta-sts': 'TLS для входящей почты',
      'tls-rpt': 'отчёты о TLS',
    },
    silent: 'DNS не отвечает: что уже опубликовано, неизвестно. Не публикуйте вторую запись SPF рядом с имеющейся.',
    unasked: 'Что уже опубликовано, не проверялось. Не публикуйте вторую запись SPF рядом с имеющейся.',
    noMx: (domain: string) =>
      `у ${domain} нет записи MX: ответы покупателей и возвраты пропадут. Релей только отправляет; пусть почту принимает ваш почтовый провайдер: укажите его сервер как --mx HOST`,
    panel: (provider: string) => `В панели ${provider}`,
    panelDkim: 'подключите домен как отправителя и опубликуйте записи DKIM, которые она покажет',
    panelReturnPath: 'и записи обратного адреса: SPF проверяется там, запись вашего домена не меняется',
    panelSpf: 'и элемент SPF, который она покажет, в единственной записи SPF домена',
    panelMailbox: 'ничего: письма своих ящиков сервис подписывает и отправляет сам',
    unnamed: (ip: string, relay: string) =>
      `обратная зона: имя адреса ${ip} должно вести обратно на него, а ${relay} не ведёт; спросите того, кто обслуживает ${relay}`,
    mxAtRelay: (domain: string, host: string, relay: string) =>
      `MX домена ${domain} — это ${host}, сам релей, а он только отправляет: ответы покупателей, возвраты и отчёты потеряются. Укажите сервер ваших почтовых ящиков: --mx HOST; или принимайте почту на релее: --receive-at MAILBOX здесь и в mailshim relay postfix --hostname ${relay} --domain ${domain}`,
    ownRelay: 'На релее, когда адрес его имени появится в DNS',
    hereRelay: 'Релей на этой машине, когда адрес его имени появится в DNS',
    certificate: 'порт 80 занят веб-сервером: укажите здесь его корневую папку; или certbot --nginx, --apache',
    noPassword: (login: string, file: string) => `до первого письма запишите пароль ${login} в ${file}, права 0600`,
  },
};
type Words = (typeof WORDS)[Lang];

export interface InitReport {
  domain: string;
  /** Whose relay it is, where it is not the shop's own. */
  provider?: Provider;
  relay: string;
  /** A relay of one's own that is still to be set up: on this machine, or to receive; with the words of `relay postfix`. */
  ownRelay: { here: boolean; words: readonly string[] } | undefined;
  /** Addresses for which no name in reverse DNS can be proposed. */
  unnamed: readonly string[];
  dryRun: boolean;
  /** Lines on what was, or would be, written. */
  steps: readonly string[];
  records: readonly WantedRecord[];
  /** Records that would do harm, with why. */
  withheld: readonly { purpose: RecordPurpose; name: string; reason: Withheld }[];
  /** `known`: DNS answered, so that `action` is right. */
  published: 'known' | 'silent' | 'unasked';
  /** Nobody receives the domain's mail. */
  noMx: boolean;
  php: readonly PhpSetting[];
  sendmailPath: string;
}

/** What to do about a password that was not given. */
export function noPasswordText(login: string, file: string, lang: Lang): string {
  return WORDS[lang].noPassword(login, file);
}

/** An MX that would lose mail. */
export function mxAtRelayText({ domain, relay }: { domain: string; relay: string }, host: string, lang: Lang): string {
  return WORDS[lang].mxAtRelay(domain, host, relay);
}

function ownRelayLines({ ownRelay, relay }: InitReport, words: Words): string[] {
  if (ownRelay === undefined) return [];
  const command = `mailshim relay postfix ${ownRelay.words.join(' ')}`;
  return [
    '',
    `${ownRelay.here ? words.hereRelay : words.ownRelay}:`,
    ...(ownRelay.here
      ? [
          '  apt-get install postfix certbot',
          `  certbot certonly --webroot -w /var/www/html -d ${relay}`,
          `  # ${words.certificate}`,
        ]
      : []),
    `  ${command} --dry-run`,
    `  ${command} --apply`,
  ];
}

/** What only the provider knows and shows to its customer. */
function panelLines({ domain, provider }: InitReport, words: Words): string[] {
  if (provider === undefined) return [];
  const steps =
    freeMailboxProvider(domain) === undefined
      ? [
          words.panelDkim,
          ...(provider.returnPath === 'provider' ? [words.panelReturnPath] : []),
          ...(provider.returnPath === undefined && provider.spf?.include === undefined ? [words.panelSpf] : []),
        ]
      : [words.panelMailbox];
  return ['', `${words.panel(provider.name)}:`, ...steps.map((step) => `  ${step}`)];
}

export function initText(report: InitReport, lang: Lang): string {
  const words = WORDS[lang];
  const { domain, records } = report;
  const own = records.filter(({ byHost }) => byHost !== true);
  const open = own.filter(({ action }) => action !== 'there');
  const lines = [
    `${report.dryRun ? words.wouldWrite : words.written}:`,
    ...report.steps.map((step) => `  ${step}`),
    '',
    `${words.publish}:`,
  ];
  if (report.published !== 'known') lines.push(`  ! ${words[report.published]}`);
  if (report.noMx) lines.push(`  ! ${words.noMx(domain)}`);
  for (const ip of report.unnamed) lines.push(`  ! ${words.unnamed(ip, report.relay)}`);
  if (open.length === 0) lines.push(`  ${own.length === 0 ? words.nothingHere : words.nothing}`);
  for (const record of own) {
    const relative = relativeName(record.name, domain) ?? record.name;
    lines.push(
      `  ${record.type.padEnd(5)} ${record.name}${relative === record.name ? '' : `  (${relative})`}  [${words.action[record.action]}] ${words.purpose[record.purpose]}`,
      `        ${record.value}`,
    );
  }
  for (const { purpose, name, reason } of report.withheld)
    lines.push(`  ! ${name}: ${words.purpose[purpose]}. ${withheldText(reason, lang)}`);
  const asked = records.filter(({ byHost, action }) => byHost === true && action !== 'there');
  if (asked.length > 0) lines.push('', `${words.host}:`);
  for (const { name, value } of asked) lines.push(`  PTR   ${name}`, `        ${value}`);
  const isAll = open.length === 0 && asked.length === 0;
  if (!isAll) lines.push('', `${words.zone}:`, '', zoneFragment(records, domain, lang).trimEnd());
  const long = open.filter(({ type, value }) => type === 'TXT' && value.length > 255);
  if (long.length > 0) {
    lines.push('', `${words.panels}:`);
    for (const record of long) {
      lines.push(`  ${record.name}`);
      for (const { panels, text } of PANEL_FORMS)
        lines.push(
          `    ${panels[lang]}`,
          ...text(record.value)
            .split('\n')
            .map((line) => `      ${line}`),
        );
    }
  }
  lines.push(...panelLines(report, words), ...ownRelayLines(report, words));
  lines.push('', `${words.php}:`, `  sendmail_path = "${report.sendmailPath}"`);
  if (report.php.length === 0) lines.push(`  (${words.noPhp})`);
  for (const { kind, file, line, sendmailPath } of report.php) {
    const state = sendmailPath === report.sendmailPath ? words.isSo : (sendmailPath ?? words.unset);
    lines.push(`  ${kind.padEnd(10)} ${file}${line === undefined ? '' : `:${line}`}  ${state}`);
  }
  lines.push('', `${words.next}:`, ...words.steps.map((step) => `  ${step}`));
  return `${lines.join('\n')}\n`;
}
