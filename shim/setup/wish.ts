// The answers that `mailshim init` works from, checked, each with what is wrong where it is.

import { parseAddress } from '../../shared/message/address.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { EX, ExitError } from '../exit.ts';

export interface Wish {
  domain: string;
  relay: string;
  port: number;
  ips: string[];
  sender: string;
  delivery: 'queue' | 'direct';
  selector: string;
  worker?: string;
  /** User name at the relay. */
  login?: string;
}

export interface Answers {
  domain?: string | undefined;
  relay?: string | undefined;
  port?: string | undefined;
  ip?: readonly string[] | undefined;
  sender?: string | undefined;
  delivery?: string | undefined;
  selector?: string | undefined;
  worker?: string | undefined;
  login?: string | undefined;
}

/** What each answer is, for questions and for `--help`. */
export const QUESTIONS = {
  domain: 'Domain of the shop, such as shop.example',
  relay: 'Host name of the relay, such as mail.shop.example',
  ip: 'Address that the relay sends from; several with commas',
  sender: 'Sender of the mails, such as orders@shop.example',
} as const;

/** Answers that have no default. */
export function missing(answers: Answers): (keyof typeof QUESTIONS)[] {
  return (['domain', 'relay', 'ip', 'sender'] as const).filter((name) => {
    const value = answers[name];
    return value === undefined || value.length === 0;
  });
}

/** @throws ExitError 64 for the first answer that is wrong */
export function readWish(answers: Answers): Wish {
  const absent = missing(answers);
  if (absent.length > 0) {
    throw new ExitError(
      EX.USAGE,
      `init: ${absent.map((name) => `--${name}`).join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing`,
    );
  }
  const domain = nameOf('--domain', answers.domain!);
  const relay = nameOf('--relay', answers.relay!);
  const ips = answers.ip!.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
  for (const ip of ips) {
    if (parseIp(ip) === undefined) throw wrong('--ip', ip, 'is no IP address');
  }
  const sender = parseAddress(answers.sender!);
  if (sender === undefined || sender.domain === '') throw wrong('--sender', answers.sender!, 'is no mail address');
  const port = Number(answers.port ?? 465);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong('--port', answers.port!, 'is no port');
  const delivery = answers.delivery ?? 'queue';
  if (delivery !== 'queue' && delivery !== 'direct') throw wrong('--delivery', delivery, 'is neither queue nor direct');
  const selector = answers.selector ?? 'mailshim';
  if (!/^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$/i.test(selector))
    throw wrong('--selector', selector, 'is no selector: letters, digits, hyphens');
  const { worker, login } = answers;
  if (worker !== undefined && !(URL.canParse(worker) && /^https?:$/.test(new URL(worker).protocol)))
    throw wrong('--worker', worker, 'is no web address');
  if (login !== undefined && !/^[\x21-\x7e]+$/.test(login)) throw wrong('--login', login, 'is no user name');
  return {
    domain,
    relay,
    port,
    ips: ips.map((ip) => parseIp(ip)!.text),
    sender: sender.address,
    delivery,
    selector: selector.toLowerCase(),
    ...(worker === undefined ? {} : { worker: worker.replace(/\/+$/, '') }),
    ...(login === undefined ? {} : { login }),
  };
}

function nameOf(flag: string, text: string): string {
  const parsed = parseDomain(text);
  if (parsed.ok) return parsed.name;
  throw wrong(flag, text, 'is no domain name');
}

function wrong(flag: string, text: string, what: string): ExitError {
  return new ExitError(EX.USAGE, `init: ${flag} ${JSON.stringify(text)} ${what}`);
}
