// The mail that `mailshim test` sends: one like a shop's, which says what it is.

/** With CRLF; From, Date and Message-ID are left to be completed, as they are for the shop's. */
export function testMail(to: string, words: { subject: string; text: string }): Buffer {
  const subject = /^[\x20-\x7e]*$/.test(words.subject)
    ? words.subject
    : `=?utf-8?B?${Buffer.from(words.subject).toString('base64')}?=`;
  const body = Buffer.from(words.text).toString('base64').replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      `To: ${to}`,
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '',
    ].join('\r\n'),
  );
}
