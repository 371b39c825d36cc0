// Mails as real programs make them: nodemailer's composer, read by ours and by Python's email package, which have to agree.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { inspectContent } from '../../../shared/content/inspect.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { needs } from '../../support/peers.ts';
import { NOW } from './messages.ts';

const python = needs('python3', 'python3');
const LETTER = 'Спасибо за заказ № 1042! Мы отправим его завтра, и вы получите ещё одно письмо.';
const LONG = `${LETTER} `.repeat(60);
const base = { from: 'Магазин <orders@shop.example>', to: 'anna@client.example', subject: 'Заказ 1042', date: NOW };
const file = { filename: 'счёт № 1042 (копия).pdf', content: Buffer.alloc(3000, 7) };

type Mail = ConstructorParameters<typeof MailComposer>[0];
const MAILS: Record<string, Mail> = {
  'plain ASCII': { ...base, subject: 'Order', text: 'Thank you for your order.' },
  'plain Russian': { ...base, text: LETTER },
  'a long paragraph': { ...base, text: LONG },
  'base64 text': { ...base, text: LONG, textEncoding: 'base64' },
  'text and HTML': { ...base, text: LETTER, html: `<p>${LETTER}</p><a href="https://shop.example/o">Заказ</a>` },
  'text, HTML and a file': { ...base, text: LETTER, html: `<p>${LETTER}</p>`, attachments: [file] },
  'a picture within': {
    ...base,
    text: LETTER,
    html: `<p>${LETTER}</p><img alt="" src="cid:logo">`,
    attachments: [{ filename: 'logo.png', content: Buffer.alloc(90, 1), cid: 'logo' }, file],
  },
  'a calendar': { ...base, text: LETTER, icalEvent: { content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR' } },
  'a list': {
    ...base,
    text: LETTER,
    headers: {
      'List-Unsubscribe': '<https://shop.example/u?id=1>',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  },
};
const made = (mail: Mail): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    new MailComposer(mail).compile().build((error, message) => (error ? reject(error) : resolve(message)));
  });
const inspect = (message: Uint8Array) => inspectContent(message, { arrival: NOW.getTime(), registrableDomain });

test('mails of a good composer have nothing wrong about them', async () => {
  for (const [name, mail] of Object.entries(MAILS)) {
    const facts = inspect(await made(mail));
    assert.deepEqual(facts.headers.problems, [], name);
    assert.deepEqual(facts.structureProblems, [], name);
    assert.deepEqual(facts.decodeProblems, [], name);
    const { longLines, bareLf, bareCr, nul, eightBitHead } = facts.octets;
    assert.deepEqual([longLines, bareLf, bareCr, nul, eightBitHead], [0, 0, 0, 0, false], name);
  }
  assert.equal(inspect(await made(MAILS['a list']!)).unsubscribe.oneClick, true);
});

const SCRIPT = `
import sys, json, base64, email, email.policy
found = []
for raw in json.load(sys.stdin):
    mail = email.message_from_bytes(base64.b64decode(raw), policy=email.policy.default)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    found.append({
        'parts': [part.get_content_type() for part in parts],
        'files': [part.get_filename() for part in parts if part.get_filename()],
        'characters': [len(''.join(part.get_content().split())) for part in parts if part.get_content_type() == 'text/plain'][:1],
        'subject': str(mail['subject']),
    })
print(json.dumps(found))`;

test('parts, file names, text and subject are those that Python reads', { skip: python.missing }, async () => {
  const mails = await Promise.all(Object.values(MAILS).map(made));
  const input = JSON.stringify(mails.map((mail) => mail.toString('base64')));
  const theirs = JSON.parse(execFileSync(python.path, ['-c', SCRIPT], { input, encoding: 'utf8' })) as unknown[];
  const ours = mails.map((mail) => {
    const { parts, attachments, text, headers } = inspect(mail);
    return {
      parts: parts.map(({ type }) => type),
      files: attachments.map(({ name }) => name),
      characters: text === undefined ? [] : [text.characters],
      subject: headers.subject,
    };
  });
  // A picture of the text does not count as an attachment.
  const within = theirs[Object.keys(MAILS).indexOf('a picture within')] as { files: string[] };
  within.files = within.files.filter((name) => name !== 'logo.png');
  assert.deepEqual(ours, theirs);
});
