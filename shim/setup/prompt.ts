// The questions of `mailshim init` on a terminal: one line for each, the password hidden.

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { ExitError } from '../exit.ts';
import { inLanguage, type Lang, translated } from '../language.ts';
import { diagnostic } from '../messages/catalogue.ts';
import {
  type Answers,
  expectedInstead,
  fixedHost,
  isNeeded,
  providerIn,
  QUESTIONS,
  type Question,
  usualLogin,
} from './options.ts';

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
    // As a terminal: readline shows what is typed, and the system does not.
    this.#interface = createInterface({ input: process.stdin, output, terminal: true });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    // Ctrl-C, Ctrl-D, or a closed terminal.
    this.#interface.on('SIGINT', () => this.#interface.close());
    this.#interface.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The answer; undefined where the input ended. */
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

  /** The same, with the answer hidden. */
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

export const PROMPTS = translated({
  en: {
    password: (login: string, relay: string) => `Password of ${login} at ${relay} (empty: later)`,
    wrong: (expected: string) => `expected ${expected}`,
  },
  ru: {
    password: (login, relay) => `Пароль ${login} на ${relay} (пустой ввод — задать позже)`,
    wrong: (expected) => `ожидается ${expected}`,
  },
});

/** Prompts for the answers that were not given; `byDefault` has the names of those with a default value. */
export async function promptForMissing(
  terminal: Terminal,
  given: Answers,
  byDefault: ReadonlySet<string>,
  lang: Lang,
): Promise<Answers> {
  const answers: Answers = { ...given };
  for (const name of Object.keys(QUESTIONS.en) as Question[]) {
    const value = given[name];
    if (value !== undefined && value.length > 0 && !byDefault.has(name)) continue;
    if (isKnown(name, answers)) continue;
    const text = await promptFor(terminal, name, answers, lang);
    if (name === 'ip') answers.ip = [text];
    else answers[name] = text;
  }
  return answers;
}

async function promptFor(terminal: Terminal, name: Question, answers: Answers, lang: Lang): Promise<string> {
  const suggestion = suggestionFor(name, answers);
  const question = `${inLanguage(QUESTIONS, lang)[name]}${suggestion === '' ? '' : ` [${suggestion}]`}: `;
  for (;;) {
    const typed = await terminal.ask(question);
    if (typed === undefined) throw new ExitError(diagnostic('init.input-ended'));
    const text = typed.trim() || suggestion;
    const expected = text === '' ? undefined : expectedInstead(name, text, lang);
    if (expected !== undefined)
      process.stderr.write(`  ${JSON.stringify(text)}: ${inLanguage(PROMPTS, lang).wrong(expected)}\n`);
    else if (text !== '' || !isNeeded(name, providerIn(answers))) return text;
  }
}

/** Answers that the table has for a provider, or that the provider decides. */
function isKnown(name: Question, answers: Answers): boolean {
  const provider = providerIn(answers);
  if (provider === undefined) return false;
  switch (name) {
    case 'relay':
      return fixedHost(provider) !== undefined;
    case 'login':
      return provider.submission.user !== undefined;
    default:
      return name === 'ip' || name === 'mx';
  }
}

function suggestionFor(name: Question, answers: Answers): string {
  const { domain, delivery, sender } = answers;
  const provider = providerIn(answers);
  switch (name) {
    case 'relay':
      return provider === undefined ? `mail.${domain}` : '';
    case 'login':
      return provider === undefined ? '' : (usualLogin(provider, sender) ?? '');
    case 'sender':
      return `orders@${domain}`;
    case 'delivery':
      return delivery || 'queue';
    default:
      return '';
  }
}

/** Hidden while it is typed; undefined where none was typed. */
export async function promptForPassword(
  terminal: Terminal,
  login: string,
  relay: string,
  lang: Lang,
): Promise<string | undefined> {
  const typed = await terminal.askHidden(`${inLanguage(PROMPTS, lang).password(login, relay)}: `);
  if (typed === undefined) throw new ExitError(diagnostic('init.input-ended'));
  return typed === '' ? undefined : typed;
}
