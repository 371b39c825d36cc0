// Automatic replies: out of office, confirmations, receipts (RFC 3834, RFC 8098).
import { automaticOf } from '../content/automatic.ts';
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { fieldsNamed } from '../message/header.ts';
import type { ReportMail } from './message.ts';
import { addressOf, fieldValue } from './original.ts';
import { bounded, messageIdOf } from './text.ts';
import type { AutoReply } from './types.ts';

/** Prefixes that programs add to the subject. */
const SUBJECT =
  /^\s*(?:auto:|auto(?:matic(?:ally generated)?)?[ -]?(?:re(?:ply|sponse|spons?\w*)|answer)|out[ -]of[ -](?:the[ -])?office|ooo\b|vacation|away from|i am (?:away|out)|автоответ|автоматический ответ|отсутств|меня нет|abwesen|automatische (?:antwort|rückmeldung)|réponse automatique|absence|respuesta automática|fuera de la oficina|risposta automatica|automatisch antwoord|resposta automática|自動応答|自动(?:答复|回复))/i;
const RECEIPT = /^message\/(?:global-)?disposition-notification$/;

/** Undefined for any other mail. Never throws. */
export function readAutoReply(mail: ReportMail): AutoReply | undefined {
  const subject = decodeEncodedWords(mail.subject);
  if (!isAutoReply(mail, subject)) return undefined;
  return {
    from: addressOf(mail.from),
    subject: bounded(subject),
    inReplyTo: messageIdOf(fieldValue(mail.fields, 'in-reply-to')),
  };
}

function isAutoReply(mail: ReportMail, subject: string): boolean {
  if (mail.leaves.some(({ type }) => RECEIPT.test(type))) return true;
  if (isDeclaredReply(mail) || /^(?:oof|vacation)\b/i.test(fieldValue(mail.fields, 'x-apple-action'))) return true;
  const suppresses = fieldsNamed(mail.fields, 'x-auto-response-suppress').length > 0;
  // Replies of Exchange have only the null sender and the subject.
  if (SUBJECT.test(subject)) return mail.nullSender || suppresses || generated(mail);
  const answers = fieldValue(mail.fields, 'in-reply-to') !== '' || /^\s*(?:re|aw|sv|vs|ответ)\s*:/i.test(subject);
  return answers && (mail.nullSender || generated(mail));
}

/** RFC 3834 section 5: some programs write "generated" in their replies. */
function generated({ fields }: ReportMail): boolean {
  return /^auto-(?:generated|notified)\b/i.test(fieldValue(fields, 'auto-submitted'));
}

/** Its own fields declare it a reply. */
function isDeclaredReply({ fields, structure }: ReportMail): boolean {
  return automaticOf(fields, structure, false) === 'auto-reply';
}

export function hasReplySubject({ subject }: ReportMail): boolean {
  return SUBJECT.test(decodeEncodedWords(subject));
}
