// `npm run rpm`: dist/mailshim-VERSION-1.x86_64.rpm and .aarch64.rpm with the launcher of each, or .noarch.rpm without it where
// none could be built. Needs rpmbuild (Debian's package rpm), neither root nor a network.
import { execFileSync } from 'node:child_process';
import { lutimesSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { launchersIn, type Release } from './launcher.ts';
import {
  bundle,
  CONFIGURATION,
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
import { licenseText, muslLicense } from './packages.ts';
import { selinuxModule } from './selinux.ts';

/** What RPM calls them. */
const ARCHITECTURES: Readonly<Record<Release, string>> = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };
const NAME = 'mailshim';
const RELEASE = '1';
/** RPM divides version from release by a hyphen; a tilde sorts before the version without it. */
const version = manifest.version.replace('-', '~').replaceAll('-', '.');
const SCRIPTLETS = ['post', 'preun', 'postun'];

// Neither the machine nor its settings change the package: nothing is stripped, compressed or found out from the files, and the
// payload is of a kind that RPM 4.14 (RHEL 8) reads.
const SETTINGS: Readonly<Record<string, string>> = {
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  _binary_payload: 'w9.gzdio',
  _binary_filedigest_algorithm: '8',
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
};

/** What only systems with RPM have. */
function systemFiles(module: Buffer | undefined): PackageFile[] {
  const service = 'mailshim-relay.xml';
  return [
    file(`usr/lib/firewalld/services/${service}`, readFileSync(join(root, 'packaging/firewalld', service))),
    ...(module === undefined ? [] : [file('usr/share/selinux/packages/mailshim.pp', module)]),
  ];
}

function rpmFiles(launcher: string | undefined, module: Buffer | undefined): PackageFile[] {
  const licenses = 'usr/share/licenses/mailshim';
  return [
    ...programFiles(NAME, bundle(), launcher),
    ...systemFiles(module),
    file(`${licenses}/LICENSE`, licenseText()),
    ...(launcher === undefined ? [] : [file(`${licenses}/LICENSE.musl`, muslLicense())]),
  ];
}

/** RPM removes the folders that a package names. Those of the system are not ours. */
function ownFolders(files: readonly PackageFile[]): string[] {
  const folders = files.map(({ path }) => dirname(path)).filter((path) => path.endsWith(`/${NAME}`));
  return [...new Set(folders)];
}

function listed(entry: PackageFile): string {
  const kinds: readonly [prefix: string, directive: string][] = [
    [CONFIGURATION, '%config(noreplace) '],
    ['usr/share/doc/', '%doc '],
    ['usr/share/man/', '%doc '],
    ['usr/share/licenses/', '%license '],
  ];
  const kind = kinds.find(([prefix]) => entry.path.startsWith(prefix))?.[1] ?? '';
  const mode = 'to' in entry ? '-' : `0${entry.mode.toString(8)}`;
  return `${kind}%attr(${mode},root,root) "/${entry.path}"`;
}

function specText(files: readonly PackageFile[], architecture: string): string {
  const tags: readonly (readonly [string, string])[] = [
    ['Name', NAME],
    ['Version', version],
    ['Release', RELEASE],
    ['Summary', SUMMARY],
    ['License', manifest.license],
    ...(architecture === 'noarch' ? [['BuildArch', 'noarch'] as const] : []),
    ['AutoReqProv', 'no'],
    // By "nodejs >= 22.12" any version with an epoch would do: RHEL's has 1, NodeSource's 2. The first name has no epoch.
    ['Requires', `(nodejs(engine) >= ${oldestNode} or nodejs >= 2:${oldestNode})`],
    ['Requires', '/usr/bin/node'],
    ['Requires(post)', '(systemd or shadow-utils)'],
    ['Suggests', 'ca-certificates'],
    ['Suggests', 'logrotate'],
  ];
  const scriptlets = SCRIPTLETS.map((name) => {
    const text = readFileSync(join(root, 'packaging/rpm', name), 'utf8');
    return `%${name}\n${text.replaceAll('%', '%%')}`;
  });
  return [
    ...tags.map(([tag, value]) => `${tag}: ${value}`),
    `\n%description\n${DESCRIPTION.join('\n')}\n`,
    '%install\nmkdir -p "%{buildroot}"\ncp -a "%{tree}/." "%{buildroot}/"\n',
    ...scriptlets,
    '%files',
    ...ownFolders(files).map((path) => `%dir %attr(0755,root,root) "/${path}"`),
    ...files.map(listed),
    '',
  ].join('\n');
}

/** Builds in `folder`, which is removed later; the package's path in `into`. */
function writeRpm(folder: string, into: string, architecture: string, files: readonly PackageFile[]): string {
  const tree = join(folder, 'tree');
  mkdirSync(tree, { recursive: true });
  writeFiles(tree, files);
  const time = releaseTime();
  for (const name of ['.', ...readdirSync(tree, { recursive: true, encoding: 'utf8' })])
    lutimesSync(join(tree, name), time, time);
  const spec = join(folder, 'mailshim.spec');
  writeFileSync(spec, specText(files, architecture));
  const settings = { ...SETTINGS, _topdir: folder, _tmppath: folder, _rpmdir: into, tree };
  const defines = Object.entries(settings).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const target = architecture === 'noarch' ? [] : ['--target', `${architecture}-linux`];
  execFileSync('rpmbuild', ['-bb', '--quiet', ...target, ...defines, spec], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      // A home without .rpmmacros, in which the database of packages is looked for, too.
      HOME: folder,
      LC_ALL: 'C.UTF-8',
      SOURCE_DATE_EPOCH: String(Math.floor(time.getTime() / 1000)),
    },
  });
  return join(into, `${NAME}-${version}-${RELEASE}.${architecture}.rpm`);
}

/** Packs what is in dist/ into the folder `into`, which must exist; the paths of the packages. Throws where rpmbuild fails. */
export function writeRpms(into: string, launchers = launchersIn(dist)): string[] {
  const built = Object.entries(launchers).map(([release, path]) => [ARCHITECTURES[release as Release], path] as const);
  const module = selinuxModule();
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-rpm-'));
  const umask = process.umask(0o022);
  try {
    return (built.length > 0 ? built : [['noarch', undefined] as const]).map(([architecture, launcher]) =>
      writeRpm(join(folder, architecture), into, architecture, rpmFiles(launcher, module)),
    );
  } finally {
    process.umask(umask);
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  for (const script of ['build.ts', 'launcher.ts'])
    execFileSync(process.execPath, [join(root, 'scripts', script)], { stdio: 'inherit' });
  for (const path of writeRpms(dist)) console.log(relative(root, path));
}
