// The form of the table of refusals, and how a receiver is known.

import type { Cause } from './explanations.ts';

export type Receiver = 'google' | 'outlook' | 'microsoft365' | 'yahoo' | 'yandex' | 'mailru' | 'icloud';

/** How a receiver is known: by its host, or by what its replies always have. Tried on lower-case text without addresses. */
export const RECEIVERS: Record<Receiver, { name: string; sign: RegExp }> = {
  // "gsmtp" stands in every refusal of Gmail, "gcdp" beside it for a rule of an administrator of Workspace.
  google: { name: 'Gmail', sign: /\bg(?:smtp|cdp)\b|\b(?:google|googlemail|gmail)\.com\b/ },
  outlook: {
    name: 'Outlook.com, Hotmail',
    sign: /\boutlook\.com\b|\b(?:live|hotmail)\.com\b|\b(?:rp|sc|dy|ou)-00\d\b|\b5\.7\.515\b/,
  },
  // Codes with a detail from 500 on are Microsoft's alone.
  microsoft365: { name: 'Microsoft 365', sign: /\boutlook\.com\b|\boffice(?:365)?\.com\b|\b[45]\.7\.[5-9]\d\d\b/ },
  yahoo: {
    name: 'Yahoo, AOL',
    sign: /\byahoo(?:dns\.net|inc\.com|\.com)\b|\bverizonmedia\.com\b|\baol\.com\b|\[(?:tss?|ph|bl)\d\d\]/,
  },
  yandex: { name: 'Yandex', sign: /\byandex\.(?:ru|net|com)\b|\bya\.cc\b/ },
  mailru: { name: 'Mail.ru', sign: /\bmail\.ru\b/ },
  icloud: { name: 'iCloud', sign: /\bicloud\.com\b|\bme\.com\b|\bsupport\.apple\.com\b|\[(?:cs|hm)[\de]\d\]/ },
};

export interface Rule {
  /** All that is given has to fit; of several codes or words one. */
  is: Cause;
  /** "5.7.26", "x.7.26" for any class, "5.7.606-649" for a range of details. */
  code?: string | readonly string[];
  /** Basic codes, "535", where they decide. */
  basic?: readonly string[];
  /** Words of the reply, in lower case. A pattern has `like`, for the docs. */
  said?: readonly string[] | RegExp | ((reply: string) => boolean);
  /** An example of what `said` fits. */
  like?: string;
}

export interface Table {
  receiver?: Receiver;
  title: { en: string; ru: string };
  /** What the rules were taken from. */
  source: string;
  rules: readonly Rule[];
}
