// What changes in the folders of a spool, by inotify.

import { type FSWatcher, watch } from 'node:fs';

export class Watch {
  readonly #watchers: FSWatcher[] = [];
  readonly #failed: () => void;

  /** `failed`: the system reports nothing, or no more. */
  constructor(failed: () => void) {
    this.#failed = failed;
  }

  /** `changed` is called with a name within the folder, '' where the system does not name it. */
  add(folder: string, changed: (name: string) => void): void {
    try {
      const watcher = watch(folder, (_event, name) => changed(name ?? ''));
      watcher.on('error', this.#failed);
      this.#watchers.push(watcher);
    } catch {
      this.#failed();
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}
