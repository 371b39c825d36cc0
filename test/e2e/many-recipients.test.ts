// A mail to more recipients than a default Postfix takes at once (smtpd_recipient_limit 1000): each gets it, and gets it once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { accountFor, type Postfix, startPostfix } from '../support/postfix.ts';
import { runShim } from '../support/program.ts';

const peer = needs('postfix', 'postfix');
const skip = peer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
const COUNT = 2100;

describe('2,100 recipients', { skip }, () => {
  const folder = temporaryFolder();
  let postfix: Postfix;
  before(async () => {
    postfix = await startPostfix({ users: ['all@many.example'], main: ['virtual_mailbox_maps = static:all/'] });
  });
  after(async () => {
    await postfix?.stop();
    folder.remove();
  });

  for (const [name, lines] of [
    ['fifty at a time', []],
    ['in transactions that are larger than its limit', ['relay_recipients 1500']],
  ] as const) {
    test(name, async () => {
      const wanted = Array.from({ length: COUNT }, (_, at) => `r${at}@many.example`);
      const config = folder.write('rc', accountFor(postfix, ['submit_deadline 300', ...lines]));
      const { code, stderr } = await runShim(['-C', config, '-t', '-i'], {
        input: `From: shop@shop.example\nTo: undisclosed-recipients:;\nBcc: ${wanted.join(',\n ')}\nSubject: s\n\nb\n`,
        env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
      });
      assert.deepEqual([code, stderr], [0, '']);
      const messages: string[] = [];
      while (messages.length < COUNT) messages.push(...(await postfix.received('all')));
      const served = messages.map((message) => /^Delivered-To: (.*)$/m.exec(message)?.[1]);
      assert.deepEqual(served.sort(), wanted.sort());
      assert.equal((await postfix.received('all', 0)).length, 0);
    });
  }
});
