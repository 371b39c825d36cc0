// The sections of a domain’s check, most important first: each gathers its facts, turns them into findings, and says what of the score it knew.
import type { DomainPart, Run } from './section.ts';
import { dkimSection } from './section-dkim.ts';
import { dmarcReportsSection, dmarcSection } from './section-dmarc.ts';
import { dnsblSection, dnsSection, mxSection, ptrSection } from './section-hosts.ts';
import { spfSection } from './section-spf.ts';
import { bimiSection, mtaStsSection, tlsRptSection, tlsSection } from './section-transport.ts';

/** Priority 0 decides about delivery, 1 supports it, 2 is good practice. */
export const sections: readonly { part: DomainPart; priority: 0 | 1 | 2; run: Run }[] = [
  { part: 'spf', priority: 0, run: spfSection },
  { part: 'dmarc', priority: 0, run: dmarcSection },
  { part: 'dmarc', priority: 2, run: dmarcReportsSection },
  { part: 'ptr', priority: 0, run: ptrSection },
  // Guessed selectors are many, and a guess that fails says little.
  { part: 'dkim', priority: 1, run: dkimSection },
  { part: 'mx', priority: 1, run: mxSection },
  { part: 'dnsbl', priority: 1, run: dnsblSection },
  { part: 'dns', priority: 2, run: dnsSection },
  { part: 'mta-sts', priority: 2, run: mtaStsSection },
  { part: 'tls-rpt', priority: 2, run: tlsRptSection },
  { part: 'tls', priority: 2, run: tlsSection },
  { part: 'bimi', priority: 2, run: bimiSection },
];
