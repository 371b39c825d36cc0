// The policy file of MTA-STS, fetched from this machine: from public addresses alone, bounded, without redirects.
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { ConnectionError } from '../../../shared/tls/connection.ts';
import { publicFetch } from '../../../shim/dns/public-fetch.ts';
import { createAuthority } from '../../support/certificates.ts';
import { zoneResolver } from '../../support/zone.ts';

const NAME = 'mta-sts.shop.example';
const authority = createAuthority();
const servers: Server[] = [];
before(() => setDefaultCACertificates([...getCACertificates('default'), authority.ca]));
after(() => {
  for (const server of servers) server.close();
});

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(authority.issue({ names: [NAME] }), answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://${NAME}:${(server.address() as { port: number }).port}/.well-known/mta-sts.txt`;
}
const here = zoneResolver({ [NAME]: { A: ['127.0.0.1'] } });
/** As if loopback were on the Internet. */
const fetchHere = publicFetch(here, () => false);

test('what the host answers is what is read', async () => {
  const url = await serving((request, response) => {
    assert.deepEqual([request.url, request.headers.accept], ['/.well-known/mta-sts.txt', 'text/plain']);
    response.writeHead(200, { 'content-type': 'text/plain' }).end('version: STSv1\n');
  });
  const response = await fetchHere(url, { headers: { accept: 'text/plain' } });
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/plain']);
  assert.equal(await response.text(), 'version: STSv1\n');
});

test('a redirect is an answer, and not followed', async () => {
  const url = await serving((_, response) => void response.writeHead(302, { location: 'https://a.example/' }).end());
  assert.equal((await fetchHere(url)).status, 302);
});

test('an answer without end is cut', async () => {
  const url = await serving((_, response) => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const more = () => {
      while (!response.destroyed && response.write(piece));
    };
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.on('drain', more);
    more();
  });
  const { length } = await (await fetchHere(url)).text();
  assert.ok(length > 64 * 1024 && length <= 128 * 1024, String(length));
});

test('a failure has its reason', async () => {
  const url = await serving((request) => void request.socket.destroy());
  for (const [fetch, fault] of [
    [publicFetch(here), 'unreachable'],
    [publicFetch(zoneResolver({ [NAME]: { A: ['203.0.113.80', '10.0.0.1'] } })), 'unreachable'],
    [publicFetch(zoneResolver({ [NAME]: { AAAA: ['::1'] } })), 'unreachable'],
    [publicFetch(zoneResolver({})), 'unreachable'],
    [fetchHere, 'ended'],
  ] as const)
    await assert.rejects(fetch(url), (error: ConnectionError) => error.fault === fault);
});
