// `npm run mutate`: changes the code at sampled lines and sees whether a test fails. StrykerJS does it; it is fetched for the run.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const USAGE = `npm run mutate -- [FOLDER …] [--part=0.05] [--seed=1] [--survivors]

Of the lines of each folder, --part is mutated, chosen by --seed. A mutant that no test of the folder notices survives;
--survivors shows each. Without FOLDER: all of ${'shared/{spf,dkim,dmarc}, shim/{spool,delivery}'}.`;
const STRYKER = ['@stryker-mutator/core@9.6.1', '@stryker-mutator/tap-runner@9.6.1'];
/** Tests that hold the code of each folder. */
const TESTS: Record<string, readonly string[]> = {
  'shared/spf': ['test/shared/spf/*.test.ts'],
  'shared/dkim': ['test/shared/dkim/*.test.ts'],
  'shared/dmarc': ['test/shared/dmarc/*.test.ts'],
  'shim/spool': ['test/shim/spool/*.test.ts', 'test/shim/schedule.test.ts', 'test/e2e/daemon.test.ts'],
  'shim/delivery': ['test/shim/delivery/*.test.ts', 'test/e2e/delivery.test.ts', 'test/e2e/many-recipients.test.ts'],
};

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    part: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
    survivors: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
});

/** Numbers from 0 to 1, the same for the same seed (a linear congruential generator modulo 2^32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Ranges as Stryker takes them: "shared/spf/parse.ts:12-12". Lines that only import or comment have no mutants. */
function sampledLines(folder: string, part: number, next: () => number): string[] {
  return globSync(`${folder}/**/*.ts`, { cwd: root })
    .sort()
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          /^\s*(?:import\b|\/\/|\/?\*|[})\];,]*$)/.test(line) || next() >= part
            ? []
            : [`${file}:${index + 1}-${index + 1}`],
        ),
    );
}

interface Mutant {
  status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | string;
  location: { start: { line: number } };
  mutatorName: string;
  replacement?: string;
}

/** @throws Error where Stryker did not come to an end */
function mutate(folder: string): Record<string, { mutants: Mutant[] }> {
  const tests = TESTS[folder];
  if (tests === undefined) throw new Error(`${folder}: expected one of ${Object.keys(TESTS).join(', ')}`);
  const scratch = mkdtempSync(join(tmpdir(), 'mailshim-mutate-'));
  const report = join(scratch, 'report.json');
  const configuration = {
    testRunner: 'tap',
    tap: { testFiles: tests, nodeArgs: ['--test-reporter=tap'] },
    mutate: sampledLines(folder, Number(values.part), random(Number(values.seed))),
    coverageAnalysis: 'perTest',
    concurrency: 2,
    timeoutMS: 30_000,
    reporters: ['json', ...(values.survivors ? ['clear-text'] : [])],
    clearTextReporter: { reportTests: false, reportScoreTable: false },
    jsonReporter: { fileName: report },
    tempDirName: join(scratch, 'sandbox'),
    // It would rewrite tsconfig.json by an interface that this version of TypeScript does not have.
    tsconfigFile: 'none.json',
    ignorePatterns: ['dist', 'docs/screenshots', '.wrangler'],
  };
  const file = join(scratch, 'stryker.conf.json');
  writeFileSync(file, JSON.stringify(configuration));
  try {
    const packages = STRYKER.map((name) => `--package=${name}`);
    const ran = spawnSync('npm', ['exec', '--yes', ...packages, '--', 'stryker', 'run', file], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (ran.status !== 0) throw new Error(`${folder}: stryker ended with ${ran.status ?? ran.signal}`);
    return JSON.parse(readFileSync(report, 'utf8')).files;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (values.help) console.log(USAGE);
else {
  console.log(`| folder | mutants | killed | score |\n|---|---|---|---|`);
  for (const folder of positionals.length > 0 ? positionals : Object.keys(TESTS)) {
    const mutants = Object.values(mutate(folder)).flatMap((file) => file.mutants);
    const tried = mutants.filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status));
    const killed = tried.filter(({ status }) => status === 'Killed' || status === 'Timeout');
    const score = ((100 * killed.length) / Math.max(1, tried.length)).toFixed(1);
    console.log(`| \`${folder}\` | ${tried.length} | ${killed.length} | ${score} % |`);
  }
}
