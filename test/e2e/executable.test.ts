// The executable itself: nothing of the folder it is run in, the name it is called by, its checksum.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { executableFile } from '../../scripts/executable.ts';
import { environment, missing, runBoth } from '../support/executable.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { run } from '../support/program.ts';

const folder = temporaryFolder('mailshim-executable-');
after(() => folder.remove());

describe('the executable by itself', { skip: missing }, () => {
  test('neither variables nor code come from the folder that it is run in', async () => {
    const place = temporaryFolder('mailshim-place-');
    try {
      const left = place.join('left');
      const code = place.write('evil.js', `require('node:fs').writeFileSync(${JSON.stringify(left)}, 'ran');`);
      place.write('bunfig.toml', `preload = [${JSON.stringify(code)}]\n`);
      place.write('tsconfig.json', '{"compilerOptions": {"paths": {"node:*": ["./evil.js"]}}}');
      place.write('package.json', '{"imports": {"node:fs": "./evil.js"}, "main": "evil.js"}');
      const config = place.write('rc', 'host relay.invalid\nfrom f@x.example\n');
      for (const name of ['.env', '.env.local', '.env.production'])
        place.write(
          name,
          `HOME=${place.path}\nEMAIL=evil@evil.example\nMAILSHIM_SPOOL=${place.path}\nXDG_CONFIG_HOME=${place.path}\n`,
        );
      place.write('.msmtprc', readFileSync(config, 'utf8'));
      const ran = await run('/bin/sh', ['-c', 'cd "$0" && "$1" config show', place.path, executableFile], {
        env: { HOME: '/nonexistent' },
      });
      const [elsewhere] = await runBoth(['config', 'show']);
      assert.deepEqual(ran, elsewhere);
      assert.equal(existsSync(left), false);
    } finally {
      place.remove();
    }
  });

  test('it goes by the name that it is called by, through PATH, a link, or an argv[0] of its own', async () => {
    symlinkSync(executableFile, folder.join('mailq'));
    const [bundled] = await runBoth(['-bp']);
    const asQueue = { ...bundled };
    const env = { ...environment, PATH: folder.path };
    assert.deepEqual(await run(folder.join('mailq'), [], { env }), asQueue);
    assert.deepEqual(await run('/bin/sh', ['-c', 'mailq'], { env }), asQueue);
    const perl = needs('perl', 'perl-base');
    if (perl.present) {
      const program = `exec {$ARGV[0]} 'newaliases', '-t'`;
      assert.deepEqual(await run(perl.path, ['-e', program, executableFile], { env }), {
        code: 0,
        stdout: '',
        stderr: '',
      });
    }
  });

  test('the checksum beside it is its own', () => {
    const sum = createHash('sha256').update(readFileSync(executableFile)).digest('hex');
    assert.equal(readFileSync(`${executableFile}.sha256`, 'utf8').split(' ')[0], sum);
  });
});
