// Ids of mails, taken in order of arrival within a user and in turn among users.

/** Ids that were taken off a user's list, before the list is made anew. */
const COMPACTED = 1024;

interface List {
  ids: string[];
  /** Where the next one is. */
  at: number;
}

export class FairQueue {
  readonly #byUser = new Map<number, List>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(id: string, user: number): void {
    this.#size++;
    const list = this.#byUser.get(user);
    if (list === undefined) this.#byUser.set(user, { ids: [id], at: 0 });
    else list.ids.push(id);
  }

  /** The next of the user whose turn it is. */
  shift(): string | undefined {
    const [next] = this.#byUser;
    if (next === undefined) return undefined;
    const [user, list] = next;
    const id = list.ids[list.at++]!;
    this.#size--;
    // The users are in order of their turns.
    this.#byUser.delete(user);
    if (list.at > COMPACTED && list.at * 2 > list.ids.length) {
      list.ids = list.ids.slice(list.at);
      list.at = 0;
    }
    if (list.at < list.ids.length) this.#byUser.set(user, list);
    return id;
  }
}
