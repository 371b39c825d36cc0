// Strict readers of path, query and body values: they throw a problem that says what was wrong.
import type { Context } from 'hono';
import type { DomainPart, DomainRequest } from '../shared/check/section.ts';
import { parseAddress } from '../shared/message/address.ts';
import { type DomainProblem, parseDomain } from '../shared/text/domain.ts';
import { type Ip, parseIp } from '../shared/text/ip.ts';
import { DOMAIN_FAULTS, isHostName, isSelector, MAX_IPS, MAX_SELECTORS } from '../shared/text/typed.ts';
import { ProblemError } from './problem.ts';

/** Faults of a domain; that of an address names the route for addresses. */
const DOMAIN_PROBLEMS: Record<DomainProblem, string> = {
  ...DOMAIN_FAULTS,
  'ip-address': `${DOMAIN_FAULTS['ip-address']}; /v1/ptr checks those`,
};

/** Characters of input that a problem repeats. */
const MAX_SHOWN = 100;

export function shown(text: string): string {
  const clean = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return clean.length > MAX_SHOWN ? `${clean.slice(0, MAX_SHOWN)}…` : clean;
}

export function domainOf(parameter: string, text: string): string {
  const result = parseDomain(text);
  if (result.ok) return result.name;
  throw new ProblemError({
    status: 400,
    title: 'Not a domain name',
    detail: `“${shown(text)}” ${DOMAIN_PROBLEMS[result.problem]}. A domain name looks like shop.example.`,
    parameter,
  });
}

export function ipOf(parameter: string, text: string): Ip {
  const ip = parseIp(text);
  if (ip !== undefined) return ip;
  throw new ProblemError({
    status: 400,
    title: 'Not an IP address',
    detail: `“${shown(text)}” is not an IP address. One looks like 192.0.2.1 or 2001:db8::1.`,
    parameter,
  });
}

export function hostOf(parameter: string, text: string): string {
  if (isHostName(text)) return text;
  throw new ProblemError({
    status: 400,
    title: 'Not a host name',
    detail: `“${shown(text)}” is not a host name. One looks like mail.shop.example.`,
    parameter,
  });
}

export function selectorOf(parameter: string, text: string): string {
  if (isSelector(text)) return text.toLowerCase();
  throw new ProblemError({
    status: 400,
    title: 'Not a DKIM selector',
    detail: `“${shown(text)}” is not a selector. It is the name before ._domainkey, such as mail or s1.`,
    parameter,
  });
}

/** The value of a query parameter, undefined where it is absent or empty; one that is given twice is rejected, unlike in `queryList`. */
export function queryOne(context: Context, name: string): string | undefined {
  const values = context.req.queries(name) ?? [];
  if (values.length > 1) {
    throw new ProblemError({
      status: 400,
      title: 'Parameter given twice',
      detail: `Give ${name} once.`,
      parameter: name,
    });
  }
  return values[0] === '' ? undefined : values[0];
}

/** Values of a parameter that may be repeated or separated by commas, at most `most`. */
export function queryList(context: Context, name: string, most: number): string[] {
  const values = (context.req.queries(name) ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '');
  if (values.length <= most) return values;
  throw new ProblemError({
    status: 400,
    title: 'Too many values',
    detail: `${name} takes at most ${most} values.`,
    parameter: name,
  });
}

/** The envelope sender as an address; `text` may be its domain alone, such as `cf-bounce.shop.example`. */
export function returnPathOf(parameter: string, text: string): string {
  if (!text.includes('@')) return `postmaster@${domainOf(parameter, text)}`;
  if (parseAddress(text) !== undefined) return text;
  throw new ProblemError({
    status: 400,
    title: 'Neither a domain nor a mail address',
    detail: `“${shown(text)}” is neither. A return path looks like bounce.shop.example or returns@bounce.shop.example.`,
    parameter,
  });
}

/** The request of a route of a domain: the domain in its path, and the servers that send its mail in its query. */
export function domainRequest(context: Context, parts: readonly DomainPart[]): DomainRequest {
  const helo = queryOne(context, 'helo');
  const returnPath = queryOne(context, 'return_path');
  return {
    ...(returnPath === undefined ? {} : { sender: returnPathOf('return_path', returnPath) }),
    domain: domainOf('domain', context.req.param('domain') ?? ''),
    ips: queryList(context, 'ip', MAX_IPS).map((ip) => ipOf('ip', ip).text),
    selectors: queryList(context, 'selector', MAX_SELECTORS).map((selector) => selectorOf('selector', selector)),
    ...(helo === undefined ? {} : { helo: hostOf('helo', helo) }),
    parts,
  };
}

/** Rejects unknown parameters: a misspelt one would silently check something else. */
export function allowParameters(context: Context, names: readonly string[]): void {
  for (const name of Object.keys(context.req.queries())) {
    if (names.includes(name)) continue;
    throw new ProblemError({
      status: 400,
      title: 'Unknown parameter',
      detail: `There is no parameter “${shown(name)}” here; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'none'}.`,
      parameter: shown(name),
    });
  }
}
