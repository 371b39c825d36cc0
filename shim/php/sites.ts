// Every PHP of this machine and every place that sets the program it sends by: php.ini of each kind, pools, sites of Apache.

import { join } from 'node:path';
import { defined } from '../defined.ts';
import { type ApacheSite, readApache } from './apache.ts';
import { glob, isThere } from './glob.ts';
import { type IniFile, type PhpValue, type PhpValues, readInis, type SettingName } from './ini.ts';
import { LAYOUTS, type Layout, SITE_INIS } from './layouts.ts';
import { type Pool, readPools } from './pools.ts';

export interface PhpSetting {
  /** `cli`, `fpm`, `apache2`, `cgi`, `php` for all of them, `pool NAME`, or `site NAME`. */
  kind: string;
  file: string;
  /** Line of the setting; undefined for the built-in value. */
  line?: number;
  /** As written, quotes removed. */
  sendmailPath?: string;
  /** `mail.cr_lf_mode`, from PHP 8.5 on. */
  lineEndMode?: PhpValue;
  /** `mail.mixed_lf_and_crlf`, from PHP 8.2.4 on. */
  mixedLineEnds?: PhpValue;
}

export interface PhpSite extends PhpSetting {
  /** As its files name it; undefined where they name none. */
  user?: string;
  group?: string;
  pool?: Pool;
  /** Within Apache, PHP's own process is Apache's. */
  apache?: true;
  disabled: readonly PhpValue[];
  openBasedir?: PhpValue;
  ignored: readonly (PhpValue & { name: SettingName })[];
}

/** One PHP: its php.ini, what else belongs to it, and its programs where they are here. */
export interface Php {
  kind: string;
  ini: string;
  scan: readonly string[];
  values: PhpValues;
  sections: IniFile['sections'];
  pools: readonly Pool[];
  /** FPM's own file. */
  conf: string;
  cli?: string;
  fpm?: string;
}

export interface PhpMachine {
  phps: readonly Php[];
  sites: readonly PhpSite[];
  /** Apache's user. */
  apacheUser?: string;
}

/** As the files have it; `asked` adds what PHP itself reports. */
export function findPhp(root: string, asked: (php: Php) => Php = (php) => php): PhpMachine {
  const phps = LAYOUTS.flatMap((layout) =>
    glob(root, layout.base).flatMap(({ path, stars }) => phpsIn(layout, root, path, stars[0] ?? '')),
  );
  const known = phps.filter(({ ini }, at) => phps.findIndex((each) => each.ini === ini) === at).map(asked);
  const apache = readApache(root);
  const sites = known.flatMap((php) => sitesOf(php, apache?.user, apache?.all));
  for (const { path, names } of SITE_INIS)
    for (const { path: file, stars } of glob(root, path)) sites.push(ownIni(file, stars.at(-1)!, names));
  const base = known.find(({ kind }) => kind === 'apache2') ?? known.find(({ kind }) => kind === 'php') ?? known[0];
  for (const site of apache?.sites ?? []) sites.push(apacheSite(site, base, apache?.all, apache?.user));
  return { phps: known, sites, ...defined({ apacheUser: apache?.user }) };
}

/** php.ini of each kind, and the pools and sites with settings of their own for mail(). */
export function phpSettings(root: string): PhpSetting[] {
  const { phps, sites } = findPhp(root);
  const inis = phps
    .filter(({ ini, values }) => isThere(ini) || values.sendmail_path !== undefined)
    .map((php) => settingOf(php.kind, php.ini, php.values));
  const own = sites.filter(({ pool, kind }) =>
    pool === undefined
      ? /^site /.test(kind)
      : Object.keys(pool.values).some((name) => name !== 'disable_functions' && name !== 'open_basedir'),
  );
  return [...inis, ...own];
}

function phpsIn(layout: Layout, root: string, base: string, star: string): Php[] {
  const at = (path: string) => (path.startsWith('/') ? join(root || '/', path.replace('{}', star)) : join(base, path));
  const programs = defined({
    cli: [at(layout.cli)].find(isThere),
    fpm: [at(layout.fpm)].find(isThere),
  });
  const pools = () =>
    readPools(
      root,
      layout.pools.flatMap((pattern) =>
        glob(pattern.startsWith('/') ? root : base, pattern.replace('{}', star)).map(({ path }) => path),
      ),
    );
  const kinds = layout.ini.includes('*') ? glob(base, layout.ini).map(({ stars }) => stars[0]!) : ['php'];
  // The images of Docker have no php.ini but read the directory.
  return kinds.flatMap((kind) => {
    const place = (path: string) => at(path.replace('*', kind));
    const [ini, scan] = [place(layout.ini), layout.scan.map(place)];
    const read = readInis(ini, scan);
    const own = kind === 'fpm' || kind === 'php' ? pools() : [];
    if (read === undefined && own.length === 0) return [];
    const { values, sections } = read ?? { values: {}, sections: new Map() };
    return [{ kind, ini, scan, values, sections, pools: own, conf: at(layout.conf), ...programs }];
  });
}

function sitesOf(php: Php, apacheUser: string | undefined, all: ApacheSite | undefined): PhpSite[] {
  const { kind, ini, values, pools, sections } = php;
  const isApache = kind === 'apache2' || (kind === 'php' && apacheUser !== undefined && pools.length === 0);
  const base: PhpSite = {
    ...settingOf(kind, ini, isApache ? { ...values, ...all?.values } : values),
    ...restOf(values, {}),
    ignored: isApache ? (all?.ignored ?? []) : [],
    ...(isApache ? { apache: true as const, ...defined({ user: apacheUser }) } : {}),
  };
  const own = [...sections].map(([name, added]) => ({
    ...base,
    ...settingOf(`site ${name.replace(/^\w+=/, '')}`, ini, { ...values, ...added }),
    ...restOf(values, added),
  }));
  const fromPools = pools.map((pool) => poolSite(php, pool));
  // With pools, php.ini of FPM matters only through them.
  return [...(kind === 'fpm' && pools.length > 0 ? [] : [base]), ...own, ...fromPools];
}

function poolSite({ ini, values }: Php, pool: Pool): PhpSite {
  return {
    ...settingOf(`pool ${pool.name}`, ini, { ...values, ...pool.values }),
    ...restOf(values, pool.values),
    ignored: [],
    pool,
    ...defined({ user: pool.user, group: pool.group }),
  };
}

function apacheSite(
  site: ApacheSite,
  base: Php | undefined,
  all: ApacheSite | undefined,
  user: string | undefined,
): PhpSite {
  const values = { ...base?.values, ...all?.values };
  return {
    ...settingOf(`site ${site.name || site.file}`, base?.ini ?? site.file, { ...values, ...site.values }),
    ...restOf(values, site.values),
    ignored: site.ignored,
    apache: true,
    ...defined({ user: site.user ?? user }),
  };
}

function ownIni(file: string, name: string, names: 'user' | 'site'): PhpSite {
  const values = readInis(file, [])?.values ?? {};
  return {
    ...settingOf(`site ${name}`, file, values),
    ...restOf(values, {}),
    ignored: [],
    ...(names === 'user' ? { user: name } : {}),
  };
}

function settingOf(kind: string, file: string, values: PhpValues): PhpSetting {
  const { sendmail_path: path, 'mail.cr_lf_mode': mode, 'mail.mixed_lf_and_crlf': mixed } = values;
  return {
    kind,
    file: path?.file ?? file,
    ...defined({
      line: path === undefined || path.line === 0 ? undefined : path.line,
      sendmailPath: path?.value,
      lineEndMode: mode,
      mixedLineEnds: mixed,
    }),
  };
}

/** A pool's disable_functions is added to that of php.ini; its open_basedir replaces that. */
function restOf(values: PhpValues, added: PhpValues): Pick<PhpSite, 'disabled' | 'openBasedir'> {
  const lists = [values.disable_functions, added.disable_functions];
  const openBasedir = added.open_basedir ?? values.open_basedir;
  return {
    disabled: lists.filter((each): each is PhpValue => each !== undefined && each.value !== ''),
    ...defined({ openBasedir: openBasedir?.value ? openBasedir : undefined }),
  };
}

const LINE_END_MODES = ['crlf', 'lf', 'mixed', 'os'] as const;
export type LineEndMode = (typeof LINE_END_MODES)[number];

export interface LineEnds {
  /** Line ends of PHP: `lf` in the whole message, `mixed` only in its own header fields, `os` as `mixed` on Linux. */
  holds: LineEndMode;
  /** The setting that decides. */
  by: PhpValue & { name: string };
  /** `unknown`: PHP does not know the value and uses `crlf`; `both`: two settings differ. */
  trouble?: 'unknown' | 'both';
}

/** How PHP ends the lines of a mail; undefined where the files do not set it: CRLF. */
export function lineEndsOf({ lineEndMode, mixedLineEnds }: PhpSetting): LineEnds | undefined {
  const mixed = mixedLineEnds !== undefined && /^(?:on|yes|true|[1-9]\d*)$/i.test(mixedLineEnds.value);
  const mode = lineEndMode?.value || 'crlf';
  const byMode = lineEndMode && { ...lineEndMode, name: 'mail.cr_lf_mode' };
  if (byMode !== undefined && !LINE_END_MODES.some((known) => known === mode))
    return { holds: mixed ? 'mixed' : 'crlf', by: byMode, trouble: 'unknown' };
  // PHP reads the older setting only where the newer one is crlf (ext/standard/mail.c of 8.5).
  if (mixed && mode === 'crlf') {
    const by = { ...mixedLineEnds, name: 'mail.mixed_lf_and_crlf' };
    return { holds: 'mixed', by, ...(byMode === undefined ? {} : { trouble: 'both' }) };
  }
  if (byMode === undefined) return undefined;
  return { holds: mode as LineEndMode, by: byMode, ...(mixed && mode !== 'mixed' ? { trouble: 'both' } : {}) };
}
