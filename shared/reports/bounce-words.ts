// The reasons of bounces in plain words (RFC 3463 section 3).
import type { BounceReason } from './types.ts';

export const BOUNCE_REASONS: Readonly<Record<BounceReason, { en: string; ru: string }>> = {
  'no-such-address': { en: 'The address does not exist', ru: 'Адреса не существует' },
  'no-such-domain': { en: 'The domain of the address accepts no mail', ru: 'Домен адреса не принимает почту' },
  'address-moved': { en: 'The recipient has another address now', ru: 'У получателя теперь другой адрес' },
  'bad-sender': { en: 'The receiver rejects the sender address', ru: 'Получатель не принимает адрес отправителя' },
  'mailbox-disabled': { en: 'The mailbox is disabled', ru: 'Почтовый ящик отключён' },
  'mailbox-full': { en: 'The mailbox is full', ru: 'Почтовый ящик переполнен' },
  'too-large': { en: 'The message is too large', ru: 'Письмо слишком большое' },
  'mail-system': { en: 'The receiving server has a fault', ru: 'Сбой на сервере получателя' },
  network: { en: 'The receiving server cannot be reached', ru: 'Сервер получателя недоступен' },
  'routing-loop': { en: 'The message runs in a loop between servers', ru: 'Письмо зациклилось между серверами' },
  expired: { en: 'No server accepted the message in time', ru: 'Письмо не приняли за отведённое время' },
  protocol: { en: 'The servers do not understand each other', ru: 'Серверы не поняли друг друга (ошибка протокола)' },
  content: { en: 'The message is not well-formed', ru: 'Письмо составлено с ошибками' },
  policy: { en: 'The receiver rejects the message by its rules', ru: 'Получатель отклонил письмо по своим правилам' },
  authentication: {
    en: 'The message is not authenticated (SPF, DKIM, DMARC or PTR)',
    ru: 'Письмо не прошло проверку подлинности (SPF, DKIM, DMARC или PTR)',
  },
  rate: { en: 'Too many messages came at once', ru: 'Слишком много писем сразу' },
  unknown: { en: 'The receiver gives no reason', ru: 'Получатель не назвал причину' },
};

export type ComplaintKind = 'abuse' | 'fraud' | 'virus' | 'not-spam' | 'other';

/** What recipients reported (RFC 5965 section 7.3, RFC 6430). */
export const COMPLAINT_KINDS: Readonly<Record<ComplaintKind, { en: string; ru: string }>> = {
  abuse: { en: 'A recipient reported the message as spam', ru: 'Получатель пожаловался на спам' },
  fraud: { en: 'A recipient reported the message as fraud', ru: 'Получатель сообщил о мошенничестве' },
  virus: { en: 'A virus was found in the message', ru: 'В письме найден вирус' },
  'not-spam': { en: 'A recipient says that the message is not spam', ru: 'Получатель отметил, что это не спам' },
  other: { en: 'A recipient complained about the message', ru: 'Получатель пожаловался на письмо' },
};

export function complaintKind(type: string): ComplaintKind {
  return Object.hasOwn(COMPLAINT_KINDS, type) ? (type as ComplaintKind) : 'other';
}

/** Reasons for which an address belongs on no list of recipients. */
export const DEAD_REASONS: ReadonlySet<BounceReason> = new Set(['no-such-address', 'no-such-domain']);
/** Reasons that only a mailbox that exists has. */
export const ALIVE_REASONS: ReadonlySet<BounceReason> = new Set(['mailbox-full', 'too-large']);
