// No line over 998 bytes leaves, and a reader decodes what was written (RFC 5322 section 2.1.1).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeEncodedWords } from '../../../shared/message/encoded-word.ts';
import { Base64Lines, type Encoder, SoftBreaks } from '../../../shim/prepare/encoders.ts';
import { fitted } from '../../../shim/prepare/seven-bit.ts';
import { foldedHead, measure, wireChunks } from '../../../shim/prepare/wire.ts';
import { needs } from '../../support/peers.ts';

const python = needs('python3', 'python3');

function pieces(octets: Buffer, size: number): Buffer[] {
  const cut: Buffer[] = [];
  for (let from = 0; from < octets.length; ) {
    let end = Math.min(octets.length, from + size);
    while (end < octets.length && octets[end - 1] === 13) end++;
    cut.push(octets.subarray(from, end));
    from = end;
  }
  return cut;
}

/** `size`: bytes of body in a piece. */
function sent(mail: string, size = 1 << 16): string {
  const octets = Buffer.from(mail.replaceAll('\n', '\r\n'));
  const at = octets.indexOf('\r\n\r\n') + 4;
  const message = fitted(
    { head: octets.subarray(0, at), body: pieces(octets.subarray(at), size) },
    { sevenBit: false },
  );
  const out = Buffer.concat([...wireChunks(message)]);
  // Gone through again, as measuring and sending do.
  assert.deepEqual(Buffer.concat([...wireChunks(message)]), out);
  assert.ok(measure(message).longest <= 998);
  for (const line of out.toString('latin1').split('\r\n')) assert.ok(line.length <= 998, `${line.length} octets`);
  return out.toString();
}

const LONG = 'word '.repeat(1000).trimEnd();
const WALL = 'x'.repeat(5000);
const CYRILLIC = 'слово '.repeat(500);
const BASE64 = Buffer.from(LONG).toString('base64');
const QP = '=D0=94=D0=B0 x'.repeat(400);
const MIME = 'MIME-Version: 1.0\n';
const mails: [name: string, mail: string][] = [
  ['no MIME', `Subject: s\n\n${LONG}\nend \n${WALL}\n`],
  ['no MIME, UTF-8', `Subject: s\n\n${CYRILLIC}\n`],
  ['plain text', `${MIME}Content-Type: text/plain\n\nfirst\n${WALL}\n\nlast`],
  ['format=flowed', `${MIME}Content-Type: text/plain; format=flowed; delsp=yes\n\n${LONG} \nmore \n-- \n${WALL}\n`],
  [
    'HTML, 8bit',
    `${MIME}Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>${CYRILLIC}</p>\n`,
  ],
  ['JSON', `${MIME}Content-Type: application/json\nContent-Transfer-Encoding: binary\n\n{"a":"${WALL}="}\n`],
  ['base64 in one line', `${MIME}Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${BASE64}\n`],
  [
    'quoted-printable without soft breaks',
    `${MIME}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n${QP}\n=\n\nshort=20\n`,
  ],
  [
    'parts, one by one',
    `${MIME}Content-Type: multipart/mixed; boundary=a\n\npre\n--a\nContent-Type: text/plain; charset=utf-8\n\n${CYRILLIC}\n--a\nContent-Type: multipart/alternative; boundary=aa\n\n--aa\n\n${WALL}\n--aa\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n${BASE64}\n--aa--\n--a\nContent-Type: image/png; name="${'n '.repeat(800)}"\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--a--\n`,
  ],
  [
    'an attached message, its header too',
    `${MIME}Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\nSubject: in\nReferences: ${'<id@x.example> '.repeat(200)}\nMIME-Version: 1.0\nContent-Type: text/plain\n\n${WALL}\n--a--\n`,
  ],
];

/** Of each mail the leaves: type, and what a reader decodes. */
function read(all: readonly string[]): [type: string, text: string][][] {
  const script = `import sys, json, base64, email
def leaves(mail):
    for p in email.message_from_bytes(base64.b64decode(mail)).walk():
        if not p.is_multipart():
            text = p.get_payload(decode=True).decode('latin-1').replace('\\r\\n', '\\n').rstrip('\\n')
            yield p.get_content_type(), text
print(json.dumps([list(leaves(mail)) for mail in json.load(sys.stdin)]))`;
  const input = JSON.stringify(all.map((mail) => Buffer.from(mail).toString('base64')));
  return JSON.parse(execFileSync(python.path, ['-c', script], { input, encoding: 'utf8' }));
}

describe('lines over 998 bytes of a mail that is not signed', () => {
  test('are read as they were written', { skip: python.missing }, () => {
    const before = read(mails.map(([, mail]) => mail.replaceAll('\n', '\r\n')));
    const after = read(mails.map(([, mail]) => sent(mail)));
    for (const [at, [name]] of mails.entries()) assert.deepEqual(after[at], before[at], name);
  });

  for (const [name, mail] of mails)
    test(`however the body is cut: ${name}`, () => {
      for (const size of [997, 7]) assert.equal(sent(mail, size), sent(mail), `pieces of ${size}`);
    });

  test('what cannot be encoded is broken all the same', () => {
    const nested = Array.from(
      { length: 150 },
      (_, at) => `Content-Type: multipart/mixed; boundary=b${at}x\n\n--b${at}x\n`,
    );
    for (const mail of [
      `${MIME}Content-Type: multipart/signed; boundary=a\n\n--a\n\n${WALL}\n--a--\n`,
      `${MIME}Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\nX: ${LONG}\n--a--\n`,
      `${MIME}Content-Type: multipart/mixed; boundary=a\n\n${WALL}\n--a\n\nx\n--a--\n${WALL}\n`,
      `${MIME}${nested.join('')}\n${WALL}\n`,
      `${MIME}Content-Type: multipart/mixed\n\n${WALL}`,
      `${MIME}Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\n${WALL}\n`,
    ])
      assert.equal(sent(mail).replace(/\s/g, ''), mail.replace(/\s/g, ''));
  });

  test('8-bit text, and all that keeps to the limit, stays to the byte', () => {
    const kept = `${MIME}Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: 8bit\n\n--a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nДа = да \n`;
    for (const end of [`--a\n\n${'y'.repeat(998)}\n--a--\n`, '--a--\n'])
      assert.equal(sent(`${kept}${end}`), `${kept}${end}`.replaceAll('\n', '\r\n'));
    const [first] = sent(`${kept}--a\n\n${WALL}\n--a--\n`).split('--a\r\n\r\nx');
    assert.ok(first!.startsWith(kept.replaceAll('\n', '\r\n')));
  });
});

describe('long headers', () => {
  const fold = (head: string) => {
    const folded = foldedHead(Buffer.from(`${head}\r\n\r\n`));
    const lines = folded.toString('latin1').split('\r\n');
    assert.ok(lines.every((line) => line.length <= 998));
    assert.ok(lines.slice(0, -2).every((line) => line.trim() !== ''));
    return folded.toString().slice(0, -4);
  };
  test('a list of addresses without blanks is folded between addresses', () => {
    const addresses = Array.from({ length: 300 }, (_, at) => `customer${at}@dest.example`);
    const lines = fold(`To: ${addresses.join(',')}`).split('\r\n ');
    assert.deepEqual(
      lines
        .flatMap((line) => line.replace(/^To:/, '').split(','))
        .map((line) => line.trim())
        .filter(Boolean),
      addresses,
    );
  });
  test('message ids without blanks are folded between them', () => {
    assert.ok(
      fold(`References: ${'<0123456789@shop.example>'.repeat(100)}`)
        .split('\r\n ')
        .slice(1)
        .every((line) => /^<.*>$/.test(line)),
    );
  });
  test('one encoded word over the limit becomes several, which say the same', () => {
    for (const text of [CYRILLIC, LONG]) {
      const word = `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
      const folded = fold(`Subject: ${word}`);
      assert.equal(decodeEncodedWords(folded.slice('Subject: '.length).replace(/\r\n/g, '')), text);
    }
  });
  test('UTF-8 without blanks is not broken within a character', () => {
    for (const lead of ['', 'a', 'ab'])
      assert.equal(fold(`X:${lead}${'ы€'.repeat(800)}`).replace(/\r\n /g, ''), `X:${lead}${'ы€'.repeat(800)}`);
  });
});

describe('breaks in what is encoded already', () => {
  const encoded = (make: () => Encoder, text: string, size: number) => {
    const encoder = make();
    const out = pieces(Buffer.from(text, 'latin1'), size).map((piece) => encoder.encode(piece));
    return Buffer.concat([...out, encoder.end()]).toString('latin1');
  };
  test('quoted-printable: soft breaks alone, in lines of 76, however it is cut', () => {
    const token = fc.constantFrom('a', ' ', '=3D', '=D0', '=\r\n', '\r\n', '.', '=', '=A');
    fc.assert(
      fc.property(fc.array(token, { maxLength: 600 }), fc.integer({ min: 1, max: 300 }), (tokens, size) => {
        const text = tokens.join('');
        const out = encoded(() => new SoftBreaks(), text, size);
        assert.equal(out.replaceAll('=\r\n', ''), text.replaceAll('=\r\n', ''));
        assert.doesNotMatch(out.replaceAll('\r\n', '\n'), /[^\n]{79}/);
      }),
    );
  });
  test('base64: short lines stay', () => {
    assert.equal(
      encoded(() => new Base64Lines(), `${'A'.repeat(76)}\r\nBB==\r\n`, 9),
      `${'A'.repeat(76)}\r\nBB==\r\n`,
    );
    assert.equal(
      encoded(() => new Base64Lines(), 'A'.repeat(200), 50),
      `${'A'.repeat(76)}\r\n${'A'.repeat(76)}\r\n${'A'.repeat(48)}`,
    );
  });
});

test('the longest line is measured across pieces and kinds of line end', () => {
  for (const [parts, longest] of [
    [['abc', 'de\n', 'f'], 5],
    [['a\r\n', 'bc\r', 'defg'], 4],
    [['ab', 'cd', 'ef'], 6],
    [[''], 2],
  ] as const)
    assert.equal(
      measure({ head: Buffer.from('A:\r\n\r\n'), body: parts.map((part) => Buffer.from(part)) }).longest,
      longest,
    );
});
