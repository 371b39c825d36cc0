// docs/tutorial.md, sat through: its commands as they stand, on bare machines, from nothing to 10 out of 10.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/peers.ts';
import { type Sitting, sittingMissing, startSitting, WORKER } from '../support/sitting.ts';
import { blocksIn, says } from './pages.ts';

const skip = needs('php-fpm8.2', 'php-fpm').missing || sittingMissing();

/** The part with an own relay; what stands below is another way. */
function sittingOf(page: string) {
  const blocks = blocksIn(page);
  const last = blocks.findIndex(({ mark }) => mark === 'check: mailshimrc');
  return blocks.slice(0, last).filter(({ mark }) => /^(?:run: (?:shop|relay)|prints|sitting: publish)$/.test(mark));
}

for (const page of ['docs/tutorial.md', 'docs/tutorial.ru.md'])
  describe(page, { skip }, () => {
    let sitting: Sitting;
    before(async () => {
      sitting = await startSitting();
    });
    after(() => sitting?.stop());

    test('leads from nothing to 10 out of 10, and every command says what the page shows', async () => {
      const blocks = sittingOf(page);
      assert.ok(blocks.filter(({ mark }) => mark.startsWith('run: ')).length >= 7);
      let said = '';
      let zone = '';
      for (const { mark, text, line } of blocks) {
        if (mark === 'sitting: publish') {
          await sitting.serve({ 'shop.example': zone, '113.0.203.in-addr.arpa': '25 PTR mail.shop.example.\n' });
          continue;
        }
        if (mark === 'prints') {
          assert.ok(says(text, said), `${page}:${line}: it says\n${said}\n${await sitting.log()}`);
          continue;
        }
        const machine = mark === 'run: shop' ? sitting.shop : sitting.relay;
        const script = text.replaceAll('https://mailshim.example.workers.dev', WORKER);
        const ran = await machine.run('bash', ['-e', '-c', `cd /; ${script}`]);
        assert.equal(ran.code, 0, `${page}:${line}: ${ran.stdout}${ran.stderr}`);
        said = ran.stdout;
        // The zone fragment as it is printed, up to the empty line.
        zone = /^\$ORIGIN shop\.example\.\n[\s\S]*?\n(?=\n)/m.exec(said)?.[0] ?? zone;
      }
    });
  });
