// Log lines as msmtp writes them; the end-to-end test compares them with msmtp's own.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { formatTime, logText } from '../../../shim/log/line.ts';
import { writeLog } from '../../../shim/log/write.ts';
import { diagnostic } from '../../../shim/messages/catalogue.ts';
import { temporaryFolder } from '../../support/folder.ts';

const base = {
  host: 'relay.example',
  tls: true,
  auth: true,
  user: 'u',
  from: 'f@x.example',
  recipients: ['a@x.example', 'b@x.example'],
};

test('success', () => {
  assert.equal(
    logText({ ...base, mailsize: 139, reply: '250 2.0.0 Ok: queued as ABC', code: 0 }),
    "host=relay.example tls=on auth=on user=u from=f@x.example recipients=a@x.example,b@x.example mailsize=139 smtpstatus=250 smtpmsg='250 2.0.0 Ok: queued as ABC' exitcode=EX_OK",
  );
});

test('failure: no mailsize, no user without auth', () => {
  assert.equal(
    logText({
      ...base,
      auth: false,
      recipients: ['a@x.example'],
      reply: '550-no\r\n550 such user',
      error: 'it failed',
      code: 65,
    }),
    "host=relay.example tls=on auth=off from=f@x.example recipients=a@x.example smtpstatus=550 smtpmsg='550-no\\n550 such user' errormsg='it failed' exitcode=EX_DATAERR",
  );
});

test('text of a server or a caller cannot end the field or forge a line', () => {
  const text = logText({ ...base, from: 'a b\n@x', reply: "250 it's\u001b[2J\nexitcode=EX_OK", code: 65 });
  assert.doesNotMatch(text, /[\x00-\x1f\x7f]/);
  assert.match(text, /smtpmsg='250 it\?s\?\[2J\\nexitcode=EX_OK' exitcode=EX_DATAERR$/);
  assert.match(text, / from=a\?b\?@x /);
});

test('times in the C locale, any format', () => {
  const time = new Date(2026, 10, 4, 6, 4, 8);
  assert.equal(formatTime('%b %d %H:%M:%S', time), 'Nov 04 06:04:08');
  assert.equal(formatTime('%Y-%m-%dT%T %e %j %p %% %Q', time), '2026-11-04T06:04:08  4 308 AM % %Q');
});

test('the file is made for its owner alone and appended to; a log that cannot be written is only complained of', () => {
  const folder = temporaryFolder();
  try {
    const settings = { logfile: folder.join('log'), logTimeFormat: '%H' };
    const now = new Date(2026, 0, 1, 7);
    assert.deepEqual(writeLog(settings, ['one', 'two'], now), []);
    assert.deepEqual(writeLog(settings, ['three'], now), []);
    assert.equal(readFileSync(folder.join('log'), 'utf8'), '07 one\n07 two\n07 three\n');
    assert.equal(statSync(folder.join('log')).mode & 0o777, 0o600);
    const complaints = writeLog({ ...settings, logfile: folder.join('absent/log') }, ['line'], now);
    assert.deepEqual(complaints, [
      diagnostic('log.file', { file: folder.join('absent/log'), why: 'no such file', lines: 'line' }),
    ]);
  } finally {
    folder.remove();
  }
});
