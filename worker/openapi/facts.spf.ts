// The facts of SPF as schemas (RFC 7208).
import * as z from 'zod/mini';
import { component, said } from './component.ts';
import type { Schema } from './describe.ts';
import { count, known, misplaced, text, texts, ttl } from './members.ts';

const spfResult = z.enum(['none', 'neutral', 'pass', 'fail', 'softfail', 'temperror', 'permerror']);

const SpfRecord = component(
  'SpfRecord',
  'An SPF record with its terms, and below each term the record that it pulls in.',
  z.object({
    domain: text,
    status: z.enum(['record', 'invalid', 'none', 'several', 'unknown', 'loop', 'not-asked']),
    text: z.nullable(text),
    strings: said('The strings of the TXT record.', count),
    terms: z.array(
      z.object({
        text,
        at: said('Offset in the record.', count),
        name: text,
        target: said('The name it asks about.', z.optional(text)),
        lookups: said('DNS lookups that it costs at most, with everything it pulls in.', count),
        void: said(
          'Its own questions find nothing, whatever the sender’s IP version; null where that is not known.',
          known,
        ),
        voidFor: said(
          'They find nothing for senders of this IP version alone.',
          z.optional(z.union([z.literal(4), z.literal(6)])),
        ),
        record: z.optional(z.lazy((): Schema => SpfRecord)),
      }),
    ),
    omitted: said('Terms that are counted but not listed.', count),
    lookups: count,
    voidLookups: count,
    detail: z.optional(text),
  }),
);

const voids = z.object({
  certain: said('Terms that find nothing for every sender of this IP version.', count),
  possible: said('With those where a macro or reverse DNS decides.', count),
  questions: said('Questions that find nothing, each host of an mx counted.', count),
  hidesSenders: said('Behind the term that is one too many stands one that may let such senders pass.', z.boolean()),
});

export const SpfInspection = component(
  'SpfInspection',
  'The whole SPF set-up, for no address in particular: every record, and what the worst evaluation costs (RFC 7208 section 4.6.4).',
  z.object({
    domain: text,
    status: z.enum(['found', 'invalid', 'none', 'several', 'unknown']),
    texts: said(
      'The SPF records at the name, cut where they are long; with status “none” those that were meant as one.',
      texts,
    ),
    count: said('How many there are.', count),
    root: SpfRecord,
    worstCase: z.object({
      lookups: count,
      voidLookups: said('Terms that find nothing for senders of either IP version.', count),
      lookupLimit: count,
      voidLimit: count,
      ipv4: voids,
      ipv6: voids,
    }),
    broken: said(
      'Includes and redirects without a single valid record.',
      z.array(z.object({ domain: text, term: text, status: text, target: text })),
    ),
    dead: said(
      'Terms of the domain’s own record that find nothing.',
      z.array(z.object({ domain: text, term: text, target: text, hasAddress: z.boolean() })),
    ),
    open: said(
      'The term by which half of the Internet may send.',
      z.optional(z.object({ domain: text, term: text, vias: texts })),
    ),
    meant: said(
      'The record that it was meant to be, before addresses are added; empty where there is none that is right for sure, and why.',
      z.optional(z.object({ text, why: text, lookups: count, dropped: texts })),
    ),
    targets: said('Every name that a term asks about.', texts),
    misplaced,
    unknown: said('Something got no answer, so that counts may be too low.', z.boolean()),
    ttl,
  }),
);

export const SpfOutcome = component(
  'SpfOutcome',
  'check_host() of RFC 7208 for one address.',
  z.object({
    result: spfResult,
    unknown: said('The check’s own limit ended it: the result is then no statement about the domain.', z.boolean()),
    identity: z.enum(['mailfrom', 'helo']),
    domain: text,
    ip: text,
    match: said('The term that decided.', z.nullable(z.object({ domain: text, term: text, at: count }))),
    explanation: said('What the domain’s owner says about a fail: a stranger’s text.', z.nullable(text)),
    problems: z.array(
      z.object({
        kind: text,
        domain: text,
        term: z.optional(text),
        at: z.optional(count),
        name: z.optional(text),
        reason: z.optional(text),
      }),
    ),
    record: said(
      'The records that were evaluated, with the result of each term.',
      z.nullable(z.object({ domain: text, text: z.nullable(text), result: spfResult, terms: z.array(z.unknown()) })),
    ),
    counts: z.object({ lookups: count, lookupLimit: count, voidLookups: count, voidLimit: count }),
    ttl: z.nullable(count),
  }),
);
