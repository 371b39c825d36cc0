// Addresses of content delivery networks and site builders, which send no mail.
import { type Ip, inNetwork, networkOf } from '../text/ip.ts';

/**
 * As published by the operators, for an A record or as their networks. Operators whose addresses differ between customers or
 * are those of a general cloud (Akamai, Bunny, Tilda) are not included.
 */
const PROXIES: readonly { name: string; networks: readonly string[] }[] = [
  {
    name: 'Cloudflare',
    networks: [
      ...['173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18'],
      ...['108.162.192.0/18', '190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17'],
      ...['162.158.0.0/15', '104.16.0.0/13', '104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22'],
      ...['2400:cb00::/32', '2606:4700::/32', '2803:f800::/32', '2405:b500::/32', '2405:8100::/32'],
      ...['2a06:98c0::/29', '2c0f:f248::/32'],
    ],
  },
  {
    name: 'Fastly',
    networks: ['151.101.0.0/16', '199.232.0.0/16', '146.75.0.0/17', '2a04:4e40::/32', '2a04:4e42::/32'],
  },
  {
    name: 'Imperva',
    networks: [
      ...['199.83.128.0/21', '198.143.32.0/19', '149.126.72.0/21', '103.28.248.0/22', '45.64.64.0/22'],
      ...['185.11.124.0/22', '192.230.64.0/18', '107.154.0.0/16', '45.60.0.0/16', '45.223.0.0/16', '2a02:e980::/29'],
    ],
  },
  {
    name: 'Sucuri',
    networks: ['192.88.134.0/23', '185.93.228.0/22', '66.248.200.0/22', '208.109.0.0/22', '2a02:fe80::/29'],
  },
  { name: 'DDoS-Guard', networks: ['186.2.160.0/20', '185.178.208.0/22', '190.115.16.0/20'] },
  { name: 'QRATOR', networks: ['178.248.232.0/21'] },
  // Service CLOUDFRONT in Amazon's ip-ranges.json: its global networks, without those inside EC2's.
  {
    name: 'Amazon CloudFront',
    networks: [
      ...['3.160.0.0/14', '3.168.0.0/14', '13.32.0.0/15', '13.35.0.0/16', '13.224.0.0/14', '13.249.0.0/16'],
      ...['18.64.0.0/14', '18.154.0.0/15', '18.160.0.0/15', '18.164.0.0/15', '18.172.0.0/15', '18.238.0.0/15'],
      ...['18.244.0.0/15', '52.84.0.0/15', '52.222.128.0/17', '54.182.0.0/16', '54.192.0.0/16', '54.230.0.0/16'],
      ...['54.239.128.0/18', '54.239.192.0/19', '65.8.0.0/16', '65.9.0.0/17', '99.84.0.0/16', '99.86.0.0/16'],
      ...['108.138.0.0/15', '108.156.0.0/14', '130.176.0.0/17', '143.204.0.0/16', '204.246.164.0/22'],
      ...['204.246.168.0/22', '204.246.176.0/20', '205.251.200.0/21', '205.251.208.0/20', '216.137.32.0/19'],
      ...['2600:9000::/28'],
    ],
  },
  { name: 'Shopify', networks: ['23.227.38.0/24', '2620:127:f00f::/48'] },
  { name: 'GitHub Pages', networks: ['185.199.108.0/22', '2606:50c0:8000::/46'] },
  { name: 'Vercel', networks: ['76.76.21.0/24', '216.198.79.0/24', '64.29.17.0/24'] },
  { name: 'Netlify', networks: ['75.2.60.5/32'] },
  { name: 'Webflow', networks: ['75.2.70.75/32', '99.83.190.102/32', '198.202.211.1/32'] },
  { name: 'Squarespace', networks: ['198.185.159.144/31', '198.49.23.144/31'] },
  { name: 'Wix', networks: ['185.230.63.107/32', '185.230.63.171/32', '185.230.63.186/32'] },
];

const NETWORKS = PROXIES.flatMap(({ name, networks }) => networks.map((text) => ({ name, ...networkOf(text) })));

/** The operator of an address that only web sites have. */
export function proxyOf(ip: Ip): string | undefined {
  return NETWORKS.find(({ network, prefix }) => network.version === ip.version && inNetwork(ip, network, prefix))?.name;
}
