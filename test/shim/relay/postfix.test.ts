// What `mailshim relay postfix` takes and writes, without a Postfix.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { relayCommand } from '../../../shim/commands/relay.ts';
import { EX, ExitError } from '../../../shim/exit.ts';
import { audit } from '../../../shim/relay/audit.ts';
import { listOf, parseConfiguration, splitInput } from '../../../shim/relay/configuration.ts';
import { postfixNetwork, readOptions } from '../../../shim/relay/options.ts';
import { wantedSettings } from '../../../shim/relay/settings.ts';
import '../../support/hermetic.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const base = { hostname: 'mail.shop.example', domain: ['shop.example'], allow: ['203.0.113.5'] };
const script = (...words: string[]) =>
  relayCommand(['postfix', '--hostname', 'mail.shop.example', '--domain', 'shop.example', ...words], NOW).stdout;

test('addresses become networks as Postfix writes them', () => {
  const read = readOptions({ ...base, allow: ['203.0.113.5, 203.0.113.77/29', '2001:db8::5,[2001:db8:0:1::9]/64'] });
  assert.ok('options' in read);
  assert.deepEqual(read.options.allow, ['203.0.113.5/32', '203.0.113.72/29', '2001:db8::5/128', '2001:db8:0:1::/64']);
  assert.equal(postfixNetwork('2001:db8:0:1::/64'), '[2001:db8:0:1::]/64');
});

test('--remove: an address, a domain, a login or a forward by its form', () => {
  const read = readOptions({
    hostname: 'mail.shop.example',
    remove: ['203.0.113.5', 'shop.example', 'two,login:a.b', '@shop.example', 'orders@shop.example', 'hash:/etc/x'],
  });
  assert.ok('options' in read);
  assert.deepEqual(
    read.options.remove.map(({ kind, word }) => `${kind} ${word}`),
    [
      'network 203.0.113.5/32',
      'domain shop.example',
      'login two',
      'login a.b',
      'forward @shop.example',
      'forward orders@shop.example',
      'network hash:/etc/x',
    ],
  );
});

test('each wrong option has its message', () => {
  const value = (option: string) => `command.value ${option}`;
  const rows: [Parameters<typeof readOptions>[0], string][] = [
    [{ ...base, hostname: 'mail' }, value('--hostname')],
    [{ domain: ['shop.example'] }, 'command.missing --hostname'],
    [{ ...base, domain: [] }, 'command.missing --domain'],
    [{ ...base, domain: ['shop'] }, value('--domain')],
    [{ ...base, allow: [] }, 'relay-setup.no-sender'],
    [{ ...base, allow: ['0.0.0.0/0'] }, 'relay-setup.wide /24'],
    [{ ...base, allow: ['203.0.0.0/16'] }, 'relay-setup.wide /24'],
    [{ ...base, allow: ['2001:db8::/32'] }, 'relay-setup.wide /48'],
    [{ ...base, allow: ['203.0.113.5/33'] }, value('--allow')],
    [{ ...base, allow: ['203.0.113.5/24/1'] }, value('--allow')],
    [{ ...base, allow: ['shop.example'] }, value('--allow')],
    [{ ...base, saslUser: ["x'; reboot"] }, value('--sasl-user')],
    [{ ...base, remove: ["x'; reboot"] }, value('--remove')],
    [{ ...base, remove: ['127.0.0.1'] }, 'relay-setup.this-machine'],
    [{ ...base, receiveAt: ["x'@provider.example"] }, value('--receive-at')],
    [{ ...base, receiveAt: ['a=b=c@provider.example'] }, value('--receive-at')],
    [{ ...base, receiveAt: ['info@other.example=x@provider.example'] }, 'relay-setup.foreign-address'],
    [{ ...base, receiveAt: ['owner@shop.example'] }, 'relay-setup.loop'],
    [{ ...base, saslUser: ['-c'] }, value('--sasl-user')],
    [{ ...base, certificate: '/a b.pem', key: '/k' }, value('--certificate')],
    [{ ...base, certificate: '/a.pem', key: "/k'" }, value('--key')],
    [{ ...base, certificate: 'a.pem', key: '/k.pem' }, value('--certificate')],
    [{ ...base, certificate: '/a.pem' }, 'relay-setup.certificate'],
  ];
  for (const [given, expected] of rows) {
    const read = readOptions(given);
    assert.ok('problem' in read, JSON.stringify(given));
    const [id, part = ''] = expected.split(' ');
    assert.equal(read.problem.id, id, JSON.stringify(given));
    assert.ok(read.problem.text.includes(part), read.problem.text);
  }
});

test('no step between the first and the last line widens who may send', () => {
  const read = readOptions({ ...base, saslUser: ['shop'] });
  assert.ok('options' in read);
  const names = wantedSettings(read.options).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 3), ['mynetworks', 'smtpd_client_restrictions', 'smtpd_relay_restrictions']);
  assert.equal(new Set(names).size, names.length);
});

test('sh reads the script, and every line that changes something has its reason', () => {
  for (const words of [
    ['--allow', '203.0.113.5'],
    ['--sasl-user', 'shop'],
    ['--allow', '203.0.113.5', '--sasl-user', 'shop', '--dane', '--ipv4-only'],
  ]) {
    const text = script(...words);
    execFileSync('/bin/sh', ['-n'], { input: text });
    const changing = text
      .split('\n')
      .filter((line) => /^ *(?:(?:main|stay) ['"]|(?:if .*)?postconf -c "\$new" -M)/.test(line));
    assert.ok(changing.length > 40);
    assert.deepEqual(
      changing.filter((line) => !/ {2}# \S/.test(line)),
      [],
    );
  }
});

test('firewall lines name the shop, or open the port where a login protects it', () => {
  const closed = script('--allow', '203.0.113.5,2001:db8::5');
  assert.match(closed, /ufw allow proto tcp from 203\.0\.113\.5\/32 to any port 465/);
  assert.match(closed, /family="ipv6" source address="2001:db8::5\/128" port port="465"/);
  assert.match(closed, /tcp dport 465 ip6 saddr '\{ 2001:db8::5\/128 \}' accept/);
  const open = script('--sasl-user', 'shop');
  assert.match(open, /ufw allow 465\/tcp/);
  assert.doesNotMatch(open, /dport 465 drop/);
});

test('what the command line lacks is said', () => {
  const refusal = (...words: string[]) => {
    try {
      relayCommand(words, NOW);
      return undefined;
    } catch (error) {
      return error instanceof ExitError ? error : undefined;
    }
  };
  assert.deepEqual(
    [refusal()?.code, refusal()?.message],
    [EX.USAGE, 'relay: postfix or list or audit is missing; see mailshim relay --help'],
  );
  assert.match(refusal('postfix')?.message ?? '', /^relay postfix: --hostname is missing/);
  assert.match(refusal('postfix', '--apply', '--dry-run')?.message ?? '', /cannot be used with/);
  assert.match(refusal('postfix', '--passwrd', 'x')?.message ?? '', /unknown option '--passwrd'/);
  assert.match(relayCommand(['--help'], NOW).stdout, /postfix[\s\S]*audit/);
});

test('the output of postconf falls apart into its two halves, with the lines of the whole', () => {
  const text =
    'mydestination =\nmynetworks = 0.0.0.0/0\nsmtp       inet  n       -       y       -       -       smtpd\n    -o a=b\n';
  const { main, master } = splitInput({ name: 'stdin', text });
  const { services, settings, syntax } = parseConfiguration(main, master);
  assert.deepEqual([...settings.keys()], ['mydestination', 'mynetworks']);
  assert.deepEqual(
    services.map(({ name, line, overrides }) => [name, line, [...overrides.keys()]]),
    [['smtp', 3, ['a']]],
  );
  assert.deepEqual(syntax, []);
});

test('lists keep what stands in braces together', () => {
  assert.deepEqual(listOf('a, b inline:{ {x = y} z=w },c'), ['a', 'b', 'inline:{ {x = y} z=w }', 'c']);
});

test('any text is read, and nothing is thrown', () => {
  const word = fc.constantFrom(
    'smtpd_tls_cert_file',
    ' = ',
    '=',
    '\n',
    '\n  ',
    '#',
    '-o',
    ' ',
    '{',
    '}',
    '$mydomain',
    '$\u007bx?y}',
    '$(myhostname)',
    'smtp inet n - n - - smtpd',
    '465',
    '0.0.0.0/0',
    '"',
    'mynetworks',
    'myhostname',
    '\u00a0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 40 }), (words) => {
      const { main, master } = splitInput({ name: 'stdin', text: words.join('') });
      const found = audit(parseConfiguration(main, master), { files: undefined, now: NOW, domains: [] });
      assert.ok(found.length > 0);
    }),
    { numRuns: 500 },
  );
});

test('parameters that name each other in a circle come to an end', () => {
  const main = { name: 'main.cf', text: `myhostname = a.$mydomain\nmydomain = ${'$myhostname'.repeat(20)}` };
  const configuration = parseConfiguration(main, { name: 'master.cf', text: '' });
  assert.ok(audit(configuration, { files: undefined, now: NOW, domains: [] }).length > 0);
});
