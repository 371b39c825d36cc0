// Typed and pasted input for a domain, its servers and its keys.
import type { DomainProblem } from './domain.ts';

/** Characters that are read: the domain is extracted from a whole address or link. */
export const MAX_TYPED = 400;

/** The domain of "https://shop.example/cart" or "Shop <orders@shop.example>"; other text unchanged. */
export function domainIn(typed: string): string {
  const text = typed.trim().slice(0, MAX_TYPED);
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/i.exec(text) ?? [];
  return host ?? /@([^@<>\s]*)>?$/.exec(text)?.[1] ?? text.replace(/\/$/, '');
}

/** Continue the text that was meant as a domain. */
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

/** Addresses and selectors of one check: a small relay has fewer, and each costs queries. */
export const MAX_IPS = 4;
export const MAX_SELECTORS = 8;

/** A HELO name; a single label is a finding, not invalid input. */
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
