// Ends a process that a test started.
import type { ChildProcess } from 'node:child_process';

/** By SIGTERM, on which masters such as Postfix's end their children too; resolves once it is gone. */
export function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
