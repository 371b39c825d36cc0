// The shapes that many routes answer with: reports, findings, problems.
import * as z from 'zod/mini';
import type { PreflightAnswer, Report } from '../../shared/check/types.ts';
import type { Area, FindingDefinition, FindingText, Severity } from '../../shared/findings/define.ts';
import { type FindingStatus, WITHHELD_REASONS } from '../../shared/findings/status.ts';
import type { Problem } from '../problem.ts';
import { component, type Fits, said } from './component.ts';
import { Facts } from './facts.ts';

const text = z.string();
const count = z.int().check(z.gte(0));
const points = z.number().check(z.gte(0), z.lte(10));
/** ISO 8601 in UTC, as `Date.toISOString` writes it. */
export const timestamp = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));

const AREAS: Record<Area, true> = {
  spf: true,
  dkim: true,
  dmarc: true,
  ptr: true,
  mx: true,
  dns: true,
  tls: true,
  dnsbl: true,
  message: true,
  alignment: true,
  relay: true,
};
const SEVERITIES: Record<Severity, true> = { error: true, warning: true, notice: true, info: true, unknown: true };
const keysOf = <K extends string>(record: Record<K, true>) => Object.keys(record) as K[];

const findingId = said(
  'Stable: an id is never renamed. Its first part is mostly the area.',
  z.string().check(z.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)),
);
const findingArgs = said('The values behind the texts.', z.record(z.string(), z.unknown()));

export const DnsRecordSchema = component(
  'DnsRecord',
  'A record to publish: the value as it is, without quotation marks.',
  z.object({
    name: text,
    type: text,
    value: text,
    replaces: said('Of an MX record: the host whose record it takes the place of.', z.optional(text)),
  }),
);

/** What a finding says of itself besides its arguments. */
const standing = {
  inferredIp: z.optional(
    said('It holds if mail leaves from this address, which was inferred and not given. It costs nothing.', text),
  ),
  proven: z.optional(
    said(
      'The record has been tried on the zone: the finding is gone with it, and what worked before works.',
      z.literal(true),
    ),
  ),
  withheld: z.optional(
    said(
      'Why no record is shown: the one that would follow was tried and would do harm, or could not be tried.',
      z.object({ reason: z.enum(WITHHELD_REASONS), what: said('What it is about.', text) }),
    ),
  ),
};

export const FindingSchema = component(
  'Finding',
  'One thing found, with its weight and its text in the language asked for.',
  z.object({
    id: findingId,
    area: z.enum(keysOf(AREAS)),
    severity: said(
      '`error` loses mail, `warning` may, `notice` is advice without effect on delivery, `info` is a fact, `unknown` could not be asked.',
      z.enum(keysOf(SEVERITIES)),
    ),
    points: said('Points of ten that it weighs.', points),
    cost: said('Points that it takes off here: of several findings with one root, the dearest alone costs.', points),
    source: said('Where it is written: an RFC’s section, or a receiver’s own rule.', text),
    args: findingArgs,
    title: text,
    detail: text,
    fix: said('What to do.', z.optional(text)),
    record: z.optional(DnsRecordSchema),
    ...standing,
  }),
);
export type FindingFits = Fits<
  FindingText & FindingStatus & Pick<FindingDefinition<never>, 'area' | 'severity' | 'points' | 'source'>,
  Omit<z.infer<typeof FindingSchema>, 'id' | 'args' | 'cost'>
>;

export const ScoreSchema = component(
  'Score',
  'The score out of ten, and how much of it rests on what could be checked.',
  z.object({
    value: said(
      'What is left after the deductions, rounded down to a tenth. What is unknown costs nothing here.',
      points,
    ),
    low: said('What it would be if every unknown part failed.', points),
    coverage: said('Weight that was checked, of the whole.', z.number().check(z.gte(0), z.lte(1))),
    refused: said('Receivers refuse mail for one of the findings.', z.boolean()),
  }),
);

const base = {
  format: said('Of this shape; a change that breaks readers raises it.', z.literal(1)),
  subject: said(
    'What was checked: a domain, or an address where there is no domain.',
    z.object({
      kind: said('Where it is neither.', z.optional(z.literal('message'))),
      domain: said('As A-labels.', z.nullable(text)),
      ips: z.array(text),
      helo: z.nullable(text),
      selectors: z.array(text),
      senders: said(
        'Of a domain: the same addresses, each with how it is known to send.',
        z.optional(
          z.array(
            z.object({
              ip: text,
              origin: said(
                '`given`: in the request; `published`: the SPF record names it and no other; `inferred`: SPF leads to it, and nothing about it costs points.',
                z.enum(['given', 'published', 'inferred']),
              ),
            }),
          ),
        ),
      ),
    }),
  ),
  checkedAt: timestamp,
  ttl: said('Seconds for which the report holds.', count),
  score: ScoreSchema,
  queries: said(
    'What DNS was asked.',
    z.object({
      sent: count,
      cached: count,
      unasked: said('Questions that the check’s limits kept from being asked.', count),
      trace: z.array(
        z.object({
          name: text,
          type: text,
          outcome: text,
          startedAt: said('Milliseconds after the start.', z.number()),
          took: said('Milliseconds.', z.number()),
          cached: z.boolean(),
        }),
      ),
    }),
  ),
};

/** Without the facts, which depend on the route. */
const BareReport = z.object(base);

export const ReportSchema = component(
  'Report',
  'What a check found.',
  z.object({ ...base, findings: said('Dearest first.', z.array(FindingSchema)), facts: Facts }),
);
export type ReportFits = Fits<Report, z.infer<typeof BareReport>>;

export const PreflightAnswerSchema = component(
  'PreflightAnswer',
  'Whether mail from this sender through this relay is aligned (RFC 9989 section 4.4).',
  z.object({
    verdict: z.enum(['aligned', 'aligned_by_spf_only', 'aligned_by_dkim_only', 'misaligned', 'unknown']),
    reason: said('One English sentence for a log line.', text),
    findings: z.array(z.object({ id: findingId, args: findingArgs })),
    suggestedSender: said('An address that would be aligned.', z.nullable(text)),
    ttl: said('Seconds for which the answer may be kept.', count),
    checkedAt: timestamp,
  }),
);
export type PreflightFits = Fits<PreflightAnswer, z.infer<typeof PreflightAnswerSchema>>;

export const ProblemSchema = component(
  'Problem',
  'What was wrong with the request and what to do about it (RFC 9457).',
  z.object({
    type: z.literal('about:blank'),
    status: z.int().check(z.gte(400), z.lte(599)),
    title: text,
    detail: text,
    parameter: said('The parameter, header or member of the body at fault.', z.optional(text)),
    instance: said('The path that was asked for.', text),
  }),
);
export type ProblemFits = Fits<Problem, Omit<z.infer<typeof ProblemSchema>, 'type' | 'instance'>>;
