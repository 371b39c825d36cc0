// What a relay needs besides Postfix’s two files: logins, firewall, renewal of the certificate, DNS. As commands and records.

import type { RelayOptions } from './options.ts';

export interface Section {
  title: string;
  /** Commands and records, ready to be copied; a line that begins with "#" explains. */
  lines: readonly string[];
}

/** Run by certbot after a renewal. */
export const RENEWAL_HOOK = '/etc/letsencrypt/renewal-hooks/deploy/mailshim-postfix';

/** In the order in which they are needed. */
export function instructions(options: RelayOptions): Section[] {
  return [
    ...(options.saslUsers.length > 0 ? [logins(options)] : []),
    ...firewall(options),
    ...(options.receive.length > 0 ? [receiving()] : []),
    ...renewal(options),
    ...(options.domains.length > 0 ? [dns(options)] : []),
  ];
}

function logins({ hostname, saslUsers }: RelayOptions): Section {
  return {
    title: 'Logins: each command asks for the password twice',
    lines: [
      'db=$(postconf -h config_directory)/sasl/sasldb2',
      ...saslUsers.map((user) => `saslpasswd2 -f "$db" -c -u ${hostname} ${user}`),
      'chown root:postfix "$db" && chmod 640 "$db"',
      ...saslUsers.map((user) => `# in mailshimrc of the shop: auth plain, user ${user}`),
    ],
  };
}

function firewall({ allow, saslUsers }: RelayOptions): Section[] {
  const family = (network: string) => (network.includes(':') ? 'ipv6' : 'ipv4');
  const open = allow.length === 0;
  // A shop on this machine passes no firewall, and removed shops need no rule.
  if (open && saslUsers.length === 0) return [];
  const rule = (network: string) =>
    `firewall-cmd --permanent --add-rich-rule='rule family="${family(network)}" source address="${network}" port port="465" protocol="tcp" accept'`;
  return [
    {
      title: open
        ? 'Firewall (use one of the three): port 465 open, protected by the login'
        : 'Firewall (use one of the three): port 465 for this shop and the existing ones',
      lines: [
        '# firewalld',
        ...(open
          ? ['firewall-cmd --permanent --add-port=465/tcp']
          : [
              '# skip these two if a shop logs in from any address',
              'firewall-cmd --permanent --remove-service=smtps',
              'firewall-cmd --permanent --remove-port=465/tcp',
              ...allow.map(rule),
            ]),
        'firewall-cmd --reload',
        '# ufw',
        ...(open
          ? ['ufw allow 465/tcp']
          : allow.map((network) => `ufw allow proto tcp from ${network} to any port 465`)),
        '# nftables: a separate table; to keep it, add the output of "nft list table inet mailshim" to /etc/nftables.conf',
        ...nftables(allow),
      ],
    },
  ];
}

/** Shell for nft: the table once, then a rule before the drop for each shop. Accepting here ends only this chain. */
function nftables(allow: readonly string[]): string[] {
  if (allow.length === 0)
    return [
      '# if the table mailshim exists: nft delete table inet mailshim',
      'nft add rule inet filter input tcp dport 465 accept',
    ];
  const accept = (keyword: string, networks: readonly string[]) =>
    networks.length === 0
      ? []
      : [`nft insert rule inet mailshim input tcp dport 465 ${keyword} saddr '{ ${networks.join(', ')} }' accept`];
  return [
    "nft list table inet mailshim >/dev/null 2>&1 || nft -f - <<'END'",
    'table inet mailshim {',
    '  chain input {',
    '    type filter hook input priority -10; policy accept;',
    '    iif lo accept',
    '    tcp dport 465 drop',
    '  }',
    '}',
    'END',
    ...accept(
      'ip',
      allow.filter((network) => !network.includes(':')),
    ),
    ...accept(
      'ip6',
      allow.filter((network) => network.includes(':')),
    ),
  ];
}

function receiving(): Section {
  return {
    title: 'Firewall: port 25 open to all, since mail is received here and forwarded',
    lines: [
      '# firewalld',
      'firewall-cmd --permanent --add-service=smtp && firewall-cmd --reload',
      '# ufw',
      'ufw allow 25/tcp',
      '# nftables, if other ports are closed',
      'nft add rule inet filter input tcp dport 25 accept',
    ],
  };
}

function renewal({ certificate, hostname }: RelayOptions): Section[] {
  return [
    {
      title: 'Certificate: requested once, renewed automatically, and loaded by Postfix at once',
      lines: certificate.startsWith('/etc/letsencrypt/')
        ? [
            `certbot certonly --standalone -d ${hostname}`,
            `printf '#!/bin/sh\\nexec postfix reload\\n' > ${RENEWAL_HOOK}`,
            `chmod 755 ${RENEWAL_HOOK}`,
          ]
        : ['# to run after each renewal of the certificate', 'postfix reload'],
    },
  ];
}

function dns({ hostname, domains, receive }: RelayOptions): Section {
  const received = [...new Set(receive.map(({ address }) => address.slice(address.indexOf('@') + 1)))];
  const spf = domains.map((domain) => `${domain}. TXT "v=spf1 a:${hostname} -all"`);
  return {
    title: 'DNS: ADDRESS is the public address of this machine',
    lines: [
      `${hostname}. A ADDRESS`,
      `# PTR is set by the hosting provider of the machine: ADDRESS → ${hostname}`,
      '# if a domain has an SPF record, add the term "a:" to it: two records are an error',
      ...spf,
      `${hostname}. TXT "v=spf1 a -all"`,
      ...(received.length > 0
        ? received.map((domain) => `${domain}. MX 10 ${hostname}.`)
        : [
            '# MX of the domain is the server of your mailboxes, not this machine, which accepts no mail: bounces go there; without mailboxes: --receive-at MAILBOX',
          ]),
      '# many hosting providers block outgoing port 25 until asked: nc -vz gmail-smtp-in.l.google.com 25',
    ],
  };
}
