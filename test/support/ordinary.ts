// The zone of a shop as most are: for what a check costs.
import type { Zone } from './zone.ts';

/** The address that sends its mail. */
export const RELAY = '203.0.113.25';

/** A shop at a provider, its SPF three includes deep. */
export const ordinary: Zone = {
  'shop.example': {
    A: ['203.0.113.80'],
    NS: ['ns1.dns.example', 'ns2.dns.example'],
    MX: ['10 mx1.provider.example', '20 mx2.provider.example'],
    TXT: ['v=spf1 mx include:_spf.provider.example include:_spf.news.example -all', 'site-verification=1'],
  },
  'mx1.provider.example': { A: ['198.51.100.1'] },
  'mx2.provider.example': { A: ['198.51.100.2'] },
  '_spf.provider.example': { TXT: ['v=spf1 include:_spf1.provider.example include:_spf2.provider.example ~all'] },
  '_spf1.provider.example': { TXT: ['v=spf1 include:_spf3.provider.example ~all'] },
  '_spf2.provider.example': { TXT: ['v=spf1 ip4:198.51.100.0/24 ~all'] },
  '_spf3.provider.example': { TXT: [`v=spf1 ip4:${RELAY} ~all`] },
  '_spf.news.example': { TXT: ['v=spf1 a:out.news.example ~all'] },
  'out.news.example': { A: ['198.51.100.77'] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  'mail._domainkey.shop.example': { TXT: ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='] },
  '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
  'mail.shop.example': { A: [RELAY] },
};

/** A shop with a relay of its own at the same address: all of its mail is in order. Its DKIM keys are for the test to add. */
export const ownRelay: Zone = {
  'shop.example': { A: ['203.0.113.80'], MX: ['10 mail.shop.example'], TXT: [`v=spf1 ip4:${RELAY} -all`] },
  'mail.shop.example': { A: [RELAY] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:dmarc@shop.example'] },
  '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
};

/** The ordinary shop with TLS policies and a logo on top. */
export const secured: Zone = {
  ...ordinary,
  '_mta-sts.shop.example': { TXT: ['v=STSv1; id=20260101'] },
  'mta-sts.shop.example': { A: ['203.0.113.80'], AAAA: ['2001:db8::80'] },
  '_smtp._tls.shop.example': { TXT: ['v=TLSRPTv1; rua=mailto:tls@shop.example'] },
  'default._bimi.shop.example': { TXT: ['v=BIMI1; l=https://shop.example/logo.svg'] },
};
