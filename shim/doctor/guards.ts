// What keeps PHP from its program or spool whatever the rights are: SELinux, AppArmor, read-only mounts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../php/glob.ts';
import type { DoctorContext } from './context.ts';
import { define, type Result, resultsOf } from './result.ts';

const PROGRAM = '/usr/local/bin/mailshim';
/** Where an administrator adds rules to a profile. */
const localRules = (profile: string) => `/etc/apparmor.d/local/${profile.replace(/^\//, '').replaceAll('/', '.')}`;

// biome-ignore format: a line for each language.
export const guardTexts = {
  'php.selinux': define({},
    ['SELinux does not let PHP send mail (httpd_can_sendmail is off)', 'setsebool -P httpd_can_sendmail 1'],
    ['SELinux запрещает PHP отправлять почту (httpd_can_sendmail выключен)', 'setsebool -P httpd_can_sendmail 1']),
  'php.selinux-unknown': define({},
    ['SELinux is enforcing, and httpd_can_sendmail cannot be read: it was not checked whether PHP may send mail', 'getsebool httpd_can_sendmail'],
    ['SELinux включён, значение httpd_can_sendmail прочитать не удалось: не проверено, разрешена ли PHP отправка почты', 'getsebool httpd_can_sendmail']),
  'php.selinux-module': define({},
    ['SELinux is enforcing and mailshim’s policy module is not installed: PHP can neither reach the spool nor start the program', 'semodule -i /usr/share/selinux/packages/mailshim.pp (the RPM contains it; npm run selinux builds it), then restorecon -R /usr/bin/mailshim /usr/lib/mailshim /etc/mailshimrc /var/spool/mailshim*'],
    ['SELinux включён, а модуль политики mailshim не установлен: PHP не может ни записать письмо в очередь, ни запустить программу', 'semodule -i /usr/share/selinux/packages/mailshim.pp (модуль входит в RPM, собирается командой npm run selinux), затем restorecon -R /usr/bin/mailshim /usr/lib/mailshim /etc/mailshimrc /var/spool/mailshim*']),
  'php.apparmor': define({ profile: 'php-fpm', program: PROGRAM },
    ({ profile, program }) => [
      `AppArmor (profile ${profile}) does not let PHP run ${program}`,
      `write "${program} Ux," into ${localRules(profile)}, then systemctl reload apparmor`,
    ],
    ({ profile, program }) => [
      `AppArmor (профиль ${profile}) не разрешает PHP запускать ${program}`,
      `добавьте «${program} Ux,» в ${localRules(profile)} и выполните systemctl reload apparmor`,
    ]),
} as const;

const result = resultsOf(guardTexts);

function readLine(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root || '/', file), 'utf8');
  } catch {
    return undefined;
  }
}

/** `denied`: SELinux is enforcing and its boolean for mail is off. `unknown`: enforcing, and the boolean is not readable. */
export function selinuxState(root: string): 'free' | 'allowed' | 'denied' | 'unknown' {
  if (readLine(root, 'sys/fs/selinux/enforce')?.trim() !== '1') return 'free';
  // The current value and the pending one.
  const state = readLine(root, 'sys/fs/selinux/booleans/httpd_can_sendmail')?.trim();
  if (state === undefined) return 'unknown';
  return state.startsWith('1') ? 'allowed' : 'denied';
}

/** Written by semodule -i, and readable by every user; the modules themselves are root's. */
const CONTEXTS = 'contexts/files/file_contexts';
/** The domain that RHEL's policy and Debian's give to Apache, nginx and php-fpm. */
const WEB_DOMAIN = 'httpd_t';
const WEB_PROCESS = /^(?:php-fpm[\d.]*|apache2|httpd)$/;

/** Whether SELinux keeps a web server from mailshim because the policy module is not installed. */
export function lacksSelinuxModule(root: string): boolean {
  if (readLine(root, 'sys/fs/selinux/enforce')?.trim() !== '1') return false;
  const config = readLine(root, 'etc/selinux/config') ?? '';
  const kind = /^\s*SELINUXTYPE\s*=\s*(\w+)/m.exec(config)?.[1] ?? 'targeted';
  const contexts = readLine(root, `etc/selinux/${kind}/${CONTEXTS}`);
  // Without that file it is not known.
  if (contexts === undefined || /:mailshim_spool_t:/.test(contexts)) return false;
  const domains = webDomains(root);
  return domains.length === 0 || domains.includes(WEB_DOMAIN);
}

/** Of the processes that run PHP now; a panel's own php-fpm may be in another domain, or in none. */
function webDomains(root: string): string[] {
  return webProcesses(root).flatMap((pid) => {
    const context = readLine(root, `proc/${pid}/attr/current`) ?? '';
    return context.split(':')[2] ?? [];
  });
}

function webProcesses(root: string): string[] {
  const pids = namesIn(join(root || '/', 'proc')).filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => WEB_PROCESS.test(readLine(root, `proc/${pid}/comm`)?.trim() ?? ''));
}

const PHP_PROFILE = /^((?:\/usr\/sbin\/)?(?:php-fpm[\d.]*|apache2|httpd))(?:\/\/\S+)? \(enforce\)$/m;
const LOCAL = 'etc/apparmor.d/local';

/** Enforced profile of PHP or Apache that does not allow the program; undefined where there is none. */
export function apparmorProfile(root: string, program: string): string | undefined {
  const profile = PHP_PROFILE.exec(readLine(root, 'sys/kernel/security/apparmor/profiles') ?? '')?.[1];
  if (profile === undefined) return undefined;
  const file = profile.replace(/^\//, '').replaceAll('/', '.');
  const folder = 'etc/apparmor.d';
  const texts = [
    ...namesIn(join(root || '/', folder))
      .filter((name) => name === file || name.startsWith('php-fpm'))
      .map((name) => `${folder}/${name}`),
    ...namesIn(join(root || '/', LOCAL)).map((name) => `${LOCAL}/${name}`),
  ].map((name) => readLine(root, name) ?? '');
  return texts.some((text) => allows(text, program)) ? undefined : profile;
}

/** A rule that allows to run the program, or every file in a directory above it. */
function allows(text: string, program: string): boolean {
  return text.split('\n').some((line) => {
    const [, path, rights] = /^\s*("?\/[^\s"]*"?)\s+([a-zA-Z]+)\s*,/.exec(line) ?? [];
    if (path === undefined || !/x/i.test(rights!)) return false;
    const pattern = path
      .replaceAll('"', '')
      .replace(/[.+^$()|[\]\\]/g, '\\$&')
      .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'))
      .replace(/\{([^}]*)\}/g, (_, list: string) => `(?:${list.replaceAll(',', '|')})`);
    return new RegExp(`^${pattern}$`).test(program);
  });
}

export interface ReadOnly {
  mount: string;
  /** Only as a service sees it: `php8.2-fpm`. */
  service: string;
}

/** The read-only mount of a directory, here or in the mount namespace of PHP. */
export function readOnlyMount(root: string, folder: string): ReadOnly | undefined {
  const place = root === '' ? folder : folder.slice(root.length);
  const mounts = readLine(root, 'proc/self/mountinfo') ?? '';
  const own = mountOf(mounts, place);
  if (own?.isReadOnly === true) return { mount: own.path, service: '' };
  for (const pid of webProcesses(root)) {
    const name = readLine(root, `proc/${pid}/comm`)?.trim() ?? '';
    const seen = readLine(root, `proc/${pid}/mountinfo`) ?? '';
    // A process of a container has other files.
    if (mountOf(seen, '/')?.device !== mountOf(mounts, '/')?.device) continue;
    const theirs = mountOf(seen, place);
    if (theirs?.isReadOnly === true)
      return { mount: theirs.path, service: name.replace(/^php-fpm([\d.]+)$/, 'php$1-fpm') };
  }
  return undefined;
}

interface Mount {
  path: string;
  /** Major and minor number. */
  device: string;
  isReadOnly: boolean;
}

/** proc_pid_mountinfo(5): of several mounts at one path the last counts. */
function mountOf(text: string, folder: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device, , point, options] = before.split(' ');
    if (device === undefined || point === undefined || options === undefined) continue;
    const path = point.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
    const isAbove = path === '/' || folder === path || folder.startsWith(`${path}/`);
    if (!isAbove || (best !== undefined && path.length < best.path.length)) continue;
    const isReadOnly = [options, after.split(' ')[2] ?? ''].some((list) => list.split(',').includes('ro'));
    best = { path, device, isReadOnly };
  }
  return best;
}

export function checkGuards({ root, program }: DoctorContext): Result[] {
  const results: Result[] = [];
  const selinux = selinuxState(root);
  if (selinux === 'denied') results.push(result('failure', 'php.selinux', {}));
  if (selinux === 'unknown') results.push(result('skipped', 'php.selinux-unknown', {}));
  if (lacksSelinuxModule(root)) results.push(result('failure', 'php.selinux-module', {}));
  const profile = apparmorProfile(root, program);
  if (profile !== undefined) results.push(result('failure', 'php.apparmor', { profile, program }));
  return results;
}
