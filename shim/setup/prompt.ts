// The questions of `mailshim init` on a terminal: one line for each, the password hidden.

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { EX, ExitError } from '../exit.ts';
import {
  type Answers,
  fixedHost,
  isNeeded,
  type Lang,
  problemOf,
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

const PROMPTS = {
  en: {
    password: (login: string, relay: string) => `Password of ${login} at ${relay}; nothing: later`,
    ended: 'init: the input ended before all was answered; nothing was written',
  },
  ru: {
    password: (login: string, relay: string) => `Пароль ${login} на ${relay}; пусто: позже`,
    ended: 'init: ввод закончился раньше вопросов; ничего не записано',
  },
};

/** The answers, with those that were not given asked for; `byDefault` has the names of those with a value of ours. */
export async function promptForMissing(
  terminal: Terminal,
  given: Answers,
  byDefault: ReadonlySet<string>,
  lang: Lang,
): Promise<Answers> {
  const answers: Answers = { ...given };
  for (const name of Object.keys(QUESTIONS) as Question[]) {
    const value = given[name];
    if (value !== undefined && value.length > 0 && !byDefault.has(name)) continue;
    if (isKnown(name, answers)) continue;
    const said = await promptFor(terminal, name, answers, lang);
    if (name === 'ip') answers.ip = [said];
    else answers[name] = said;
  }
  return answers;
}

async function promptFor(terminal: Terminal, name: Question, answers: Answers, lang: Lang): Promise<string> {
  const suggestion = suggestionFor(name, answers);
  const question = `${QUESTIONS[name][lang]}${suggestion === '' ? '' : ` [${suggestion}]`}: `;
  for (;;) {
    const said = await terminal.ask(question);
    if (said === undefined) throw new ExitError(EX.NOINPUT, PROMPTS[lang].ended);
    const text = said.trim() || suggestion;
    const problem = text === '' ? undefined : problemOf(name, text);
    if (problem !== undefined) process.stderr.write(`  ${JSON.stringify(text)} ${problem[lang]}\n`);
    else if (text !== '' || !isNeeded(name, providerIn(answers))) return text;
  }
}

/** What a provider's row of the table says, and what is its own affair. */
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

/** Nothing of it is shown; undefined where none was typed. */
export async function promptForPassword(
  terminal: Terminal,
  login: string,
  relay: string,
  lang: Lang,
): Promise<string | undefined> {
  const said = await terminal.askHidden(`${PROMPTS[lang].password(login, relay)}: `);
  if (said === undefined) throw new ExitError(EX.NOINPUT, PROMPTS[lang].ended);
  return said === '' ? undefined : said;
}
