// Notifications of Amazon SES that SNS posts over HTTPS: bounces and complaints, by the same door as all others.
import { domainOfAddress } from '../../shared/message/address.ts';
import { readSnsPost } from '../../shared/reports/bounce-json.ts';
import { mailDomain } from '../../shared/reports/text.ts';
import { publicFetch } from '../access/public-fetch.ts';
import { countDelivered } from './bounce-sums.ts';
import { type Intake, type IntakeContext, takeReading } from './intake.ts';
import { watchedDomain } from './store.ts';

/** Where subscriptions are confirmed: nothing else is fetched because a message says so. */
const SNS_HOST = /^sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?$/;

/** The header that SNS sends with each message. */
export const SNS_HEADER = 'x-amz-sns-message-type';

export async function takeSns(
  text: string,
  context: IntakeContext,
  fetching: Parameters<typeof publicFetch>[2],
): Promise<Intake | { result: 'not-confirmed'; reason: string }> {
  const post = readSnsPost(text);
  switch (post.kind) {
    case 'notice':
      return takeReading(post.notice, post.carrier, undefined, context);
    case 'delivered': {
      const name = mailDomain(domainOfAddress(post.sender));
      const watched = name === undefined ? undefined : await watchedDomain(context.db, [name]);
      if (watched !== undefined)
        await countDelivered(context.db, watched.domain, Math.max(1, post.recipients), context.now);
      return { result: 'ignored' };
    }
    case 'subscription':
      return confirmed(post.confirmAt, fetching);
    default:
      return { result: 'ignored' };
  }
}

async function confirmed(
  url: string,
  fetching: Parameters<typeof publicFetch>[2],
): Promise<Intake | { result: 'not-confirmed'; reason: string }> {
  if (!URL.canParse(url) || !SNS_HOST.test(new URL(url).hostname)) return { result: 'not-a-report' };
  try {
    const response = await publicFetch(url, {}, fetching);
    if (typeof response === 'string') return { result: 'not-confirmed', reason: response };
    await response.body?.cancel();
    return response.ok ? { result: 'ignored' } : { result: 'not-confirmed', reason: `HTTP ${response.status}` };
  } catch {
    return { result: 'not-confirmed', reason: 'no answer' };
  }
}
