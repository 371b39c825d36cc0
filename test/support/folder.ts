// A temporary folder with what a test puts into it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './hermetic.ts';

export interface TemporaryFolder {
  path: string;
  /** Full path of a file that is written. */
  write(name: string, text: string, mode?: number): string;
  join(name: string): string;
  remove(): void;
}

export function temporaryFolder(prefix = 'mailshim-test-'): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return {
    path,
    write(name, text, mode = 0o600) {
      writeFileSync(join(path, name), text, { mode });
      return join(path, name);
    },
    join: (name) => join(path, name),
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
