// Every parser of the message layer accepts any input and ends.
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAddressList } from '../../../shared/message/address.ts';
import { parseAuthenticationResults } from '../../../shared/message/auth-results.ts';
import { toText } from '../../../shared/message/bytes.ts';
import { decodeEncodedWords } from '../../../shared/message/encoded-word.ts';
import { fieldText, parseMessage } from '../../../shared/message/header.ts';
import { parseReceived } from '../../../shared/message/received.ts';
import { parseReceivedSpf } from '../../../shared/message/received-spf.ts';

const parsers = [
  parseAddressList,
  parseAuthenticationResults,
  decodeEncodedWords,
  parseReceived,
  parseReceivedSpf,
  (text: string) => parseMessage(text).fields.map(fieldText),
];
const pieces = fc
  .array(
    fc.constantFrom(
      ...[
        'a',
        'b.example',
        '@',
        '<',
        '>',
        '(',
        ')',
        '"',
        '\\',
        ',',
        ';',
        ':',
        '=',
        '.',
        '[',
        ']',
        ' ',
        '\r\n',
        '\n ',
        '\t',
      ],
      ...[
        '=?utf-8?q?a?=',
        '=?utf-8?b?',
        '?=',
        'from ',
        'by ',
        'none',
        'dkim=pass',
        'header.d',
        '/',
        '1',
        '\0',
        'ü',
        '\ud800',
      ],
    ),
    { maxLength: 60 },
  )
  .map((list) => list.join(''));

test('never throws', () => {
  fc.assert(
    fc.property(pieces, (text) => {
      for (const parse of parsers) parse(text);
    }),
    { numRuns: 3000, seed: 1 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const parse of parsers) parse(toText(bytes));
      parseMessage(bytes).fields.map(fieldText);
    }),
    { numRuns: 2000, seed: 2 },
  );
});

// A cost that grows with the square of the length would run for minutes here.
test('long hostile values end', { timeout: 60_000 }, () => {
  for (const unit of [
    '"\\',
    '(',
    '<',
    'a. ',
    'x@ a. ',
    '<a ',
    'a <b. ',
    '"" ',
    ',',
    ':',
    'a@b:',
    '=?utf-8?q?a?= ',
    '=?',
    'i=1;',
    ';',
    '@',
    '[',
    'from ',
    '\n ',
  ]) {
    const text = unit.repeat(Math.floor(600_000 / unit.length));
    for (const parse of parsers) parse(text);
  }
});
