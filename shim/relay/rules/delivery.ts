// From a configuration to findings about what becomes of mail that the relay has taken.

import { type Configuration, effective, listeners, listOf, placeOf } from '../configuration.ts';
import { finding, type RelayFinding } from '../findings/catalog.ts';
import { isYes } from './words.ts';

/** Octets: what customers and shops expect of an attachment, encoded. */
const LEAST_MESSAGE_SIZE = 10_000_000;

/** Never fails. */
export function deliveryRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const value = (name: string) => effective(configuration, name);
  const place = (name: string) => placeOf(configuration, name);
  if (value('relayhost') !== '') found.push(finding('relayhost', { value: value('relayhost') }, place('relayhost')));
  if (/(?:static|inline):/.test(value('smtp_sasl_password_maps')))
    found.push(finding('password-in-main', { parameter: 'smtp_sasl_password_maps' }, place('smtp_sasl_password_maps')));
  // 0 is no limit.
  const message = Number(value('message_size_limit'));
  if (message > 0 && message < LEAST_MESSAGE_SIZE)
    found.push(finding('message-size', { value: message }, place('message_size_limit')));
  const mailbox = Number(value('mailbox_size_limit'));
  if (mailbox > 0 && (message === 0 || mailbox < message))
    found.push(finding('mailbox-limit', { mailbox, message }, place('mailbox_size_limit')));
  found.push(...filterRules(configuration));
  if (isYes(value('soft_bounce'))) found.push(finding('soft-bounce', {}, place('soft_bounce')));
  if (value('always_bcc') !== '')
    found.push(finding('always-bcc', { value: value('always_bcc') }, place('always_bcc')));
  if (listOf(value('debug_peer_list')).length > 0)
    found.push(finding('debug', { what: 'debug_peer_list' }, place('debug_peer_list')));
  for (const { service } of listeners(configuration)) {
    const flag = service.flags.find((word) => /^-v+$/.test(word));
    if (flag !== undefined) found.push(finding('debug', { what: `smtpd ${flag}` }, service));
  }
  if (isYes(value('disable_dns_lookups'))) found.push(finding('dns-off', {}, place('disable_dns_lookups')));
  return found;
}

function filterRules(configuration: Configuration): RelayFinding[] {
  const filter = effective(configuration, 'content_filter');
  if (filter === '') return [];
  const transport = filter.split(':')[0]!;
  const known = configuration.services.some(({ name, type }) => name === transport && type === 'unix');
  // Without master.cf nothing is known of its services.
  const missing = configuration.services.length > 0 && !known;
  const place = placeOf(configuration, 'content_filter');
  return [
    missing
      ? finding('content-filter-missing', { value: filter, transport }, place)
      : finding('content-filter', { value: filter }, place),
  ];
}
