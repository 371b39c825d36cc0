// Names of files that wait to be looked at, the newest first: a flood of older ones holds none of them up.

export class Newest {
  readonly #max: number;
  /** In the order in which they were named; a name that was named again is there more than once. */
  #names: string[] = [];
  #waiting = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False where the older half had to make room. */
  add(name: string): boolean {
    this.#waiting.add(name);
    if (this.#names.at(-1) === name) return true;
    this.#names.push(name);
    if (this.#names.length <= this.#max) return true;
    const kept = this.#names.slice(this.#max / 2);
    this.#names = kept.filter((each) => this.#waiting.has(each));
    this.#waiting = new Set(this.#names);
    return false;
  }

  /** The newest, which waits no more. */
  take(): string | undefined {
    for (;;) {
      const name = this.#names.pop();
      if (name === undefined || this.#waiting.delete(name)) return name;
    }
  }
}
