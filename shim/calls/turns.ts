// Calls of one user are worked on in order, so many at once: however many one user has, another user's begin at once.

interface User {
  running: number;
  waiting: Work[];
}

interface Work {
  /** Never rejects. */
  begin: () => Promise<void>;
  /** It will not begin. */
  drop: () => void;
}

/** Calls of one user that are worked on at once. */
export const AT_ONCE = 32;
/** Calls of one user that wait; further ones are left to their callers. */
export const MAX_WAITING = 512;

export class Turns {
  readonly #users = new Map<number, User>();

  /** False where it is one too many; it will not begin then. */
  add(uid: number, work: Work): boolean {
    let user = this.#users.get(uid);
    if (user === undefined) {
      user = { running: 0, waiting: [] };
      this.#users.set(uid, user);
    }
    if (user.running >= AT_ONCE) {
      if (user.waiting.length >= MAX_WAITING) return false;
      user.waiting.push(work);
      return true;
    }
    this.#begin(uid, user, work);
    return true;
  }

  /** What has not begun does not begin any more. */
  dropWaiting(): void {
    for (const user of this.#users.values()) for (const work of user.waiting.splice(0)) work.drop();
  }

  #begin(uid: number, user: User, work: Work): void {
    user.running++;
    void work.begin().finally(() => {
      user.running--;
      const next = user.waiting.shift();
      if (next !== undefined) this.#begin(uid, user, next);
      else if (user.running === 0) this.#users.delete(uid);
    });
  }
}
