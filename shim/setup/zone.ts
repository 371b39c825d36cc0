// DNS records as text: a table, a zone fragment for BIND (RFC 1035 section 5), and what to type into web panels.

import type { WantedRecord } from './records.ts';
import type { Lang } from './wish.ts';

/** RFC 1035 section 3.3: a character-string has 255 octets at most. */
const STRING = 255;
/** Seconds that a new record may be remembered: an hour, so that a mistake is mended soon. */
const TTL = 3600;

/** The text in the strings that DNS keeps it in. */
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

/** Relative to the domain, "@" for itself; undefined where it lies elsewhere. */
export function relativeName(name: string, domain: string): string | undefined {
  if (name === domain) return '@';
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : undefined;
}

const COMMENTS = {
  en: {
    elsewhere: 'in the zone of its host:',
    instead: (what: string) => `in the place of the ${what} record that is there:`,
  },
  ru: {
    elsewhere: 'в зоне хозяина адреса:',
    instead: (what: string) => `вместо имеющейся записи ${what}:`,
  },
};

/** Lines to put into the zone file of the domain; what belongs to other zones stands behind as a comment. */
export function zoneFragment(records: readonly WantedRecord[], domain: string, lang: Lang = 'en'): string {
  const comments = COMMENTS[lang];
  const lines = [`$ORIGIN ${domain}.`];
  const elsewhere: string[] = [];
  for (const record of records) {
    if (record.action === 'there') continue;
    const relative = relativeName(record.name, domain);
    const line = `${relative ?? `${record.name}.`}\t${TTL}\tIN\t${record.type}\t${zoneData(record)}`;
    if (relative === undefined || record.byHost === true)
      elsewhere.push(`; ${comments.elsewhere} ${record.name}.\tIN\t${record.type}\t${zoneData(record)}`);
    else lines.push(record.action === 'change' ? `; ${comments.instead(record.purpose.toUpperCase())}\n${line}` : line);
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

/** How web panels take a text that DNS keeps in several strings. */
export interface PanelForm {
  panels: Record<Lang, string>;
  /** What goes into the field of the value. */
  text: (value: string) => string;
}

export const PANEL_FORMS: readonly PanelForm[] = [
  {
    panels: {
      en: 'Cloudflare, cPanel, Plesk, reg.ru, Timeweb, Beget: one line, no quotes',
      ru: 'Cloudflare, cPanel, Plesk, reg.ru, Timeweb, Beget: одной строкой, без кавычек',
    },
    text: (value) => value,
  },
  {
    panels: {
      en: 'Route 53, Google Cloud DNS, Yandex Cloud DNS, ISPmanager: strings in quotes, a blank between',
      ru: 'Route 53, Google Cloud DNS, Yandex Cloud DNS, ISPmanager: части в кавычках через пробел',
    },
    text: quotedStrings,
  },
  {
    panels: {
      en: 'Panels with several fields for one text: a string in each',
      ru: 'Панели с несколькими полями для одного текста: по одной части в каждое',
    },
    text: (value) => characterStrings(value).join('\n'),
  },
];
