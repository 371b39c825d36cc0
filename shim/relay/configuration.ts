// A Postfix configuration as it is written: parameters and services with their lines, and mistakes of syntax (postconf(5), master(5)).

import { define, findingsOf, type Place, type RelayFinding } from './finding.ts';

// biome-ignore format: a line for each language.
export const syntaxFindings = {
  'duplicate-parameter': define<{ name: string; first: number }>('warning', ({ name }) => [`main.cf: # ${name} = …`],
    ({ name, first }) => `${name} is set twice; Postfix uses this one and ignores line ${first}. Delete one of the two.`,
    ({ name, first }) => `${name} задан дважды: Postfix использует это значение и игнорирует строку ${first}. Удалите одну из двух.`),
  'indented-parameter': define<{ name: string; above: string }>('error', ({ name }) => [`main.cf: ${name} = …`],
    ({ name, above }) => `The line begins with a space, so that Postfix reads it as a part of ${above}: ${name} is not set, and ${above} has a wrong value. Remove the space.`,
    ({ name, above }) => `Строка начинается с пробела, поэтому Postfix считает её продолжением ${above}: ${name} не задан, а значение ${above} неверно. Уберите пробел.`),
  'line-without-equals': define<{ text: string }>('error', ({ text }) => [`main.cf:     ${text}`],
    ({ text }) => `"${text}" is not "name = value", and has no leading space to continue the line above. Postfix does not start.`,
    ({ text }) => `Строка «${text}» не имеет вида «имя = значение» и не начинается с пробела, чтобы продолжать предыдущую. Postfix не запустится.`),
  'odd-character': define<{ text: string }>('error', ({ text }) => [`main.cf: ${plain(text)}`],
    ({ text }) => `"${text}" has a typographic quote, dash or space, for example from a web page. Postfix reads it as part of the value.`,
    ({ text }) => `В строке «${text}» типографская кавычка, тире или пробел, попавшие с веб-страницы. Postfix считает их частью значения.`),
  'quoted-value': define<{ name: string; value: string }>('error', ({ name, value }) => [`main.cf: ${name} = ${value.slice(1, -1)}`],
    ({ name }) => `The value of ${name} is in quotes. main.cf has no quotes: they become part of the value.`,
    ({ name }) => `Значение ${name} взято в кавычки. В main.cf кавычек нет: они станут частью значения.`),
  'comment-after-value': define<{ name: string; value: string }>('error', ({ name, value }) => [`main.cf: ${name} = ${value.replace(/\s+#(\s.*|$)/, '')}`],
    ({ name }) => `There is a comment after the value of ${name}. In main.cf a comment needs its own line: this one becomes part of the value.`,
    ({ name }) => `После значения ${name} стоит комментарий. Postfix понимает комментарии только на отдельной строке: текст станет частью значения.`),
  'unused-parameter': define<{ name: string }>('warning', ({ name }) => [`main.cf: # ${name} = …`],
    ({ name }) => `Postfix does not know the parameter ${name}: it is misspelt, or of another version. The line has no effect: correct the name, or delete it.`,
    ({ name }) => `Postfix не знает параметра ${name}: опечатка или другая версия. Строка не действует: исправьте имя или удалите её.`),
  'option-spaces': define<{ text: string; mended: string }>('error', ({ mended }) => [`master.cf:   -o ${mended}`],
    ({ text }) => `"-o ${text}": master.cf allows no spaces around "=". The service does not start.`,
    ({ text }) => `«-o ${text}»: в master.cf вокруг «=» не должно быть пробелов. Служба не запустится.`),
  'option-not-indented': define<{ text: string }>('error', ({ text }) => [`master.cf:   ${text}`],
    ({ text }) => `"${text}" has no leading space, so that it does not belong to the service above. Postfix does not start.`,
    ({ text }) => `Перед «${text}» нет пробела, поэтому строка не относится к службе выше. Postfix не запустится.`),
  'service-fields': define<{ text: string; count: number }>('error', ['master.cf: submissions inet n - n - - smtpd'],
    ({ text, count }) => `"${text}" is not a service: a line of master.cf has eight fields (name, type, private, unprivileged, chroot, wake-up, limit, program), this one ${count}. Postfix does not start.`,
    ({ text, count }) => `«${text}» не описывает службу: в строке master.cf восемь полей (имя, тип, private, unprivileged, chroot, wakeup, предел, программа), здесь их ${count}. Postfix не запустится.`),
} as const;

const finding = findingsOf(syntaxFindings);

function plain(text: string): string {
  return text
    .replace(/[\u201c-\u201f\u00ab\u00bb\u2018-\u201b\u200b\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00a0\u3000]/g, ' ');
}

export interface Setting {
  name: string;
  value: string;
  file: string;
  /** From 1. */
  line: number;
}

/** One logical line of master.cf. */
export interface Service {
  name: string;
  /** inet, unix, unix-dgram, fifo, pass. */
  type: string;
  chroot: string;
  /** The program: smtpd, smtp, pipe … */
  command: string;
  /** Words after the program except `-o`. */
  flags: readonly string[];
  /** What `-o` sets for this service alone. */
  overrides: ReadonlyMap<string, Setting>;
  file: string;
  line: number;
}

export interface Configuration {
  /** The last one wins, as in Postfix. */
  settings: ReadonlyMap<string, Setting>;
  services: readonly Service[];
  /** Mistakes of syntax. */
  syntax: readonly RelayFinding[];
  /** Names of the two texts, for findings about what is missing. */
  mainFile: string;
  masterFile: string;
}

export interface Source {
  name: string;
  text: string;
}

interface Line {
  /** The first physical line, with its continuations joined by one space. */
  text: string;
  line: number;
  parts: readonly { text: string; line: number }[];
}

const SERVICE = /^\s*\S+\s+(?:inet|unix|unix-dgram|fifo|pass)\s+\S/;
/** Characters of word processors and web pages in place of quotes, hyphens and spaces, which Postfix does not know. */
const ODD = /[\u00a0\u2010-\u2015\u2018-\u201f\u2212\u00ab\u00bb\u200b\ufeff\u3000]/;
/** `$name`, `$(name)`, `${name}`; the conditional forms are in `expand`. */
const REFERENCE = /\$(?:\{([^{}]*)\}|\(([^()]*)\)|([A-Za-z0-9_]+))/g;
/** References expanded for one value: far more than any value has; a loop ends here. */
const MAX_REFERENCES = 1000;
/** Fields of a line of master.cf before the arguments of the program (master(5)). */
const SERVICE_FIELDS = 8;

/** The output of `postconf -n; postconf -M`, or both files in one: the first line that can only be a service begins master.cf. */
export function splitInput({ name, text }: Source): { main: Source; master: Source } {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => SERVICE.test(line) && !/^\s*[\w.-]+\s*=/.test(line) && !line.startsWith('#'));
  if (at === -1) return { main: { name, text }, master: { name, text: '' } };
  return {
    main: { name, text: lines.slice(0, at).join('\n') },
    // Empty lines keep the numbers those of the whole input.
    master: { name, text: `${'\n'.repeat(at)}${lines.slice(at).join('\n')}` },
  };
}

/** Never throws: a line that cannot be parsed becomes a finding. */
export function parseConfiguration(main: Source, master: Source): Configuration {
  const syntax: RelayFinding[] = [];
  const settings = parseMain(main, syntax);
  const services = parseMaster(master, syntax);
  return { settings, services, syntax, mainFile: main.name, masterFile: master.name };
}

/** Names that postconf does not know, out of what `postconf -n` writes to standard error. */
export function unusedParameters(configuration: Configuration, stderr: string): RelayFinding[] {
  const { syntax } = parseConfiguration({ name: 'postconf', text: stderr }, { name: '', text: '' });
  return syntax
    .filter(({ id }) => id === 'unused-parameter')
    .map(({ args }) => {
      const name = String(args.name);
      return finding('unused-parameter', { name }, placeOf(configuration, name));
    });
}

/** Comments and empty lines are allowed between a line and its continuation (postconf(5)). */
function logicalLines({ name, text }: Source, syntax: RelayFinding[]): Line[] {
  const lines: { parts: { text: string; line: number }[] }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const physical = raw.replace(/\r$/, '');
    const line = index + 1;
    if (/^\s*(#|$)/.test(physical)) continue;
    if (ODD.test(physical)) syntax.push(finding('odd-character', { text: physical.trim() }, { file: name, line }));
    const last = lines.at(-1);
    if (/^\s/.test(physical) && last !== undefined) last.parts.push({ text: physical.trim(), line });
    else lines.push({ parts: [{ text: physical.trim(), line }] });
  }
  return lines.map(({ parts }) => ({ text: parts.map((part) => part.text).join(' '), line: parts[0]!.line, parts }));
}

function parseMain(source: Source, syntax: RelayFinding[]): Map<string, Setting> {
  const { name: file } = source;
  const settings = new Map<string, Setting>();
  for (const { text, line, parts } of logicalLines(source, syntax)) {
    // From standard error of postconf, with `2>&1`.
    const unused = /^(?:\S*\/)?postconf: warning: .*: unused parameter: ([^\s=]+)/.exec(text);
    if (unused !== null) {
      syntax.push(finding('unused-parameter', { name: unused[1]! }, { file, line }));
      continue;
    }
    const match = /^([A-Za-z0-9_-]+)\s*=\s*([\s\S]*)$/.exec(text);
    if (match === null) {
      syntax.push(finding('line-without-equals', { text }, { file, line }));
      continue;
    }
    for (const part of parts.slice(1)) {
      const swallowed = /^([a-z0-9_]+)\s*=(?!=)/.exec(part.text);
      if (swallowed !== null && looksLikeParameter(swallowed[1]!))
        syntax.push(
          finding('indented-parameter', { name: swallowed[1]!, above: match[1]! }, { file, line: part.line }),
        );
    }
    const [name, value] = [match[1]!, match[2]!.trim()];
    const before = settings.get(name);
    if (before !== undefined) syntax.push(finding('duplicate-parameter', { name, first: before.line }, { file, line }));
    if (/^(["']).*\1$/.test(value)) syntax.push(finding('quoted-value', { name, value }, { file, line }));
    if (/\s#(\s|$)/.test(value)) syntax.push(finding('comment-after-value', { name, value }, { file, line }));
    settings.set(name, { name, value, file, line });
  }
  return settings;
}

// A continuation of a map in braces may hold "key = value" as well.
function looksLikeParameter(name: string): boolean {
  return (
    DEFAULTS.has(name) || /^(smtp|smtpd|lmtp|local|virtual|relay|my|inet|tls|queue|mail|message)_?[a-z]*_/.test(name)
  );
}

function parseMaster(source: Source, syntax: RelayFinding[]): Service[] {
  const { name: file } = source;
  const services: Service[] = [];
  /** Of the last service, which may continue. */
  let overrides = new Map<string, Setting>();
  let flags: string[] = [];
  for (const { text, line, parts } of logicalLines(source, syntax)) {
    if (text.startsWith('-o')) {
      syntax.push(finding('option-not-indented', { text }, { file, line }));
      // Parsed as intended, so that one mistake is one finding.
      for (const part of parts) readOptions(part.text, { file, line: part.line }, overrides, flags, syntax);
      continue;
    }
    const words = text.split(/\s+/);
    if (words.length < SERVICE_FIELDS || !SERVICE.test(text)) {
      syntax.push(finding('service-fields', { text, count: words.length }, { file, line }));
      continue;
    }
    overrides = new Map<string, Setting>();
    flags = [];
    for (const [index, part] of parts.entries()) {
      const own = index === 0 ? part.text.split(/\s+/).slice(SERVICE_FIELDS).join(' ') : part.text;
      readOptions(own, { file, line: part.line }, overrides, flags, syntax);
    }
    const [name, type, , , chroot, , , command] = words as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    services.push({ name, type, chroot, command, flags, overrides, file, line });
  }
  return services;
}

function readOptions(
  text: string,
  { file, line }: { file: string; line: number },
  overrides: Map<string, Setting>,
  flags: string[],
  syntax: RelayFinding[],
): void {
  // A word, or a group in braces, which may hold spaces.
  const words = text.match(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\S+/g) ?? [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith('-o')) {
      flags.push(word);
      continue;
    }
    const option = (word === '-o' ? (words[++at] ?? '') : word.slice(2)).replace(/^\{\s*|\s*\}$/g, '');
    const match = /^([A-Za-z0-9_-]+)\s*=\s*([\s\S]*)$/.exec(option);
    // "-o name = value": Postfix ends with "missing '=' after attribute name", or sets an empty value.
    if (match === null || (match[2] === '' && words[at + 1] !== undefined && !words[at + 1]!.startsWith('-'))) {
      const rest = words.slice(at).join(' ');
      syntax.push(finding('option-spaces', { text: rest, mended: rest.replace(/\s*=\s*/, '=') }, { file, line }));
      const [name, value] = rest.split(/\s*=\s*/, 2);
      if (name !== undefined && value !== undefined && /^[\w-]+$/.test(name))
        overrides.set(name, { name, value, file, line });
      return;
    }
    overrides.set(match[1]!, { name: match[1]!, value: match[2]!, file, line });
  }
}

/** The value for a service: its own `-o`, main.cf, or Postfix's default; with `$name` expanded. */
export function effective(configuration: Configuration, name: string, service?: Service): string {
  return expand(raw(configuration, name, service), configuration, service, { left: MAX_REFERENCES });
}

function raw(configuration: Configuration, name: string, service: Service | undefined): string {
  const set = settingOf(configuration, name, service)?.value;
  // Default of mydomain: myhostname without its first label (postconf(5)).
  if (set === undefined && name === 'mydomain')
    return raw(configuration, 'myhostname', service).replace(/^[^.]*\./, '');
  return (set ?? DEFAULTS.get(name) ?? '').trim();
}

/** The place of a value; main.cf for a default. */
export function placeOf(configuration: Configuration, name: string, service?: Service): Place {
  return settingOf(configuration, name, service) ?? { file: configuration.mainFile };
}

/** The setting of a value; undefined for a default. */
export function settingOf(configuration: Configuration, name: string, service?: Service): Setting | undefined {
  return service?.overrides.get(name) ?? configuration.settings.get(name);
}

function expand(
  value: string,
  configuration: Configuration,
  service: Service | undefined,
  budget: { left: number },
): string {
  const expanded = (name: string) => expand(raw(configuration, name, service), configuration, service, budget);
  return value
    .replace(REFERENCE, (whole, braced?: string, round?: string, plain?: string) => {
      if (budget.left-- <= 0) return '';
      const inner = (braced ?? round ?? plain)!.trim();
      const conditional = /^([A-Za-z0-9_]+)([?:])(.*)$/.exec(inner);
      if (conditional === null) return /^[A-Za-z0-9_]+$/.test(inner) ? expanded(inner) : whole;
      const set = expanded(conditional[1]!);
      if (conditional[2] === '?') return set === '' ? '' : conditional[3]!;
      return set === '' ? conditional[3]! : set;
    })
    .trim();
}

/** Words of a list, separated by commas or spaces; a group in braces is one word. */
export function listOf(value: string): string[] {
  return value.match(/[^\s,{}]*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^\s,]+/g) ?? [];
}

/** Services of smtpd that listen to the network, with the port's number where it is known. */
export function listeners(configuration: Configuration): { service: Service; port: number | undefined }[] {
  return configuration.services
    .filter(({ type, command }) => type === 'inet' && /^(smtpd|postscreen)$/.test(command))
    .map((service) => ({ service, port: portOf(service.name) }));
}

/** Names of /etc/services, which differ between systems. */
const PORTS: ReadonlyMap<string, number> = new Map([
  ['smtp', 25],
  ['mail', 25],
  ['submission', 587],
  ['submissions', 465],
  ['smtps', 465],
  ['ssmtp', 465],
  ['urd', 465],
]);

function portOf(name: string): number | undefined {
  const port = name.slice(name.lastIndexOf(':') + 1);
  return PORTS.get(port) ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

export const DEFAULTS: ReadonlyMap<string, string> = new Map([
  ['always_bcc', ''],
  ['compatibility_level', '0'],
  ['content_filter', ''],
  ['debug_peer_list', ''],
  ['disable_dns_lookups', 'no'],
  ['disable_vrfy_command', 'no'],
  ['inet_interfaces', 'all'],
  ['inet_protocols', 'all'],
  ['mail_name', 'Postfix'],
  ['mailbox_size_limit', '51200000'],
  ['message_size_limit', '10240000'],
  ['mydestination', '$myhostname, localhost.$mydomain, localhost'],
  ['myhostname', ''],
  ['mynetworks', ''],
  ['mynetworks_style', 'host'],
  ['myorigin', '$myhostname'],
  ['relay_domains', ''],
  ['relayhost', ''],
  ['smtp_address_preference', 'any'],
  ['smtp_bind_address6', ''],
  ['smtp_dns_support_level', ''],
  ['smtp_helo_name', '$myhostname'],
  ['smtp_sasl_password_maps', ''],
  ['smtp_tls_security_level', ''],
  ['smtpd_banner', '$myhostname ESMTP $mail_name'],
  ['smtpd_client_connection_rate_limit', '0'],
  ['smtpd_client_event_limit_exceptions', '$mynetworks'],
  ['smtpd_client_message_rate_limit', '0'],
  ['smtpd_client_recipient_rate_limit', '0'],
  ['smtpd_client_restrictions', ''],
  ['smtpd_forbid_bare_newline', 'no'],
  ['smtpd_recipient_restrictions', ''],
  ['smtpd_relay_restrictions', 'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination'],
  ['smtpd_sasl_auth_enable', 'no'],
  ['smtpd_sasl_security_options', 'noanonymous'],
  ['smtpd_sasl_tls_security_options', '$smtpd_sasl_security_options'],
  ['smtpd_sasl_type', 'cyrus'],
  ['smtpd_tls_auth_only', 'no'],
  ['smtpd_tls_cert_file', ''],
  ['smtpd_tls_chain_files', ''],
  ['smtpd_tls_eccert_file', ''],
  ['smtpd_tls_key_file', '$smtpd_tls_cert_file'],
  ['smtpd_tls_mandatory_protocols', '>=TLSv1'],
  ['smtpd_tls_protocols', '>=TLSv1'],
  ['smtpd_tls_security_level', ''],
  ['smtpd_tls_wrappermode', 'no'],
  ['soft_bounce', 'no'],
]);

export function isYes(value: string): boolean {
  return /^(?:yes|true|on|1)$/i.test(value);
}
