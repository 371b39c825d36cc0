// Bodies: line ends, dots, 8-bit text, long lines, octets that do not belong there.
import { type CompatCase, HEAD, PLAIN, TO } from './case.ts';

const t = (name: string, body: string, ...args: string[]): CompatCase => ({
  name,
  args: ['-t', ...args],
  input: `${HEAD}${TO}\n${body}`,
});

export const bodyCases: readonly CompatCase[] = [
  { name: 'CRLF', args: ['-t', '-i'], input: PLAIN.replaceAll('\n', '\r\n') },
  {
    name: 'header with CRLF, body with LF',
    args: ['-t', '-i'],
    input: `${`${HEAD}${TO}\n`.replaceAll('\n', '\r\n')}Hello\nyou\n`,
  },
  { name: 'CR CR LF', args: ['-t', '-i'], input: PLAIN.replaceAll('\n', '\r\r\n') },
  t('CR inside a line', 'one\rtwo\n', '-i'),
  t('lone dot with -i', 'one\n.\ntwo\n', '-i'),
  t('lone dot without -i', 'one\n.\ntwo\n'),
  t('lines that begin with dots', '.one\n..two\n', '-i'),
  t('no line end at the end', 'Hello', '-i'),
  t('empty body', '', '-i'),
  t('trailing blanks', 'Hello  \n\t\n', '-i'),
  t('“From ” in the body', 'From here\n', '-i'),
  t('8-bit body', '\xd0\x9f\xd1\x80\n', '-i'),
  t('line of 998', `${'x'.repeat(998)}\n`, '-i'),
  t('line of 1200', `${'x'.repeat(1200)}\n`, '-i'),
  t('line of 3000', `${'x'.repeat(3000)}\n`, '-i'),
  t('NUL', 'one\0two\n', '-i'),
  t('control characters', 'one\x07\x1btwo\n', '-i'),
  t('800 000 octets', `${'0123456789'.repeat(7)}\n`.repeat(11_500), '-i'),
];
