// What makes a source of the owner's aligned: the setting at its provider, or the exact record, proven.
import { objectionTo } from '../../shared/check/domain.ts';
import type { CheckContext } from '../../shared/check/types.ts';
import { recordsOf } from '../../shared/dns/types.ts';
import type { DnsRecord, Language } from '../../shared/findings/define.ts';
import { type Withheld, withheldText } from '../../shared/findings/status.ts';
import { providerById } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import type { Source } from '../../shared/reports/sources.ts';
import { isSpfRecord } from '../../shared/spf/parse.ts';
import { withTerm } from '../../shared/spf/with-term.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { WatchSettings } from '../monitor/watches.ts';

/**
 * `spf`: its envelope sender is the domain's, and SPF does not pass for it; `sign`: it signs with a domain of its own, or
 * not at all.
 */
export interface Fix {
  kind: 'spf' | 'sign';
  text: string;
  /** Proven on the zone; null where a setting of the provider is needed. */
  record: DnsRecord | null;
  withheld: (Withheld & { text: string }) | null;
}

/** Sources whose record is tried in one answer, and DNS questions for each: the free plan has 50 for both, and for names. */
const MAX_PROVEN = 1;
const QUERIES = 30;
/** Addresses of a source that are added one by one. */
const MAX_ADDRESSES = 4;

const WORDS = {
  en: {
    spf: (name: string, domain: string) =>
      `${name} sends with an envelope sender of ${domain}, whose SPF record does not include it. Publish the record, if the source is yours.`,
    selectors: (names: string) => ` (usual selectors: ${names})`,
    provider: (name: string, domain: string, selectors: string) =>
      `In the settings of ${name}, add ${domain} as a sending domain and publish the DKIM records that it shows${selectors}: its signatures then have d=${domain}. SPF alone does not help where its envelope sender is in a domain of its own. If you no longer use it, delete the account there.`,
    mailbox: (name: string, domain: string, selectors: string) =>
      `In the administration of ${name}, generate the DKIM key of ${domain}, publish its record and turn signing on${selectors}.`,
    own: (domain: string) =>
      `This source passes for some messages only. Have all of them signed with DKIM for ${domain} (mailshim: dkim_domain, dkim_selector, dkim_key), or send them with an envelope sender of ${domain}.`,
  },
  ru: {
    spf: (name: string, domain: string) =>
      `${name} отправляет с адресом отправителя конверта в ${domain}, но в SPF-записи домена его нет. Если источник ваш, опубликуйте эту запись.`,
    selectors: (names: string) => ` (обычные селекторы: ${names})`,
    provider: (name: string, domain: string, selectors: string) =>
      `В настройках ${name} добавьте ${domain} как домен отправителя и опубликуйте DKIM-записи, которые он покажет${selectors}: тогда в подписях будет d=${domain}. Одного SPF мало, если отправитель конверта — в домене самого сервиса. Если сервис больше не нужен, удалите там учётную запись.`,
    mailbox: (name: string, domain: string, selectors: string) =>
      `В панели управления ${name} создайте DKIM-ключ для ${domain}, опубликуйте запись и включите подпись${selectors}.`,
    own: (domain: string) =>
      `Проверку проходит лишь часть писем этого источника. Подписывайте все письма DKIM-ключом ${domain} (в mailshim: dkim_domain, dkim_selector, dkim_key) или отправляйте их с адресом отправителя конверта в ${domain}.`,
  },
} as const;

interface About {
  domain: string;
  settings: WatchSettings;
  language: Language;
}

/** For each source that is the owner's and not aligned; null for all others. */
export async function fixesOf(sources: readonly Source[], about: About, check: CheckContext): Promise<(Fix | null)[]> {
  const fixes: (Fix | null)[] = [];
  let proven = 0;
  for (const source of sources) {
    const isOwn = source.class === 'yours-unaligned';
    const provider = source.provider === null ? undefined : providerById(source.provider);
    if (!isOwn) fixes.push(null);
    else if (isSpfFault(source) && proven++ < MAX_PROVEN) fixes.push(await spfFix(source, provider, about, check));
    else fixes.push(signFix(source, provider, about));
  }
  return fixes;
}

/** Most of what fails has an envelope sender of the domain. */
function isSpfFault({ spfFailed, messages, aligned }: Source): boolean {
  return spfFailed > 0 && spfFailed * 2 >= messages - aligned;
}

function signFix(source: Source, provider: Provider | undefined, { domain, language }: About): Fix {
  const words = WORDS[language];
  const names = provider?.selectorsVary === true ? [] : (provider?.selectors ?? []);
  const selectors = names.length === 0 ? '' : words.selectors(names.join(', '));
  const text =
    provider === undefined
      ? words.own(domain)
      : words[provider.kind === 'sending' ? 'provider' : 'mailbox'](source.name, domain, selectors);
  return { kind: 'sign', text, record: null, withheld: null };
}

async function spfFix(
  source: Source,
  provider: Provider | undefined,
  { domain, settings, language }: About,
  check: CheckContext,
): Promise<Fix> {
  const text = WORDS[language].spf(source.name, domain);
  const include = provider?.spf?.include;
  const terms =
    include !== undefined
      ? [`include:${include}`]
      : source.addresses.slice(0, MAX_ADDRESSES).flatMap(({ ip }) => {
          const address = parseIp(ip);
          return address === undefined ? [] : [`ip${address.version}:${address.text}`];
        });
  const answer = await check.resolver.query(domain, 'TXT');
  const records = recordsOf(answer).map((strings) => strings.join(''));
  const [own, ...others] = records.filter(isSpfRecord);
  if (answer.kind === 'error') return withheld(text, { reason: 'unknown', what: domain }, language);
  if (own === undefined || others.length > 0 || terms.length === 0)
    return withheld(text, { reason: 'invalid', what: domain }, language);
  const record = { name: domain, type: 'TXT', value: terms.reduce(withTerm, own) };
  const { ips, selectors } = settings;
  const reason = await objectionTo(
    { record },
    { domain, ips, selectors, parts: ['spf'] },
    { ...check, budget: { ...check.budget, maxQueries: Math.min(QUERIES, check.budget?.maxQueries ?? QUERIES) } },
  );
  return reason === undefined ? { kind: 'spf', text, record, withheld: null } : withheld(text, reason, language);
}

function withheld(text: string, reason: Withheld, language: Language): Fix {
  return { kind: 'spf', text, record: null, withheld: { ...reason, text: withheldText(reason, language) } };
}
