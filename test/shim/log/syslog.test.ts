// Lines to logger(1): here a script that notes how it was called and what it read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SyslogProcesses } from '../../../shim/log/syslog.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { waitFor } from '../../support/wait.ts';

function within(run: (folder: TemporaryFolder, logger: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = temporaryFolder('mailshim-syslog-');
    const noted = folder.join('noted');
    const logger = folder.write(
      'logger',
      `#!/bin/sh\necho "start $*" >>${noted}\nwhile read -r line; do echo "$line" >>${noted}; [ "$line" != end ] || exit; done\n`,
      0o755,
    );
    try {
      await run(folder, logger);
    } finally {
      folder.remove();
    }
  };
}

const notedIn = (folder: TemporaryFolder) => readFileSync(folder.join('noted'), 'utf8').trimEnd().split('\n');

test(
  'one process for each facility reads all lines',
  within(async (folder, logger) => {
    const complaints: string[] = [];
    const syslog = new SyslogProcesses(({ id }) => complaints.push(id), [logger]);
    assert.deepEqual(syslog.write('LOG_MAIL', ['one', 'two']), []);
    assert.deepEqual(syslog.write('LOG_MAIL', ['three']), []);
    await syslog.end();
    assert.deepEqual(notedIn(folder), ['start -t mailshim -p mail.info', 'one', 'two', 'three']);
    assert.deepEqual(complaints, []);
  }),
);

test(
  'one that ended is started again',
  within(async (folder, logger) => {
    const syslog = new SyslogProcesses(({ text }) => assert.fail(text), [logger]);
    syslog.write('on', ['end']);
    await waitFor(
      () => syslog.size === 0,
      () => 'the logger has not ended',
    );
    syslog.write('on', ['again']);
    await syslog.end();
    const start = 'start -t mailshim -p user.info';
    assert.deepEqual(notedIn(folder), [start, 'end', start, 'again']);
  }),
);

test(
  'a missing logger is reported, and ends nothing',
  within(async (folder) => {
    const complaints: string[] = [];
    const syslog = new SyslogProcesses(({ id }) => complaints.push(id), [folder.join('a'), folder.join('b')]);
    syslog.write('on', ['lost']);
    await waitFor(
      () => complaints.length > 0,
      () => 'nothing was reported',
    );
    await syslog.end();
    assert.deepEqual([...new Set(complaints)], ['log.logger']);
  }),
);
