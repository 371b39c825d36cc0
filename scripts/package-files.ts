// Which file of an installed system comes from where: what the Debian packages and the RPM have in common.
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const dist = join(root, 'dist');
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  license: string;
  engines: { node: string };
};
/** The version of the oldest Node that runs the program. */
export const oldestNode = manifest.engines.node.replace('>=', '');

export const SUMMARY = 'sendmail drop-in that submits to a relay over TLS';
/** In lines of at most 80 characters. */
export const DESCRIPTION = [
  'Reads msmtprc, hands every mail to the relay over TLS, asks first whether',
  'receivers will believe the sender, and signs by DKIM where keys are there.',
  'What the relay cannot take for now is kept on disk, and sent by a daemon.',
];

/** The system's own Node, since a package must not depend on a path of the machine that built it. */
const NODE = '/usr/bin/node';
/** The file that belongs to the administrator: an upgrade keeps what was changed in it. */
export const CONFIGURATION = 'etc/logrotate.d/mailshim';

/** Where each file of packaging/ goes; the scripts of a package manager are not among them. */
const SERVICE_FILES = {
  'mailshim.service': 'usr/lib/systemd/system/mailshim.service',
  'mailshim.path': 'usr/lib/systemd/system/mailshim.path',
  'sysusers.conf': 'usr/lib/sysusers.d/mailshim.conf',
  'tmpfiles.conf': 'usr/lib/tmpfiles.d/mailshim.conf',
  'drop.conf': 'usr/lib/mailshim/drop.conf',
  'logrotate.conf': CONFIGURATION,
};

/** A file, or with `to` a link; the path is without the first slash. */
export type PackageFile = { path: string } & ({ content: string | Uint8Array; mode: number } | { to: string });

export const file = (path: string, content: string | Uint8Array, mode = 0o644): PackageFile => ({
  path,
  content,
  mode,
});
/** Without its time, so that two builds are the same. */
export const compressed = (path: string, content: string | Uint8Array): PackageFile =>
  file(path, gzipSync(content, { level: 9 }));

/** The bundle, as it runs by the system's Node. */
export const bundle = (): string => readFileSync(join(dist, 'mailshim.cjs'), 'utf8').replace(/^#!.*\n/, `#!${NODE}\n`);

/** What every package holds; `name` is the package's. Without a launcher a link is in its place. */
export function programFiles(name: string, program: string | Uint8Array, launcher: string | undefined): PackageFile[] {
  const docs = ['README.md', 'docs/shim.md', 'docs/spool.md'];
  return [
    file('usr/lib/mailshim/mailshim', program, 0o755),
    // Not a link: dpkg changes links before it writes files, and mail may be sent in between.
    launcher === undefined
      ? { path: 'usr/bin/mailshim', to: '../lib/mailshim/mailshim' }
      : file('usr/bin/mailshim', readFileSync(launcher), 0o755),
    compressed('usr/share/man/man1/mailshim.1.gz', readFileSync(join(dist, 'mailshim.1'))),
    file('usr/share/bash-completion/completions/mailshim', readFileSync(join(dist, 'mailshim.bash'))),
    ...Object.entries(SERVICE_FILES).map(([from, path]) => file(path, readFileSync(join(root, 'packaging', from)))),
    ...docs.map((from) => file(`usr/share/doc/${name}/${from.split('/').at(-1)}`, readFileSync(join(root, from)))),
    compressed(`usr/share/doc/${name}/CHANGELOG.md.gz`, readFileSync(join(root, 'CHANGELOG.md'))),
  ];
}

/** Below `target`; to be called with a umask of 022. */
export function writeFiles(target: string, files: readonly PackageFile[]): void {
  for (const each of files) {
    const path = join(target, each.path);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    if ('to' in each) symlinkSync(each.to, path);
    else writeFileSync(path, each.content, { mode: each.mode });
  }
}

/** The time of the release: SOURCE_DATE_EPOCH, in seconds, else that of the last change to CHANGELOG.md. */
export function releaseTime(): Date {
  const seconds = Number(process.env.SOURCE_DATE_EPOCH || Number.NaN);
  return Number.isSafeInteger(seconds) ? new Date(seconds * 1000) : statSync(join(root, 'CHANGELOG.md')).mtime;
}
