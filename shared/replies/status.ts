// Enhanced mail system status codes (RFC 3463, RFC 5248): taken from a reply where it has one, else from its basic code.

/** "class.subject.detail" with class 2, 4 or 5. */
export type EnhancedStatus = `${2 | 4 | 5}.${number}.${number}`;

/** What basic codes say that is more than their class; 550 to 554 stand for too much to be guessed at. */
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
  // RFC 7504 sections 3 and 4: a host that takes no mail at all.
  ['521', '5.3.2'],
  ['556', '5.1.10'],
]);
const REPLY = /^([245])(\d\d)(?:[ -](?:([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]))?|$)/;

/**
 * The status of an SMTP reply, of one line or several. `fallback` is for where the server said nothing, or nothing that
 * is a reply: 4.4.1 (no answer), 4.4.7 (time up) and the like.
 */
export function statusOf(reply: string | undefined, fallback: EnhancedStatus): EnhancedStatus {
  const match = REPLY.exec(reply?.trimStart() ?? '');
  if (match === null) return fallback;
  const [, basicClass, rest, enhancedClass, subject, detail] = match;
  // RFC 2034 section 4: the classes of both codes agree; where they do not, the basic code is what decided.
  if (enhancedClass === basicClass) return `${basicClass}.${Number(subject)}.${Number(detail)}` as EnhancedStatus;
  return BASIC.get(`${basicClass}${rest}`) ?? (`${basicClass}.0.0` as EnhancedStatus);
}

/** RFC 3464 section 2.3.3. */
export type Action = 'failed' | 'delayed' | 'delivered' | 'relayed';

/** A status as it may stand beside the action: "delivered" with 5.1.1 would be read as either. */
export function statusFor(action: Action, status: string): EnhancedStatus {
  const classes = { failed: '45', delayed: '4', delivered: '2', relayed: '2' }[action];
  if (/^[245]\.\d{1,3}\.\d{1,3}$/.test(status) && classes.includes(status[0]!)) return status as EnhancedStatus;
  return `${classes.at(-1)}.0.0` as EnhancedStatus;
}
