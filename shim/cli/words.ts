// The words of a command, read by commander: the help as text, mistakes as ExitError.

import { Command, CommanderError } from 'commander';
import { ExitError } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

export interface WordReader {
  /** For adding options and subcommands. */
  command: Command;
  /**
   * Reads the words after the command and runs the actions. Returns the help if that was asked for.
   * @throws ExitError 64
   */
  read: (words: readonly string[]) => string | undefined;
}

/** For an option that may be repeated: all its words. */
export function several(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word];
}

/** `name`: the word after "mailshim"; empty if the first word is a subcommand. */
export function wordReader(name: string): WordReader {
  let help = '';
  const write = (text: string) => {
    help += text;
  };
  const command = new Command(`mailshim ${name}`.trimEnd())
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  const read = (words: readonly string[]) => {
    try {
      command.parse([...words], { from: 'user' });
      return undefined;
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return help;
      const names = command.commands.map((subcommand) => subcommand.name());
      const what = [name, names.find((known) => known === words[0])].filter(Boolean).join(' ');
      const message =
        error.code === 'commander.help'
          ? `${names.join(' or ')} is missing`
          : error.message
              .replace(/^error: /, '')
              .replace(/\s+/g, ' ')
              .replace(/\.$/, '');
      throw new ExitError(diagnostic('command.usage', { command: what, problem: message }));
    }
  };
  return { command, read };
}
