// A section of a check: its request, its resolvers, and its outcome.
import type { BimiOutcome } from '../bimi/record.ts';
import type { DiscoveryOutcome } from '../dkim/discover.ts';
import type { DkimKeyOutcome } from '../dkim/inspect.ts';
import type { DmarcInspection } from '../dmarc/inspect.ts';
import type { QueryBudget } from '../dns/budget.ts';
import type { DnsblOutcome } from '../dnsbl/check.ts';
import type { Finding } from '../findings/catalog.ts';
import type { ScoredPart } from '../findings/score.ts';
import type { MxOutcome } from '../mx/check.ts';
import type { ReverseOutcome } from '../rdns/reverse.ts';
import type { SpfInspection } from '../spf/inspect.ts';
import type { SpfOutcome } from '../spf/types.ts';
import type { CaaOutcome } from '../tls/caa.ts';
import type { DaneOutcome } from '../tls/dane.ts';
import type { MtaStsOutcome } from '../tls/mta-sts.ts';
import type { TlsRptOutcome } from '../tls/tls-rpt.ts';
import type { CheckContext } from './types.ts';

/** The parts of a check, each with its own endpoint, most important first. */
export const DOMAIN_PARTS = [
  'spf',
  'dkim',
  'dmarc',
  'ptr',
  'mx',
  'dnsbl',
  'dns',
  'mta-sts',
  'tls-rpt',
  'tls',
  'bimi',
] as const;
export type DomainPart = (typeof DOMAIN_PARTS)[number];

export interface DomainRequest {
  /** As A-labels. */
  domain: string;
  /** Addresses that send the domain's mail, in canonical form. */
  ips?: readonly string[];
  /** DKIM selectors; discovered where none is given. */
  selectors?: readonly string[];
  /** EHLO name of the sending host. */
  helo?: string;
  /**
   * Envelope sender for the SPF evaluation; default `postmaster@domain`. For another domain, such as `bounce.shop.example`
   * at a provider, that domain's record is checked.
   */
  sender?: string;
  parts: readonly DomainPart[];
}

/** A request with the inferred senders. */
export interface SectionRequest extends DomainRequest {
  /** Inferred sending addresses: they are checked, but their findings cost no points. */
  inferredIps: readonly string[];
}

/** Whether the domain exists, with its records. */
export interface DnsFacts {
  exists: boolean | null;
  a: string[];
  aaaa: string[];
  ns: string[];
  txt: string[];
  /** Whether DNSSEC secures the answers. */
  signed: boolean | null;
  caa: CaaOutcome;
}

/** The keys of the selectors in the request; where it has none, those that `discovery` found. */
export interface DkimFacts {
  keys: DkimKeyOutcome[];
  discovery?: DiscoveryOutcome;
}

export interface SpfFacts {
  inspection: SpfInspection;
  /** One for each sending address. */
  outcomes: SpfOutcome[];
}

/** What each section found, as its protocol's outcome; a section that was not asked for is absent. */
export interface DomainFacts {
  dns?: DnsFacts;
  mx?: MxOutcome;
  spf?: SpfFacts;
  dkim?: DkimFacts;
  dmarc?: DmarcInspection;
  ptr?: ReverseOutcome[];
  dnsbl?: DnsblOutcome;
  'mta-sts'?: MtaStsOutcome;
  'tls-rpt'?: TlsRptOutcome;
  tls?: DaneOutcome;
  bimi?: BimiOutcome;
}

export interface Section {
  facts: DomainFacts;
  findings: Finding[];
  parts: ScoredPart[];
}

/** The resolvers of a section: the budget of the check, or the zone with a proposed record. */
export type Resolvers = Pick<QueryBudget, 'at'>;
export type Run = (request: SectionRequest, budget: Resolvers, context: CheckContext) => Promise<Section>;
