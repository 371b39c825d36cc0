// Programs measured in turns, so that whatever else the machine does hits all of them: wall time and CPU time of each run.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface Contestant {
  name: string;
  command: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/** Milliseconds. */
export interface Measured {
  /** The median. */
  wall: number;
  /** User and system time of the process and those it waited for: the mean of all runs, as the system counts in ticks. */
  cpu: number;
  runs: number;
  output: string[];
}

/** Seconds before each run: what the one before left to others, a mail to be delivered, is not to be paid for by the next. */
const PAUSE = 0.2;

interface Sample {
  wall: number[];
  cpu: number;
  output: string[];
}

/**
 * Runs each with `input` as its standard input; the first round is not counted.
 * Throws where one does not exit with 0: a failure is fast, and would win.
 */
export async function interleave(
  contestants: readonly Contestant[],
  rounds: number,
  input: string,
): Promise<Record<string, Measured>> {
  const samples = contestants.map((): Sample => ({ wall: [], cpu: 0, output: [] }));
  const text = await bash(script(contestants, rounds, input), { PATH: '/usr/bin:/bin', LC_ALL: 'C' });
  for (const block of text.split('\x1e').slice(0, -1)) {
    const [before, output, after, ending] = block.split('\x1f') as [string, string, string, string];
    const [index, round, start, end, status] = ending.split(' ') as [string, string, string, string, string];
    const { name } = contestants[Number(index)]!;
    if (status !== '0') throw new Error(`${name} exited with ${status}: ${output}`);
    if (round === '0') continue;
    const sample = samples[Number(index)]!;
    sample.wall.push((Number(end) - Number(start)) * 1000);
    sample.cpu += cpuOfChildren(after) - cpuOfChildren(before);
    sample.output.push(output.trim());
  }
  return Object.fromEntries(
    contestants.map(({ name }, index) => {
      const { wall, cpu, output } = samples[index]!;
      return [name, { wall: median(wall), cpu: cpu / wall.length, runs: wall.length, output }];
    }),
  );
}

/** CPU time in ms of each run and of what it waited for, where one run follows the other: as on a busy day, and with no pauses. */
export async function cpuInARow({ command, environment }: Contestant, runs: number, file: string): Promise<number> {
  const text = `f=$1; n=$2; shift 2; for ((r = 0; r < n; r++)); do "$@" <"$f" >&2 || exit; done; times`;
  const words = ['-c', text, 'bash', file, String(runs), ...command];
  const child = spawn('/bin/bash', words, {
    env: { ...environment, PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return cpuOfChildren(await outputOf(child)) / runs;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

// bash forks faster than a Node with its large memory, counts the CPU time of what it waited for, and has a clock.
function script(contestants: readonly Contestant[], rounds: number, input: string): string {
  const runs = contestants.map(({ command, environment = {} }, index) => {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
    return `sleep ${PAUSE}; times; printf '\\x1f'; a=$EPOCHREALTIME
${[...variables, ...command.map(quoted)].join(' ')} <"$input" 2>&1; s=$?
b=$EPOCHREALTIME; printf '\\x1f'; times; printf '\\x1f%s %s %s %s %s\\x1e' ${index} $r $a $b $s`;
  });
  return `input=$(mktemp) || exit 1
trap 'rm -f "$input"' EXIT
printf %s ${quoted(input)} >"$input"
for ((r = 0; r <= ${rounds}; r++)); do
${runs.join('\n')}
done`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Of the second line of `times`: "0m1.234s 0m0.567s", user and system; milliseconds. */
function cpuOfChildren(text: string): number {
  const line = text.trim().split('\n').at(-1)!;
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60_000 + Number(s) * 1000,
    0,
  );
}

function bash(text: string, env: Record<string, string>): Promise<string> {
  const child = spawn('/bin/bash', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'], env });
  child.stdin.end(text);
  return outputOf(child);
}

function outputOf(child: ChildProcessByStdio<Writable | null, Readable, null>): Promise<string> {
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(pieces).toString());
      else reject(new Error(`bash ended with ${code}`));
    });
  });
}
