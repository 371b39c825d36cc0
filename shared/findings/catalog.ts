// All findings by their id; the one place that joins the areas.

import { type Language, translation } from '../text/language.ts';
import { checkFindings } from './check.ts';
import { contentFindings } from './content.ts';
import { unsubscribeFindings } from './content.unsubscribe.ts';
import type { FindingDefinition, FindingText } from './define.ts';
import { dkimFindings } from './dkim.ts';
import { dmarcFindings } from './dmarc.ts';
import { dnsblFindings } from './dnsbl.ts';
import { freeMailboxFindings } from './message.free.ts';
import { messagePathFindings } from './message.path.ts';
import { messageFindings } from './message.ts';
import { mtaStsFindings } from './mta-sts.ts';
import { mxFindings } from './mx.ts';
import { ptrFindings } from './ptr.ts';
import { relayFindings } from './relay.ts';
import { spfFindings } from './spf.ts';
import { conditional, conditionalFix, type FindingStatus, withheldText } from './status.ts';
import { tlsFindings } from './tls.ts';

export const catalog = {
  ...spfFindings,
  ...dkimFindings,
  ...dmarcFindings,
  ...ptrFindings,
  ...mxFindings,
  ...mtaStsFindings,
  ...tlsFindings,
  ...dnsblFindings,
  ...relayFindings,
  ...messageFindings,
  ...messagePathFindings,
  ...freeMailboxFindings,
  ...contentFindings,
  ...unsubscribeFindings,
  ...checkFindings,
} as const;

export type FindingId = keyof typeof catalog;
type ArgsOf<K extends FindingId> = (typeof catalog)[K] extends FindingDefinition<infer A> ? A : never;
/** One thing found: plain JSON without any language in it. */
export type Finding = { [K in FindingId]: { id: K; args: ArgsOf<K> } }[FindingId] & FindingStatus;

/** Makes a finding; the compiler checks the arguments against the definition. */
export function finding<K extends FindingId>(id: K, args: ArgsOf<K>): Finding {
  return { id, args } as unknown as Finding;
}

/** The same finding for an address that is only inferred: it takes off no points, names the address, and proposes no record. */
export function inferred(found: Finding, ip: string): Finding {
  const args = 'record' in found.args ? { ...found.args, record: '' } : found.args;
  return { ...found, args, inferredIp: ip } as Finding;
}

/**
 * The text of a finding in one language. A record that is not proven is not shown: the fix says what to decide instead.
 * A finding that rests on an inferred address names the address.
 */
export function textOf(found: Finding, language: Language): FindingText {
  const definition = catalog[found.id] as unknown as FindingDefinition<never>;
  const text = translation(definition, language)(found.args as never);
  if (found.inferredIp !== undefined) {
    const { record: _, ...rest } = text;
    return definition.severity === 'info'
      ? rest
      : {
          ...rest,
          detail: conditional(found.inferredIp, rest.detail, language),
          ...(rest.fix === undefined ? {} : { fix: conditionalFix(found.inferredIp, rest.fix, language) }),
        };
  }
  if (found.withheld === undefined) return text;
  const { record: _, ...rest } = text;
  return { ...rest, fix: withheldText(found.withheld, language) };
}

/** The weight of a finding. One that rests on an inferred address takes off no points and is only a notice. */
export function definitionOf(found: Finding): Omit<FindingDefinition<never>, Language> {
  const definition = catalog[found.id] as unknown as FindingDefinition<never>;
  if (found.inferredIp === undefined || definition.points === 0) return definition;
  const { cap: _, covers: __, ...rest } = definition;
  return { ...rest, severity: 'notice', points: 0, class: 'D' };
}
