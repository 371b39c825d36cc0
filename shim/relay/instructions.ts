// What a relay needs besides Postfix’s two files: logins, firewall, renewal of the certificate, DNS. As commands and records.

import type { RelayOptions } from './options.ts';

export interface Section {
  title: string;
  /** Commands and records, ready to be copied; a line that begins with "#" explains. */
  lines: readonly string[];
}

/** Where certbot runs what is to happen after a renewal. */
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
  // Who is on this machine passes no firewall, and what is taken away is only closed by it.
  if (open && saslUsers.length === 0) return [];
  const rule = (network: string) =>
    `firewall-cmd --permanent --add-rich-rule='rule family="${family(network)}" source address="${network}" port port="465" protocol="tcp" accept'`;
  return [
    {
      title: open
        ? 'Firewall (take one of the three): port 465 open, the login protects it'
        : 'Firewall (take one of the three): port 465 from this shop, and from those of before',
      lines: [
        '# firewalld',
        ...(open
          ? ['firewall-cmd --permanent --add-port=465/tcp']
          : [
              '# not these two where a shop logs in from anywhere',
              'firewall-cmd --permanent --remove-service=smtps',
              'firewall-cmd --permanent --remove-port=465/tcp',
              ...allow.map(rule),
            ]),
        'firewall-cmd --reload',
        '# ufw',
        ...(open
          ? ['ufw allow 465/tcp']
          : allow.map((network) => `ufw allow proto tcp from ${network} to any port 465`)),
        '# nftables: a table of its own, beside whatever there is; keep it: nft list table inet mailshim, in /etc/nftables.conf',
        ...nftables(allow),
      ],
    },
  ];
}

/** Shell for nft: the table once, and then a rule in front for each shop. Accepting here ends only this chain. */
function nftables(allow: readonly string[]): string[] {
  if (allow.length === 0)
    return [
      '# where the table mailshim is there: nft delete table inet mailshim',
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
    title: 'Firewall: port 25 open to all, since mail is received here to be sent on',
    lines: [
      '# firewalld',
      'firewall-cmd --permanent --add-service=smtp && firewall-cmd --reload',
      '# ufw',
      'ufw allow 25/tcp',
      '# nftables, where the rest is closed',
      'nft add rule inet filter input tcp dport 25 accept',
    ],
  };
}

function renewal({ certificate, hostname }: RelayOptions): Section[] {
  return [
    {
      title: 'Certificate: got once, renewed by itself, and Postfix takes the new one at once',
      lines: certificate.startsWith('/etc/letsencrypt/')
        ? [
            `certbot certonly --standalone -d ${hostname}`,
            `printf '#!/bin/sh\\nexec postfix reload\\n' > ${RENEWAL_HOOK}`,
            `chmod 755 ${RENEWAL_HOOK}`,
          ]
        : ['# whatever renews the certificate has to run this afterwards', 'postfix reload'],
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
      `# ask the provider of the machine for PTR, no panel of the domain has it: ADDRESS → ${hostname}`,
      '# where a domain has an SPF record already, put the part with "a:" into it: two records are an error',
      ...spf,
      `${hostname}. TXT "v=spf1 a -all"`,
      ...(received.length > 0
        ? received.map((domain) => `${domain}. MX 10 ${hostname}.`)
        : [
            '# MX of the domain names your mailboxes and never this machine, which takes no mail: bounces come back there; without mailboxes: --receive-at MAILBOX',
          ]),
      '# many providers close port 25 outward until asked: nc -vz gmail-smtp-in.l.google.com 25',
    ],
  };
}
