// Mails signed by the built shim, through one and two real Postfixes, verified by opendkim, dkimpy and the engine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { verifyDkim } from '../../shared/dkim/verify.ts';
import { KEY_NAMES, keyZone, MESSAGES, testKey } from '../shared/dkim/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { accountFor, type Postfix, startPostfix, withoutTrace } from '../support/postfix.ts';
import { runShim } from '../support/program.ts';

const postfixPeer = needs('postfix', 'postfix');
const opendkim = needs('opendkim', 'opendkim');
const python = needs('python3', 'python3-dkim python3-nacl');
const skip =
  postfixPeer.missing ||
  opendkim.missing ||
  python.missing ||
  (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

const CUSTOMER = 'customer@customer.example';
/** Behind a second Postfix, which takes 8-bit text, and behind one that does not: there the first has to convert it. */
const FAR = 'customer@far.example';
const OLD = 'customer@old.example';
const HEAD =
  'From: "Shop" <shop@shop.example>\nTo: customer@customer.example\nSubject: order\nDate: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1@shop.example>\n';
const mails: Record<string, string> = {
  ...MESSAGES,
  'LF line ends': `${HEAD}\nThank you.\n`,
  'mixed line ends and a bare CR': `${HEAD}\none\r\ntwo\nthree\rfour\r\r\nfive`,
  '8-bit text': `${HEAD}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nЗаказ принят — спасибо!\n`,
  'lines over 998 octets': `${HEAD}\n${'long '.repeat(700)}\n${'x'.repeat(998)}\n${'y'.repeat(999)}\nend\n`,
  'header lines over 998 octets': `${HEAD}X-Words: ${'ten chars '.repeat(210)}\nX-One: ${'z'.repeat(2100)}\n\tend\n\nbody\n`,
  'dots and trailing blanks': `${HEAD}\n.\n..\n.a \t\n \n\n\n`,
  '8-bit text without a label, as mail() sends it': `${HEAD}MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p title="=">Спасибо! </p> \n.\n`,
  'ASCII that is called 8-bit': `${HEAD}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\na = b \n`,
  '8-bit text in parts': `${HEAD}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="a"\nContent-Transfer-Encoding: 8bit\n\nпред\n--a\nContent-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nДа = да\n.\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n<p>${'длинно '.repeat(300)}</p>\n--b--\n--a\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nSubject: in\nContent-Transfer-Encoding: 8bit\n\nнет\n--a\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\niVBORw0K\n--a--\n`,
  'a long line of HTML': `${HEAD}MIME-Version: 1.0\nContent-Type: text/html\n\n<p>${'word '.repeat(900)}</p>\n`,
  'missing headers': 'To: customer@customer.example\nSubject: bare\n\nbody\n',
};

describe('DKIM by the shim', { skip }, () => {
  let postfix: Postfix;
  let far: Postfix;
  let old: Postfix;
  const folder = temporaryFolder();
  before(async () => {
    far = await startPostfix({ users: [FAR], main: ['myhostname = mx.far.example'] });
    old = await startPostfix({
      users: [OLD],
      main: ['myhostname = mx.old.example', 'smtpd_discard_ehlo_keywords = 8bitmime, smtputf8'],
    });
    const route = (to: Postfix) => `smtp:[127.0.0.1]:${to.clearPort}`;
    postfix = await startPostfix({
      users: [CUSTOMER],
      main: [`transport_maps = inline:{{far.example = ${route(far)}}, {old.example = ${route(old)}}}`],
    });
    chmodSync(folder.path, 0o755);
    for (const name of KEY_NAMES) writeFileSync(folder.join(`${name}.pem`), (await testKey(name)).pem, { mode: 0o600 });
  });
  after(async () => {
    for (const each of [postfix, far, old]) await each?.stop();
    folder.remove();
  });
  const config = (lines: readonly string[]) => folder.write('rc', accountFor(postfix, lines));
  const both = () => [
    'dkim_domain shop.example',
    'dkim_selector rsa2048 ed25519',
    `dkim_key ${folder.join('rsa2048.pem')} ${folder.join('ed25519.pem')}`,
  ];
  const send = (lines: readonly string[], input: string, to = [CUSTOMER]) =>
    runShim(['-C', config(lines), '-i', ...to], { input: Buffer.from(input, 'utf8') });

  for (const [name, mail] of Object.entries(mails)) {
    test(`RSA and Ed25519 together: ${name}`, async () => {
      const ran = await send(both(), mail, [CUSTOMER, FAR, OLD]);
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      for (const [relay, user] of [
        [postfix, CUSTOMER],
        [far, FAR],
        [old, OLD],
      ] as const) {
        const [delivered] = await relay.received(user);
        await verifies(name, user, delivered!);
      }
    });
  }

  async function verifies(name: string, user: string, delivered: string): Promise<void> {
    const octets = Buffer.from(delivered, 'latin1');
    const outcome = await verifyDkim(octets, await keyZone(), new Date());
    assert.deepEqual(
      outcome.signatures.map(({ result, algorithm }) => `${algorithm} ${result}`).sort(),
      ['ed25519-sha256 pass', 'rsa-sha256 pass'],
      `${user}: ${JSON.stringify(outcome.signatures.map(({ problem }) => problem))}\n${delivered.slice(0, 4000)}`,
    );
    assert.ok(
      delivered.split('\n').every((line) => line.length <= 999),
      'a line that the relay would break',
    );
    assert.deepEqual(verifiedByPython(octets, folder.join('zone.json'), await zoneRecords()), [true, true], user);
    const file = folder.join('signed.eml');
    // What Postfix wrote in front is of its delivery, not of the mail.
    writeFileSync(file, Buffer.from(withoutTrace(delivered), 'latin1'));
    const keys = folder.write(
      'keys',
      Object.entries(await zoneRecords())
        .map(([key, record]) => `${key} ${record}\n`)
        .join(''),
    );
    const conf = folder.write('opendkim.conf', `Syslog no\nMode v\nTestPublicKeys ${keys}\n`);
    // The obsolete blank before a colon is lost in opendkim's own test mode.
    if (name === 'obsolete colon') return;
    const said = execFileSync(opendkim.path, ['-x', conf, '-vvv', '-t', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert.match(said, /dkim=pass/, user);
  }

  const refused: [what: string, lines: () => string[], said: RegExp][] = [
    [
      'a key that is not there',
      () => ['dkim_domain shop.example', 'dkim_selector a', `dkim_key ${folder.join('none.pem')}`],
      /dkim_key \S+none\.pem: no such file; the mail was not sent/,
    ],
    [
      'a file that is no key',
      () => ['dkim_domain shop.example', 'dkim_selector a', `dkim_key ${folder.write('text.pem', 'hello\n')}`],
      /dkim_key \S+text\.pem: .*; the mail was not sent/,
    ],
    [
      'a key that others may read',
      () => {
        chmodSync(folder.join('rsa4096.pem'), 0o644);
        return ['dkim_domain shop.example', 'dkim_selector a', `dkim_key ${folder.join('rsa4096.pem')}`];
      },
      /its mode 0644 lets other users read/,
    ],
    [
      'one key for two selectors',
      () => ['dkim_domain shop.example', 'dkim_selector a b', `dkim_key ${folder.join('rsa2048.pem')}`],
      /:\d+: .*1 dkim_key for 2 dkim_selector/,
    ],
    ['a key without a domain', () => ['dkim_selector a', `dkim_key ${folder.join('rsa2048.pem')}`], /no dkim_domain/],
    [
      'a domain that is none',
      () => ['dkim_domain -', 'dkim_selector rsa2048', `dkim_key ${folder.join('rsa2048.pem')}`],
      /DKIM: .*; the mail was not sent/,
    ],
  ];
  for (const [what, lines, said] of refused) {
    test(`${what} is an error, never an unsigned mail`, async () => {
      const ran = await send(lines(), mails['LF line ends']!);
      assert.equal(ran.code, 78, ran.stderr);
      assert.match(ran.stderr, said);
      assert.equal(ran.stderr.trim().split('\n').length, 1);
    });
  }

  test('nothing of the refused ones has arrived', async () => {
    const ran = await send(both(), `${HEAD}X-Last: yes\n\nlast\n`);
    assert.equal(ran.code, 0);
    const mailbox = await postfix.received(CUSTOMER);
    assert.equal(mailbox.length, 1);
    assert.match(mailbox[0]!, /X-Last: yes/);
  });
});

async function zoneRecords(): Promise<Record<string, string>> {
  const zone: Record<string, string> = {};
  for (const name of KEY_NAMES) zone[`${name}._domainkey.shop.example`] = (await testKey(name)).record;
  return zone;
}

/** Each signature's verdict by dkimpy. */
function verifiedByPython(message: Buffer, file: string, zone: Record<string, string>): boolean[] {
  writeFileSync(file, JSON.stringify({ zone, message: message.toString('base64') }));
  const script = `
import sys, json, base64, dkim
job = json.load(open(sys.argv[1]))
def txt(name, timeout=5):
    return job['zone'].get(name.decode().rstrip('.'), '').encode()
d = dkim.DKIM(base64.b64decode(job['message']))
print(json.dumps([d.verify(idx=i, dnsfunc=txt) for i in range(2)]))`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' })) as boolean[];
}
