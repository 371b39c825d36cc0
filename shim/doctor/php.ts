// The link of PHP: every php.ini, pool and site, by which program each sends, and whether its user can start that program.

import { join } from 'node:path';
import { type LineEnds, lineEndsOf } from '../php/line-ends.ts';
import type { PhpSite } from '../php/sites.ts';
import type { DoctorContext } from './context.ts';
import { apparmorProfile, lacksSelinuxModule, selinuxState } from './guards.ts';
import { type Result, result } from './link.ts';
import type { Person } from './person.ts';
import { mayReach, runAs } from './rights.ts';
import { commandOf, verdictOf } from './sendmail-path.ts';

/** Functions by which programs send past mail(): PHPMailer's isSendmail, Symfony's transport of sendmail. */
const PIPES = ['popen', 'proc_open'];

export function checkPhp(context: DoctorContext): Result[] {
  const { php, root, program, web } = context;
  const { sites } = php.machine;
  if (sites.length === 0) return [result('skipped', 'php.none', {})];
  const seen = sites.filter((site) => !php.unseen.includes(site));
  const results = [
    ...seen.flatMap((site) => checkSite(site, root, program)),
    ...checkAsked(context),
    ...checkUsers(context),
  ];
  if (seen.some(({ pool, apache }) => pool !== undefined || apache)) results.push(...checkGuards(context));
  if (web === undefined) results.push(result('skipped', 'php.no-user', {}));
  for (const [user, names] of byUser(php.unseen)) results.push(result('skipped', 'php.unseen', { sites: names, user }));
  return once(results);
}

/** What comes from one line of one file is one finding, however many pools take it from there. */
function once(results: readonly Result[]): Result[] {
  const keyOf = ({ id, ...rest }: Result) => {
    const { where, kind } = ('args' in rest ? rest.args : {}) as { where?: string; kind?: string };
    return where === undefined ? undefined : `${id} ${where.includes(':') ? where : `${where} ${kind}`}`;
  };
  const keys = results.map(keyOf);
  return results.filter((_, at) => keys[at] === undefined || keys.indexOf(keys[at]) === at);
}

function byUser(sites: readonly PhpSite[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { kind, user = '' } of sites) names.set(user, names.has(user) ? `${names.get(user)}, ${kind}` : kind);
  return names;
}

function checkSite(site: PhpSite, root: string, program: string): Result[] {
  const { kind, file, openBasedir, ignored } = site;
  const disabled = functionsOf(site);
  const mail = disabled.get('mail');
  // Nothing else matters where there is no mail().
  if (mail !== undefined) return [result('failure', 'php.disabled', { kind, where: mail, name: 'mail' })];
  const verdict = verdictOf(site, root, program);
  const results = [verdict];
  for (const { file: where, line, name, value } of ignored)
    results.push(result('warning', 'php.ignored', { kind, where: `${where}:${line}`, name, value }));
  if (verdict.level === 'failure') return results;
  const pipe = PIPES.find((name) => disabled.has(name));
  if (pipe !== undefined)
    results.push(result('warning', 'php.pipes', { kind, where: disabled.get(pipe)!, name: pipe }));
  if (openBasedir !== undefined)
    results.push(result('ok', 'php.open-basedir', { kind, where: `${openBasedir.file}:${openBasedir.line}` }));
  const ends = lineEndsOf(site);
  if (ends !== undefined) results.push(...checkLineEnds(kind, `${ends.by.file}:${ends.by.line}`, ends));
  const chroot = site.pool?.chroot;
  if (chroot !== undefined && mayReach(ROOT, 'search', join(root || '/', chroot, 'bin/sh')) === undefined)
    results.push(result('failure', 'php.chroot', { kind, where: file, chroot, missing: '/bin/sh' }));
  else if (chroot !== undefined) results.push(result('skipped', 'php.chroot-unchecked', { kind, chroot }));
  return results;
}

const ROOT: Person = { name: 'root', uid: 0, gid: 0 };

/** Places of the functions that are disabled. */
function functionsOf({ disabled }: PhpSite): Map<string, string> {
  const places = new Map<string, string>();
  for (const { value, file, line } of disabled)
    for (const name of value.toLowerCase().split(/[\s,]+/))
      if (name !== '') places.set(name, line === 0 ? file : `${file}:${line}`);
  return places;
}

/** Any line end is taken here: what is said is a setting that PHP ignores, or two that differ. */
function checkLineEnds(kind: string, where: string, { holds, by, trouble }: LineEnds): Result[] {
  const args = { kind, where, setting: `${by.name} = ${by.value}`, holds };
  if (trouble === 'unknown') return [result('warning', 'php.line-ends-unknown', args)];
  if (trouble === 'both') return [result('warning', 'php.line-ends-both', args)];
  return holds === 'crlf' ? [] : [result('ok', 'php.line-ends', args)];
}

function checkAsked({ php }: DoctorContext): Result[] {
  const results: Result[] = [];
  for (const {
    php: { conf },
    broken,
    silent,
  } of php.asked) {
    if (broken !== undefined) results.push(result('failure', 'php.fpm', { where: conf, why: broken }));
    if (silent !== undefined) results.push(result('skipped', 'php.silent', { program: silent }));
  }
  return once(results);
}

/** Whether each user can start the program that their sites name. */
function checkUsers({ php, root, blocked }: DoctorContext): Result[] {
  const results: Result[] = [];
  for (const { site, user } of php.missing) {
    // FPM has said it itself.
    if (php.asked.some(({ broken }) => broken?.includes(user))) continue;
    results.push(result('failure', 'php.user', { kind: site.kind, where: site.pool?.file ?? site.file, user }));
  }
  for (const person of php.people) {
    for (const site of programsOf(php.sitesOf.get(person.name) ?? [])) {
      const trouble = startTrouble(person, site, root);
      if (trouble === undefined) continue;
      results.push(trouble);
      blocked.add(person.name);
      break;
    }
  }
  return results;
}

/** One site for each program. */
function programsOf(sites: readonly PhpSite[]): PhpSite[] {
  const keys = sites.map((site) => `${site.pool?.chroot ?? ''} ${commandOf(site).program}`);
  return sites.filter((_, at) => keys.indexOf(keys[at]!) === at);
}

function startTrouble(person: Person, site: PhpSite, root: string): Result | undefined {
  const { program } = commandOf(site);
  if (!program.startsWith('/')) return undefined;
  const { kind, file, line } = site;
  const where = line === undefined ? file : `${file}:${line}`;
  const path = join(root || '/', site.pool?.chroot ?? '', program);
  if (mayReach(person, 'search', path) === false)
    return result('failure', 'php.not-executable', { kind, where, program, user: person.name });
  // Its interpreter may be where only root can look, such as a Node below /root.
  if (root !== '' || site.pool?.chroot !== undefined || !/mailshim/.test(program)) return undefined;
  const ran = runAs(person, program, ['--version']);
  if (ran === undefined || ran.status === 0) return undefined;
  const why = ran.stderr.trim().split('\n')[0]!.slice(0, 300) || `exit status ${ran.status}`;
  return result('failure', 'php.start', { kind, program, user: person.name, why });
}

function checkGuards({ root, program }: DoctorContext): Result[] {
  const results: Result[] = [];
  const selinux = selinuxState(root);
  if (selinux === 'denied') results.push(result('failure', 'php.selinux', {}));
  if (selinux === 'unknown') results.push(result('skipped', 'php.selinux-unknown', {}));
  if (lacksSelinuxModule(root)) results.push(result('failure', 'php.selinux-module', {}));
  const profile = apparmorProfile(root, program);
  if (profile !== undefined) results.push(result('failure', 'php.apparmor', { profile, program }));
  return results;
}
