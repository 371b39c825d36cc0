// Addresses of content delivery networks that stand in front of web sites: no mail leaves from them.
import { type Ip, inNetwork, parseIp } from '../text/ip.ts';

/** As the operators publish them. */
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
];

const NETWORKS = PROXIES.flatMap(({ name, networks }) =>
  networks.map((text) => {
    const [address, prefix] = text.split('/');
    return { name, network: parseIp(address!)!, prefix: Number(prefix) };
  }),
);

/** The network's operator where the address is one of a web proxy. */
export function proxyOf(ip: Ip): string | undefined {
  return NETWORKS.find(({ network, prefix }) => network.version === ip.version && inNetwork(ip, network, prefix))?.name;
}
