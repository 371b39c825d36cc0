// The questions of `mailshim init` on a terminal: each until the answer can be used, the password unseen.

import { EX, ExitError } from '../exit.ts';
import type { Answers } from './provider.ts';
import { fixedHost, providerIn, usualLogin } from './provider.ts';
import type { Terminal } from './terminal.ts';
import { isNeeded, type Lang, problemOf, QUESTIONS, type Question } from './wish.ts';

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
export async function askOnTerminal(
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
    const said = await askOne(terminal, name, answers, lang);
    if (name === 'ip') answers.ip = [said];
    else answers[name] = said;
  }
  return answers;
}

async function askOne(terminal: Terminal, name: Question, answers: Answers, lang: Lang): Promise<string> {
  const suggestion = suggestionFor(name, answers);
  const question = `${QUESTIONS[name][lang]}${suggestion === '' ? '' : ` [${suggestion}]`}: `;
  for (;;) {
    const said = await terminal.ask(question);
    if (said === undefined) throw new ExitError(EX.NOINPUT, WORDS[lang].ended);
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
export async function askPassword(
  terminal: Terminal,
  login: string,
  relay: string,
  lang: Lang,
): Promise<string | undefined> {
  const said = await terminal.askHidden(`${WORDS[lang].password(login, relay)}: `);
  if (said === undefined) throw new ExitError(EX.NOINPUT, WORDS[lang].ended);
  return said === '' ? undefined : said;
}
