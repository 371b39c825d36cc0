// The SELinux policy: it compiles, names a type for each file of the package, and links with a policy into what it should allow
// and nothing more; and firewalld's service is XML with the ports of a relay.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SaxesParser } from 'saxes';
import { root } from '../scripts/package-files.ts';
import { selinuxMissing, selinuxSource, writeSelinuxModule } from '../scripts/selinux.ts';
import { temporaryFolder } from './support/folder.ts';
import { needs } from './support/peers.ts';

needs('checkmodule', 'checkpolicy');
const link = needs('semodule_link', 'semodule-utils');
const expand = needs('semodule_expand', 'semodule-utils');
const sesearch = needs('sesearch', 'setools');
const seinfo = needs('seinfo', 'setools');
/** Debian's policy, which has the types of RHEL's wherever the module is not optional. */
const POLICY = '/usr/share/selinux/default';
const noPolicy = existsSync(join(POLICY, 'base.pp.bz2'))
  ? false
  : 'the policy of SELinux is not installed: apt-get install selinux-policy-default';

describe('the SELinux module', { skip: selinuxMissing() ?? false }, () => {
  const folder = temporaryFolder('mailshim-selinux-test-');
  after(() => folder.remove());

  test('compiles, and is the same when compiled again', () => {
    const [one, other] = [folder.join('one.pp'), folder.join('other.pp')];
    writeSelinuxModule(one);
    writeSelinuxModule(other);
    assert.ok(readFileSync(one).equals(readFileSync(other)));
    assert.match(readFileSync(one, 'latin1'), /SE Linux Module/);
  });

  // The last line of a file of contexts that fits is the one that counts, once they are in order as semodule sorts them: by stem.
  const contexts = readFileSync(join(selinuxSource, 'mailshim.fc'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const words = line.split(/\t+/);
      return { path: new RegExp(`^${words[0]}$`), type: /:(\w+):s0$/.exec(words.at(-1)!)![1]! };
    });
  const typeOf = (path: string) => contexts.findLast((each) => each.path.test(path))?.type;
  const types: readonly (readonly [path: string, type: string | undefined])[] = [
    ['/usr/bin/mailshim', 'mailshim_launcher_exec_t'],
    ['/usr/lib/mailshim/mailshim', 'mailshim_exec_t'],
    ['/usr/lib/mailshim/drop.conf', undefined],
    ['/usr/local/lib/mailshim/launcher', 'mailshim_launcher_exec_t'],
    ['/usr/local/lib/mailshim/mailshim', 'mailshim_exec_t'],
    ['/etc/mailshimrc', 'mailshim_etc_t'],
    ['/etc/mailshim/dkim/shop.example.pem', 'mailshim_etc_t'],
    ['/var/spool/mailshim', 'mailshim_spool_t'],
    ['/var/spool/mailshim/queue/MWUPRMJXT0WE5YVY', 'mailshim_spool_t'],
    ['/var/spool/mailshim/socket', 'mailshim_spool_t'],
    ['/var/spool/mailshim/drop', 'mailshim_drop_t'],
    ['/var/spool/mailshim/drop/MWUPRMJXT0WE5YVY.call', 'mailshim_drop_t'],
    ['/var/spool/mailshim-bitrix/queue', 'mailshim_drop_t'],
    ['/var/log/mailshim/mail.log', 'mailshim_log_t'],
    ['/var/cache/mailshim', 'mailshim_cache_t'],
  ];
  for (const [path, type] of types)
    test(`${path} has ${type ?? 'no type of ours'}`, () => assert.equal(typeOf(path), type));

  describe('linked with a policy', { skip: noPolicy || link.missing || expand.missing || sesearch.missing }, () => {
    const policy = folder.join('policy');
    before(() => {
      const module = folder.join('mailshim.pp');
      writeSelinuxModule(module);
      const names = readdirSync(POLICY).filter((name) => name.endsWith('.pp.bz2'));
      for (const name of names) {
        const unpacked = execFileSync('bunzip2', ['-c', join(POLICY, name)], { maxBuffer: 1 << 28 });
        writeFileSync(folder.join(name.replace('.bz2', '')), unpacked);
      }
      const files = names.map((name) => folder.join(name.replace('.bz2', ''))).sort();
      const base = folder.join('base.pp');
      const words = [base, ...files.filter((file) => file !== base), module];
      for (const [program, args] of [
        [link.path, ['-o', folder.join('linked'), ...words]],
        [expand.path, [folder.join('linked'), policy]],
      ] as const) {
        const ran = spawnSync(program, args, { encoding: 'utf8' });
        assert.equal(ran.status, 0, ran.stderr.split('\n').slice(-5).join('\n'));
      }
    });
    const search = (...words: string[]) =>
      execFileSync(sesearch.path, [...words, policy], { encoding: 'utf8', maxBuffer: 1 << 28 });
    // A search takes seconds: all rules of a domain are asked for once.
    const known = new Map<string, string>();
    const once = (key: string, ask: () => string) => known.get(key) ?? known.set(key, ask()).get(key)!;
    const rulesOf = (source: string) => once(source, () => search('--allow', '-s', source)).split('\n');
    const attributesOf = (type: string) =>
      once(`${type} is`, () => execFileSync(seinfo.path, ['-x', '-t', type, policy], { encoding: 'utf8' })).match(
        /\w+/g,
      )!;
    /** Rights of a domain over a type; `condition`: the boolean that they depend on, '' for those without. */
    const rights = (source: string, target: string, kind: string) => {
      const names = new Set([target, ...attributesOf(target), ...(source === target ? ['self'] : [])]);
      const lines = rulesOf(source).filter((line) =>
        names.has(new RegExp(`^allow \\w+ (\\w+):${kind} `).exec(line)?.[1] ?? ''),
      );
      const granted = lines.flatMap((line) => {
        const [, many, one] = /:\w+ (?:\{ ([^}]+) \}|(\w+));/.exec(line)!;
        return (many ?? one)!.trim().split(' ');
      });
      return {
        granted: new Set(granted),
        condition: [...new Set(lines.map((line) => /\[ (\w+) \]:True/.exec(line)?.[1] ?? ''))],
      };
    };

    const WEB = 'httpd_can_sendmail';
    const allowed: readonly (readonly [
      source: string,
      target: string,
      kind: string,
      rights: string,
      condition: string,
    ])[] = [
      ['httpd_t', 'mailshim_launcher_exec_t', 'file', 'execute execute_no_trans map open read', WEB],
      ['httpd_t', 'mailshim_exec_t', 'file', 'execute map open read', WEB],
      ['httpd_t', 'mailshim_drop_t', 'dir', 'add_name remove_name search write', WEB],
      ['httpd_t', 'mailshim_drop_t', 'file', 'create open read setattr unlink write', WEB],
      ['httpd_t', 'mailshim_spool_t', 'sock_file', 'write', WEB],
      ['httpd_t', 'mailshim_t', 'unix_stream_socket', 'connectto', WEB],
      ['httpd_t', 'mailshim_submit_t', 'process', 'transition', WEB],
      ['mailshim_submit_t', 'httpd_t', 'fifo_file', 'read write', WEB],
      ['mailshim_submit_t', 'mailshim_t', 'unix_stream_socket', 'connectto', ''],
      ['mailshim_submit_t', 'mailshim_drop_t', 'file', 'create rename unlink write', ''],
      ['init_t', 'mailshim_t', 'process', 'transition', ''],
      ['mailshim_t', 'mailshim_exec_t', 'file', 'entrypoint execute read', ''],
      ['mailshim_t', 'mailshim_t', 'process', 'execmem fork', ''],
      ['mailshim_t', 'mailshim_etc_t', 'file', 'open read', ''],
      ['mailshim_t', 'mailshim_spool_t', 'file', 'create rename unlink write', ''],
      ['mailshim_t', 'mailshim_spool_t', 'sock_file', 'create unlink', ''],
      ['mailshim_t', 'mailshim_drop_t', 'file', 'read rename unlink', ''],
      ['mailshim_t', 'mailshim_log_t', 'file', 'append create', ''],
      ['mailshim_t', 'bin_t', 'file', 'execute execute_no_trans map', ''],
    ];
    for (const [source, target, kind, wanted, condition] of allowed)
      test(`${source} may ${wanted} ${target}:${kind}${condition === '' ? '' : ` by ${condition}`}`, () => {
        const found = rights(source, target, kind);
        for (const right of wanted.split(' ')) assert.ok(found.granted.has(right), right);
        if (condition !== '') assert.deepEqual(found.condition, [condition]);
      });

    for (const port of ['smtp_port_t', 'http_port_t', 'dns_port_t'])
      test(`the daemon may connect to ${port}`, () =>
        assert.ok(rights('mailshim_t', port, 'tcp_socket').granted.has('name_connect')));

    const denied: readonly (readonly [source: string, target: string, kind: string])[] = [
      ['httpd_t', 'mailshim_etc_t', 'file'],
      ['httpd_t', 'mailshim_spool_t', 'file'],
      ['httpd_t', 'mailshim_log_t', 'file'],
      ['mailshim_submit_t', 'mailshim_spool_t', 'file'],
      ['mailshim_t', 'httpd_sys_content_t', 'file'],
      ['mailshim_t', 'shadow_t', 'file'],
    ];
    for (const [source, target, kind] of denied)
      test(`${source} has no right over ${target}:${kind}`, () => {
        const { granted } = rights(source, target, kind);
        // Debian's policy lets every domain look at the type of every file.
        assert.deepEqual(
          [...granted].filter((right) => right !== 'getattr'),
          [],
        );
      });

    // nsswitch_domain has net_bind_service in Debian's policy.
    for (const source of ['mailshim_t', 'mailshim_submit_t'])
      test(`${source} has no capability that passes the rights of files or users`, () => {
        const { granted } = rights(source, source, 'capability');
        for (const right of ['dac_override', 'dac_read_search', 'setuid', 'setgid', 'sys_admin', 'sys_ptrace'])
          assert.ok(!granted.has(right), right);
      });

    test('other ports need a boolean, which is off', () => {
      const found = rights('mailshim_t', 'mysqld_port_t', 'tcp_socket');
      assert.deepEqual([[...found.granted], found.condition], [['name_connect'], ['mailshim_connect_any']]);
    });

    test('systemd starts the daemon in its domain, and a web server the program in another', () => {
      const transition = (source: string) =>
        search('--type_trans', '-s', source, '-t', 'mailshim_exec_t', '-c', 'process');
      assert.match(transition('init_t'), /mailshim_exec_t:process mailshim_t;/);
      assert.match(transition('httpd_t'), /mailshim_exec_t:process mailshim_submit_t; \[ httpd_can_sendmail \]:True/);
    });
  });
});

describe("firewalld's service", () => {
  const file = join(root, 'packaging/firewalld/mailshim-relay.xml');

  test('names the ports of a relay', () => {
    const elements: { name: string; attributes: Record<string, unknown> }[] = [];
    const parser = new SaxesParser();
    parser.on('error', (error) => assert.fail(error.message));
    parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes }));
    parser.write(readFileSync(file, 'utf8')).close();
    assert.deepEqual(
      elements.map(({ name }) => name),
      ['service', 'short', 'description', 'port', 'port', 'port'],
    );
    assert.deepEqual(
      elements.flatMap(({ name, attributes }) => (name === 'port' ? [{ ...attributes }] : [])),
      ['25', '465', '587'].map((port) => ({ protocol: 'tcp', port })),
    );
  });

  const xmllint = needs('xmllint', 'libxml2-utils');
  test('xmllint reads it', { skip: xmllint.missing }, () => {
    const ran = spawnSync(xmllint.path, ['--noout', file], { encoding: 'utf8' });
    assert.deepEqual([ran.status, ran.stderr], [0, '']);
  });
});
