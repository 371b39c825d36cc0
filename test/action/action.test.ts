// The GitHub Action and the jobs of docs/ci.md, run as GitHub, GitLab and a shell would, against the Worker in workerd.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/folder.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { freePorts } from '../support/ports.ts';
import { type Ran, run } from '../support/program.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const TOKEN = 'a-token-of-more-than-twenty-characters';
const bash = needs('bash', 'bash');
const curl = needs('curl', 'curl');
const xmllint = needs('xmllint', 'libxml2-utils');
const skip = bash.missing || curl.missing;

interface Action {
  inputs: Record<string, { required?: boolean; default?: string; description: string }>;
  outputs: Record<string, { value: string }>;
  runs: { using: string; steps: { id: string; shell: string; env: Record<string, string>; run: string }[] };
}
const action = parse(read('action.yml')) as Action;
const snippets = [...read('docs/ci.md').matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const snippet = (language: string, sign: string) =>
  snippets.find((one) => one.language === language && one.text.includes(sign))!.text;

let doh: RunningServer & { url: string };
let worker: RunningWorker;
let folder: TemporaryFolder;

before(async () => {
  folder = temporaryFolder();
  doh = await startDohServer(
    respondFrom(
      zoneResolver({
        ...ordinary,
        'evil.example': { TXT: ['v=spf1 ::error::owned ::set-output name=score::10 -all'], MX: ['10 mx.evil.example'] },
      }),
    ),
  );
  worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN });
});
after(async () => {
  await worker?.stop();
  await doh?.stop();
  folder.remove();
});

interface Job extends Ran {
  outputs: Record<string, string>;
  summary: string;
}
let jobs = 0;

/** As GitHub runs a composite action: inputs in their places, each step by `shell`, files for what it gives. */
async function runAction(inputs: Record<string, string>): Promise<Job> {
  const name = `job-${++jobs}`;
  const [output, summary] = [folder.write(`${name}.output`, ''), folder.write(`${name}.summary`, '')];
  const values = new Map(Object.entries(action.inputs).map(([input, { default: usual }]) => [input, usual ?? '']));
  for (const [input, value] of Object.entries(inputs)) values.set(input, value);
  const filled = (text: string) =>
    text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => {
      assert.ok(values.has(input), `${input} is no input`);
      return values.get(input)!;
    });
  let ran: Ran = { code: 0, stdout: '', stderr: '' };
  for (const { shell, env, run: script } of action.runs.steps) {
    assert.equal(shell, 'bash');
    const file = folder.write(`${name}.sh`, script);
    ran = await run(bash.path, ['--noprofile', '--norc', '-e', '-o', 'pipefail', file], {
      env: {
        PATH: process.env.PATH ?? '',
        RUNNER_TEMP: folder.path,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: summary,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, filled(value)])),
      },
    });
    if (ran.code !== 0) break;
  }
  const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean);
  return {
    ...ran,
    outputs: Object.fromEntries(lines.map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)])),
    summary: readFileSync(summary, 'utf8'),
  };
}

test('no input becomes code, and every input and output is used', () => {
  assert.equal(action.runs.using, 'composite');
  for (const { run: script } of action.runs.steps) assert.doesNotMatch(script, /\$\{\{/);
  const env = action.runs.steps.flatMap((step) => Object.values(step.env));
  assert.deepEqual(
    env.map((value) => /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1]).sort(),
    Object.keys(action.inputs).sort(),
  );
  const documented = read('docs/ci.md');
  for (const name of Object.keys(action.inputs)) assert.ok(documented.includes(`\`${name}\``), name);
  const given = parse(snippet('yaml', 'github/workflows')) as {
    jobs: { mail: { steps: { with: Record<string, unknown> }[] } };
  };
  for (const name of Object.keys(given.jobs.mail.steps[0]!.with)) assert.ok(name in action.inputs, name);
});

describe('the GitHub Action', { skip }, () => {
  const shop = () => ({ worker: worker.url, domain: 'shop.example', ip: RELAY, selector: 'mail' });

  test('passes, gives the score and the report, and writes the summary', async () => {
    const job = await runAction({ ...shop(), helo: 'mail.shop.example', 'min-score': '5', token: TOKEN });
    assert.equal(job.code, 0, job.stdout + job.stderr);
    const { score } = (await (
      await worker.fetch(`/v1/check/shop.example?ip=${RELAY}&selector=mail&helo=mail.shop.example`)
    ).json()) as { score: { value: number } };
    assert.equal(Number(job.outputs.score), score.value);
    assert.match(job.summary, /shop\.example/);
    assert.equal(readFileSync(job.outputs.report!, 'utf8'), job.summary);
    assert.doesNotMatch(job.stdout, /::(?:error|warning)/);
    assert.ok(!(job.stdout + job.stderr).includes(TOKEN));
  });

  test('fails below the score, with the report all the same', async () => {
    const file = folder.join('reports/of mail.xml');
    const job = await runAction({ ...shop(), 'min-score': '10', format: 'junit', 'report-file': file });
    assert.equal(job.code, 1, job.stdout);
    assert.match(job.stdout, /^::error title=mailshim::The mail of shop\.example scores [\d.]+ of 10, below 10\./m);
    assert.ok(Number(job.outputs.score) < 10);
    assert.equal(job.outputs.report, file);
    assert.match(readFileSync(file, 'utf8'), /<testsuites/);
    assert.match(job.summary, /shop\.example/);
  });

  test('writes SARIF, and speaks Russian', async () => {
    const job = await runAction({ ...shop(), 'min-score': '0', format: 'sarif', lang: 'ru' });
    assert.equal(job.code, 0, job.stdout);
    assert.equal((JSON.parse(readFileSync(job.outputs.report!, 'utf8')) as { version: string }).version, '2.1.0');
    assert.match(job.summary, /[а-я]{4}/);
  });

  test('a Worker that does not answer fails the job, or is a warning where that is wanted', async () => {
    const [port] = (await freePorts(1)) as [number];
    const gone = { worker: `http://127.0.0.1:${port}`, domain: 'shop.example' };
    const strict = await runAction(gone);
    assert.equal(strict.code, 1);
    assert.match(strict.stdout, /^::error title=mailshim::The Worker at \S+ does not answer as it should$/m);
    const mild = await runAction({ ...gone, 'fail-on-unreachable': 'false' });
    assert.equal(mild.code, 0);
    assert.match(mild.stdout, /^::warning title=mailshim::.* The mail of shop\.example was not checked\.$/m);
    assert.deepEqual([mild.outputs, mild.summary], [{}, '']);
  });

  test('what answers in the place of a Worker is no score', async () => {
    const server = createServer((_, response) => response.end('"score": 10'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const job = await runAction({ worker: `http://127.0.0.1:${port}`, domain: 'shop.example' });
    server.close();
    assert.equal(job.code, 1);
    assert.match(job.stdout, /^::error title=mailshim::The Worker's answer holds no score/m);
    assert.deepEqual(job.outputs, {});
  });

  test('a domain or a setting that is none is said', async () => {
    const cases: [inputs: Record<string, string>, said: RegExp][] = [
      [{ ...shop(), domain: 'shop' }, /The Worker refuses: “shop” has no dot/],
      [{ ...shop(), domain: '../watch/shop.example?x=#' }, /The Worker refuses: /],
      [{ ...shop(), domain: '' }, /domain is empty/],
      [{ ...shop(), ip: '203.0.113' }, /The Worker refuses: “203\.0\.113” is not an IP address/],
      [{ ...shop(), 'min-score': '11' }, /min-score must be a number from 0 to 10, and is “11”/],
      [{ ...shop(), format: 'xml' }, /format must be markdown/],
      [{ ...shop(), worker: 'http://mailshim.example' }, /worker must be the https address/],
      [{ ...shop(), worker: '--upload-file /etc/passwd' }, /worker must be the https address/],
      [{ ...shop(), 'fail-on-unreachable': 'no' }, /fail-on-unreachable must be true or false/],
      [{ ...shop(), token: 'x"\nurl = "file:///etc/passwd' }, /token has characters that no token has/],
    ];
    for (const [inputs, said] of cases) {
      const job = await runAction(inputs);
      assert.equal(job.code, 1, JSON.stringify(inputs) + job.stdout);
      assert.match(job.stdout, said);
      assert.match(job.stdout, /^::error title=mailshim::/);
    }
  });

  test('an international name is asked for', async () => {
    const job = await runAction({ worker: `${worker.url}/`, domain: 'мойдомен.example', 'min-score': '0' });
    assert.doesNotMatch(job.stdout, /refuses/);
    assert.equal(job.code, 0, job.stdout + job.stderr);
  });

  test('neither an input nor a record of DNS is run, or is a command to GitHub', async () => {
    const mark = folder.join('owned');
    for (const text of [
      `$(touch ${mark})`,
      `";touch ${mark};"`,
      `\`touch ${mark}\``,
      `x\n::set-env name=PATH::${mark}`,
    ]) {
      for (const input of ['domain', 'ip', 'selector', 'helo', 'min-score', 'format', 'lang', 'worker', 'token']) {
        const job = await runAction({ ...shop(), [input]: text });
        assert.equal(job.code, 1, `${input}: ${job.stdout}`);
        assert.doesNotMatch(job.stdout, /^::set-env/m);
      }
    }
    assert.throws(() => readFileSync(mark));
    const evil = await runAction({ worker: worker.url, domain: 'evil.example', 'min-score': '0' });
    const pause = /^::stop-commands::([0-9a-f]{32})$/m.exec(evil.stdout)![1]!;
    const [, quoted, rest] = evil.stdout.split(new RegExp(`^::(?:stop-commands::)?${pause}(?:::)?$`, 'm'));
    assert.match(quoted!, /::error::owned/);
    assert.doesNotMatch(rest!, /owned/);
    assert.deepEqual(Object.keys(evil.outputs), ['score', 'report']);
  });
});

describe('the jobs of docs/ci.md', { skip }, () => {
  interface GitlabJob {
    mail: { variables: Record<string, string>; script: string[]; artifacts: { reports: { junit: string } } };
  }
  const gitlab = parse(snippet('yaml', '.gitlab-ci.yml')) as GitlabJob;
  const shell = (script: string, env: Record<string, string> = {}) =>
    run('/bin/sh', ['-e', folder.write('job.sh', `cd '${folder.path}'\n${script}`)], {
      env: { PATH: process.env.PATH ?? '', ...env },
    });
  const local = (text: string) => text.replaceAll('https://mailshim.example.workers.dev', worker.url);

  test('GitLab: passes and fails by the score, and leaves a test report', async () => {
    const { variables, script, artifacts } = gitlab.mail;
    for (const [least, code] of [
      ['5', 0],
      ['10', 22],
    ] as const) {
      const ran = await shell(script.join('\n'), { ...variables, WORKER: worker.url, MIN_SCORE: least });
      assert.equal(ran.code, code, ran.stdout + ran.stderr);
      assert.match(ran.stdout, /^shop\.example 203\.0\.113\.25: /m);
      const report = folder.join(artifacts.reports.junit);
      assert.match(readFileSync(report, 'utf8'), /<testsuites/);
      if (xmllint.present) assert.equal((await run(xmllint.path, ['--noout', report])).code, 0);
    }
    const bad = await shell(script.join('\n'), { ...variables, WORKER: worker.url, DOMAIN: 'nodot' });
    assert.notEqual(bad.code, 0);
  });

  test('Jenkins: the step in its quotes', async () => {
    const step = /sh '''\n([\s\S]*?)'''/.exec(snippet('groovy', 'pipeline'))![1]!;
    // Groovy takes the backslash and the line end after it for one long line, as sh does.
    const ran = await shell(local(step));
    assert.ok(ran.code === 0 || ran.code === 22, ran.stderr);
    assert.match(readFileSync(folder.join('mail.xml'), 'utf8'), /<testsuites/);
  });

  test('a shell: 0, 1 and 2', async () => {
    const script = snippet('sh', 'report.txt');
    const above = script.replace('min_score=9', 'min_score=5');
    const below = script.replace('min_score=9', 'min_score=10');
    const unknown = script.replace('shop.example', 'nodot');
    const codes = [];
    for (const one of [above, below, unknown]) codes.push((await shell(local(one))).code);
    assert.deepEqual(codes, [0, 1, 2]);
  });
});
