// The pre-flight of a mail: what is asked, of the Worker or of the engine here, and what the answer means for this mail.

import type { PreflightAnswer, PreflightRequest, PreflightVerdict } from '../../shared/check/types.ts';
import { registrableDomain } from '../../shared/dmarc/public-suffix.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import type { Account } from '../config/account.ts';
import type { Environment } from '../environment.ts';
import type { PreflightResult, PreflightSource } from '../prepare/preflight.ts';
import { signedLater } from '../prepare/seen.ts';
import { isPrivateRelay } from '../submit/provider.ts';
import { logField, logWord } from '../text/printable.ts';

/** What the answer means for the mail. */
export interface Preflighted {
  /** `unknown` if there was no answer, or nothing was asked. */
  verdict: PreflightVerdict;
  /** For the log. */
  note?: string;
  /** With `preflight enforce`: why the mail is not sent. */
  refusal?: string;
}

/** Asked once, when it is called first; never rejects. */
export type Preflight = () => Promise<Preflighted>;

/** Starts asking; the answer is waited for where it is called. */
export function startPreflight(
  account: Account,
  author: string | undefined,
  envelopeFrom: string,
  environment: Environment,
): Preflight {
  if (account.preflight === 'off') return async () => ({ verdict: 'unknown' });
  if (author === undefined || !author.includes('@')) {
    const why = author === undefined ? 'no address in From' : `${logField(author)} has no domain`;
    return async () => ({ verdict: 'unknown', note: `preflight=unknown reason='${why}'` });
  }
  const asked = ask(account, requestFor(account, author, envelopeFrom), environment).then((result) =>
    preflighted(withUnseenSignature(result, account, author), account, author),
  );
  return () => asked;
}

async function preflighted(result: PreflightResult, account: Account, author: string): Promise<Preflighted> {
  const note = noteOf(result);
  if (!result.asked) return { verdict: 'unknown', note };
  const { answer } = result;
  const { verdict } = answer;
  if (account.preflight !== 'enforce' || verdict !== 'misaligned') return { verdict, note };
  return { verdict, note, refusal: await refusal(author, answer) };
}

function requestFor(account: Account, headerFrom: string, envelopeFrom: string): PreflightRequest {
  const { host, sendingIps, dkim, from } = account;
  return {
    headerFrom,
    envelopeFrom,
    // By its name the engine knows a provider.
    ...(isPrivateRelay(account) ? {} : { relayHost: host }),
    ...(sendingIps.length === 0 ? {} : { sendingIps }),
    ...(dkim.length === 0
      ? {}
      : {
          dkim: dkim.map(({ domain, selector, publicKey }) => ({
            domain,
            selector,
            ...(publicKey === undefined ? {} : { publicKey }),
          })),
        }),
    ...(from === undefined || !from.includes('@') ? {} : { sender: from }),
  };
}

/**
 * Where the relay signs under a selector that the configuration does not name, the question left that signature out: as
 * far as it would be aligned (RFC 9989 section 4.4.1), a verdict against the sender is unknown.
 */
function withUnseenSignature(result: PreflightResult, account: Account, author: string): PreflightResult {
  if (!result.asked || result.answer.verdict !== 'misaligned') return result;
  const own = organization(domainOfAddress(author));
  const unseen = signedLater(account).find(
    ({ domain, selector }) => selector === undefined && organization(domain) === own,
  );
  if (unseen === undefined) return result;
  const reason = `${result.answer.reason.replace(/\.$/, '')}; the relay signs for ${unseen.domain}, add dkim_selector to have that checked`;
  return { ...result, answer: { ...result.answer, verdict: 'unknown', reason, findings: [], suggestedSender: null } };
}

function organization(domain: string): string {
  const name = domain.toLowerCase().replace(/\.$/, '');
  return registrableDomain(name) ?? name;
}

async function ask(account: Account, request: PreflightRequest, environment: Environment): Promise<PreflightResult> {
  const [{ askPreflight, workerSource }, { AnswerCache }] = await Promise.all([
    import('../prepare/preflight.ts'),
    import('../prepare/cache.ts'),
  ]);
  const source =
    account.preflightUrl === undefined
      ? engineSource(account, environment)
      : workerSource(account.preflightUrl, account.preflightToken);
  const cache = new AnswerCache(account.preflightCache, environment);
  return askPreflight(request, source, cache, account.preflightTimeout, environment.now(), environment.random(8));
}

/** Without a Worker the same engine runs here, over the system's name servers. */
function engineSource(account: Account, environment: Environment): PreflightSource {
  return {
    name: `engine ${account.dnsServers.join(' ')}`.trim(),
    async ask(request) {
      const [{ preflight }, { systemResolver }] = await Promise.all([
        import('../../shared/check/preflight.ts'),
        import('../dns/system.ts'),
      ]);
      const resolver = systemResolver(account.dnsServers.length === 0 ? {} : { servers: account.dnsServers });
      return preflight(request, { resolver, now: environment.now(), clock: () => performance.now() });
    },
  };
}

function noteOf(result: PreflightResult): string {
  const cached = result.cached ? ' cached=yes' : '';
  if (!result.asked) return `preflight=unknown${cached} reason='${logField(result.why.text)}; sent unchecked'`;
  const { verdict, reason, suggestedSender } = result.answer;
  const suggested = suggestedSender === null ? '' : ` suggested=${logWord(suggestedSender)}`;
  return `preflight=${verdict}${cached} reason='${logField(reason)}'${suggested}`;
}

async function refusal(author: string, answer: PreflightAnswer): Promise<string> {
  const parts = [`preflight refuses mail from ${author}: ${answer.reason.replace(/\.$/, '')}`];
  const { textOf } = await import('../../shared/findings/catalog.ts');
  for (const found of answer.findings) {
    try {
      const { record, fix } = textOf(found, 'en');
      const advice =
        record === undefined ? fix : `publish ${record.name} ${record.type} ${JSON.stringify(record.value)}`;
      if (advice === undefined) continue;
      parts.push(advice.replace(/\.$/, ''));
      break;
    } catch {
      // A Worker of another version may know findings that this one does not.
    }
  }
  if (answer.suggestedSender !== null) parts.push(`or send as ${answer.suggestedSender}`);
  return parts.join('; ');
}
