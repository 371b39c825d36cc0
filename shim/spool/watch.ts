// What changes in the folders of a spool, as the system tells it, and once more a moment later.

import { type FSWatcher, watch } from 'node:fs';

/**
 * Milliseconds after a change in which its folder is looked at again. Of two changes of one name within a millisecond
 * the executable's runtime keeps the second to itself: a dropped mail that became whole, a mail that came back to be retried.
 */
export const SETTLE = 25;

export class Watch {
  readonly #watchers: FSWatcher[] = [];
  readonly #failed: () => void;
  readonly #looks = new Map<string, () => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `failed`: the system tells nothing, or no more. */
  constructor(failed: () => void) {
    this.#failed = failed;
  }

  /** `changed` is told a name within the folder, '' where the system does not say which. */
  add(folder: string, changed: (name: string) => void): void {
    try {
      const watcher = watch(folder, (_event, name) => {
        this.#lookAgain(`${folder}/${name ?? ''}`, () => changed(name ?? ''));
        changed(name ?? '');
      });
      watcher.on('error', this.#failed);
      this.#watchers.push(watcher);
    } catch {
      this.#failed();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #lookAgain(path: string, look: () => void): void {
    this.#looks.set(path, look);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const looks = [...this.#looks.values()];
      this.#looks.clear();
      for (const act of looks) act();
    }, SETTLE);
  }
}
