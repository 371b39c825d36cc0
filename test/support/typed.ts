// A program on a terminal of its own, by script(1), and a person who answers each question once it is asked.
import { spawn } from 'node:child_process';
import { hermetic } from './hermetic.ts';
import { needs } from './peers.ts';

export const script = needs('script', 'bsdutils');

export interface Typed {
  code: number | null;
  /** All that the terminal showed. */
  screen: string;
}

/** Milliseconds after which a program hangs for certain. */
const LIMIT = 60_000;

/** `answers`: what is typed, without Enter, once the screen shows the text; in order. "\x04" is Ctrl-D. */
export function typed(
  command: string,
  answers: readonly (readonly [prompt: string, answer: string])[],
  env: Record<string, string>,
  identity: { uid?: number; gid?: number } = {},
): Promise<Typed> {
  const child = spawn(script.path, ['-qec', command, '/dev/null'], {
    env: hermetic(env, identity.uid),
    ...identity,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT);
  let screen = '';
  let seen = 0;
  let next = 0;
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString('utf8');
    for (;;) {
      const [prompt, answer] = answers[next] ?? [];
      const at = prompt === undefined ? -1 : screen.indexOf(prompt, seen);
      if (at === -1) return;
      seen = at + prompt!.length;
      next++;
      child.stdin.write(answer === '\x04' ? answer : `${answer}\r`);
    }
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, screen: screen.replaceAll('\r\n', '\n') });
    });
  });
}
