// The questions of `mailshim init` on a terminal: each until the answer can be used, the password unseen.

import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EX, ExitError } from '../exit.ts';
import { type Answers, type Lang, problemOf, QUESTIONS, type Question } from './wish.ts';

const WORDS = {
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
export async function askOnTerminal(given: Answers, byDefault: ReadonlySet<string>, lang: Lang): Promise<Answers> {
  const answers: Answers = { ...given };
  const open = (Object.keys(QUESTIONS) as Question[]).filter((name) => {
    const value = given[name];
    return value === undefined || value.length === 0 || byDefault.has(name);
  });
  if (open.length === 0) return answers;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const name of open) {
      const said = await askOne(terminal, name, answers, lang);
      if (name === 'ip') answers.ip = [said];
      else answers[name] = said;
    }
  } finally {
    terminal.close();
  }
  return answers;
}

async function askOne(terminal: Interface, name: Question, answers: Answers, lang: Lang): Promise<string> {
  const suggestion = suggestionFor(name, answers);
  const question = `${QUESTIONS[name][lang]}${suggestion === '' ? '' : ` [${suggestion}]`}: `;
  for (;;) {
    const text = (await answerTo(terminal, question, lang)).trim() || suggestion;
    const problem = text === '' ? undefined : problemOf(name, text);
    if (problem !== undefined) process.stderr.write(`  ${JSON.stringify(text)} ${problem[lang]}\n`);
    else if (text !== '' || !isNeeded(name)) return text;
  }
}

/** @throws ExitError where the terminal was closed (Ctrl-D), which readline leaves without an answer */
function answerTo(terminal: Interface, question: string, lang: Lang): Promise<string> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new ExitError(EX.NOINPUT, WORDS[lang].ended));
    terminal.once('close', closed);
    terminal.question(question).then(
      (text) => {
        terminal.off('close', closed);
        resolve(text);
      },
      // Ctrl-C.
      closed,
    );
  });
}

function isNeeded(name: Question): boolean {
  return name === 'domain' || name === 'relay' || name === 'ip' || name === 'sender';
}

function suggestionFor(name: Question, { domain, delivery }: Answers): string {
  switch (name) {
    case 'relay':
      return `mail.${domain}`;
    case 'sender':
      return `orders@${domain}`;
    case 'delivery':
      return delivery || 'queue';
    default:
      return '';
  }
}

/** Nothing of it is shown; undefined where none was typed. */
export async function askPassword(login: string, relay: string, lang: Lang): Promise<string | undefined> {
  process.stderr.write(`${WORDS[lang].password(login, relay)}: `);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  // As a terminal: then readline takes the letters one by one, and the system does not show them.
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return (await answerTo(terminal, '', lang)) || undefined;
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
