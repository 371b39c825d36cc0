// What one sendmail_path comes to: mailshim with its options, something else, or nothing that can be started.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PhpSite } from '../php/sites.ts';
import { isLauncher, sendmailPathFor } from '../setup/program.ts';
import { type Result, result } from './link.ts';

export interface Command {
  /** The program as written; '' where PHP's own default holds. */
  program: string;
  words: readonly string[];
  /** `-C`. */
  config?: string;
}

/** Quotation marks that a text editor or a web page puts in place of the straight ones; a shell takes them for letters. */
const TYPOGRAPHIC = /[\u00ab\u00bb\u2018-\u201f\u2032\u2033\u2039\u203a]/;
/** Programs that others send by: where one of these is missing, it is still the wrong one. */
const OTHERS = /(?:^|\/)(?:sendmail|msmtp|ssmtp|esmtp|nullmailer|exim4?|dma|catchmail|mhsendmail|mailpit)[^/]*$/;
const READS_RECIPIENTS = /^(?:-[it]*t[it]*|--read-recipients)$/;

export function commandOf({ sendmailPath = '' }: Pick<PhpSite, 'sendmailPath'>): Command {
  const [program = '', ...words] = [...sendmailPath.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare!,
  );
  const at = words.findIndex((word) => /^(?:-C|--file)$/.test(word));
  const config = at === -1 ? words.map((word) => /^(?:-C|--file=)(.+)$/.exec(word)?.[1]).find(Boolean) : words[at + 1];
  return { program, words, ...(config === undefined ? {} : { config }) };
}

/** Of the setting alone; one thing, the first that keeps mail from being sent. */
export function verdictOf(site: PhpSite, root: string, expected: string): Result {
  const { kind, file, line, sendmailPath = '' } = site;
  const where = line === undefined ? file : `${file}:${line}`;
  const wanted = sendmailPathFor(expected);
  // A chroot of the pool is where PHP looks for the program.
  const inside = join(root || '/', site.pool?.chroot ?? '');
  if (TYPOGRAPHIC.test(sendmailPath))
    return result('failure', 'php.quotes', { kind, where, value: sendmailPath, wanted });
  const { program, words } = commandOf(site);
  if (program === '') {
    // PHP's own default is "sendmail -t -i".
    return standsForSendmail(root, '/usr/sbin/sendmail')
      ? result('ok', 'php.good', { kind, file })
      : result('failure', 'php.other', { kind, where, value: 'sendmail -t -i', wanted });
  }
  const path = program.startsWith('/') ? join(inside, program) : undefined;
  const isMissing = path !== undefined && !existsSync(path);
  const isOurs = /mailshim/.test(sendmailPath) || (/sendmail$/.test(program) && standsForSendmail(inside, program));
  if (!isOurs && (!isMissing || OTHERS.test(program)))
    return result('failure', 'php.other', { kind, where, value: sendmailPath, wanted });
  if (isMissing) {
    if (site.pool?.chroot !== undefined && existsSync(join(root || '/', program)))
      return result('failure', 'php.chroot', {
        kind,
        where: site.pool.file,
        chroot: site.pool.chroot,
        missing: program,
      });
    return result('failure', 'php.program', { kind, where, program });
  }
  if (path !== undefined && (statSync(path).mode & 0o111) === 0)
    return result('failure', 'php.not-executable', { kind, where, program, user: '' });
  if (!words.some((word) => READS_RECIPIENTS.test(word)))
    return result('failure', 'php.no-recipients', { kind, where, value: sendmailPath, wanted });
  if (!words.includes('--lock')) return result('warning', 'php.unlocked', { kind, where, wanted });
  return result('ok', 'php.good', { kind, file });
}

/** mailshim install --as-sendmail leaves a link to the launcher, or to the program, which names itself. */
function standsForSendmail(root: string, program: string): boolean {
  const path = join(root || '/', program.startsWith('/') ? program : `/usr/sbin/${program}`);
  try {
    return isLauncher(path) || /mailshim/.test(readFileSync(path, { encoding: 'latin1' }).slice(0, 4096));
  } catch {
    return false;
  }
}
