// The resolver contract against the system resolver: UDP, and TCP where the answer is truncated.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemResolver } from '../../../shim/dns/system.ts';
import { contractZone, failingZone, resolverContract } from '../../shared/dns/contract.ts';
import { type RunningServer, respondFrom, startNameServer } from '../../support/dns-server.ts';
import { zoneResolver } from '../../support/zone.ts';

const zone = { ...contractZone, ...failingZone };
const running: RunningServer[] = [];
after(async () => {
  for (const server of running) await server.stop();
});

let port = 0;
let truncatingPort = 0;
before(async () => {
  running.push(await startNameServer(respondFrom(zoneResolver(zone))));
  running.push(await startNameServer(respondFrom(zoneResolver(zone)), 60));
  port = running[0]!.port;
  truncatingPort = running[1]!.port;
});
const at = (number: number) => systemResolver({ servers: [`127.0.0.1:${number}`], timeoutMs: 200 });

resolverContract({ name: 'system over UDP', resolver: () => at(port), failures: true });
resolverContract({ name: 'system over TCP', resolver: () => at(truncatingPort), failures: true });

test('a server that fails does not hide one that answers', async () => {
  const { freePorts } = await import('../../support/ports.ts');
  const [closed] = await freePorts(1);
  const resolver = systemResolver({ servers: [`127.0.0.1:${closed}`, `127.0.0.1:${port}`], timeoutMs: 200 });
  assert.equal((await resolver.query('shop.example', 'A')).kind, 'ok');
});

test('a forged answer to another question is passed over for the real one', async () => {
  const honest = respondFrom(zoneResolver(zone));
  const forger = await startNameServer(async (message) => {
    const answer = await honest(message);
    if (answer !== null) answer[0] = answer[0]! ^ 0xff;
    return answer;
  });
  running.push(forger);
  const answer = await at(forger.port).query('shop.example', 'A');
  assert.ok(answer.kind === 'error' && answer.reason === 'timeout');
});

test('no server, no throw', async () => {
  const answer = await systemResolver({ servers: [] }).query('shop.example', 'A');
  assert.ok(answer.kind === 'error' && answer.reason === 'network');
});

test('a server without a route is an error, not the end of the program', async () => {
  // No process may connect to the broadcast address by default, as if there were no route.
  const resolver = systemResolver({ servers: ['255.255.255.255'], timeoutMs: 500 });
  const answer = await resolver.query('shop.example', 'TXT');
  assert.equal(answer.kind === 'error' && answer.reason, 'network');
});
