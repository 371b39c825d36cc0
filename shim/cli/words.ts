// A command's words, read by commander: its help as text, its mistakes as the one kind of error.

import { Command, CommanderError } from 'commander';
import { EX, ExitError } from '../exit.ts';

export interface WordReader {
  /** Where options and subcommands are added. */
  command: Command;
  /**
   * Reads the words behind the command, and runs the actions. Returns the help where that was asked for.
   * @throws ExitError 64, naming the command and its help
   */
  read: (words: readonly string[]) => string | undefined;
}

/** For an option that may be repeated: all its words. */
export function several(word: string, before: string[] | undefined): string[] {
  return [...(before ?? []), word];
}

/** `name`: behind "mailshim", empty where the first word is a subcommand. */
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
      throw new ExitError(EX.USAGE, `${what}: ${message}; see mailshim ${what} --help`);
    }
  };
  return { command, read };
}
