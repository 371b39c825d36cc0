// `npm run deb`: dist/mailshim_VERSION_amd64.deb and _arm64.deb with the launcher of each (mailshim_VERSION_all.deb without it,
// where none could be built), mailshim-mta_VERSION_all.deb that puts it in sendmail's place, and, where `npm run executable`
// came before, mailshim-standalone_VERSION_ARCH.deb that needs no Node. Needs dpkg-deb.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { executableFile, runtimeLicenseFile } from './executable.ts';
import { launchersIn, MUSL_COPYRIGHT, type Release } from './launcher.ts';
import { licenseText } from './packages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  license: string;
  engines: { node: string };
};
/** Debian's own Node, since a package must not run by a path of whoever built it. */
const NODE = '/usr/bin/node';
const MAINTAINER = 'The mailshim authors <mailshim@users.noreply.github.com>';

/** What Debian calls them. */
const ARCHITECTURES: Readonly<Record<Release, string>> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' };
const hereRelease = `${process.platform}-${process.arch}` as Release;

interface Package {
  name: string;
  architecture: string;
  fields: Record<string, string>;
  description: string;
  /** dpkg-deb's options for compression. */
  compression?: string[];
  fill: (target: string) => void;
}

/** Where each file of packaging/ goes; the package's own scripts are not among them. */
const SERVICE_FILES = {
  'mailshim.service': 'usr/lib/systemd/system/mailshim.service',
  'mailshim.path': 'usr/lib/systemd/system/mailshim.path',
  'sysusers.conf': 'usr/lib/sysusers.d/mailshim.conf',
  'tmpfiles.conf': 'usr/lib/tmpfiles.d/mailshim.conf',
  'drop.conf': 'usr/lib/mailshim/drop.conf',
  'logrotate.conf': 'etc/logrotate.d/mailshim',
};
const SCRIPTS = ['postinst', 'prerm', 'postrm'];
/** Makes the daemon's user: whichever of them is there. */
const MAKES_USERS = 'systemd | systemd-standalone-sysusers | adduser';

const SUGGESTS = 'mailshim-mta, ca-certificates, logrotate';
const DESCRIPTION =
  'sendmail drop-in that submits to a relay over TLS\n Reads msmtprc, hands every mail to the relay over TLS, asks first whether\n receivers will believe the sender, and signs by DKIM where keys are there.\n What the relay cannot take for now is kept on disk, and sent by a daemon.';

/** The program, which is the same everywhere, with the launcher of one architecture; undefined: without. */
function mailshim(architecture: string, launcher: string | undefined): Package {
  return {
    name: 'mailshim',
    architecture,
    fields: { Depends: `nodejs (>= ${engines.node.replace('>=', '')}), ${MAKES_USERS}`, Suggests: SUGGESTS },
    description: DESCRIPTION,
    fill(target) {
      const bundle = readFileSync(join(dist, 'mailshim.cjs'), 'utf8').replace(/^#!.*\n/, `#!${NODE}\n`);
      fillProgram(target, 'mailshim', bundle, launcher);
    },
  };
}

const mta: Package = {
  name: 'mailshim-mta',
  architecture: 'all',
  // One machine has one sendmail: Debian Policy section 11.6.
  fields: {
    Depends: `mailshim (= ${version})`,
    Provides: 'mail-transport-agent',
    Conflicts: 'mail-transport-agent',
    Replaces: 'mail-transport-agent',
  },
  description: "mailshim in sendmail's place\n Links that make mailshim answer as sendmail, mailq and newaliases.",
  fill(target) {
    // Debian Policy section 10.5: within one top-level folder a link is relative.
    for (const name of ['usr/sbin/sendmail', 'usr/lib/sendmail']) link(target, name, '../bin/mailshim');
    for (const name of ['usr/bin/mailq', 'usr/bin/newaliases']) link(target, name, 'mailshim');
    link(target, 'usr/share/man/man8/sendmail.8.gz', '../man1/mailshim.1.gz');
    for (const name of ['mailq', 'newaliases']) link(target, `usr/share/man/man1/${name}.1.gz`, 'mailshim.1.gz');
    link(target, 'usr/share/doc/mailshim-mta', 'mailshim');
  },
};

const standalone = (launcher: string | undefined): Package => ({
  name: 'mailshim-standalone',
  architecture: ARCHITECTURES[hereRelease] ?? process.arch,
  fields: {
    // The newest symbols that Node asks of them.
    Depends: `libc6 (>= 2.28), libstdc++6 (>= 7), ${MAKES_USERS}`,
    Suggests: SUGGESTS,
    Provides: `mailshim (= ${version})`,
    Conflicts: 'mailshim',
    Replaces: 'mailshim',
  },
  description: `${DESCRIPTION}\n .\n This is the program with its own Node within, which starts sooner.`,
  // xz takes a minute and saves a tenth.
  compression: ['-Zgzip', '-z6'],
  fill(target) {
    fillProgram(target, 'mailshim-standalone', readFileSync(executableFile), launcher);
    put(target, RUNTIME_LICENSE, gzipSync(readFileSync(runtimeLicenseFile), { level: 9 }));
  },
});

function fillProgram(target: string, name: string, program: string | Uint8Array, launcher: string | undefined): void {
  put(target, 'usr/lib/mailshim/mailshim', program, 0o755);
  // Not a link: dpkg changes links before it writes files, and mail may be sent in between.
  if (launcher !== undefined) put(target, 'usr/bin/mailshim', readFileSync(launcher), 0o755);
  else link(target, 'usr/bin/mailshim', '../lib/mailshim/mailshim');
  put(target, 'usr/share/man/man1/mailshim.1.gz', gzipSync(readFileSync(join(dist, 'mailshim.1')), { level: 9 }));
  put(target, 'usr/share/bash-completion/completions/mailshim', readFileSync(join(dist, 'mailshim.bash')));
  put(target, `usr/share/doc/${name}/copyright`, copyrightText(name, launcher !== undefined));
  for (const [file, place] of Object.entries(SERVICE_FILES))
    put(target, place, readFileSync(join(root, 'packaging', file)));
  for (const file of SCRIPTS) put(target, `DEBIAN/${file}`, readFileSync(join(root, 'packaging', file)), 0o755);
  put(target, 'DEBIAN/conffiles', `/${SERVICE_FILES['logrotate.conf']}\n`);
  for (const file of ['README.md', 'docs/shim.md', 'docs/spool.md'])
    put(target, `usr/share/doc/${name}/${file.split('/').at(-1)}`, readFileSync(join(root, file)));
  put(
    target,
    `usr/share/doc/${name}/CHANGELOG.md.gz`,
    gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }),
  );
  put(target, `usr/share/doc/${name}/changelog.gz`, gzipSync(debianChangelog(name), { level: 9 }));
}

/** Debian Policy section 4.4. */
function debianChangelog(name: string): string {
  const changed = statSync(join(root, 'CHANGELOG.md')).mtime.toUTCString().replace('GMT', '+0000');
  return `${name} (${version}) unstable; urgency=medium\n\n  * What is new is in CHANGELOG.md.gz.\n\n -- ${MAINTAINER}  ${changed}\n`;
}

const RUNTIME_LICENSE = 'usr/share/doc/mailshim-standalone/LICENSE.node.gz';
const RUNTIME_COPYRIGHT = `
Files: usr/lib/mailshim/mailshim
Copyright: 2026 The mailshim authors
 Node.js contributors, and the authors of the libraries in Node.js
License: ${license} and others
 The program holds Node.js (MIT). Its license and those of its libraries are in
 /${RUNTIME_LICENSE}
`;
const LAUNCHER_COPYRIGHT = `
Files: usr/bin/mailshim
Copyright: 2026 The mailshim authors
 ${MUSL_COPYRIGHT}
License: ${license}
Comment: musl is linked into it statically.
`;

/** In Debian's format: each license is given in full once. */
function copyrightText(name: string, hasLauncher: boolean): string {
  const terms = licenseText()
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? ' .' : ` ${line}`))
    .join('\n');
  const head =
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: mailshim\n\nFiles: *\nCopyright: 2026 The mailshim authors';
  const more = [hasLauncher ? LAUNCHER_COPYRIGHT : '', name === 'mailshim' ? '' : RUNTIME_COPYRIGHT];
  return `${head}\nLicense: ${license}\n${terms}\n${more.join('')}`;
}

function put(target: string, name: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(join(target, name)), { recursive: true, mode: 0o755 });
  writeFileSync(join(target, name), content, { mode });
}
function link(target: string, name: string, to: string): void {
  mkdirSync(dirname(join(target, name)), { recursive: true, mode: 0o755 });
  symlinkSync(to, join(target, name));
}
/** Kilobytes, as dpkg counts them. */
function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024), 0);
}

function allPackages(launchers: Partial<Record<Release, string>>): Package[] {
  const built = Object.entries(launchers).map(([release, file]) => mailshim(ARCHITECTURES[release as Release], file));
  const programs = built.length > 0 ? built : [mailshim('all', undefined)];
  return existsSync(executableFile) ? [...programs, mta, standalone(launchers[hereRelease])] : [...programs, mta];
}

/**
 * Packs what lies in dist/ (the executable where it is there) into packages, all or those named, in the folder `into`,
 * which must exist; their paths. Throws where dpkg-deb fails or nothing was built.
 */
export function writePackages(into: string, names?: readonly string[], launchers = launchersIn(dist)): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-deb-'));
  const umask = process.umask(0o022);
  try {
    const wanted = allPackages(launchers).filter(({ name }) => names?.includes(name) ?? true);
    return wanted.map(({ name, architecture, fields, description, compression = [], fill }) => {
      const target = join(folder, `${name}_${architecture}`);
      mkdirSync(target, { mode: 0o755 });
      fill(target);
      const control = {
        Package: name,
        Version: version,
        Architecture: architecture,
        Maintainer: MAINTAINER,
        Section: 'mail',
        Priority: 'optional',
        'Installed-Size': String(sizeOf(target)),
        ...fields,
        Description: description,
      };
      put(
        target,
        'DEBIAN/control',
        `${Object.entries(control)
          .map(([field, value]) => `${field}: ${value}`)
          .join('\n')}\n`,
      );
      const file = join(into, `${name}_${version}_${architecture}.deb`);
      execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', target, file], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return file;
    });
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  for (const script of ['build.ts', 'launcher.ts'])
    execFileSync(process.execPath, [join(root, 'scripts', script)], { stdio: 'inherit' });
  for (const file of writePackages(dist)) console.log(relative(root, file));
}
