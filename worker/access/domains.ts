// Which domains are answered: ALLOWED_DOMAINS, for a Worker that serves only those of its owner.
import { isWithin, parseDomain } from '../../shared/text/domain.ts';
import { ProblemError } from '../problem.ts';
import type { Settings } from '../settings.ts';

/** Whether the domain, as A-labels, is in the list or below one in it; an empty list allows all. */
export function isAllowed(domain: string, { allowedDomains }: Pick<Settings, 'allowedDomains'>): boolean {
  return allowedDomains.length === 0 || allowedDomains.some((allowed) => isWithin(domain, allowed));
}

/** Throws 403 for a domain that is not in the list; the route itself rejects a text that is not a domain. */
export function requireAllowed(text: string, settings: Pick<Settings, 'allowedDomains'>): void {
  if (settings.allowedDomains.length === 0) return;
  const domain = parseDomain(text);
  if (!domain.ok || isAllowed(domain.name, settings)) return;
  throw new ProblemError({
    status: 403,
    title: 'Not a domain of this Worker',
    detail: `This Worker answers for the domains of its owner only, and ${domain.name} is none of them. The owner may add it to ALLOWED_DOMAINS.`,
    parameter: 'domain',
  });
}
