// `npm run deb`: dist/mailshim_VERSION_amd64.deb and _arm64.deb with the launcher of each (mailshim_VERSION_all.deb without it,
// where none could be built), mailshim-mta_VERSION_all.deb that puts it in sendmail's place, and, where `npm run executable`
// came before, mailshim-standalone_VERSION_ARCH.deb that needs no Node. Needs dpkg-deb.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { executableFile, runtimeLicenseFile } from './executable.ts';
import { launchersIn, MUSL_COPYRIGHT, type Release } from './launcher.ts';
import {
  bundle,
  CONFIGURATION,
  compressed,
  DESCRIPTION,
  dist,
  file,
  manifest,
  oldestNode,
  type PackageFile,
  programFiles,
  releaseTime,
  root,
  SUMMARY,
  writeFiles,
} from './package-files.ts';
import { licenseText } from './packages.ts';

const { version, license } = manifest;
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
  files: () => PackageFile[];
}

const SCRIPTS = ['postinst', 'prerm', 'postrm'];
/** Makes the daemon's user: whichever of them is there. */
const MAKES_USERS = 'systemd | systemd-standalone-sysusers | adduser';

const SUGGESTS = 'mailshim-mta, ca-certificates, logrotate';
const describe = (...paragraphs: string[]) => [SUMMARY, ...DESCRIPTION, ...paragraphs].join('\n ');

/** The program, which is the same everywhere, with the launcher of one architecture; undefined: without. */
function mailshim(architecture: string, launcher: string | undefined): Package {
  return {
    name: 'mailshim',
    architecture,
    fields: { Depends: `nodejs (>= ${oldestNode}), ${MAKES_USERS}`, Suggests: SUGGESTS },
    description: describe(),
    files: () => debianFiles('mailshim', bundle(), launcher),
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
  // Debian Policy section 10.5: within one top-level folder a link is relative.
  files: () => [
    ...['usr/sbin/sendmail', 'usr/lib/sendmail'].map((path) => ({ path, to: '../bin/mailshim' })),
    ...['usr/bin/mailq', 'usr/bin/newaliases'].map((path) => ({ path, to: 'mailshim' })),
    { path: 'usr/share/man/man8/sendmail.8.gz', to: '../man1/mailshim.1.gz' },
    ...['mailq', 'newaliases'].map((name) => ({ path: `usr/share/man/man1/${name}.1.gz`, to: 'mailshim.1.gz' })),
    { path: 'usr/share/doc/mailshim-mta', to: 'mailshim' },
  ],
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
  description: describe('.', 'This is the program with its own Node within, which starts sooner.'),
  // xz takes a minute and saves a tenth.
  compression: ['-Zgzip', '-z6'],
  files: () => [
    ...debianFiles('mailshim-standalone', readFileSync(executableFile), launcher),
    compressed(RUNTIME_LICENSE, readFileSync(runtimeLicenseFile)),
  ],
});

/** With what only Debian has: the scripts and conffiles of dpkg, a copyright in its format, and its changelog. */
function debianFiles(name: string, program: string | Uint8Array, launcher: string | undefined): PackageFile[] {
  return [
    ...programFiles(name, program, launcher),
    ...SCRIPTS.map((script) => file(`DEBIAN/${script}`, readFileSync(join(root, 'packaging', script)), 0o755)),
    file('DEBIAN/conffiles', `/${CONFIGURATION}\n`),
    file(`usr/share/doc/${name}/copyright`, copyrightText(name, launcher !== undefined)),
    compressed(`usr/share/doc/${name}/changelog.gz`, debianChangelog(name)),
  ];
}

/** Debian Policy section 4.4. */
function debianChangelog(name: string): string {
  const changed = releaseTime().toUTCString().replace('GMT', '+0000');
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
    return wanted.map(({ name, architecture, fields, description, compression = [], files }) => {
      const target = join(folder, `${name}_${architecture}`);
      mkdirSync(target, { mode: 0o755 });
      writeFiles(target, files());
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
      const lines = Object.entries(control).map(([field, value]) => `${field}: ${value}\n`);
      writeFiles(target, [file('DEBIAN/control', lines.join(''))]);
      const packed = join(into, `${name}_${version}_${architecture}.deb`);
      execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', target, packed], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return packed;
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
