// PHP within Apache: the user that it runs as, and settings of PHP in its files, for all or for one site.

import { join } from 'node:path';
import { readFileOnce } from '../read-file.ts';
import { glob } from './glob.ts';
import { type PhpValue, type PhpValues, SETTINGS, type SettingName } from './ini.ts';
import { APACHE_FILES, APACHE_VARIABLES } from './layouts.ts';

export interface ApacheSite {
  /** ServerName; '' where it has none. */
  name: string;
  file: string;
  user?: string;
  values: PhpValues;
  /** `php_value` of a setting that only `php_admin_value` can change. */
  ignored: (PhpValue & { name: SettingName })[];
}

export interface Apache {
  /** Undefined where the files of Apache have none. */
  user?: string;
  /** For all sites. */
  all: ApacheSite;
  /** Sites with settings of PHP or a user of their own. */
  sites: ApacheSite[];
}

/** Only php_admin_value changes these (PHP_INI_SYSTEM); disable_functions cannot be changed at all. */
const ADMIN_ONLY: ReadonlySet<SettingName> = new Set(['sendmail_path', 'mail.cr_lf_mode', 'mail.mixed_lf_and_crlf']);
const DIRECTIVE = /^\s*([A-Za-z_]+)\s+(.*?)\s*$/;

/** Undefined without Apache. */
export function readApache(root: string): Apache | undefined {
  const files = APACHE_FILES.flatMap((pattern) => glob(root, pattern).map(({ path }) => path));
  if (files.length === 0) return undefined;
  const variables = readVariables(join(root || '/', APACHE_VARIABLES));
  const apache: Apache = { all: siteIn(files[0]!), sites: [] };
  for (const file of files) readSites(apache, file, variables);
  apache.sites = apache.sites.filter(
    ({ values, ignored, user }) => Object.keys(values).length > 0 || ignored.length > 0 || user !== undefined,
  );
  if (apache.all.user !== undefined) apache.user = apache.all.user;
  return apache;
}

function siteIn(file: string): ApacheSite {
  return { name: '', file, values: {}, ignored: [] };
}

function readSites(apache: Apache, file: string, variables: ReadonlyMap<string, string>): void {
  const read = readFileOnce(file);
  if ('why' in read) return;
  let site: ApacheSite | undefined;
  for (const [index, line] of read.text.split('\n').entries()) {
    if (/^\s*<VirtualHost\b/i.test(line)) site = siteIn(file);
    else if (/^\s*<\/VirtualHost>/i.test(line) && site !== undefined) {
      apache.sites.push(site);
      site = undefined;
    } else takeDirective(site ?? apache.all, line, { file, line: index + 1 }, variables);
  }
}

function takeDirective(
  site: ApacheSite,
  text: string,
  place: { file: string; line: number },
  variables: ReadonlyMap<string, string>,
): void {
  const match = DIRECTIVE.exec(text);
  if (match === null) return;
  const directive = match[1]!.toLowerCase();
  const [first = '', ...rest] = wordsOf(match[2]!).map((word) =>
    word.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables.get(name) ?? whole),
  );
  if (directive === 'servername') site.name = first;
  else if (['user', 'assignuserid', 'suexecusergroup'].includes(directive)) {
    if (!first.startsWith('$')) site.user = first;
  } else if (/^php_(admin_)?(value|flag)$/.test(directive)) {
    const name = SETTINGS.find((each) => each === first);
    if (name === undefined || name === 'disable_functions') return;
    const value = { value: rest.join(' '), ...place };
    if (!directive.startsWith('php_admin_') && ADMIN_ONLY.has(name)) site.ignored.push({ ...value, name });
    else site.values[name] = value;
  }
}

/** Words of a line, as Apache separates them: by spaces, outside of straight quotes. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|(\S+)/g)].map(
    ([, double, single, bare]) => (double ?? single)?.replace(/\\(.)/g, '$1') ?? bare!,
  );
}

function readVariables(file: string): Map<string, string> {
  const read = readFileOnce(file);
  const lines = 'why' in read ? [] : read.text.split('\n');
  return new Map(
    lines.flatMap((line) => {
      const match = /^\s*(?:export\s+)?(\w+)=["']?([^"'\s]*)/.exec(line);
      return match === null ? [] : [[match[1]!, match[2]!] as const];
    }),
  );
}
