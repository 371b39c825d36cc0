// The relay's set-up as a script for sh: what is printed is what `--apply` runs. It works on copies and puts them in place whole.

import { RENEWAL_HOOK, surroundings } from './around.ts';
import { wantedServices, wantedSettings } from './settings.ts';
import type { RelayWish } from './wish.ts';

export interface ScriptOptions {
  /** Stops in front of the live files and shows what would change. */
  dryRun: boolean;
}

/** Nothing of the wish needs quoting beyond single quotes: `readWish` has seen to it. */
export function relayScript(wish: RelayWish, { dryRun }: ScriptOptions): string {
  return [
    '#!/bin/sh',
    `# ${wish.hostname}: a Postfix that sends for ${wish.domains.join(', ')} and takes no other mail. Run it as root.`,
    ...preparation(wish, dryRun),
    '',
    '# main.cf',
    ...wantedSettings(wish).map(({ name, value, why }) => explained(`main ${quoted(`${name} = ${value}`)}`, why)),
    ...(wish.saslUsers.length > 0
      ? [explained('main "cyrus_sasl_config_path = $etc/sasl"', 'where smtpd.conf is')]
      : []),
    '',
    '# master.cf',
    ...wantedServices(wish).map(({ name, line, why }) =>
      line === undefined
        ? explained(`postconf -c "$new" -M# ${name}`, why)
        : explained(`postconf -c "$new" -Me ${quoted(`${name}=${line}`)}`, why),
    ),
    '',
    ...(dryRun ? comparison() : installation(wish)),
    ...surroundings(wish).flatMap(({ title, lines }) => ['', `# ${title}.`, ...lines.map((line) => `#   ${line}`)]),
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function explained(command: string, why: string): string {
  return `${command}  # ${why}`;
}

function preparation({ certificate, key, saslUsers }: RelayWish, dryRun: boolean): string[] {
  const sasl = saslUsers.length > 0;
  return [
    'set -eu',
    'fail() { echo "$*" >&2; exit 1; }',
    'PATH=$PATH:/usr/sbin:/sbin',
    'command -v postconf >/dev/null || fail "Postfix is not installed: apt-get install postfix"',
    ...(sasl
      ? [
          'command -v saslpasswd2 >/dev/null || fail "Cyrus SASL is not installed: apt-get install sasl2-bin libsasl2-modules"',
        ]
      : []),
    ...(dryRun ? [] : ['[ "$(id -u)" = 0 ] || fail "only root may change Postfix: run it with sudo"']),
    `for file in ${certificate} ${key}; do`,
    dryRun
      ? '  [ -s "$file" ] || echo "$file is missing, or hidden from you: without it the script stops" >&2'
      : '  [ -s "$file" ] || fail "$file is missing: get the certificate first (see the end of the script), or name another by --certificate and --key"',
    'done',
    'etc=$(postconf -h config_directory)',
    // Beside the live files, so that putting them in place is a rename.
    dryRun ? 'new=$(mktemp -d)' : 'new=$(mktemp -d "$etc/.mailshim.XXXXXX")',
    `trap 'rm -rf "$new"' EXIT`,
    'cp -p "$etc/main.cf" "$etc/master.cf" "$new"',
    'main() { postconf -c "$new" -e "$1"; }',
  ];
}

function comparison(): string[] {
  return [
    '# What would change.',
    'for file in main.cf master.cf; do',
    '  diff -u "$etc/$file" "$new/$file" || [ $? = 1 ]',
    'done',
  ];
}

function installation(wish: RelayWish): string[] {
  return [
    '# Read by Postfix before it counts.',
    `for command in 'postconf -M' 'postmap -q a inline:{a=b}'; do`,
    '  MAIL_CONFIG=$new $command >/dev/null || fail "Postfix refuses the new files: nothing has changed"',
    'done',
    '# It gives its reasons to a terminal only.',
    'check() {',
    '  if command -v script >/dev/null; then script -qec "postfix check" /dev/null </dev/null >&2; else postfix check; fi',
    '}',
    ...(wish.saslUsers.length > 0
      ? [
          '',
          '# Cyrus SASL: passwords in a file of its own, which root writes and Postfix reads.',
          'mkdir -p "$etc/sasl"',
          'cat > "$etc/sasl/smtpd.conf" <<END',
          'pwcheck_method: auxprop',
          'auxprop_plugin: sasldb',
          'sasldb_path: $etc/sasl/sasldb2',
          'mech_list: PLAIN LOGIN',
          'END',
        ]
      : []),
    '',
    '# A copy with the time in its name, then both files in place, each in one step; back again if the check fails.',
    'stamp=$(date +%Y%m%d-%H%M%S)',
    'before=$(postconf -h inet_interfaces inet_protocols)',
    'for file in main.cf master.cf; do cp -p "$etc/$file" "$etc/$file.$stamp"; done',
    'mv "$new/main.cf" "$etc/main.cf"',
    'mv "$new/master.cf" "$etc/master.cf"',
    'if ! check; then',
    '  for file in main.cf master.cf; do',
    '    cp -p "$etc/$file.$stamp" "$new/$file" && mv "$new/$file" "$etc/$file"',
    '  done',
    '  fail "postfix check refused it: the files from before are back, and nothing has changed"',
    'fi',
    'echo "written: $etc/main.cf, $etc/master.cf; before: $etc/main.cf.$stamp, $etc/master.cf.$stamp"',
    ...(wish.certificate.startsWith('/etc/letsencrypt/')
      ? [
          '',
          '# A renewed certificate counts at once.',
          `mkdir -p ${RENEWAL_HOOK.replace(/\/[^/]*$/, '')}`,
          `printf '#!/bin/sh\\nexec postfix reload\\n' > ${RENEWAL_HOOK}`,
          `chmod 755 ${RENEWAL_HOOK}`,
        ]
      : []),
    '',
    '# Other addresses to listen on need a restart (postconf(5), inet_interfaces).',
    'if ! postfix status 2>/dev/null; then',
    '  echo "Postfix is not running; start it: systemctl enable --now postfix"',
    'elif [ "$before" = "$(postconf -h inet_interfaces inet_protocols)" ]; then',
    '  postfix reload',
    'elif [ "$etc" = /etc/postfix ] && systemctl is-active --quiet postfix 2>/dev/null; then',
    '  systemctl restart postfix',
    'else',
    '  postfix stop',
    '  postfix start',
    'fi',
  ];
}
