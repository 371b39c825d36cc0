// The sections of DMARC: the policy, and where its reports go (RFC 9989).
import { inspectDmarc } from '../dmarc/inspect.ts';
import { deadDestinations } from '../dmarc/report-hosts.ts';
import { dmarcDestinationFindings, dmarcRecordFindings } from '../findings/dmarc.rules.ts';
import type { Asking, Section, SectionRequest } from './section.ts';

export async function dmarcSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const inspection = await inspectDmarc(domain, budget.at(0));
  return {
    facts: { dmarc: inspection },
    findings: dmarcRecordFindings(inspection),
    parts: [{ part: 'dmarc', weight: 1.5, known: inspection.discovery.status !== 'unknown' }],
  };
}

/** Where DMARC reports go; the inspection asks nothing again, and what it does not ask can wait. */
export async function dmarcReportsSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const inspection = await inspectDmarc(domain, budget.at(0));
  const destinations = [...inspection.aggregateDestinations, ...inspection.failureDestinations];
  const dead = await deadDestinations(destinations, budget.at(2));
  return { facts: {}, findings: dmarcDestinationFindings(inspection, dead), parts: [] };
}
