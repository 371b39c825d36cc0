// A report of bounded size, whatever the zone contains: every form of it stays below 100 KB.
import type { Report } from '../check/types.ts';
import type { Finding } from '../findings/catalog.ts';

/** Characters of facts and findings, and queries, with which every form stays below 100 KB; an ordinary report has a third. */
const ROOM = { facts: 24_000, findings: 10_000, questions: 60 };
/** Findings of one report; an ordinary one has ten. */
const MAX_FINDINGS = 50;
/** A record to publish is complete or absent; that of a 4096-bit key has 740 characters. */
const MAX_RECORD = 1000;
/** Maximum lengths of texts and lists, tried in order until the report fits. */
const STEPS = [
  { text: 1000, list: 60 },
  { text: 500, list: 30 },
  { text: 250, list: 15 },
  { text: 120, list: 8 },
  { text: 60, list: 4 },
  { text: 30, list: 2 },
];
const MAX_DEPTH = 30;

type Step = (typeof STEPS)[number];

/** The report itself if its size is ordinary, otherwise with truncated texts and lists and a count of what was left out. */
export function boundedReport<Facts>(report: Report<Facts>): Report<Facts> {
  const { facts, findings, queries } = report;
  if (
    fits(facts, ROOM.facts) &&
    fits(findings, ROOM.findings) &&
    findings.length <= MAX_FINDINGS &&
    queries.trace.length <= ROOM.questions
  ) {
    return report;
  }
  return {
    ...report,
    facts: shortened(facts, ROOM.facts),
    findings: shortened(findings.slice(0, MAX_FINDINGS).map(withoutLongRecord), ROOM.findings),
    queries: { ...queries, trace: queries.trace.slice(0, ROOM.questions) },
  };
}

function withoutLongRecord(found: Finding): Finding {
  const { record } = found.args as { record?: unknown };
  if (typeof record !== 'string' || record.length <= MAX_RECORD) return found;
  return { ...found, args: { ...found.args, record: '' } } as Finding;
}

function shortened<T>(value: T, room: number): T {
  let short = value;
  for (const step of STEPS) {
    if (fits(short, room)) break;
    short = cut(value, step, MAX_DEPTH) as T;
  }
  return short;
}

function cut(value: unknown, step: Step, depth: number): unknown {
  if (typeof value === 'string') return value.length > step.text ? `${value.slice(0, step.text - 1)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.slice(0, step.list).map((one) => cut(one, step, depth - 1));
  const short = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, cutMember(name, one, step, depth)]),
  );
  // An SPF record counts the terms that are not listed.
  const { terms, omitted } = value as { terms?: unknown; omitted?: unknown };
  if (!Array.isArray(terms) || typeof omitted !== 'number') return short;
  return { ...short, omitted: omitted + Math.max(0, terms.length - step.list) };
}

/** A truncated record to publish would be wrong. */
function cutMember(name: string, value: unknown, step: Step, depth: number): unknown {
  if (name === 'record' && typeof value === 'string') return value.length > MAX_RECORD ? '' : value;
  return cut(value, step, depth - 1);
}

/** Whether a value has at most about this many characters as JSON. Stops when it has more. */
function fits(value: unknown, room: number): boolean {
  return left(value, room) >= 0;
}

/** The room that is left after a value, negative if it does not fit. */
function left(value: unknown, room: number): number {
  if (room < 0) return room;
  if (typeof value === 'string') return room - value.length - 3;
  if (typeof value !== 'object' || value === null) return room - 6;
  let rest = room - 2;
  if (Array.isArray(value)) {
    for (const one of value) {
      rest = left(one, rest);
      if (rest < 0) break;
    }
    return rest;
  }
  for (const name in value) {
    rest = left((value as Record<string, unknown>)[name], rest - name.length - 4);
    if (rest < 0) break;
  }
  return rest;
}
