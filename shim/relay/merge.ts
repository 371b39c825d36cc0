// The part of the relay's script that joins the options with the existing shops, which keep their rights unless they are removed.

import type { RelayOptions, Removal } from './options.ts';
import { SHOP_MARK, SHOPS_HEADING, shopLines } from './shops.ts';

/** A value that only `wantedSettings` writes: it marks a relay of `mailshim relay postfix`. */
export const NO_MAILBOXES = 'error:5.1.1 this machine has no mailboxes';
/** How a shop is authorized: by its address, by a login from any address, or by a login from its address. */
type Proof = 'address' | 'login' | 'both' | '';

/**
 * Shell that reads the relay in `$etc` and sets, for the lines after it: `networks`, `client`, `relay`, `login`, `listen`, `shops`,
 * `forwards`, `receives`. It ends the script with 1 where something would be dropped without --replace.
 */
export function mergeLines(options: RelayOptions): string[] {
  const { ipv4Only, remove, replace, hostname, domains } = options;
  const words = (kind: Removal['kind']) => remove.filter((each) => each.kind === kind).map(({ word }) => word);
  return [
    '# Shops to add, and what to remove.',
    `host='${hostname}'`,
    `wanted='${shopLines(options).join('\n')}'`,
    `proof='${proofOf(options)}'`,
    `gone_domains='${words('domain').join(' ')}'`,
    `gone_words='${[
      ...words('network'),
      ...words('login').map((login) => `login:${login}`),
      ...words('forward').map((address) => `to:${address}`),
    ].join(' ')}'`,
    `loopback='${ipv4Only ? '127.0.0.0/8' : '127.0.0.0/8 [::1]/128'}'`,
    `replace='${replace ? 'yes' : ''}'`,
    '',
    ...HELPERS,
    '',
    ...PRESENT,
    '',
    ...JOINED,
    '',
    ...PROOFS,
    '',
    ...DROPPED,
    ...(domains.length === 0
      ? ['[ -n "$made" ] || fail "this Postfix was not set up by mailshim relay postfix: nothing has changed"']
      : []),
  ];
}

function proofOf({ allow, saslUsers, here }: RelayOptions): Proof {
  if (saslUsers.length > 0) return allow.length > 0 ? 'both' : 'login';
  return allow.length > 0 || here ? 'address' : '';
}

const HELPERS = `# Words of a list, one a line; what is in braces is one word.
words() {
  awk '{ depth = 0; word = ""
    for (i = 1; i <= length($0); i++) { c = substr($0, i, 1)
      if (c == "{") depth++
      if (c == "}") depth--
      if (depth > 0 || c !~ /[ \\t,]/) word = word c
      else if (word != "") { print word; word = "" } }
    if (word != "") print word }'
}
# One form for each network: 203.0.113.5/32 is 203.0.113.5, and [2001:db8::5]/128 is 2001:db8::5.
form='function form(w) {
  if (w !~ /^!?\\[?[0-9A-Fa-f.:]+\\]?(\\/[0-9]+)?$/) return w
  gsub(/[][]/, "", w); w = tolower(w)
  if (w ~ /:/) sub(/\\/128$/, "", w); else sub(/\\/32$/, "", w)
  return w }'
# The lines of $1 that are not among those of $2.
without() {
  printf '%s\\n' "$2" '' "$1" | awk "$form"' !body && $0 == "" { body = 1; next } !body { seen[form($0)] = 1; next } $0 != "" && !seen[form($0)]'
}
# Lines of shops, those of one domain joined.
joined() {
  awk 'NF > 0 { if (!($1 in has)) { order[++count] = $1; has[$1] = "" }
    for (i = 2; i <= NF; i++) { key = $i; if (key ~ /^to:/) sub(/=.*/, "", key)
      if (!(($1, key) in at)) { at[$1, key] = $i; keys[$1] = keys[$1] " " key } else at[$1, key] = $i } }
    END { for (i = 1; i <= count; i++) { line = order[i]; n = split(keys[order[i]], list, " ")
      for (k = 1; k <= n; k++) line = line " " at[order[i], list[k]]
      print line } }'
}
# Words of the shops in $1: networks, login:NAME, to:ADDRESS=MAILBOX.
parts() { printf '%s\\n' "$1" | awk '{ for (i = 2; i <= NF; i++) print $i }' | sort -u; }
networks_of() { parts "$1" | grep -v '^login:\\|^to:' || true; }
of_kind() { parts "$2" | sed -n "s/^$1://p"; }`.split('\n');

const PRESENT = `# The existing relay.
setting() { postconf -nh "$1" 2>/dev/null || true; }
made=
[ "$(setting local_transport)" != '${NO_MAILBOXES}' ] || made=yes
shops_before=$(sed -n 's/^${SHOP_MARK}//p' "$etc/main.cf")
networks_before=$(setting mynetworks | words)
logins_before=$({ of_kind login "$shops_before"; sasldblistusers2 -f "$etc/sasl/sasldb2" 2>/dev/null | sed -n 's/^\\([^@]*\\)@.*: userPassword.*/\\1/p'; } | sort -u)
relay_before=$(setting smtpd_relay_restrictions)
client_before=$(setting smtpd_client_restrictions)`.split('\n');

const JOINED = `# Existing and new shops.
if [ -n "$replace" ]; then
  kept=
else
  kept=$(printf '%s\\n' "$shops_before" | awk -v domains="$gone_domains" -v words="$gone_words" "$form"'
    BEGIN { n = split(domains, list, " "); for (i = 1; i <= n; i++) domain[list[i]] = 1
      n = split(words, list, " "); for (i = 1; i <= n; i++) word[form(list[i])] = 1 }
    NF == 0 || domain[$1] { next }
    { line = $1; for (i = 2; i <= NF; i++) { name = $i; if (name ~ /^to:/) sub(/=.*/, "", name); if (!word[form(name)]) line = line " " $i }
      print line }')
fi
shops=$(printf '%s\\n' "$kept" "$wanted" | joined)
forwards=$(of_kind to "$shops" | awk -F= '{ printf "%s{ %s = %s }", (NR > 1 ? ", " : ""), $1, $2 }')
receives=$(of_kind to "$shops" | sed 's/=.*//; s/.*@//' | sort -u | tr '\\n' ' ' | sed 's/ $//')
mydomain=$(setting mydomain)
case " $gone_domains " in *" $mydomain "*) mydomain_stays= ;; *) mydomain_stays=$made ;; esac
if [ -z "$mydomain" ] || [ -z "$mydomain_stays" ] || [ -n "$replace" ]; then
  first=$(printf '%s\\n' "$shops" | awk 'NF { print $1; exit }')
  mydomain=\${first:-$mydomain}
fi
loop=$(for domain in $receives; do of_kind to "$shops" | grep "=.*@$domain\\$" || true; done)
[ -z "$loop" ] || fail "mail would loop: $loop; nothing has changed"
# Networks of removed shops only.
gone=$({ without "$(networks_of "$shops_before")" "$(networks_of "$shops")"; printf '%s\\n' $gone_words | grep -v '^login:\\|^to:' || true; })
if [ -n "$replace" ]; then gone=$networks_before; fi
stay=$(without "$networks_before" "$gone")
networks=$({ without "$(printf '%s\\n' $loopback)" "$stay"; printf '%s\\n' "$stay"; without "$(networks_of "$shops")" "$stay"; } | awk "$form"'$0 != "" && !seen[form($0)]++' | tr '\\n' ' ' | sed 's/ $//')
gone_logins=$(without "$logins_before" "$(of_kind login "$shops")")
if [ -z "$replace" ]; then gone_logins=$(without "$gone_logins" "$(without "$gone_logins" "$({ without "$(of_kind login "$shops_before")" "$(of_kind login "$shops")"; printf '%s\\n' $gone_words | sed -n 's/^login://p'; })")"); fi
for domain in $gone_domains; do
  printf '%s\\n' "$shops_before" | grep -q "^$domain\\( \\|\\$\\)" || fail "--remove $domain: no shop of this relay; mailshim relay list shows them"
done
for word in $gone_words; do
  case $word in
    login:*) printf '%s\\n' "$logins_before" | grep -qx "\${word#login:}" || fail "--remove \${word#login:}: no login of this relay" ;;
    to:*) of_kind to "$shops_before" | grep -q "^\${word#to:}=" || fail "--remove \${word#to:}: no mail of it is forwarded" ;;
    *) [ -z "$(without "$word" "$networks_before")" ] || fail "--remove $word: mynetworks has no such entry: $(setting mynetworks)" ;;
  esac
done`.split('\n');

const PROOFS = `# By address, by login, or by both: the existing shops must still be able to send.
has=
case "$relay_before" in
  'permit_mynetworks, reject') has=address ;;
  'permit_mynetworks, permit_sasl_authenticated, reject') has=mixed ;;
  'permit_sasl_authenticated, reject') has=both; [ -n "$client_before" ] || has=login ;;
esac
[ -n "$made" ] || has=
if [ -n "$replace" ] || [ -z "$has" ]; then has=$proof
elif [ -z "$proof" ] || [ "$proof" = "$has" ]; then :
elif [ "$has" = both ]; then
  fail "the shops of this relay send from their addresses and with a login; give the new one both: --allow and --sasl-user. Nothing has changed"
elif [ "$proof" = both ]; then
  fail "the shops of this relay are authorized by address or by login, none by both; give the new one either --allow or --sasl-user. Nothing has changed"
else has=mixed
fi
login=no
client='permit_mynetworks, reject'
case $has in
  login) relay='permit_sasl_authenticated, reject'; client=; login=yes ;;
  both) relay='permit_sasl_authenticated, reject'; login=yes ;;
  mixed) relay='permit_mynetworks, permit_sasl_authenticated, reject'; client=; login=yes ;;
  *) relay='permit_mynetworks, reject' ;;
esac
[ $login = no ] || command -v saslpasswd2 >/dev/null || fail "Cyrus SASL is not installed: apt-get install sasl2-bin libsasl2-modules"
# Shop and relay on one machine, and no other shop: port 465 is not open to the network.
listen=network
[ $login = yes ] || [ -n "$(printf '%s\\n' "$networks" | words | grep -v '^127\\.\\|^\\[::1\\]/128$\\|^\\[::ffff:127\\.' || true)" ] || listen=here`.split(
  '\n',
);

const DROPPED = `# What would be dropped, or is dangerous to keep.
lost=
loses() { lost="$lost
  $1"; }
for word in $(printf '%s\\n' "$stay" | awk '
  /^static:/ { print; next }
  /^\\[?[0-9A-Fa-f.:]+\\]?\\/[0-9]+$/ { bits = $0; sub(/.*\\//, "", bits); bits += 0
    if (/:/) { if (bits < 48 && !/^\\[?(f[cd]|fe[89ab])/ && !/^\\[?::ffff:127/) print; next }
    if (bits < 24 && !/^(10|127|192\\.168|169\\.254|172\\.(1[6-9]|2[0-9]|3[01])|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\\./) print }'); do
  loses "mynetworks: $word, which allows strangers; --remove $word drops only this"
done
for name in smtpd_client_restrictions smtpd_relay_restrictions smtpd_recipient_restrictions; do
  for word in $(setting $name | tr ',' ' ' | awk '{ for (i = 1; i <= NF; i++) { if ($i ~ /^check_(client|reverse_client_hostname|ccert|sasl)_access$/) print $i "=" $(i + 1); if ($i ~ /^permit_tls_|^permit_inet_interfaces$/) print $i } }'); do
    loses "$name: $(printf %s "$word" | tr = ' ')"
  done
done
if [ -z "$made" ] && { postconf -P 2>/dev/null; postconf -n smtpd_sasl_auth_enable; } | grep -q 'smtpd_sasl_auth_enable = yes'; then
  [ $login = yes ] && [ "$(setting smtpd_sasl_type)" != dovecot ] || loses 'smtpd_sasl_auth_enable: logins'
fi
name=$(postconf -xh myhostname | tr '[:upper:]' '[:lower:]')
if [ -n "$made" ] && [ "$name" != "$host" ]; then
  loses "myhostname: $name, the name in PTR and in the certificate; --hostname $name keeps it"
fi
if [ -n "$lost" ] && [ -z "$replace" ]; then
  fail "this would be dropped, so nothing has changed; --replace drops it:$lost"
fi
say() { [ -z "$2" ] || printf '%s: %s\\n' "$1" "$(printf '%s\\n' "$2" | tr '\\n' ' ' | sed 's/ *$//')"; }
echo 'Who may send:'
say '  stays' "$stay"
say '  new' "$(without "$(printf '%s\\n' "$networks" | words)" "$networks_before")"
say '  dropped' "$(without "$networks_before" "$(printf '%s\\n' "$networks" | words)")"
say '  logins dropped' "$gone_logins"
say '  logins' "$(printf '%s\\n' "$logins_before" "$(of_kind login "$wanted")" | awk 'NF && !seen[$0]++' | while read -r word; do [ -z "$(without "$word" "$gone_logins")" ] || echo "$word"; done)"
[ -z "$lost" ] || printf '%s\\n' "  dropped besides:$lost"`.split('\n');

/** Shell that writes `$shops` into the copy of main.cf. */
export const KEEP_SHOPS: readonly string[] = `# The shops, for the next time and for "mailshim relay list".
{ sed '/^# mailshim shop[s:]/d' "$new/main.cf"; [ -z "$shops" ] || { echo '${SHOPS_HEADING}'; printf '%s\\n' "$shops" | sed 's/^/${SHOP_MARK}/'; }; } > "$new/shops"
cat "$new/shops" > "$new/main.cf"
rm "$new/shops"`.split('\n');
