// What people type or paste where a domain, its servers and its keys are asked for.
import type { DomainProblem } from './domain.ts';

/** A whole address or link is taken for the domain in it; longer ones are an accident. */
export const MAX_TYPED = 400;

/** The domain of "https://shop.example/cart" or "Shop <orders@shop.example>"; the text as it is where it is neither. */
export function domainIn(typed: string): string {
  const text = typed.trim().slice(0, MAX_TYPED);
  const link = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/i.exec(text);
  if (link !== null) return link[1]!;
  const address = /@([^@<>\s]*)>?$/.exec(text);
  return address?.[1] ?? text.replace(/\/$/, '');
}

/** Behind the text that is meant to be a domain. */
export const DOMAIN_FAULTS: Record<DomainProblem, string> = {
  empty: 'is empty',
  'empty-label': 'has two dots in a row',
  'label-too-long': 'has a part of over 63 characters between two dots',
  'name-too-long': 'has over 253 characters',
  'bad-character': 'has a character that a domain name cannot have',
  'bad-hyphen': 'has a hyphen at the start or end of a part',
  'single-label': 'has no dot',
  'ip-address': 'is an IP address',
  'not-idna': 'is not a valid internationalised name',
};

/** More addresses than a small relay has are not worth the questions they cost. */
export const MAX_IPS = 4;
export const MAX_SELECTORS = 8;

/** A host name that a server calls itself; a label alone is a finding, not bad input. */
export function isHostName(text: string): boolean {
  return /^[\x21-\x7e]{1,253}$/.test(text);
}

/** RFC 6376 section 3.1: a selector is one or more domain-name labels. */
export function isSelector(text: string): boolean {
  return (
    /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(text) &&
    text.length <= 180
  );
}
