// Messages for the tests of content: one as a shop sends it, and its header.

/** The instant at which they arrive. */
export const NOW = new Date('2026-11-17T10:00:00Z');

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export const HEAD = [
  'From: "Shop" <orders@shop.example>',
  'To: =?utf-8?B?0JDQvdC90LA=?= <anna@client.example>',
  'Subject: =?utf-8?B?0JLQsNGIINC30LDQutCw0Lcg?=',
  ' =?utf-8?B?MTA0Mg==?=',
  'Date: Tue, 17 Nov 2026 10:00:00 +0000',
  'Message-ID: <1042@shop.example>',
  '',
].join('\r\n');

/** Plain text and HTML, both in UTF-8. */
export const GOOD = `${HEAD}${[
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary="=_alt"',
  '',
  '--=_alt',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  '0KHQv9Cw0YHQuNCx0L4g0LfQsCDQt9Cw0LrQsNC3IDEwNDIuCg==',
  '--=_alt',
  'Content-Type: text/html; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>=D0=A1=D0=BF=D0=B0=D1=81=D0=B8=D0=B1=D0=BE for your order 1042 of today.</p>',
  '<p><a href=3D"https://shop.example/orders/1042">See the order</a></p>',
  '--=_alt--',
  '',
].join('\r\n')}`;
