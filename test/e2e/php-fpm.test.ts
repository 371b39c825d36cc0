// mail() in a page under php-fpm, where the shim has neither PATH nor rights, on to a real Postfix; 1C-Bitrix's check of the hosting.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { installInto } from '../support/installed.ts';
import { needs } from '../support/peers.ts';
import { freePorts } from '../support/ports.ts';
import { type Postfix, startPostfix, withoutTrace } from '../support/postfix.ts';
import { run } from '../support/program.ts';

const CUSTOMER = 'customer@customer.example';
const ARCHIVE = 'archive@shop.example';
const REFUSED = 'nobody@customer.example';
const isRoot = process.getuid?.() === 0;

// The daemon carries PHP's version in its name.
const fpm = needs(readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name)) ?? 'php-fpm', 'php-fpm');
const fcgi = needs('cgi-fcgi', 'libfcgi-bin');
const nginx = needs('nginx', 'nginx-light');
const postfixPeer = needs('postfix', 'postfix');

/** The program where `mailshim install` puts it, which names its Node by an absolute path. */
const folder = temporaryFolder();
const sendmail = folder.join('sbin/sendmail');
before(() => installInto(folder, sendmail));
after(() => folder.remove());

describe('php-fpm with its empty environment', {
  skip: fpm.missing || fcgi.missing || postfixPeer.missing || (isRoot ? false : 'Postfix needs root to start'),
}, () => {
  let postfix: Postfix;
  let daemon: ChildProcess;
  before(async () => {
    postfix = await startPostfix({ users: [CUSTOMER, ARCHIVE] });
    chmodSync(postfix.caFile, 0o644);
    const ca = folder.write('ca.pem', readFileSync(postfix.caFile, 'utf8'), 0o644);
    const config = folder.write(
      'fpm-rc',
      `account default\nhost localhost\nport ${postfix.implicitPort}\ntls on\ntls_starttls off\ntls_trust_file ${ca}\nfrom orders@shop.example\npreflight off\n`,
      0o644,
    );
    folder.write('mail.php', PAGE, 0o644);
    daemon = await startFpm(`${sendmail} -C ${config} --lock -t -i`);
  });
  after(async () => {
    await ended(daemon);
    await postfix?.stop();
  });

  /** What a page does with its request: one call of mail(), and what the page knows afterwards. */
  const PAGE = `<?php
$call = json_decode(file_get_contents('php://input'));
$start = microtime(true);
$returned = mail($call->to, $call->subject, $call->body, $call->headers, $call->parameters);
$took = microtime(true) - $start;
echo json_encode(['returned' => $returned, 'milliseconds' => round($took * 1000), 'uid' => (int) shell_exec('/usr/bin/id -u'),
  'environment' => shell_exec('/usr/bin/env')]);
`;
  interface Page {
    returned: boolean;
    milliseconds: number;
    uid: number;
    environment: string;
  }

  async function startFpm(sendmailPath: string): Promise<ChildProcess> {
    const file = folder.write(
      'fpm.conf',
      `[global]
error_log = ${folder.join('fpm.log')}
daemonize = no
[shop]
user = nobody
group = nogroup
listen = ${folder.join('fpm.sock')}
listen.mode = 0666
pm = static
pm.max_children = 1
catch_workers_output = yes
php_admin_value[sendmail_path] = "${sendmailPath}"
`,
    );
    const child = spawn(fpm.path, ['-F', '-n', '-y', file], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    for (let attempt = 0; attempt < 200 && !existsSync(folder.join('fpm.sock')); attempt++) {
      assert.equal(child.exitCode, null, 'php-fpm does not start');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return child;
  }

  async function request(call: Record<'to' | 'subject' | 'body', string> & { headers?: string; parameters?: string }) {
    const input = JSON.stringify({ headers: '', parameters: '', ...call });
    const ran = await run(fcgi.path, ['-bind', '-connect', folder.join('fpm.sock')], {
      input,
      env: {
        SCRIPT_FILENAME: folder.join('mail.php'),
        REQUEST_METHOD: 'POST',
        CONTENT_TYPE: 'application/json',
        CONTENT_LENGTH: String(Buffer.byteLength(input)),
      },
    });
    // Whatever the shim printed would stand in the page and break the JSON.
    const page = ran.stdout.slice(ran.stdout.indexOf('\r\n\r\n') + 4);
    assert.match(page, /^\{/, ran.stdout + ran.stderr);
    return JSON.parse(page) as Page;
  }

  test('mail() arrives though there is no PATH, by another user than root', async () => {
    const page = await request({ to: CUSTOMER, subject: 'Order 7', body: 'Thanks.\n.\n' });
    assert.equal(page.returned, true);
    assert.notEqual(page.uid, 0);
    assert.doesNotMatch(page.environment, /^PATH=/m);
    const [delivered] = await postfix.received(CUSTOMER);
    assert.match(
      withoutTrace(delivered!),
      /^From: orders@shop\.example\nDate: [^\n]+\nMessage-ID: <[^\n]+>\nTo: customer@customer\.example\nSubject: Order 7\n\nThanks\.\n\.\n\n$/,
    );
  });

  test('a refused recipient is false for the page and one line in the log of php-fpm', async () => {
    const page = await request({ to: REFUSED, subject: 's', body: 'b' });
    assert.equal(page.returned, false);
    assert.match(
      readFileSync(folder.join('fpm.log'), 'utf8'),
      /"mailshim: [^\n]*nobody@customer\.example: 550 5\.1\.1 /,
    );
  });

  test("the sender of mail()'s fifth parameter is taken; words smuggled into it write nothing and send nothing", async () => {
    assert.equal(
      (await request({ to: CUSTOMER, subject: 's', body: 'b', parameters: '-fbounce@shop.example' })).returned,
      true,
    );
    const [delivered] = await postfix.received(CUSTOMER);
    assert.match(delivered!, /^Return-Path: <bounce@shop\.example>\n/);
    const stolen = folder.join('home/x.php');
    chmodSync(folder.join('home'), 0o777);
    // What escapeshellcmd leaves of CVE-2016-10033.
    const attack = await request({
      to: CUSTOMER,
      subject: '<?php evil();',
      body: 'b',
      parameters: `-f"attacker\\" -oQ/tmp -X${stolen} some"@shop.example`,
    });
    const other = await request({
      to: CUSTOMER,
      subject: 's',
      body: 'b',
      parameters: `--logfile=${stolen}`,
    });
    assert.deepEqual([attack.returned, other.returned, existsSync(stolen)], [false, false, false]);
    assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
  });

  test('behind nginx: nothing of the request comes into the environment of the shim', {
    skip: nginx.missing,
  }, async () => {
    const [port] = (await freePorts(1)) as [number];
    mkdirSync(folder.join('nginx'));
    const file = folder.write(
      'nginx.conf',
      `daemon off;
pid ${folder.join('nginx.pid')};
error_log ${folder.join('nginx.log')};
events {}
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder.join(`nginx/${name}`)};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / {
      fastcgi_pass unix:${folder.join('fpm.sock')};
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param SCRIPT_FILENAME ${folder.join('mail.php')};
      fastcgi_param REQUEST_METHOD $request_method;
    }
  }
}
`,
    );
    const server = spawn(nginx.path, ['-c', file, '-e', folder.join('nginx.log')], { stdio: 'ignore' });
    try {
      for (let attempt = 0; attempt < 200 && !existsSync(folder.join('nginx.pid')); attempt++) {
        assert.equal(server.exitCode, null, 'nginx does not start');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        // CVE-2016-5385: a request header that becomes HTTP_PROXY.
        headers: { Proxy: '127.0.0.1:1' },
        body: JSON.stringify({ to: CUSTOMER, subject: 'Order 8', body: 'Thanks.', headers: '', parameters: '' }),
      });
      const text = await response.text();
      assert.match(text, /^\{/);
      const page = JSON.parse(text) as Page;
      assert.equal(page.returned, true);
      const names = page.environment
        .trimEnd()
        .split('\n')
        .map((line) => line.split('=')[0]!);
      assert.deepEqual(
        names.filter((name) => !['USER', 'HOME', 'PWD', '_'].includes(name)),
        [],
      );
      const [delivered] = await postfix.received(CUSTOMER);
      assert.match(delivered!, /\nSubject: Order 8\n/);
    } finally {
      await ended(server);
    }
  });

  test("1C-Bitrix's check of the hosting: 0.8 MB, no From, BCC, a folded subject", async (t) => {
    const lines = [
      '<?php // every line of a program, ten times over',
      '.',
      '..',
      `$a = array(${'"value", '.repeat(200)});`,
      '    .$text."\\n"',
      '',
    ];
    const body = `${lines.join('\n')}\n`.repeat(480);
    assert.ok(body.length > 800_000);
    const page = await request({
      to: CUSTOMER,
      subject: 'Bitrix site checker,\r\n\tbig mail',
      body,
      headers: `BCC: ${ARCHIVE}`,
    });
    t.diagnostic(`mail() with ${body.length} octets took ${page.milliseconds} ms (1C-Bitrix allows 1000)`);
    assert.equal(page.returned, true);
    const [delivered] = await postfix.received(CUSTOMER);
    const [hidden] = await postfix.received(ARCHIVE);
    const message = withoutTrace(delivered!);
    // Its lines are longer than a relay must accept: they leave encoded, and a reader sees what was sent.
    assert.match(message, /\nContent-Transfer-Encoding: quoted-printable\n/);
    assert.ok(message.split('\n').every((line) => line.length <= 998));
    const text = message
      .slice(message.indexOf('\n\n') + 2)
      .replace(/=\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    assert.equal(text, `${body}\n`);
    assert.match(message, /^From: orders@shop\.example\n[\s\S]*?\nSubject: Bitrix site checker,\n\tbig mail\n/);
    assert.doesNotMatch(message.slice(0, message.indexOf('\n\n')), /^bcc/im);
    assert.equal(withoutTrace(hidden!), message);
  });
});

/** Until the process is gone. */
function ended(child: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
