// Files that GitHub and container builders read: YAML that parses, scripts that exist, images that are built where a builder is.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { manifest, root } from '../scripts/package-files.ts';
import './support/hermetic.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);

interface Step {
  uses?: string;
  run?: string;
}
interface Workflow {
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<
    string,
    { steps: Step[]; permissions?: Record<string, string>; 'timeout-minutes': number; needs?: string }
  >;
}

describe('workflows', () => {
  const files = globSync('.github/workflows/*.yml', { cwd: root }).sort();
  test('there are one for tests and one for releases', () =>
    assert.deepEqual(files, ['.github/workflows/release.yml', '.github/workflows/test.yml']));

  for (const file of files) {
    const workflow = parse(read(file)) as Workflow;
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    const commands = steps.flatMap(({ run }) => run ?? []).join('\n');
    const script = (name: string) => assert.ok(scripts.includes(name), `npm run ${name}`);

    test(`${file}: each npm script and each file that it names is there`, () => {
      for (const [, name] of commands.matchAll(/\bnpm run ([\w-]+)/g)) script(name!);
      for (const [, name] of commands.matchAll(/\bnpm (test|start)\b/g)) script(name!);
      for (const [, name] of commands.matchAll(/\bbash (\S+)/g)) assert.ok(existsSync(join(root, name!)), name);
      for (const [, target] of commands.matchAll(/--target (\S+)/g)) assert.ok(stages().has(target!), target);
    });

    test(`${file}: its commands are read by a shell`, () => {
      for (const { run } of steps) {
        if (run === undefined) continue;
        const ran = spawnSync('bash', ['-n'], { input: run.replaceAll(/\$\{\{.*?\}\}/g, 'x'), encoding: 'utf8' });
        assert.equal(ran.status, 0, ran.stderr);
      }
    });

    test(`${file}: rights are read-only but for the job that publishes, and each action has a version`, () => {
      assert.deepEqual(workflow.permissions, { contents: 'read' });
      for (const [name, job] of Object.entries(workflow.jobs)) {
        assert.equal(job.permissions === undefined, name !== 'publish', name);
        assert.ok(job['timeout-minutes'] > 0, name);
        assert.ok(job.needs === undefined || job.needs in workflow.jobs, name);
      }
      for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@v\d+$/);
    });
  }

  test('a release has checksums, attestations, and npm packages with provenance', () => {
    const text = read('.github/workflows/release.yml');
    for (const part of ['sha256sum', 'attest-build-provenance', 'npm publish --provenance', 'id-token: write'])
      assert.ok(text.includes(part), part);
    for (const name of ['deb', 'rpm', 'executable', 'launcher', 'packages', 'selinux'])
      assert.ok(text.includes(`npm run ${name}`), name);
  });
});

describe('forms for issues', () => {
  const TYPES = ['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'];
  for (const file of globSync('.github/ISSUE_TEMPLATE/[!c]*.yml', { cwd: root }))
    test(file, () => {
      const form = parse(read(file)) as {
        name: string;
        description: string;
        body: { type: string; id?: string; attributes: Record<string, unknown> }[];
      };
      assert.ok(form.name.length > 0 && form.description.length > 0);
      const ids = form.body.flatMap(({ id }) => id ?? []);
      assert.equal(new Set(ids).size, ids.length);
      for (const { type, id, attributes } of form.body) {
        assert.ok(TYPES.includes(type), type);
        assert.equal(typeof (type === 'markdown' ? attributes.value : attributes.label), 'string');
        assert.equal(id === undefined, type === 'markdown');
      }
    });
});

/** Stages of the Dockerfile, by name. */
function stages(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of read('Dockerfile').replaceAll('\\\n', ' ').split('\n')) {
    const name = /^FROM \S+ AS (\w+)$/.exec(line)?.[1];
    if (name !== undefined) {
      current = [];
      found.set(name, current);
    } else if (/^[A-Z]+ /.test(line)) current.push(line);
  }
  return found;
}

describe('images', () => {
  test('the Dockerfile names files, stages and npm scripts that are there', () => {
    const all = stages();
    assert.deepEqual([...all.keys()], ['source', 'build', 'worker', 'shim']);
    for (const line of [...all.values()].flat()) {
      const from = /^COPY --from=(\w+) /.exec(line)?.[1];
      if (from !== undefined) assert.ok(all.has(from), line);
      else if (line.startsWith('COPY '))
        for (const file of line.split(/\s+/).slice(1, -1)) assert.ok(existsSync(join(root, file)), file);
      for (const [, name] of line.matchAll(/npm run ([\w-]+)/g)) assert.ok(scripts.includes(name!), name);
      if (line.startsWith('RUN '))
        assert.equal(spawnSync('sh', ['-n'], { input: line.slice(4), encoding: 'utf8' }).stderr, '');
      const command = /^CMD (\[.*\])$/.exec(line)?.[1];
      if (command !== undefined) assert.ok(existsSync(join(root, (JSON.parse(command) as string[]).at(-1)!)), command);
    }
  });

  test('compose.yaml builds its stages, and defines what its services name', () => {
    const compose = parse(read('compose.yaml')) as Record<string, Record<string, never>> & {
      services: Record<string, { build: { context: string; target: string }; [kind: string]: unknown }>;
    };
    for (const [name, service] of Object.entries(compose.services)) {
      assert.equal(service.build.context, '.');
      assert.ok(stages().has(service.build.target), name);
      for (const kind of ['configs', 'secrets', 'volumes'])
        for (const use of (service[kind] ?? []) as (string | { source: string })[]) {
          const source = typeof use === 'string' ? use.split(':')[0]! : use.source;
          assert.ok(source in compose[kind]!, `${name}: ${kind} ${source}`);
        }
    }
  });

  const builder = builderHere();
  for (const target of ['worker', 'shim'])
    test(`${target} is built`, { skip: builder.missing, timeout: 900_000 }, () => {
      const tag = `mailshim-test-${target}`;
      const words = builder.program === 'buildah' ? ['bud', '--layers'] : ['build'];
      execFileSync(builder.program, [...words, '--target', target, '--tag', tag, '.'], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      if (builder.program === 'buildah') return;
      const command = target === 'shim' ? ['mailshim', '--version'] : ['node', '--version'];
      const said = execFileSync(builder.program, ['run', '--rm', tag, ...command], { encoding: 'utf8' });
      assert.match(said, target === 'shim' ? new RegExp(`^mailshim ${manifest.version}`) : /^v24\./);
    });
});

/** A program that builds images, and can get the images that ours begin with. */
function builderHere(): { program: string; missing: string | false } {
  const why: string[] = [];
  const run = (program: string, ...words: string[]) => spawnSync(program, words, { encoding: 'utf8', timeout: 60_000 });
  for (const program of ['docker', 'podman', 'buildah']) {
    if (!(process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))) continue;
    if (program === 'docker' && run(program, 'info').status !== 0) why.push('docker has no daemon');
    else if (run(program, 'pull', '--quiet', 'docker.io/library/node:24-bookworm-slim').status === 0)
      return { program, missing: false };
    else why.push(`${program} cannot pull node:24-bookworm-slim`);
  }
  return { program: '', missing: why.join(', ') || 'no builder of images is installed: docker, podman or buildah' };
}
