// Mistakes that people make in the sitting, each with what the doctor is to say of it.
import { HOST, RELAY, SHOP } from './sitting.ts';

export interface Mistake {
  name: string;
  /** Of warnings and failures, in order. */
  finds: string[];
  /** What the remedy says. */
  remedy?: RegExp;
  /** The zone of the domain, changed. */
  zone?: (fragment: string) => string;
  reverse?: (lines: string) => string;
  /** A script on the shop's machine, and one that undoes it, beyond putting back configuration and php.ini. */
  shop?: string;
  undo?: string;
  /** A script on the relay, whose Postfix then reads its files anew. */
  relay?: string;
  /** Options of faketime. */
  clock?: string;
  /** Exit status, where it is not that of a failure. */
  code?: number;
}

const RC = '/etc/mailshimrc';
const DKIM = '/etc/mailshim/dkim';
const MAIN = '/etc/postfix/main.cf';
const LIVE = `/etc/letsencrypt/live/${HOST}`;

export const DNS_MISTAKES: readonly Mistake[] = [
  {
    name: 'the key is published under another selector',
    zone: (text) => text.replace(/^mailshim\._domainkey/m, 'default._domainkey'),
    finds: ['dns.key-missing'],
  },
  {
    name: 'the published key is that of another pair',
    zone: (text) =>
      text.replace(/^(mailshim-ed\._domainkey.*p=)[^"]*/m, '$111qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='),
    finds: ['dns.key-other'],
  },
  {
    name: 'SPF twice',
    zone: (text) => `${text}@ TXT "v=spf1 a mx ~all"\n`,
    finds: ['spf.several'],
  },
  {
    name: 'SPF without the address of the relay',
    zone: (text) => text.replace(`ip4:${RELAY}`, `ip4:${SHOP}`).replace('~all', '-all'),
    finds: ['spf.fail'],
  },
  { name: 'SPF that lets everybody', zone: (text) => text.replace('~all', '+all'), finds: ['spf.plus-all'] },
  { name: 'no SPF', zone: (text) => text.replace(/^.*v=spf1.*\n/m, ''), finds: ['spf.none'] },
  { name: 'SPF that cannot be read', zone: (text) => text.replace('ip4:', 'ipv4:'), finds: ['spf.syntax'] },
  { name: 'no DMARC', zone: (text) => text.replace(/^_dmarc.*\n/m, ''), finds: ['dmarc.none'] },
  {
    name: 'DMARC with a policy that does not exist',
    zone: (text) => text.replace('p=none', 'p=nothing'),
    finds: ['dmarc.read-as-none'],
    code: 1,
  },
  { name: 'DMARC twice', zone: (text) => `${text}_dmarc TXT "v=DMARC1; p=reject"\n`, finds: ['dmarc.several'] },
  { name: 'no PTR', reverse: () => '', finds: ['ptr.none'] },
  {
    name: 'PTR is a name that does not lead back',
    reverse: (lines) => lines.replace(`${HOST}.`, 'vps25.provider.example.'),
    finds: ['ptr.not-confirmed'],
  },
  {
    name: 'PTR is still the name from the host of the machine',
    reverse: (lines) => lines.replace(`${HOST}.`, '25-113-0-203.static.provider.example.'),
    finds: ['ptr.generic'],
    code: 1,
  },
  {
    name: 'MX as TXT',
    zone: (text) => text.replace(/^.*\tMX\t(.*)$/m, '@ TXT "MX $1"'),
    finds: ['mx.in-txt'],
    code: 1,
  },
  {
    name: 'MX at the relay that only sends',
    zone: (text) => text.replace('mx.provider.example.', `${HOST}.`),
    finds: ['dns.mx-at-relay'],
    remedy: /--receive-at MAILBOX/,
  },
  { name: 'no MX', zone: (text) => text.replace(/^.*\tMX\t.*\n/m, ''), finds: ['mx.none'] },
  {
    name: 'the relay is behind a proxy for web sites',
    zone: (text) => text.replace(/^(mail\tA?.*)$/m, (line) => line.replace(RELAY, '104.16.0.9')),
    finds: ['relay.proxied'],
    remedy: /DNS only/,
  },
  {
    name: 'the relay has only an IPv6 address',
    zone: (text) => text.replace(/^mail\t.*\n/m, 'mail AAAA 2001:db8::25\n'),
    finds: ['relay.ipv6'],
    remedy: /A record/,
  },
  {
    name: 'the panel doubles the name of a key',
    zone: (text) => text.replace(/^mailshim\._domainkey/m, 'mailshim._domainkey.shop.example'),
    finds: ['dns.key-misplaced'],
  },
  {
    name: 'the key is cut at 255 characters',
    zone: (text) => text.replace(/^(mailshim\._domainkey.*?"[^"]*").*$/m, '$1'),
    finds: ['dns.key-cut'],
  },
  {
    name: 'an MX without its final dot',
    zone: (text) => text.replace(/^(.*\tMX\t.*)\.$/m, '$1'),
    finds: ['mx.misnamed'],
  },
  {
    name: 'the name of the relay is not in DNS',
    zone: (text) => text.replace(/^mail\t.*\n/m, ''),
    finds: ['relay.unresolved'],
  },
];

export const RELAY_MISTAKES: readonly Mistake[] = [
  {
    name: 'port 465 without wrappermode',
    relay: 'postconf -P submissions/inet/smtpd_tls_wrappermode=no',
    finds: ['relay.wrapper'],
    remedy: /-o smtpd_tls_wrappermode=yes/,
  },
  {
    name: 'no service on port 465',
    relay: 'postconf -M# submissions/inet',
    finds: ['relay.closed'],
  },
  {
    name: 'an expired certificate',
    relay: `cat /root/expired.pem > ${LIVE}/fullchain.pem; cat /root/expired.key > ${LIVE}/privkey.pem`,
    finds: ['relay.expired'],
  },
  {
    name: 'a certificate for another name',
    relay: `cat /root/other.pem > ${LIVE}/fullchain.pem; cat /root/other.key > ${LIVE}/privkey.pem`,
    finds: ['relay.other-name'],
  },
  {
    name: 'a certificate of an unknown authority',
    relay: `cat /root/unknown.pem > ${LIVE}/fullchain.pem; cat /root/unknown.key > ${LIVE}/privkey.pem`,
    finds: ['relay.untrusted'],
  },
  {
    name: 'a certificate that ends soon',
    relay: `cat /root/soon.pem > ${LIVE}/fullchain.pem; cat /root/soon.key > ${LIVE}/privkey.pem`,
    finds: ['relay.expiring'],
    code: 1,
  },
  {
    name: 'the relay greets with another name',
    relay: `sed -i 's/^smtpd_banner = .*/smtpd_banner = vps25.provider.example ESMTP/' ${MAIN}`,
    finds: ['helo.wrong-address'],
    code: 1,
  },
];

const SPOOL = '/var/spool/mailshim-www-data';
const DROP_465 =
  'nft add table inet wall; nft "add chain inet wall out { type filter hook output priority 0; }"; nft add rule inet wall out tcp dport 465 drop';
const REJECT_465 =
  'nft add table inet wall; nft "add chain inet wall out { type filter hook output priority 0; }"; nft add rule inet wall out tcp dport 465 reject with icmpx type admin-prohibited';
const INI = '/etc/php/*/cli/php.ini';
/** On the shop's machine, where no daemon sends and the relay knows the address. */
export const SHOP_MISTAKES: readonly Mistake[] = [
  { name: 'a typing mistake in mailshimrc', shop: `sed -i 's/^host /hsot /' ${RC}`, finds: ['config.broken'] },
  { name: 'no mailshimrc', shop: `rm ${RC}`, finds: ['config.missing'], remedy: /^mailshim init$/ },
  {
    name: 'mailshimrc that PHP cannot read',
    shop: `chown root:root ${RC}`,
    finds: ['config.unreadable'],
    remedy: /^chgrp www-data \/etc\/mailshimrc && chmod 0640/,
  },
  {
    name: 'a password in a mailshimrc that everybody reads',
    shop: `printf 'password x\\n' >> ${RC}; chmod 0644 ${RC}`,
    finds: ['config.open'],
    code: 1,
  },
  {
    name: 'a DKIM key that PHP cannot read',
    shop: `chown root:root ${DKIM}/mailshim.pem`,
    finds: ['config.key-unreadable'],
    remedy: /chown www-data/,
  },
  { name: 'a DKIM key of mode 0644', shop: `chmod 0644 ${DKIM}/mailshim.pem`, finds: ['config.key-open'] },
  { name: 'a DKIM key that is gone', shop: `rm ${DKIM}/mailshim.pem`, finds: ['config.key-missing'] },
  { name: 'a DKIM key that is none', shop: `echo nothing > ${DKIM}/mailshim.pem`, finds: ['config.key-broken'] },
  {
    name: 'php.ini with another sendmail_path',
    shop: `sed -i 's/^sendmail_path.*/sendmail_path = "msmtp -t"/' ${INI}`,
    finds: ['php.other'],
  },
  {
    name: 'a pool of FPM with its own sendmail_path',
    shop: 'for pool in /etc/php/*/fpm/pool.d/www.conf; do printf "php_admin_value[sendmail_path] = /usr/sbin/sendmail -t -i -f www@shop.example\\n" >> $pool; done',
    finds: ['php.other'],
  },
  { name: 'sendmail_path without --lock', shop: `sed -i 's/ --lock//' ${INI}`, finds: ['php.unlocked'], code: 1 },
  {
    name: 'sendmail_path to where mailshim is not',
    shop: `sed -i 's,/usr/local/bin/mailshim,/opt/bin/mailshim,' ${INI}`,
    finds: ['php.program'],
  },
  {
    name: 'a spool that PHP cannot write',
    shop: `chown root:root ${SPOOL}`,
    undo: `chown www-data:www-data ${SPOOL}`,
    finds: ['spool.foreign'],
  },
  {
    name: 'a spool that everybody can write',
    shop: `chmod 0777 ${SPOOL}`,
    undo: `chmod 0700 ${SPOOL}`,
    finds: ['spool.open'],
  },
  {
    name: 'a spool that is not there',
    shop: `sed -i 's,^spool .*,spool /var/spool/nowhere,' ${RC}`,
    finds: ['spool.missing'],
    remedy: /install -d -m 0700 -o www-data -g www-data \/var\/spool\/nowhere/,
  },
  { name: 'no spool at all', shop: `sed -i 's,^spool .*,spool off,' ${RC}`, finds: ['spool.none'], code: 1 },
  {
    name: 'a trust file that is not there',
    shop: `printf 'tls_trust_file /etc/ssl/own.pem\\n' >> ${RC}`,
    finds: ['relay.tls-file'],
  },
  {
    name: 'a certificate that is not checked',
    shop: `printf 'tls_certcheck off\\n' >> ${RC}`,
    finds: ['relay.unchecked'],
    code: 1,
  },
  {
    name: 'an address that is not the relay’s',
    shop: `sed -i 's/^host .*/host vps25.provider.example/' ${RC}`,
    finds: ['relay.unresolved'],
  },
  {
    name: 'a wrong address of the Worker',
    shop: `sed -i 's,^preflight_url .*,preflight_url http://wroker.example,' ${RC}`,
    finds: ['program.worker-silent'],
    code: 1,
  },
  {
    name: 'no name server',
    shop: 'printf "nameserver 127.0.0.9\\noptions timeout:1 attempts:1\\n" > /etc/resolv.conf',
    undo: 'printf "nameserver 198.51.100.53\\noptions timeout:2 attempts:1\\n" > /etc/resolv.conf',
    finds: ['program.worker-silent', 'relay.lookup'],
  },
  {
    name: 'a firewall that drops',
    shop: DROP_465,
    undo: 'nft delete table inet wall',
    finds: ['relay.silent'],
    remedy: /firewall/,
  },
  {
    name: 'a mail that was given up',
    shop: `printf 'From: orders@shop.example\\nTo: a@[${RELAY}]\\nSubject: x\\n\\nx\\n' | setpriv --reuid www-data --regid www-data --init-groups mailshim -t
for try in $(seq 100); do [ -n "$(ls ${SPOOL}/failed)" ] && break; sleep 0.1; done`,
    undo: `rm -f ${SPOOL}/failed/*`,
    finds: ['queue.failed'],
    code: 1,
  },
  {
    name: 'a mail that waits, and nobody sends',
    shop: `${DROP_465}
printf 'From: orders@shop.example\\nTo: a@provider.example\\nSubject: x\\n\\nx\\n' | setpriv --reuid www-data --regid www-data --init-groups mailshim -t
for try in $(seq 100); do pids=$(pgrep -u www-data) && [ -p ${SPOOL}/awake ] && break; sleep 0.1; done
kill -9 $pids; nft delete table inet wall`,
    undo: `rm -f ${SPOOL}/queue/* ${SPOOL}/active/*`,
    finds: ['queue.unsent'],
  },
  {
    name: 'a firewall that rejects',
    shop: REJECT_465,
    undo: 'nft delete table inet wall',
    finds: ['relay.rejected'],
    remedy: /firewall/,
  },
  {
    name: 'the relay’s name at 127.0.1.1 in /etc/hosts',
    shop: `printf '127.0.1.1 ${HOST} mail\\n' >> /etc/hosts`,
    undo: "printf '127.0.0.1 localhost\\n' > /etc/hosts",
    finds: ['relay.hosts'],
    remedy: /remove mail\.shop\.example from that line/,
  },
  {
    name: 'port 587 in place of 465',
    shop: `sed -i 's/^port .*/port 587/' ${RC}`,
    finds: ['relay.other-port'],
    remedy: /port 465 and tls_starttls off/,
  },
  { name: 'port 25 in place of 465', shop: `sed -i 's/^port .*/port 25/' ${RC}`, finds: ['relay.other-port'] },
  {
    name: 'STARTTLS at port 465',
    shop: `sed -i '/^tls_starttls/d' ${RC}; printf 'tls_starttls on\\n' >> ${RC}`,
    finds: ['relay.implicit'],
    remedy: /tls_starttls off/,
  },
  {
    name: 'a pool that runs as a user of its own',
    shop: `for pool in /etc/php/*/fpm/pool.d; do useradd --system shop1 2>/dev/null; printf '[shop1]\\nuser = shop1\\nlisten = /run/shop1.sock\\npm = static\\npm.max_children = 1\\n' > $pool/shop1.conf; done`,
    finds: ['config.unreadable'],
    remedy: /--user mailshim/,
  },
  {
    name: 'mailshimrc in the home of PHP’s user',
    shop: "printf 'host old.shop.example\\nfrom orders@shop.example\\n' > /var/www/.mailshimrc",
    undo: 'rm /var/www/.mailshimrc',
    finds: ['config.shadowed'],
    remedy: /^rm \/var\/www\/\.mailshimrc/,
  },
  {
    name: 'sendmail_path without -t',
    shop: `sed -i 's/ -t -i/ -i/' ${INI}`,
    finds: ['php.no-recipients'],
  },
  {
    name: 'sendmail_path in typographic quotation marks',
    shop: `sed -i 's/^sendmail_path = "\\(.*\\)"/sendmail_path = “\\1”/' ${INI}`,
    finds: ['php.quotes'],
  },
  {
    name: 'mail() disabled',
    shop: `printf 'disable_functions = mail\\n' >> $(ls ${INI} | head -1)`,
    finds: ['php.disabled'],
  },
  {
    name: 'a read-only file system below the spool',
    shop: `mount --bind ${SPOOL} ${SPOOL}; mount -o remount,bind,ro ${SPOOL}`,
    undo: `umount ${SPOOL}`,
    finds: ['spool.read-only'],
  },
  { name: 'a clock that is two hours fast', clock: '+2h', finds: ['program.clock'], remedy: /timedatectl/ },
  // The certificate looks expired by it: one cause, one finding.
  { name: 'a clock that is ninety days fast', clock: '+90d', finds: ['program.clock'], remedy: /timedatectl/ },
];

/** Where the relay wants a login and a daemon sends. */
export const LOGIN_MISTAKES: readonly Mistake[] = [
  {
    name: 'a wrong password',
    shop: 'echo wrong > /etc/mailshim/password',
    finds: ['relay.login-refused'],
    remedy: /saslpasswd2/,
  },
  { name: 'no password', shop: 'rm /etc/mailshim/password', finds: ['relay.no-password'] },
  {
    name: 'a password that the daemon cannot read',
    shop: 'chown root:root /etc/mailshim/password',
    finds: ['relay.no-password'],
  },
  {
    name: 'the relay offers no login',
    relay: 'postconf -P submissions/inet/smtpd_sasl_auth_enable=no',
    finds: ['relay.no-login'],
    remedy: /smtpd_sasl_auth_enable=yes/,
  },
  {
    name: 'a sender that belongs to another login',
    relay:
      "postconf -e 'smtpd_sender_restrictions = reject_sender_login_mismatch' 'smtpd_sender_login_maps = inline:{ { orders@shop.example = other } }'",
    finds: ['relay.sender-refused'],
  },
  {
    name: 'an open relay',
    relay:
      "postconf -e 'mynetworks = 0.0.0.0/0' 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject'",
    finds: ['relay.open'],
    remedy: /smtpd_relay_restrictions = permit_sasl_authenticated, reject/,
  },
  {
    name: 'the relay allows another address',
    relay: "postconf -e 'mynetworks = 127.0.0.0/8 203.0.113.99/32'",
    finds: ['relay.not-allowed'],
    remedy: /--allow/,
  },
  {
    name: 'a drop folder that everybody reads',
    shop: 'chmod 3777 /var/spool/mailshim/drop',
    undo: 'chmod 3733 /var/spool/mailshim/drop',
    finds: ['spool.open'],
    remedy: /chmod 3733/,
  },
  {
    name: 'a drop folder that PHP cannot write',
    shop: 'chmod 3700 /var/spool/mailshim/drop',
    undo: 'chmod 3733 /var/spool/mailshim/drop',
    finds: ['spool.closed'],
    remedy: /chmod 3733/,
  },
  {
    name: 'a key that the daemon cannot read',
    shop: `chown www-data ${DKIM}/mailshim-ed.pem`,
    finds: ['config.key-unreadable'],
    remedy: /chown mailshim/,
  },
  {
    name: 'mailshimrc that the daemon cannot read',
    shop: `chown root:root ${RC}`,
    finds: ['config.unreadable'],
    remedy: /chgrp mailshim/,
  },
];
