// 8-bit text made ready for a signature: what a reader decodes is what was written, and nothing is left for a relay to convert.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { QuotedPrintable } from '../../../shim/prepare/encoders.ts';
import { fitted } from '../../../shim/prepare/seven-bit.ts';
import { wireChunks } from '../../../shim/prepare/wire.ts';
import { needs } from '../../support/peers.ts';

const python = needs('python3', 'python3');

/** `size`: bytes of body in a piece. */
function converted(mail: string, size = 1 << 16): string {
  const text = mail.replaceAll('\n', '\r\n');
  const at = text.indexOf('\r\n\r\n') + 4;
  const octets = Buffer.from(text.slice(at));
  const pieces: Buffer[] = [];
  for (let from = 0; from < octets.length; ) {
    let end = Math.min(octets.length, from + size);
    while (end < octets.length && octets[end - 1] === 13) end++;
    pieces.push(octets.subarray(from, end));
    from = end;
  }
  const message = fitted({ head: Buffer.from(text.slice(0, at)), body: pieces }, { sevenBit: true });
  const out = Buffer.concat([...wireChunks(message)]);
  // Gone through again, as measuring, signing and sending do.
  assert.deepEqual(Buffer.concat([...wireChunks(message)]), out);
  return out.toString().replaceAll('\r\n', '\n');
}

const TEXT = 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n';

describe('8-bit text before it is signed', () => {
  const cases: [name: string, mail: string, expected: string][] = [
    [
      'becomes quoted-printable, and the label says so in its old place',
      `Content-Transfer-Encoding: 8bit\n${TEXT}\nДа = да \n.\n`,
      `Content-Transfer-Encoding: quoted-printable\n${TEXT}\n=D0=94=D0=B0 =3D =D0=B4=D0=B0=20\n.\n`,
    ],
    [
      'also without a label, as mail() sends it',
      `${TEXT}\nДа\n`,
      `${TEXT}Content-Transfer-Encoding: quoted-printable\n\n=D0=94=D0=B0\n`,
    ],
    [
      'gets the MIME-Version without which no label counts',
      'Content-Type: text/plain\n\nДа\n',
      'Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n\n=D0=94=D0=B0\n',
    ],
    [
      'that has no 8-bit octet loses the label alone',
      `${TEXT}Content-Transfer-Encoding: 8BIT\n\na = b \n`,
      `${TEXT}Content-Transfer-Encoding: 7bit\n\na = b \n`,
    ],
    [
      'in parts, one by one; the others and all around them stay',
      'Content-Type: multipart/mixed;\n boundary="b b"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\npre\n--b b\n\nДа\n--b b  \nContent-Type: text/html\nContent-Transfer-Encoding: binary\n\n<b>=</b>\n--b b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--b bx\n--b b--\npost\n',
      'Content-Type: multipart/mixed;\n boundary="b b"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\n\npre\n--b b\nContent-Transfer-Encoding: quoted-printable\n\n=D0=94=D0=B0\n--b b  \nContent-Type: text/html\nContent-Transfer-Encoding: 7bit\n\n<b>=</b>\n--b b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--b bx\n--b b--\npost\n',
    ],
    [
      'in an attached message and a multipart within a multipart',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: in\nContent-Type: multipart/alternative; boundary=aa\n\n--aa\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nДа\n--aa--\n--a\n\nнет\n--a--\n',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\nSubject: in\nContent-Type: multipart/alternative; boundary=aa\n\n--aa\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=D0=94=D0=B0\n--aa--\n--a\nContent-Transfer-Encoding: quoted-printable\n\n=D0=BD=D0=B5=D1=82\n--a--\n',
    ],
    [
      'behind a head without its empty line cannot pass for a header',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\nДа: x\n--a--\n',
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=D0=94=D0=B0: x\n--a--\n',
    ],
  ];
  for (const [name, mail, expected] of cases)
    test(name, () => {
      for (const size of [1 << 16, 7, 1]) assert.equal(converted(mail, size), expected, `pieces of ${size}`);
    });

  test('lines over 998 bytes are kept whole', () => {
    const long = 'word '.repeat(400);
    const out = converted(`${TEXT}\n${long}\n`);
    assert.ok(out.split('\n').every((line) => line.length <= 76));
    assert.ok(out.replaceAll('=\n', '').replaceAll('=20', ' ').endsWith(`\n\n${long}\n`));
  });

  for (const [name, mail] of [
    ['no MIME', 'Subject: x\n\nДа\n'],
    ['nothing to do', `${TEXT}\nyes = yes \n`],
    ['quoted-printable already', `${TEXT}Content-Transfer-Encoding: Quoted-Printable (as ever)\n\n=D0=94=D0=B0 Да\n`],
    [
      'signed by S/MIME or PGP: its octets are what counts',
      'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=a\nContent-Transfer-Encoding: 8bit\n\n--a\nContent-Transfer-Encoding: 8bit\n\nДа\n--a\n\nsignature\n--a--\n',
    ],
    [
      'a report, of which RFC 2045 wants it as it is',
      'MIME-Version: 1.0\nContent-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\nX: Да\n--a--\n',
    ],
    [
      'deeper than anybody nests',
      `MIME-Version: 1.0\n${Array.from({ length: 150 }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}x\n\n--b${at}x\n`).join('')}\nДа\n`,
    ],
    [
      'a part that is all header',
      `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\n${'X-Y: z\n'.repeat(20_000)}\nДа\n--a--\n`,
    ],
  ] as const)
    test(`stays to the byte: ${name}`, () => assert.equal(converted(mail), mail));

  test("Python's email package reads the same texts as before", { skip: python.missing }, () => {
    const mail = `Content-Type: multipart/mixed; boundary="=_x"\nMIME-Version: 1.0\n\n--=_x\nContent-Type: multipart/alternative; boundary="=_x1"\n\n--=_x1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nЗаказ № 1 \t\n\n.\n..\n=D0 \nконец\n--=_x1\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>${'длинно '.repeat(300)}</p>\n\n--=_x1--\n\n--=_x\nContent-Type: text/plain; charset=koi8-r\n\nok\n--=_x--\n`;
    const parts = (text: string) =>
      JSON.parse(
        execFileSync(
          python.path,
          [
            '-c',
            `import sys, json, email
m = email.message_from_bytes(sys.stdin.buffer.read())
print(json.dumps([(p.get_content_type(), p.get_payload(decode=True).decode('utf-8')) for p in m.walk() if not p.is_multipart()]))`,
          ],
          { input: text, encoding: 'utf8' },
        ),
      ) as [string, string][];
    const out = converted(mail);
    assert.match(out, /^[\x00-\x7f]+$/);
    assert.deepEqual(parts(out), parts(mail));
  });
});

test('quoted-printable: any text comes back, in lines of 76 at most, however it is cut', () => {
  const decode = (text: string) =>
    Buffer.from(
      text
        .replaceAll('=\r\n', '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
  const octet = fc.oneof(fc.constantFrom(13, 10, 32, 9, 61, 46), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(octet, { maxLength: 400 }), fc.integer({ min: 1, max: 400 }), (octets, size) => {
      // A lone LF is no byte of a text with CRLF line ends.
      const text = Buffer.from(octets).toString('latin1').replace(/\r*\n/g, '\r\n');
      const input = Buffer.from(text, 'latin1');
      const encoder = new QuotedPrintable();
      const out: Buffer[] = [];
      for (let at = 0; at < input.length; at += size) out.push(encoder.encode(input.subarray(at, at + size)));
      const encoded = Buffer.concat([...out, encoder.end()]).toString('latin1');
      assert.match(encoded, /^[\x20-\x7e\t\r\n]*$/);
      for (const line of encoded.split('\r\n')) assert.match(line, /^[^\r\n]{0,75}(?:[^ \t\r\n])?$/);
      for (const line of encoded.split('\r\n')) assert.doesNotMatch(line, /[ \t]$/);
      assert.deepEqual(decode(encoded), input);
    }),
  );
});
