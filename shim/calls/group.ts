// Mails that come together are brought to disk together: their files at once, and one sync of the folder for all.

import { removed } from '../spool/commit.ts';
import { turn } from '../spool/pace.ts';
import type { Spool } from '../spool/queue.ts';
import { type Copied, settle } from '../spool/take.ts';

interface Member {
  /** A file that is made while another one is synced waits for that. */
  write: () => Copied;
  resolve: (copy: Copied) => void;
  reject: (error: unknown) => void;
}

type Written = Member & { copy: Copied };

/** Mails of one group; those that come while it is being written are the next one. */
const MOST = 64;

export class GroupCommit {
  readonly #spool: Spool;
  #waiting: Member[] = [];
  #isRunning = false;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** Resolves once it is known what became of the copy (`end`). @throws the system's error; the mail is not accepted then */
  add(write: () => Copied): Promise<Copied> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What else the event loop has at hand joins the first group.
    await turn();
    while (this.#waiting.length > 0) {
      const group = written(this.#waiting.splice(0, MOST));
      try {
        await settle(
          this.#spool,
          group.map(({ copy }) => copy),
        );
        for (const { resolve, copy } of group) resolve(copy);
      } catch (error) {
        for (const member of group) this.#fail(member, error);
      }
    }
    this.#isRunning = false;
  }

  // Where the runner has it by now it will be sent, and the caller may not learn that it was not accepted.
  #fail({ copy, resolve, reject }: Written, error: unknown): void {
    if (copy.end === 'queued' && !removed(this.#spool.path('queue', copy.id))) resolve(copy);
    else reject(error);
  }
}

function written(members: readonly Member[]): Written[] {
  return members.flatMap((member) => {
    try {
      return [{ ...member, copy: member.write() }];
    } catch (error) {
      member.reject(error);
      return [];
    }
  });
}
