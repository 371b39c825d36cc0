// How much of the time goes to work that can wait.

/** Rest after a slice of such work, in times of that work; and while a mail is being handled. */
const REST = 1;
const COURTEOUS_REST = 10;
/** Milliseconds after a mail was taken in which its sender comes first. */
const COURTESY = 1000;

export class Pace {
  /** No user waits: there is no rest. */
  isEager = false;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** A mail is being handled. */
  giveWay(): void {
    this.#takenAt = performance.now();
  }

  /** After so many milliseconds of work. */
  rest(worked: number): Promise<void> {
    if (this.isEager) return turn();
    const times = performance.now() - this.#takenAt < COURTESY ? COURTEOUS_REST : REST;
    return new Promise((resolve) => setTimeout(resolve, Math.max(1, worked * times)));
  }
}

/** Everything else has its turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
