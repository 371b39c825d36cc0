// The frame of every page: head, header with the other language, footer.
import { html, raw } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import { SCRIPT, STYLE } from './page.style.ts';
import { pageWords } from './page.words.ts';

export type Html = ReturnType<typeof html>;

export interface Page {
  title: string;
  language: Language;
  /** Path of this page, for the link to the other language; `query` is kept in it. */
  path: string;
  query: URLSearchParams;
  /** Search engines may list it; pages about a domain are not for them. */
  listed?: boolean;
  /** Next to the link to the API. */
  footer?: Html | string;
}

export type Sign = 'good' | 'fair' | 'bad' | 'grey' | 'info';
const SIGNS: Record<Sign, string> = {
  good: 'M4.5 10.5 8.4 14.4 15.5 6.2',
  fair: 'M10 4.8V11M10 14.9v.1',
  bad: 'M5.5 5.5 14.5 14.5M14.5 5.5 5.5 14.5',
  grey: 'M7 7.6a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2M10 15v.1',
  info: 'M10 9.2V15M10 5.4v.1',
};

/** A sign next to words with the same meaning, since not everyone sees its colour. */
export function icon(sign: Sign): Html {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="${SIGNS[sign]}" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}

export function pageDocument({ title, language, path, query, listed = false, footer = '' }: Page, body: Html): Html {
  const words = pageWords[language];
  const other = language === 'en' ? 'ru' : 'en';
  const switched = new URLSearchParams(query);
  switched.set('lang', other);
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">${listed ? '' : html`<meta name="robots" content="noindex">`}<title>${title}</title><link rel="icon" href="/favicon.svg" type="image/svg+xml"><style>${raw(STYLE)}</style></head>
<body><a class="skip" href="#content">${words.skip}</a>
<header class="bar"><a class="brand" href="/?lang=${language}" aria-label="${words.home}">${raw(LOGO)}<span>mailshim</span></a><a class="small" href="${path}?${switched.toString()}" lang="${other}" hreflang="${other}">${words.otherLanguage}</a></header>
<main id="content">${body}</main>
<footer class="foot">${footer}<a href="/docs" hreflang="en">${words.docs}</a><p id="said" class="vh" role="status"></p></footer>
<script>${raw(SCRIPT)}</script></body></html>
`;
}

const LOGO = `<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><rect x="1.5" y="4" width="21" height="16" rx="4" fill="currentColor"/><path d="M6 9.2 12 13.6 18 9.2" fill="none" stroke="var(--ground)" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** The same logo for the browser's tab, without the page's colours. */
export const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect x="1.5" y="4" width="21" height="16" rx="4" fill="#0a7a63"/><path d="M6 9.2 12 13.6 18 9.2" fill="none" stroke="#fff" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>
`;
