// A real BIND on loopback that serves a test zone from zone files, with its own folder and port.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './dns-server.ts';
import { needs } from './peers.ts';
import { freePorts } from './ports.ts';
import type { Zone, ZoneRecords } from './zone.ts';

/** Serves every name of `zone`: a zone for each name with NS records, and for each top-level domain the rest. */
export async function startBind(zone: Zone): Promise<RunningServer> {
  const cuts = Object.keys(zone).filter((name) => zone[name]!.NS !== undefined);
  const originOf = (name: string) => {
    const within = cuts.filter((cut) => name === cut || name.endsWith(`.${cut}`));
    return within.sort((one, other) => other.length - one.length)[0] ?? name.split('.').at(-1)!;
  };
  const origins = new Map<string, string[]>();
  for (const [name, records] of Object.entries(zone)) {
    const lines = origins.get(originOf(name)) ?? [];
    lines.push(...zoneLines(name, records));
    origins.set(originOf(name), lines);
  }
  return startBindWithFiles(
    Object.fromEntries([...origins].map(([origin, lines]) => [origin, zoneFile(origin, lines)])),
  );
}

/** Serves zone files as they are: origin → text of the file. */
export async function startBindWithFiles(files: Record<string, string>): Promise<RunningServer & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-bind-'));
  const [port] = await freePorts(1);
  const clauses: string[] = [];
  mkdirSync(join(folder, 'zones'));
  for (const [origin, text] of Object.entries(files)) {
    const file = join(folder, 'zones', `${origin}.zone`);
    writeFileSync(file, text);
    clauses.push(`zone "${origin}" { type primary; file "${file}"; };`);
  }
  writeFileSync(
    join(folder, 'named.conf'),
    `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file "${folder}/named.pid";
      recursion no; dnssec-validation no; allow-query { 127.0.0.1; }; minimal-responses no; session-keyfile "${folder}/session.key"; };
controls { };
${clauses.join('\n')}
`,
  );
  const named = needs('named', 'bind9').path;
  const child = spawn(named, ['-g', '-c', join(folder, 'named.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const stop = () => stopBind(child, folder);
  for (let waited = 0; !/\brunning\b/.test(log); waited += 50) {
    if (child.exitCode !== null || waited > 15_000) {
      await stop();
      throw new Error(`named did not start:\n${log}`);
    }
    await sleep(50);
  }
  const refused = log
    .split('\n')
    .filter((line) => /not loaded due to errors|zone .*: (loading|bad|unknown)/.test(line));
  if (refused.length > 0) {
    await stop();
    throw new Error(`named refused a zone:\n${refused.join('\n')}\n${log}`);
  }
  return { port: port!, folder, stop };
}

async function stopBind(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

function zoneFile(origin: string, lines: readonly string[]): string {
  return `$ORIGIN ${origin}.
$TTL 300
@ 300 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300
${lines.some((line) => line.startsWith(`${origin}. `) && line.includes(' IN NS ')) ? '' : '@ 300 IN NS ns.invalid.'}
${lines.join('\n')}
`;
}

function zoneLines(name: string, records: ZoneRecords): string[] {
  const ttl = records.ttl ?? 300;
  const line = (type: string, data: string) => `${name}. ${ttl} IN ${type} ${data}`;
  const plain = (type: 'A' | 'AAAA' | 'TLSA' | 'CAA') =>
    (records[type] ?? []).map((record) => line(type, String(record)));
  const names = (type: 'CNAME' | 'NS' | 'PTR') => (records[type] ?? []).map((record) => line(type, `${record}.`));
  const mx = (records.MX ?? []).map((record) => {
    const text = typeof record === 'string' ? record : `${record.preference} ${record.exchange}`;
    return line('MX', text.endsWith('.') ? text : `${text}.`);
  });
  const txt = (records.TXT ?? []).map((record) => {
    const strings = typeof record === 'string' ? (record.match(/[\s\S]{1,255}/g) ?? ['']) : record;
    return line('TXT', strings.map(quoted).join(' '));
  });
  return [
    ...plain('A'),
    ...plain('AAAA'),
    ...plain('TLSA'),
    ...plain('CAA'),
    ...names('CNAME'),
    ...names('NS'),
    ...names('PTR'),
    ...mx,
    ...txt,
  ];
}

// RFC 1035 section 5.1: \DDD for an octet that is not printable ASCII.
function quoted(octets: string): string {
  const escaped = octets
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`);
  return `"${escaped}"`;
}
