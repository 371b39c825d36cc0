// A drawing of what authenticates the From domain: SPF and DKIM, and the DMARC policy without them (RFC 9989 section 4.4).
import { html } from 'hono/html';
import type { DomainFacts } from '../../shared/check/section.ts';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { type Html, icon } from './page.shell.ts';
import type { Voice } from './page.words.ts';
import { pictureWords } from './picture.words.ts';

const TONES = { yes: 'good', no: 'bad', unknown: 'grey' } as const;
const FAULTS: Partial<Record<string, 'none' | 'broken'>> = { none: 'none', several: 'broken', invalid: 'broken' };
/** Characters in a box of the picture, in the widest of the usual fonts. */
const WIDE_ROOM = 32;
const NARROW_ROOM = 19;

/** The section on alignment, '' where SPF or DKIM was not checked. */
export function alignmentSection({ subject, facts }: Report<DomainFacts>, language: Language): Html | string {
  if (facts.spf === undefined || facts.dkim === undefined || subject.domain === null) return '';
  const words = pictureWords[language];
  const domain = toUnicode(subject.domain);
  const { inspection, outcomes } = facts.spf;
  // A fault of the record itself is one for every address (RFC 7208 sections 4.5 and 4.6).
  const fault = FAULTS[inspection.status];
  const spf = fault === undefined ? spfAuthenticates(outcomes) : 'no';
  const dkim = dkimAuthenticates(facts.dkim);
  const selector = facts.dkim.keys.find(({ status }) => status === 'ok')?.selector;
  const ips = subject.ips.join(', ');
  const { policy, discovery } = facts.dmarc ?? {};
  const policyKey = policy === undefined ? (discovery?.status === 'none' ? 'absent' : 'unknown') : policy;
  const texts = {
    spf:
      fault === undefined ? words.spf[spf](ips === '' ? words.someServer : ips, domain) : words.spfFault[fault](domain),
    dkim: words.dkim[dkim](selector ?? '', domain),
    dmarc: words.dmarc[policyKey],
  };
  const row = (voice: Voice, name: string, text: string) =>
    html`<li><span class="mark ${TONES[voice]}">${icon(TONES[voice])}</span><span><strong>${name}</strong> ${text}</span></li>`;
  const label = `${words.from} ${domain}. SPF: ${words.voice[spf]}. DKIM: ${words.voice[dkim]}. DMARC: ${texts.dmarc}`;
  return html`<section aria-labelledby="alignment"><h2 id="alignment">${words.title}</h2><div class="panel two">
<svg class="picture" viewBox="0 0 368 218" role="img" aria-label="${label}">
${wire('M94 122C94 92 130 96 130 66', spf)}${wire('M274 122C274 92 238 96 238 66', dkim)}
${box(44, 6, 280, words.from, cut(domain, WIDE_ROOM), true)}
${box(4, 122, 172, 'SPF', cut(ips === '' ? words.someServer : ips, NARROW_ROOM))}
${box(192, 122, 172, 'DKIM', cut(selector === undefined ? words.noKey[dkim] : `${selector}._domainkey`, NARROW_ROOM))}
${knot(112, 94, spf)}${knot(256, 94, dkim)}
<text class="low" x="184" y="208" text-anchor="middle">${words.either}</text></svg>
<ul class="voices">${row(spf, 'SPF', texts.spf)}${row(dkim, 'DKIM', texts.dkim)}<li><span class="mark ${policyKey === 'absent' ? 'bad' : 'grey'}">${icon(policyKey === 'absent' ? 'bad' : policyKey === 'unknown' ? 'grey' : 'info')}</span><span><strong>DMARC</strong> ${texts.dmarc}</span></li></ul></div></section>`;
}

function spfAuthenticates(outcomes: readonly { result: string; unknown: boolean }[]): Voice {
  if (outcomes.length === 0 || outcomes.some(({ unknown, result }) => unknown || result === 'temperror'))
    return 'unknown';
  return outcomes.every(({ result }) => result === 'pass') ? 'yes' : 'no';
}

/** Yes where a usable key is published; no only where DNS proves that there is none. */
function dkimAuthenticates({ keys, discovery }: NonNullable<DomainFacts['dkim']>): Voice {
  if (keys.some(({ status }) => status === 'ok')) return 'yes';
  if (discovery !== undefined) return discovery.verdict === 'absent' ? 'no' : 'unknown';
  return keys.length > 0 && keys.every(({ status }) => status !== 'unknown') ? 'no' : 'unknown';
}

function box(x: number, y: number, width: number, title: string, text: string, main = false): Html {
  return html`<rect class="box${main ? ' main' : ''}" x="${x}" y="${y}" width="${width}" height="60" rx="12"/><text class="low" x="${x + width / 2}" y="${y + 24}" text-anchor="middle">${title}</text><text x="${x + width / 2}" y="${y + 44}" text-anchor="middle">${text}</text>`;
}

function wire(path: string, voice: Voice): Html {
  return html`<g class="${TONES[voice]}"><path class="wire ${voice}" d="${path}"/></g>`;
}

function knot(x: number, y: number, voice: Voice): Html {
  const sign = { yes: 'm-4.5 .5 3 3 6-7', no: 'm-4-4 8 8m0-8-8 8', unknown: 'm-4 0h8' }[voice];
  return html`<g class="${TONES[voice]}"><circle class="knot" cx="${x}" cy="${y}" r="12"/><path class="sign" d="M${x} ${y}${sign}"/></g>`;
}

function cut(text: string, room: number): string {
  const characters = [...text];
  return characters.length > room ? `${characters.slice(0, room - 1).join('')}…` : text;
}
