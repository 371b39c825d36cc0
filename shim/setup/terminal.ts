// Questions to a person at a terminal: each waits for one line, what was typed ahead is kept, and a password is not shown.

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

export class Terminal {
  readonly #interface: Interface;
  readonly #lines: string[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #hidden = false;

  constructor() {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#hidden) process.stderr.write(chunk);
        done();
      },
    });
    // As a terminal: readline then shows what is typed, and the system does not.
    this.#interface = createInterface({ input: process.stdin, output, terminal: true });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    // Ctrl-C, Ctrl-D, or a terminal that went away.
    this.#interface.on('SIGINT', () => this.#interface.close());
    this.#interface.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The answer, or undefined where the person left. */
  async ask(question: string): Promise<string | undefined> {
    const ahead = this.#lines.shift();
    if (ahead !== undefined) {
      process.stderr.write(this.#hidden ? question : `${question}${ahead}\n`);
      return ahead;
    }
    this.#interface.setPrompt(question);
    this.#interface.prompt();
    while (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  /** The same; nothing of the answer is shown. */
  async askHidden(question: string): Promise<string | undefined> {
    process.stderr.write(question);
    this.#hidden = true;
    try {
      return await this.ask('');
    } finally {
      this.#hidden = false;
      process.stderr.write('\n');
    }
  }

  close(): void {
    this.#interface.close();
  }
}
