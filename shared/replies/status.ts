// Enhanced mail system status codes (RFC 3463, RFC 5248): from a reply that has one, otherwise from its basic code.

/** "class.subject.detail" with class 2, 4 or 5. A pattern proves it where a text is cast to it. */
export type EnhancedStatus = `${2 | 4 | 5}.${number}.${number}`;

/** Basic codes with a meaning beyond their class; 550 to 554 have too many meanings. */
const BASIC: ReadonlyMap<string, EnhancedStatus> = new Map([
  // RFC 5321 section 3.8: the server closes the channel.
  ['421', '4.4.2'],
  ['450', '4.2.0'],
  ['451', '4.3.0'],
  ['452', '4.3.1'],
  // RFC 4954 section 6.
  ['454', '4.7.0'],
  ['530', '5.7.0'],
  ['534', '5.7.9'],
  ['535', '5.7.8'],
  ['455', '4.5.4'],
  ['500', '5.5.2'],
  ['501', '5.5.4'],
  ['502', '5.5.1'],
  ['503', '5.5.1'],
  ['504', '5.5.4'],
  ['551', '5.1.6'],
  ['555', '5.5.4'],
  // RFC 7504 sections 3 and 4: a host that accepts no mail.
  ['521', '5.3.2'],
  ['556', '5.1.10'],
]);
const REPLY = /^([245])(\d\d)(?:[ -](?:([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]))?|$)/;

/**
 * The status of an SMTP reply, of one line or several. `fallback` is for text that is not a reply: 4.4.1 (no answer), 4.4.7
 * (lifetime ended) and the like.
 */
export function statusOf(reply: string | undefined, fallback: EnhancedStatus): EnhancedStatus {
  const match = REPLY.exec(reply?.trimStart() ?? '');
  if (match === null) return fallback;
  const [, basicClass, rest, enhancedClass, subject, detail] = match;
  // RFC 2034 section 4: both codes have the same class; otherwise the basic code decides.
  if (enhancedClass === basicClass) return `${basicClass}.${Number(subject)}.${Number(detail)}` as EnhancedStatus;
  return BASIC.get(`${basicClass}${rest}`) ?? (`${basicClass}.0.0` as EnhancedStatus);
}

/** RFC 3464 section 2.3.3. */
export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed';

/** A status that fits the action: "delivered" with 5.1.1 would be ambiguous. */
export function statusFor(action: Action, status: string): EnhancedStatus {
  const classes = { failed: '45', delayed: '4', delivered: '2', relayed: '2' }[action];
  if (/^[245]\.\d{1,3}\.\d{1,3}$/.test(status) && classes.includes(status.charAt(0))) return status as EnhancedStatus;
  return `${classes.at(-1)}.0.0` as EnhancedStatus;
}
