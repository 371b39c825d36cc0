// The resolver contract against each backend: the zone in memory, DNS over HTTPS, and BIND through DoH.
import { after, before } from 'node:test';
import { dohResolver } from '../../../shared/dns/doh.ts';
import type { Resolver } from '../../../shared/dns/types.ts';
import { startBind } from '../../support/bind.ts';
import { forwardTo, type RunningServer, respondFrom, startDohServer } from '../../support/dns-server.ts';
import { needs } from '../../support/peers.ts';
import { zoneResolver } from '../../support/zone.ts';
import { contractZone, failingZone, resolverContract } from './contract.ts';

const zone = { ...contractZone, ...failingZone };
const running: RunningServer[] = [];
after(async () => {
  for (const server of running) await server.stop();
});

resolverContract({ name: 'zone in memory', resolver: () => zoneResolver(zone), failures: true });

let overHttps: Resolver;
before(async () => {
  const server = await startDohServer(respondFrom(zoneResolver(zone)));
  running.push(server);
  overHttps = dohResolver({ url: server.url, fetch, timeoutMs: 300 });
});
resolverContract({ name: 'DNS over HTTPS', resolver: () => overHttps, failures: true });

const named = needs('named', 'bind9');
if (named.present) {
  let behindBind: Resolver;
  before(async () => {
    const bind = await startBind(contractZone);
    running.push(bind);
    const front = await startDohServer(forwardTo(bind.port));
    running.push(front);
    behindBind = dohResolver({ url: front.url, fetch, timeoutMs: 3000 });
  });
  resolverContract({ name: 'BIND behind DNS over HTTPS', resolver: () => behindBind, failures: false });
} else named.skip('BIND behind DNS over HTTPS');
