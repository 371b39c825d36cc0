// Which domains are answered: ALLOWED_DOMAINS, for a Worker that serves its owner's only.
import { isWithin, parseDomain } from '../../shared/text/domain.ts';
import { ProblemError } from '../problem.ts';
import type { Settings } from '../settings.ts';

/** Whether the domain, as A-labels, is one of the list or lies below one; all are where there is no list. */
export function isAllowed(domain: string, { allowedDomains }: Pick<Settings, 'allowedDomains'>): boolean {
  return allowedDomains.length === 0 || allowedDomains.some((allowed) => isWithin(domain, allowed));
}

/** Throws 403 for a domain that is not on the list; what is no domain at all is for the route to refuse. */
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
