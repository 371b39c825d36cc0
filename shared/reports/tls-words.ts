// What a TLS report says went wrong, and what to do about it (RFC 8460 section 4.3).

/** The result types of RFC 8460. */
export const TLS_FAILURES = [
  'starttls-not-supported',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'validation-failure',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
] as const;
export type TlsFailureType = (typeof TLS_FAILURES)[number] | 'other';

interface Text {
  means: string;
  advice: string;
}

const text = (means: string, advice: string): Text => ({ means, advice });

export const TLS_WORDS: Readonly<Record<TlsFailureType, { en: Text; ru: Text }>> = {
  'starttls-not-supported': {
    en: text(
      'The mail server did not offer STARTTLS.',
      'Turn TLS on for incoming mail (Postfix: smtpd_tls_security_level = may), and see that no firewall removes STARTTLS.',
    ),
    ru: text(
      'Почтовый сервер не предложил STARTTLS.',
      'Включите TLS для входящей почты (Postfix: smtpd_tls_security_level = may) и проверьте, что межсетевой экран не вырезает STARTTLS.',
    ),
  },
  'certificate-host-mismatch': {
    en: text(
      'The certificate does not have the name of the mail server.',
      'Get a certificate for the name that the MX record has.',
    ),
    ru: text('В сертификате нет имени почтового сервера.', 'Получите сертификат на имя, указанное в записи MX.'),
  },
  'certificate-expired': {
    en: text('The certificate has expired.', 'Renew it, and have the mail server reload it after each renewal.'),
    ru: text(
      'Срок действия сертификата истёк.',
      'Обновите его и настройте перезагрузку почтового сервера после каждого обновления.',
    ),
  },
  'certificate-not-trusted': {
    en: text(
      'The certificate is not signed by an authority that senders trust.',
      'Use a certificate of a public authority, with its intermediate certificates.',
    ),
    ru: text(
      'Сертификат подписан центром, которому отправители не доверяют.',
      'Установите сертификат публичного центра вместе с промежуточными сертификатами.',
    ),
  },
  'validation-failure': {
    en: text('TLS failed for another reason.', 'The reason code says more; mailshim check shows what senders see.'),
    ru: text(
      'Сбой TLS по другой причине.',
      'Подробности — в коде причины; mailshim check покажет, что видят отправители.',
    ),
  },
  'tlsa-invalid': {
    en: text(
      'The TLSA record does not match the certificate.',
      'Publish the record of the present certificate, and of the next one before each change.',
    ),
    ru: text(
      'Запись TLSA не соответствует сертификату.',
      'Опубликуйте запись для нынешнего сертификата, а перед каждой сменой — и для следующего.',
    ),
  },
  'dnssec-invalid': {
    en: text(
      'The answers of DNS have no valid DNSSEC signature.',
      'Check the DS record at the registrar and the signatures of the zone.',
    ),
    ru: text('Ответы DNS не прошли проверку DNSSEC.', 'Проверьте запись DS у регистратора и подписи зоны.'),
  },
  'dane-required': {
    en: text(
      'The sender requires DANE, and found no usable TLSA record.',
      'Publish a TLSA record for each mail server, in a zone with DNSSEC.',
    ),
    ru: text(
      'Отправитель требует DANE, а пригодной записи TLSA не нашёл.',
      'Опубликуйте запись TLSA для каждого почтового сервера в зоне с DNSSEC.',
    ),
  },
  'sts-policy-fetch-error': {
    en: text(
      'The MTA-STS policy file could not be fetched.',
      'See that https://mta-sts.DOMAIN/.well-known/mta-sts.txt answers with 200 and without a redirect.',
    ),
    ru: text(
      'Не удалось получить файл политики MTA-STS.',
      'Проверьте, что https://mta-sts.ДОМЕН/.well-known/mta-sts.txt отвечает кодом 200 без перенаправления.',
    ),
  },
  'sts-policy-invalid': {
    en: text('The MTA-STS policy file is not valid.', 'mailshim check, or /v1/mta-sts, names the line.'),
    ru: text('Файл политики MTA-STS содержит ошибку.', 'Строку назовёт mailshim check или /v1/mta-sts.'),
  },
  'sts-webpki-invalid': {
    en: text(
      'The host of the MTA-STS policy file has a certificate that is not valid.',
      'Renew the certificate of mta-sts.DOMAIN.',
    ),
    ru: text('Недействителен сертификат узла с файлом политики MTA-STS.', 'Обновите сертификат для mta-sts.ДОМЕН.'),
  },
  other: {
    en: text('TLS failed in a way that RFC 8460 does not name.', 'The reason code says more.'),
    ru: text('Сбой TLS, которого нет в RFC 8460.', 'Подробности — в коде причины.'),
  },
};

export function tlsFailureType(type: string): TlsFailureType {
  return TLS_FAILURES.find((known) => known === type) ?? 'other';
}
