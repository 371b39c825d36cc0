// Shops for the pages: one as most are, one in order, one of which nothing is known, one with names that are long.
import { generateKeyPairSync } from 'node:crypto';
import { ordinary, RELAY } from './ordinary.ts';
import type { Zone } from './zone.ts';

/** What is to be asked of good.example. */
export const GOOD_QUERY = `ip=${RELAY}&helo=mail.shop.example&selector=s1`;

/** A zone whose good.example loses no point. */
export function browserZone(): Zone {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const long = `${'very-long-name-'.repeat(3)}of-a-shop`;
  return {
    ...ordinary,
    'good.example': {
      A: ['203.0.113.80'],
      MX: ['10 mx1.provider.example'],
      TXT: [`v=spf1 ip4:${RELAY} -all`],
      CAA: ['0 issue "ca.example"'],
    },
    '_dmarc.good.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:dmarc@good.example'] },
    's1._domainkey.good.example': { TXT: [`v=DKIM1; k=rsa; p=${key}`] },
    'silent.example': { fail: 'servfail' },
    '_dmarc.silent.example': { fail: 'servfail' },
    // The registrable domain is long.example, so that the page shows the longest names in its cards and tree.
    'long.example': { A: ['203.0.113.80'], TXT: [`v=spf1 include:${long}.${long}.example a:${long}.example ?all`] },
    [`${long}.${long}.example`]: { TXT: ['v=spf1 ip6:2001:db8:1234:5678:9abc:def0:1234:5678 -all'] },
  };
}
