// The relay's set-up as a script for sh: what is printed is what `--apply` runs. It changes copies and moves them into place.

import { instructions, RENEWAL_HOOK } from './instructions.ts';
import { KEEP_SHOPS, mergeLines } from './merge.ts';
import type { RelayOptions } from './options.ts';
import { LOGIN_SETTINGS, WANTED_SERVICES, type WantedService, type WantedSetting, wantedSettings } from './settings.ts';

export interface ScriptOptions {
  /** Shows the changes and does not make them. */
  dryRun: boolean;
}

/** No option contains a quote: `readOptions` rejects those. */
export function relayScript(options: RelayOptions, { dryRun }: ScriptOptions): string {
  const senders = options.domains.length === 0 ? 'shops' : options.domains.join(', ');
  return [
    '#!/bin/sh',
    `# ${options.hostname}: a Postfix that sends for ${senders} and accepts no other mail. Run it as root.`,
    ...preparation(options, dryRun),
    '',
    ...mergeLines(options),
    '',
    ...copies(options, dryRun),
    '',
    '# main.cf',
    ...wantedSettings(options).map(settingLine),
    'if [ $login = yes ]; then',
    ...LOGIN_SETTINGS.map((setting) => `  ${settingLine(setting)}`),
    `  ${explained('main "cyrus_sasl_config_path = $etc/sasl"', 'where smtpd.conf is')}`,
    'fi',
    ...FORWARDING,
    ...KEEP_SHOPS,
    '',
    '# master.cf',
    ...WANTED_SERVICES.map(serviceLine),
    '',
    ...(dryRun ? comparison() : installation(options)),
    ...instructions(options).flatMap(({ title, lines }) => ['', `# ${title}.`, ...lines.map((line) => `#   ${line}`)]),
    '',
  ].join('\n');
}

function settingLine({ name, value, why, from, stays }: WantedSetting): string {
  if (from === 'script') return explained(`main "${name} = $${value}"`, why);
  return explained(`${stays === true ? 'stay' : 'main'} ${quoted(`${name} = ${value}`)}`, why);
}

function serviceLine({ name, line, why, when }: WantedService): string {
  const without = `postconf -c "$new" -M# ${name}`;
  if (line === undefined) return explained(without, why);
  const set = `postconf -c "$new" -Me "${name}=${line}"`;
  return explained(when === undefined ? set : `if ${when}; then ${set}; else ${without}; fi`, why);
}

/** Own parameters, in addition to those that an administrator has in virtual_alias_maps. */
const FORWARDING: readonly string[] = `# Mail that is received to be sent on.
main_list() {
  list=$({ setting "$1" | words | grep -vxF "$2" || true; [ -z "$receives" ] || echo "$2"; } | tr '\\n' ' ' | sed 's/ $//')
  if [ -n "$list" ]; then main "$1 = $list"; else postconf -c "$new" -X "$1"; fi
}
if [ -n "$receives" ]; then
  main "mailshim_receives = $receives"  # domains whose mail comes here
  main "mailshim_forwards = inline:{ $forwards }"  # and where it goes on to
else
  postconf -c "$new" -X mailshim_receives mailshim_forwards
fi
main_list virtual_alias_domains '$mailshim_receives'
main_list virtual_alias_maps '$mailshim_forwards'`.split('\n');

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function explained(command: string, why: string): string {
  return `${command}  # ${why}`;
}

function preparation({ saslUsers }: RelayOptions, dryRun: boolean): string[] {
  const sasl = saslUsers.length > 0;
  return [
    // -f: a network in brackets is not a pattern for file names.
    'set -euf',
    'fail() { echo "$*" >&2; exit 1; }',
    'PATH=$PATH:/usr/sbin:/sbin',
    'command -v postconf >/dev/null || fail "Postfix is not installed: apt-get install postfix"',
    ...(sasl
      ? [
          'command -v saslpasswd2 >/dev/null || fail "Cyrus SASL is not installed: apt-get install sasl2-bin libsasl2-modules"',
        ]
      : []),
    ...(dryRun ? [] : ['[ "$(id -u)" = 0 ] || fail "only root may change Postfix: run it with sudo"']),
    'etc=$(postconf -h config_directory)',
  ];
}

/** The certificate to use, and copies of the live files. */
function copies({ certificate, key, certificateNamed, replace }: RelayOptions, dryRun: boolean): string[] {
  const staying = !certificateNamed && !replace;
  return [
    `certificate='${certificate}'`,
    `key='${key}'`,
    ...(staying
      ? [
          'if [ -n "$made" ] && [ -n "$(setting smtpd_tls_cert_file)" ]; then certificate=$(setting smtpd_tls_cert_file); key=$(setting smtpd_tls_key_file); fi',
        ]
      : []),
    'for file in "$certificate" "$key"; do',
    dryRun
      ? '  [ -s "$file" ] || echo "$file is missing or not readable for you: without it the script stops" >&2'
      : '  [ -s "$file" ] || fail "$file is missing: get the certificate first (see the end of the script), or name another by --certificate and --key"',
    'done',
    // In the directory of the live files, so that moving them into place is a rename.
    dryRun ? 'new=$(mktemp -d)' : 'new=$(mktemp -d "$etc/.mailshim.XXXXXX")',
    `trap 'rm -rf "$new"' EXIT`,
    'cp -p "$etc/main.cf" "$etc/master.cf" "$new"',
    'main() { postconf -c "$new" -e "$1"; }',
    '# What a relay that is set up has there stays; 0 is no limit.',
    `stay() {
  there=$(setting "\${1%% =*}")
  case "\${1%% =*}" in
    inet_protocols) [ "$there" = ipv4 ] || there= ;;
    smtp_tls_security_level) [ "$there" = dane ] || there= ;;
  esac
  if [ -z "$made" ] || [ -z "$there" ] || [ "$there" = 0 ]; then main "$1"; fi
}`,
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

function installation(options: RelayOptions): string[] {
  return [
    '# Read by Postfix before they are used.',
    `for command in 'postconf -M' 'postmap -q a inline:{a=b}'; do`,
    '  MAIL_CONFIG=$new $command >/dev/null || fail "Postfix does not accept the new files: nothing has changed"',
    'done',
    '# It prints its reasons only to a terminal.',
    'check() {',
    '  if command -v script >/dev/null; then script -qec "postfix check" /dev/null </dev/null >&2; else postfix check; fi',
    '}',
    '',
    '# Cyrus SASL: passwords in their own file, which root writes and Postfix reads.',
    'if [ $login = yes ]; then',
    '  mkdir -p "$etc/sasl"',
    '  cat > "$etc/sasl/smtpd.conf" <<END',
    'pwcheck_method: auxprop',
    'auxprop_plugin: sasldb',
    'sasldb_path: $etc/sasl/sasldb2',
    'mech_list: PLAIN LOGIN',
    'END',
    'fi',
    '',
    '# A copy with the time in its name, then both files in place, each in one step; back again if the check fails.',
    'stamp=$(date +%Y%m%d-%H%M%S)',
    'listening() { postconf -h inet_interfaces inet_protocols; postconf -M 2>/dev/null | grep "^[^ ]*:465 " || true; }',
    'before=$(listening)',
    'for file in main.cf master.cf; do cp -p "$etc/$file" "$etc/$file.$stamp"; done',
    'mv "$new/main.cf" "$etc/main.cf"',
    'mv "$new/master.cf" "$etc/master.cf"',
    'if ! check; then',
    '  for file in main.cf master.cf; do',
    '    cp -p "$etc/$file.$stamp" "$new/$file" && mv "$new/$file" "$etc/$file"',
    '  done',
    '  fail "postfix check failed: the previous files are restored, and nothing has changed"',
    'fi',
    'echo "written: $etc/main.cf, $etc/master.cf; before: $etc/main.cf.$stamp, $etc/master.cf.$stamp"',
    ...(options.certificate.startsWith('/etc/letsencrypt/')
      ? [
          '',
          '# Postfix loads a renewed certificate.',
          `mkdir -p ${RENEWAL_HOOK.replace(/\/[^/]*$/, '')}`,
          `printf '#!/bin/sh\\nexec postfix reload\\n' > ${RENEWAL_HOOK}`,
          `chmod 755 ${RENEWAL_HOOK}`,
        ]
      : []),
    '',
    '# Logins of removed shops.',
    'for user in $gone_logins; do',
    '  saslpasswd2 -f "$etc/sasl/sasldb2" -d -u "$host" "$user" || echo "the login $user has no password" >&2',
    'done',
    '',
    '# Other addresses to listen on need a restart (postconf(5), inet_interfaces).',
    'if ! postfix status 2>/dev/null; then',
    '  echo "Postfix is not running; start it: systemctl enable --now postfix"',
    'elif [ "$before" = "$(listening)" ]; then',
    '  postfix reload',
    'elif [ "$etc" = /etc/postfix ] && systemctl is-active --quiet postfix 2>/dev/null; then',
    '  systemctl restart postfix',
    'else',
    '  postfix stop',
    '  postfix start',
    'fi',
  ];
}
