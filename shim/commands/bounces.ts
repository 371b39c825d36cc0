// `mailshim bounces`: the bounces that the Worker has of a domain, or those of one mail, by the Message-ID in the log.

import { Option } from 'commander';
import { domainOfAddress } from '../../shared/message/address.ts';
import { wordReader } from '../cli/words.ts';
import { accountOf } from '../config/account.ts';
import { chooseAccount } from '../config/accounts.ts';
import { readConfiguration } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { type Answer, EX, ExitError } from '../exit.ts';
import { inLanguage, type Lang, translated } from '../language.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { type Bounced, readBounces, workerOf } from '../setup/worker.ts';
import { printableJson, terminal } from '../text/printable.ts';

interface Options {
  account?: string;
  domain?: string;
  json?: boolean;
  lang: Lang;
}

const NONE = translated({
  en: { any: 'No bounces.', of: (id: string) => `No bounce of ${id} has arrived.` },
  ru: { any: 'Отчётов о недоставке нет.', of: (id) => `Отчётов о недоставке письма ${id} нет.` },
});

/** `words` without "bounces". */
export async function bouncesCommand(words: readonly string[], environment: Environment): Promise<Answer> {
  const { command, read } = wordReader('bounces');
  let messageId: string | undefined;
  command
    .description('List the bounces that the Worker (preflight_url) has, newest first.')
    .argument('[message-id]', 'only bounces of this message: messageid= in the log')
    .option('-a, --account <name>', 'account (default: the default account)')
    .option('--domain <domain>', 'watched domain (default: that of "from")')
    .option('--json', 'print JSON')
    .addOption(new Option('--lang <language>', 'language of the reasons').choices(['en', 'ru']).default('en'))
    .action((id?: string) => {
      messageId = id;
    });
  const help = read(words);
  if (help !== undefined) return { code: EX.OK, stdout: help, complaints: [] };
  const { account, domain, json, lang } = command.opts<Options>();
  const choice = chooseAccount(readConfiguration(environment, undefined).accounts, account, undefined);
  if ('problem' in choice) throw new ExitError(diagnostic('bounces.account', { why: choice.problem.text }));
  const chosen = accountOf(choice.account, new Map(), environment.home);
  const worker = workerOf(chosen);
  const about = domain ?? (chosen.from === undefined ? undefined : domainOfAddress(chosen.from));
  if (worker === undefined || about === undefined) throw new ExitError(diagnostic('bounces.no-worker'));
  const bounces = await readBounces(worker, about, { lang, messageId });
  const none = inLanguage(NONE, lang);
  const nothing = messageId === undefined ? none.any : none.of(messageId);
  const text = bounces.length === 0 ? `${terminal(nothing)}\n` : bounces.map(lineOf).join('');
  return { code: EX.OK, stdout: json === true ? `${printableJson(bounces)}\n` : text, complaints: [] };
}

/** "2026-11-24 10:05 customer@gmail.com: The mailbox is full (5.2.2), Your order 1042 <order1042@shop.example>" */
function lineOf({ at, address, status, title, subject, messageId }: Bounced): string {
  const time = String(at).slice(0, 16).replace('T', ' ');
  const id = messageId === '' ? '' : ` <${messageId}>`;
  return `${terminal(`${time} ${address}: ${title} (${status})${subject === '' ? '' : `, ${subject}`}${id}`)}\n`;
}
