// `mailshim bounces`: what bounced, as the Worker knows it; with a Message-ID out of the log, what became of that mail.

import { Option } from 'commander';
import { domainOfAddress } from '../../shared/message/address.ts';
import { wordReader } from '../cli/words.ts';
import { accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { askBounces, type Bounced, WorkerError, workerOf } from '../setup/worker.ts';
import { printableJson, terminal } from '../text/printable.ts';

interface Options {
  account?: string;
  domain?: string;
  json?: boolean;
  lang: 'en' | 'ru';
}

const WORDS = {
  en: { none: 'Nothing bounced.', noneOf: (id: string) => `No bounce of ${id} has arrived.` },
  ru: { none: 'Возвратов нет.', noneOf: (id: string) => `Возврата письма ${id} не было.` },
} as const;

/** `words` without "bounces". */
export async function bouncesCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const { command, read } = wordReader('bounces');
  let messageId: string | undefined;
  command
    .description('List what bounced, as the Worker (preflight_url) knows it, newest first.')
    .argument('[message-id]', 'only of this message: messageid= in the log')
    .option('-a, --account <name>', 'the account; default: the default account')
    .option('--domain <domain>', 'the watched domain; default: that of "from"')
    .option('--json', 'for programs')
    .addOption(new Option('--lang <language>', 'language of the reasons').choices(['en', 'ru']).default('en'))
    .action((id?: string) => {
      messageId = id;
    });
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  const { account, domain, json, lang } = command.opts<Options>();
  const choice = chooseAccount(readConfiguration(environment, undefined).accounts, account, undefined);
  if ('problem' in choice) throw new ExitError(EX.CONFIG, `bounces: ${choice.problem}`);
  const chosen = accountOf(choice.account, new Map(), environment.home);
  const worker = workerOf(chosen);
  const about = domain ?? (chosen.from === undefined ? undefined : domainOfAddress(chosen.from));
  if (worker === undefined || about === undefined)
    throw new ExitError(EX.CONFIG, 'bounces: the account has no preflight_url, or no "from ADDRESS"');
  try {
    const bounces = await askBounces(worker, about, { lang, messageId });
    const nothing = messageId === undefined ? WORDS[lang].none : WORDS[lang].noneOf(messageId);
    const text = bounces.length === 0 ? `${terminal(nothing)}\n` : bounces.map(lineOf).join('');
    return { code: EX.OK, stdout: json === true ? `${printableJson(bounces)}\n` : text, complaints: [] };
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    throw new ExitError(EX.UNAVAILABLE, `bounces: ${error.message}`);
  }
}

/** "2026-11-24 10:05 customer@gmail.com: The mailbox is full (5.2.2), Your order 1042 <order1042@shop.example>" */
function lineOf({ at, address, status, title, subject, messageId }: Bounced): string {
  const time = String(at).slice(0, 16).replace('T', ' ');
  const id = messageId === '' ? '' : ` <${messageId}>`;
  return `${terminal(`${time} ${address}: ${title} (${status})${subject === '' ? '' : `, ${subject}`}${id}`)}\n`;
}
