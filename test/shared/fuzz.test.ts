// One run of every parser of the engine with hostile input: no throw, no hang.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseBimi } from '../../shared/bimi/record.ts';
import { parseKeyRecord } from '../../shared/dkim/key-record.ts';
import { readPublicKey } from '../../shared/dkim/public-key.ts';
import { parseSignature } from '../../shared/dkim/signature.ts';
import { readIntent } from '../../shared/dmarc/intent.ts';
import { parseDmarc } from '../../shared/dmarc/parse.ts';
import { parseReportUris } from '../../shared/dmarc/report-uri.ts';
import { decodeAnswer } from '../../shared/dns/wire.ts';
import { parseAddressList } from '../../shared/message/address.ts';
import { parseAuthenticationResults } from '../../shared/message/auth-results.ts';
import { decodeCharset } from '../../shared/message/charset.ts';
import { decodeEncodedWords } from '../../shared/message/encoded-word.ts';
import { parseMessage } from '../../shared/message/header.ts';
import { parseReceived } from '../../shared/message/received.ts';
import { parseReceivedSpf } from '../../shared/message/received-spf.ts';
import { meantRecords } from '../../shared/mx/check.ts';
import { readReport } from '../../shared/reports/read.ts';
import { correctedSpf, mergeSpf } from '../../shared/spf/correct.ts';
import { parseSpfRecord } from '../../shared/spf/parse.ts';
import { parseDomain, toUnicode } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { parseTags } from '../../shared/text/tags.ts';
import { matchesMxPattern, parseMtaStsPolicy, parseMtaStsRecord } from '../../shared/tls/mta-sts-policy.ts';
import { correctedTlsRpt, parseTlsRpt } from '../../shared/tls/tls-rpt.ts';

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
const parsers: Record<string, (text: string) => unknown> = {
  'SPF record': parseSpfRecord,
  'SPF correction': (text) => correctedSpf(text) ?? mergeSpf(text, { ips: ['192.0.2.1'] }),
  'DKIM key record': parseKeyRecord,
  'DKIM signature': parseSignature,
  'DKIM public key': (text) => readPublicKey(bytesOf(text)) ?? 'none',
  'DMARC record': parseDmarc,
  'DMARC record as meant': (text) => readIntent([text]),
  'DMARC report addresses': (text) => parseReportUris(text, 'rua'),
  'MTA-STS record': parseMtaStsRecord,
  'MTA-STS policy': parseMtaStsPolicy,
  'MX pattern': (text) => matchesMxPattern('mx.example', text),
  'TLS-RPT record': parseTlsRpt,
  'TLS-RPT record as meant': (text) => correctedTlsRpt([text]),
  'BIMI record': parseBimi,
  'MX in TXT': (text) => meantRecords('shop.example', [text]),
  'tag list': parseTags,
  'domain name': parseDomain,
  'A-label': toUnicode,
  'IP address': (text) => parseIp(text) ?? 'none',
  'address list': parseAddressList,
  'encoded word': decodeEncodedWords,
  'character sets': (text) =>
    ['iso-2022-jp', 'iso-2022-kr', 'hz', 'utf-7', text.slice(0, 20)].map(
      (set) => decodeCharset(set, bytesOf(text)) ?? '',
    ),
  message: (text) => parseMessage(bytesOf(text)),
  'report mail': (text) => readReport(bytesOf(text)),
  Received: parseReceived,
  'Received-SPF': (text) => parseReceivedSpf(text) ?? 'none',
  'Authentication-Results': parseAuthenticationResults,
  'DNS message': (text) => decodeAnswer(bytesOf(text), { id: 0, name: 'shop.example', type: 'TXT' }),
};

/** Pieces that parsers look for, so that random text gets past their first question. */
const PIECES = [
  'v=spf1 ',
  'v=DKIM1;',
  'v=DMARC1;',
  'v=STSv1;',
  'version: STSv1\n',
  'p=',
  'include:',
  'ip4:',
  '%{',
  '}',
  '=?utf-8?b?',
  '?=',
  '"',
  '\\',
  '(',
  ')',
  '<',
  '>',
  '@',
  ';',
  ':',
  ',',
  '\r\n ',
  '\n',
  '\t',
  ' ',
  '=',
  '/',
  '.',
  'xn--',
  '\0',
  '\xff',
  'from ',
  ' by ',
  'mailto:',
  '!10m',
  '-all',
  'mx: ',
  'rua=',
  'a',
  '0',
  '1',
];
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })), { maxLength: 40 })
    .map((parts) => parts.join('')),
);

test(`${Object.keys(parsers).length} parsers take anything without a throw`, () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const [name, parse] of Object.entries(parsers)) assert.notEqual(parse(text), undefined, name);
    }),
    { seed: 5, numRuns: 4000 },
  );
});

test('64 KB of one piece over and over is read by every parser, none of them for long', () => {
  // A quadratic parser would need minutes for these; the run's time limit is the check.
  for (const piece of PIECES) {
    const text = piece.repeat(Math.ceil(65_536 / piece.length));
    for (const [name, parse] of Object.entries(parsers)) {
      if (name === 'DNS message') continue;
      assert.notEqual(parse(`v=spf1 ${text}`), undefined, name);
      assert.notEqual(parse(text), undefined, name);
    }
  }
});
