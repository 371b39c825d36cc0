// Generated shops: zones with what real domains get right and wrong, for properties of the advice (fast-check).
import fc from 'fast-check';
import { PROVIDERS } from '../../shared/providers/table.ts';
import { mxHostOf, providerZones } from './provider-zones.ts';
import type { Zone } from './zone.ts';

export const SHOP = 'shop.example';
export const RELAY = '203.0.113.25';
const OTHER = '198.51.100.9';

/** Keys of two kinds, both usable. */
const ED25519 = '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';

export interface GeneratedShop {
  zone: Zone;
  /** Addresses that the user gives. */
  ips: string[];
  selectors: string[];
}

const includes = PROVIDERS.flatMap(({ spf }) => (spf?.include === undefined ? [] : [spf.include]));
const receivers = PROVIDERS.filter(({ mx }) => mx !== undefined).map(({ id }) => id);

const term = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(`ip4:${RELAY}`, `ip4:${OTHER}`, 'ip4:192.0.2.0/24', 'ip6:2001:db8::25') },
  { weight: 6, arbitrary: fc.constantFrom(...includes).map((name) => `include:${name}`) },
  { weight: 4, arbitrary: fc.constantFrom('a', 'mx', `a:mail.${SHOP}`, `a:web.${SHOP}`) },
  { weight: 2, arbitrary: fc.constantFrom('include:own.example', 'include:deep.example', 'include:many.example') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['include:gone.example', 'a:gone.example', `mx:mail.${SHOP}`, 'mx:gone.example', 'a:', 'ipv4:192.0.2.7'],
      ...['include=own.example', 'ip4:192.0.2', 'ip4 :192.0.2.8', 'ptr', 'exists:%{i}.list.example', `-ip4:${OTHER}`],
      ...['INCLUDE:own.example', 'a/24', 'x=y', 'ip4:0.0.0.0/0', '+all', 'redirect=_spf.yandex.net', 'exp=why.example'],
      ...['?include:own.example', 'include:slow.example', '"ip4:192.0.2.9"'],
    ),
  },
);
const end = fc.constantFrom(
  '-all',
  '~all',
  '~all',
  '-all',
  '?all',
  '',
  'all',
  '+all',
  'redirect=_spf.google.com',
  '-all a',
);
const record = fc
  .tuple(fc.array(term, { maxLength: 5 }), end)
  .map(([terms, last]) => ['v=spf1', ...terms, last].filter((word) => word !== '').join(' '));
const spf = fc.oneof(
  { weight: 2, arbitrary: fc.constant([] as string[]) },
  { weight: 7, arbitrary: record.map((one) => [one]) },
  { weight: 2, arbitrary: fc.tuple(record, record).map((two) => [...two]) },
  { weight: 1, arbitrary: record.map((one) => [`"${one}"`]) },
  { weight: 1, arbitrary: record.map((one) => [one.replace('v=spf1', 'v=spf')]) },
);

const tag = fc.constantFrom(
  ...['pct=10', 'pct=0', 'pct=100', 'sp=none', 'sp=reject', 'np=reject', 't=y', 'adkim=s', 'adkim=strict', 'aspf=r'],
  ...[`rua=mailto:dmarc@${SHOP}`, `rua=mailto:a@${SHOP};mailto:b@${SHOP}`, 'rua=mailto:shop@gmail.com'],
  ...[`rua=dmarc@${SHOP}`, 'rua=https://reports.example/', 'rf=afrf', 'ri=86400', 'fo=0:1', 'fo=1:1', 'x=1', 'rua='],
  ...['rua=mailto:r@reports.example', 'ruf=mailto:r@gone.example'],
);
const dmarc = fc.oneof(
  { weight: 2, arbitrary: fc.constant([] as string[]) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('v=DMARC1; ', 'v=DMARC1;', 'v=dmarc1; ', ' v=DMARC1; ', '"v=DMARC1; ', 'v=DMARC1 '),
        fc.constantFrom('p=none', 'p=quarantine', 'p=reject', 'p=rejected', 'P=none', ''),
        fc.uniqueArray(tag, { maxLength: 3 }),
      )
      .map(([version, policy, tags]) => [`${version}${[policy, ...tags].filter((part) => part !== '').join('; ')}`]),
  },
  { weight: 1, arbitrary: fc.constant(['v=DMARC1; p=reject', 'v=DMARC1; p=none']) },
);

const dkim = fc.constantFrom<Zone>(
  {},
  { [`mail._domainkey.${SHOP}`]: { TXT: [`v=DKIM1; k=ed25519; p=${ED25519}`] } },
  { [`mail._domainkey.${SHOP}`]: { TXT: [`v=DKIM1 k=ed25519 p=${ED25519}`] } },
  { [`mail._domainkey.${SHOP}`]: { TXT: [`"v=DKIM1; k=ed25519; t=y:s; p=${ED25519}"`] } },
  { [`mail._domainkey.${SHOP}`]: { TXT: ['v=DKIM1; k=ed25519;', `p=${ED25519}`] } },
  { [`mail._domainkey.${SHOP}`]: { TXT: ['mail.dkim.provider.example'] } },
  { [`mail._domainkey.${SHOP}.${SHOP}`]: { TXT: [`v=DKIM1; k=ed25519; p=${ED25519}`] } },
  { [`mail._domainkey.${SHOP}`]: { CNAME: ['gone.example'] } },
  { [`mail._domainkey.${SHOP}`]: { TXT: ['v=DKIM1; p='] } },
);

/** Where reports of TLS go: most have it, so that most of the advice is about the rest. */
const reports = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constant<Zone>({
      [`_smtp._tls.${SHOP}`]: { TXT: [`v=TLSRPTv1; rua=mailto:tls@${SHOP}`] },
      [`_mta-sts.${SHOP}`]: { TXT: ['v=STSv1; id=1'] },
    }),
  },
  { weight: 1, arbitrary: fc.constant<Zone>({}) },
  {
    weight: 1,
    arbitrary: fc.constant<Zone>({ [`_smtp._tls.${SHOP}`]: { TXT: ['v=TLSRPTv1; rua=tls@shop.example'] } }),
  },
);

const mx = fc.oneof(
  { weight: 2, arbitrary: fc.constant([] as string[]) },
  { weight: 4, arbitrary: fc.constantFrom(...receivers).map((id) => [`10 ${mxHostOf(id)}`]) },
  { weight: 3, arbitrary: fc.constant([`10 mail.${SHOP}`]) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[['0 .'], ['10 192.0.2.5'], ['10 gone.example'], [`10 mx.yandex.net.${SHOP}`], [`10 mail.${SHOP}.${SHOP}`]],
      ...[
        [`10 alias.${SHOP}`],
        [`10 mail.${SHOP}`, '20 gone.example'],
        ['32767 ms1234.msv1.invalid'],
        ['10 mx1.other.example'],
      ],
      ...[['0 .', `10 mail.${SHOP}`], [`10 alias.${SHOP}`, `10 mail.${SHOP}`], ['10 .']],
    ),
  },
);

const reverse = fc.constantFrom<Zone>(
  { '25.113.0.203.in-addr.arpa': { PTR: [`mail.${SHOP}`] } },
  { '25.113.0.203.in-addr.arpa': { PTR: ['203-0-113-25.dynamic.host.example'] } },
  { '25.113.0.203.in-addr.arpa': { PTR: [`vps.${SHOP}`] }, [`vps.${SHOP}`]: { A: [RELAY] } },
  {},
);

/** What is the same for all: the providers, and names that the terms above ask for. */
const AROUND: Zone = {
  ...providerZones,
  'own.example': { TXT: ['v=spf1 ip4:192.0.2.64/26 -all'] },
  'deep.example': { TXT: ['v=spf1 include:own.example a:out.deep.example ~all'] },
  'out.deep.example': { A: ['192.0.2.77'] },
  'many.example': {
    TXT: [`v=spf1 ${['a', 'b', 'c', 'd'].map((name) => `include:${name}.many.example`).join(' ')} -all`],
  },
  ...Object.fromEntries(
    ['a', 'b', 'c', 'd'].map((name, at) => [`${name}.many.example`, { TXT: [`v=spf1 ip4:192.0.2.${at + 200} -all`] }]),
  ),
  'slow.example': { fail: 'timeout' },
  'mx1.other.example': { A: ['192.0.2.88'] },
  'reports.example': { MX: ['10 mx1.other.example'] },
  'mail.dkim.provider.example': { TXT: [`v=DKIM1; k=ed25519; p=${ED25519}`] },
  'why.example': { TXT: ['no'] },
};

/** Shops of all kinds; the same seed gives the same shops. */
export const generatedShop: fc.Arbitrary<GeneratedShop> = fc
  .record({
    spf,
    dmarc,
    dkim,
    mx,
    reverse,
    reports,
    web: fc.constantFrom([RELAY], [OTHER], ['104.21.5.5'], []),
    mail: fc.constantFrom([RELAY], [OTHER], []),
    ips: fc.constantFrom([], [RELAY], [RELAY], [OTHER], [RELAY, OTHER]),
    selectors: fc.constantFrom([], [], ['mail']),
  })
  .map(
    ({
      spf: texts,
      dmarc: policies,
      dkim: keys,
      mx: hosts,
      reverse: names,
      reports: tls,
      web,
      mail,
      ips,
      selectors,
    }) => ({
      ips: [...ips],
      selectors: [...selectors],
      zone: {
        ...AROUND,
        ...keys,
        ...names,
        ...tls,
        [SHOP]: { A: [...web], MX: hosts, TXT: ['site-verification=1', ...texts] },
        [`_dmarc.${SHOP}`]: { TXT: policies },
        [`mail.${SHOP}`]: { A: [...mail] },
        [`web.${SHOP}`]: { A: [...web] },
        [`alias.${SHOP}`]: { CNAME: [`mail.${SHOP}`] },
      },
    }),
  );
