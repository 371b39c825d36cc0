// The log line beside msmtp's own, for the same mail on the same relay: the same but for the words of an error.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { run, runShim } from '../../support/program.ts';
import { type SinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';

const msmtp = needs('msmtp', 'msmtp');
const folder = temporaryFolder();
after(() => folder.remove());
const INPUT = `From: f@x.example
Date: Tue, 24 Nov 2026 06:24:08 +0000
Message-ID: <2@x.example>
To: a@x.example

body
no line end at the end`;

const login = { user: 'u', password: 'p' };
const cases: [name: string, relay: SinkOptions, directives: string, args: string[]][] = [
  ['taken, two recipients', {}, '', ['a@x.example', 'b@x.example']],
  ['taken, recipients of the header too', {}, '', ['-t', 'b@x.example']],
  ['the null sender', {}, '', ['-f', '<>', 'a@x.example']],
  ['another time format', {}, 'logfile_time_format %Y-%m-%d', ['a@x.example']],
  ['after a login', { login }, 'auth plain\nuser u\npassword p', ['a@x.example']],
  ['a wrong password', { login }, 'auth plain\nuser u\npassword q', ['a@x.example']],
  ['no login on offer', {}, 'auth on\nuser u\npassword q', ['a@x.example']],
  ['a recipient refused', { refuse: { 'a@x.example': "550 5.1.1 it's nobody" } }, '', ['a@x.example']],
  ['a recipient put off', { refuse: { 'a@x.example': '450 4.2.0 grey' } }, '', ['a@x.example']],
  ['the message refused, not in ASCII', { refuseData: '554 5.7.1 spam \u00e9' }, '', ['a@x.example']],
];

describe('the log beside msmtp', { skip: msmtp.missing }, () => {
  for (const [name, relay, directives, args] of cases) {
    test(name, async () => {
      const sink = await startSmtpSink({ secure: true, ...relay });
      try {
        const log = folder.write('log', '');
        const lines = [
          'host localhost',
          `port ${sink.port}`,
          'tls on',
          'tls_starttls off',
          `tls_trust_file ${folder.write('ca.pem', sink.ca)}`,
          'from f@x.example',
          `logfile ${log}`,
          '#mailshim: preflight off',
          '#mailshim: spool off',
          directives,
        ];
        const config = folder.write('rc', `${lines.join('\n')}\n`);
        await run(msmtp.path, ['-C', config, ...args], { input: INPUT });
        await runShim(['-C', config, ...args], { input: INPUT });
        const general = (line: string) =>
          line
            .replace(/^\w{3} \d\d \d\d:\d\d:\d\d (?=host=)/, 'TIME ')
            // Ours alone, so that a bounce finds its mail; of what the relay accepted.
            .replace(/(?<=mailsize=.*) messageid=2@x\.example(?= exitcode=)/, '')
            .replace(/errormsg='[^']*' exitcode=EX_(?!OK$)\w+$/, 'ERROR');
        const [theirs, ours, ...more] = readFileSync(log, 'utf8').trimEnd().split('\n').map(general);
        assert.match(theirs!, /^(TIME|\d{4}-\d\d-\d\d) host=localhost tls=on .*(exitcode=EX_OK|ERROR)$/);
        assert.equal(ours, theirs);
        assert.deepEqual(more, []);
      } finally {
        await sink.stop();
      }
    });
  }
});
