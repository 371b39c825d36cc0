// What the doctor finds at the links of the chain: an id with its facts; the texts are data of their own.

import type { Finding } from '../../shared/findings/catalog.ts';
import type { LinkId, LinkTexts } from './texts.ts';

export type Level = 'ok' | 'warning' | 'failure' | 'skipped';

/** The facts of one id. */
export type ArgsOf<K extends LinkId> = Parameters<LinkTexts[K]['en']>[0];

/** One thing that was looked at. */
export type Result = { [K in LinkId]: { id: K; args: ArgsOf<K>; level: Level } }[LinkId] | FindingResult;

/** What the check of the DNS has found; its texts are those of the findings. */
export interface FindingResult {
  id: 'dns.finding';
  finding: Finding;
  level: Level;
}

/** @example result('failure', 'config.missing', { file }) */
export function result<K extends LinkId>(level: Level, id: K, args: ArgsOf<K>): Result {
  return { id, args, level } as unknown as Result;
}

/** Links in the order in which a mail passes them. */
export const AREAS = ['program', 'config', 'php', 'spool', 'relay', 'dns', 'queue', 'send'] as const;
export type Area = (typeof AREAS)[number];

/** What each is called. */
// biome-ignore format: a line for each language.
export const HEADINGS: Record<'en' | 'ru', Record<Area, string>> = {
  en: { program: 'Program', config: 'Configuration', php: 'PHP', spool: 'Spool', relay: 'Relay', dns: 'DNS', queue: 'Queue', send: 'Sending' },
  ru: { program: 'Программа', config: 'Настройки', php: 'PHP', spool: 'Спул', relay: 'Релей', dns: 'DNS', queue: 'Очередь', send: 'Отправка' },
};

export function areaOf({ id }: Result): Area {
  return id.slice(0, id.indexOf('.')) as Area;
}

/** Skipped for good reason: what they leave out is nothing that a mail from here depends on. */
const NOT_NEEDED: ReadonlySet<string> = new Set([
  'relay.by-address',
  'relay.port-unknown',
  'dns.mailbox',
  // Without the launcher or its answer the program does all.
  'program.unlaunched',
  'program.unasked',
  'program.unheard',
]);

/** Something that a mail passes was not checked, so that not all can be called well. */
export function isGap({ id, level }: Result): boolean {
  return level === 'skipped' && !NOT_NEEDED.has(id);
}
