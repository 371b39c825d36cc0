// What the system counts for a process.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that a program has to get to the end of what it is given. */
const SETTLE = 100;

/** User and system time in milliseconds, of its threads too; the system counts in hundredths of a second. 0 once it ended. */
export function cpuOf(pid: number): number {
  const fields = proc(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

/** Resident set in MB: now, or at its largest. 0 once it ended. */
export function memoryOf(pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number {
  return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(proc(pid, 'status'))?.[1] ?? 0) / 1024;
}

/** Resident set of a program at its largest, in MB, when it has read `input` and waits for the end of it. */
export async function memoryOfCall(
  [program, ...words]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  input: string,
): Promise<number> {
  const child = spawn(program, words, {
    env: { ...environment, PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  child.stdin.write(input);
  await sleep(SETTLE);
  const memory = memoryOf(child.pid!, 'VmHWM');
  child.stdin.end();
  const code = await ended;
  if (code !== 0 || memory === 0) throw new Error(`${program} ended with ${code}`);
  return memory;
}

function proc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
