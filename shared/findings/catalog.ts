// Every finding of the engine by its id; the one place that joins the areas.

import { checkFindings } from './check.ts';
import { contentFindings } from './content.ts';
import { unsubscribeFindings } from './content.unsubscribe.ts';
import type { FindingDefinition, FindingText, Language } from './define.ts';
import { dkimFindings } from './dkim.ts';
import { dmarcFindings } from './dmarc.ts';
import { dnsblFindings } from './dnsbl.ts';
import { freeMailboxFindings } from './message.free.ts';
import { messageFindings } from './message.ts';
import { messageWayFindings } from './message.way.ts';
import { mtaStsFindings } from './mta-sts.ts';
import { mxFindings } from './mx.ts';
import { ptrFindings } from './ptr.ts';
import { relayFindings } from './relay.ts';
import { spfFindings } from './spf.ts';
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
  ...messageWayFindings,
  ...freeMailboxFindings,
  ...contentFindings,
  ...unsubscribeFindings,
  ...checkFindings,
} as const;

export type FindingId = keyof typeof catalog;
type ArgsOf<K extends FindingId> = (typeof catalog)[K] extends FindingDefinition<infer A> ? A : never;
/** One thing found: plain JSON without any language in it. */
export type Finding = { [K in FindingId]: { id: K; args: ArgsOf<K> } }[FindingId];

/** Makes a finding; the compiler holds the arguments to the definition. */
export function finding<K extends FindingId>(id: K, args: ArgsOf<K>): Finding {
  return { id, args } as unknown as Finding;
}

/** The text of a finding in one language. */
export function textOf(found: Finding, language: Language): FindingText {
  const definition = catalog[found.id] as unknown as FindingDefinition<never>;
  return definition[language](found.args as never);
}

export function definitionOf(found: Finding): Omit<FindingDefinition<never>, Language> {
  return catalog[found.id] as unknown as FindingDefinition<never>;
}
