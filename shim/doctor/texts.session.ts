// The doctor's words on what the relay says: to a login, a sender, strangers. Its replies stay as it said them.

import type { Provider } from '../../shared/providers/types.ts';
import { type Cause, explainReason } from '../../shared/replies/explain.ts';
import type { Lang } from '../../shared/replies/explanations.ts';
import { loginHelp, senderHelp } from '../../shared/replies/provider-help.ts';
import { remedyAt, text } from './text.ts';

const WHERE = 'mail.shop.example:465';
const AUDIT = {
  en: 'mailshim relay audit, on the relay, names the line',
  ru: 'mailshim relay audit на релее назовёт строку',
};

const logIn: Record<Lang, (provider: Provider) => string> = {
  en: ({ name }) => `${name} takes mail only after a login: "auth on", "user" and "password" in the configuration`,
  ru: ({ name }) => `${name} принимает письма только после входа: укажите auth on, user и password в настройках`,
};

/** The address as Postfix names it: "<unknown[203.0.113.5]>: Client host rejected". */
function seenAddress(reply: string): string {
  return /\[(?:IPv6:)?([0-9a-f.:]{3,45})\]>?: Client host rejected/i.exec(reply)?.[1] ?? 'ADDRESS';
}

/** Other shops of the relay stay: `relay postfix` adds. */
const letIn: Record<Lang, (reply: string) => string> = {
  en: (reply) =>
    `on the relay: mailshim relay postfix --hostname $(postconf -h myhostname) --domain YOUR-DOMAIN --allow ${seenAddress(reply)} --apply, with the public address of this machine; the other shops there stay (mailshim relay list)`,
  ru: (reply) =>
    `на релее: mailshim relay postfix --hostname $(postconf -h myhostname) --domain YOUR-DOMAIN --allow ${seenAddress(reply)} --apply с внешним адресом этой машины; остальные магазины останутся (mailshim relay list)`,
};

/** Replies of these kinds say less than the doctor knows from where they came. */
// biome-ignore format: a list of words.
const GENERAL: ReadonlySet<Cause> = new Set([
  'sender', 'relaying', 'login', 'address', 'policy', 'busy', 'unreachable', 'other',
]);

/** The remedy for a reply that names its reason (a name in EHLO, a block list, a rate); else what the doctor knows. */
function remedyFor(reply: string, lang: Lang, otherwise: string): string {
  const { cause, advice } = explainReason(reply, lang);
  return reply === '' || GENERAL.has(cause) ? otherwise : advice;
}

// biome-ignore format: a line for each language.
export const sessionTexts = {
  'relay.session': text({ where: WHERE, reply: '421 4.3.2 all server ports are busy' },
    ({ where, reply }) => [
      reply === '' ? `${where} does not answer in the way of SMTP` : `${where} does not let us in: ${reply}`,
      remedyFor(reply, 'en', 'the log of the relay (/var/log/mail.log) says why'),
    ],
    ({ where, reply }) => [
      reply === '' ? `${where} отвечает не так, как положено в SMTP` : `${where} не впускает: ${reply}`,
      remedyFor(reply, 'ru', 'причина — в журнале релея (/var/log/mail.log)'),
    ]),
  'relay.login': text({ user: 'shop' },
    ['login as {user} works'],
    ['вход под именем {user} работает']),
  'relay.login-refused': text({ user: 'shop', reply: '535 5.7.8 Error: authentication failed', provider: '' },
    ({ user, reply, provider }) => [
      `the relay refuses the login as ${user}: ${reply}`,
      remedyAt(provider, (row) => loginHelp(row, reply, 'en'), `user and password here as they are there; on the relay a new one: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`),
    ],
    ({ user, reply, provider }) => [
      `релей отклоняет вход под именем ${user}: ${reply}`,
      remedyAt(provider, (row) => loginHelp(row, reply, 'ru'), `имя и пароль здесь — такие же, как там; новый пароль на релее: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`),
    ]),
  'relay.no-login': text({ where: WHERE, offered: '', provider: '' },
    ({ where, offered, provider }) => [
      offered === '' ? `${where} offers no login, but the configuration has one` : `${where} offers no login that can be used here (${offered})`,
      remedyAt(provider, ({ name }) => `${name} offers a login under TLS: "tls on" and "auth on" here`, 'on the relay, below that port in master.cf: -o smtpd_sasl_auth_enable=yes; or "auth off" here, where the relay knows this machine by its address'),
    ],
    ({ where, offered, provider }) => [
      offered === '' ? `${where} не предлагает входа, а в настройках он есть` : `${where} не предлагает пригодного способа входа (${offered})`,
      remedyAt(provider, ({ name }) => `${name} предлагает вход под TLS: укажите здесь tls on и auth on`, 'на релее под этим портом в master.cf: -o smtpd_sasl_auth_enable=yes; или auth off здесь, если релей узнаёт эту машину по адресу'),
    ]),
  'relay.no-password': text({ user: 'shop' },
    ['there is no password for {user}, or what should give it fails', 'the file or command of passwordeval, as the user who sends; mailshim init --force asks for it anew'],
    ['пароля для {user} нет, или команда, которая его даёт, не работает', 'проверьте файл или команду в passwordeval; mailshim init --force спросит пароль заново']),
  'relay.sender': text({ from: 'orders@shop.example', to: 'orders@shop.example' },
    ['the relay takes mail from {from} (asked with {to}; nothing was sent)'],
    ['релей принимает почту от {from} (спрошено с {to}; ничего не отправлено)']),
  'relay.sender-refused': text({ from: 'orders@shop.example', reply: '553 5.7.1 not owned by user shop', provider: '' },
    ({ from, reply, provider }) => [
      `the relay does not take mail from ${from}: ${reply}`,
      remedyAt(provider, (row) => remedyFor(reply, 'en', senderHelp(row, 'en')), remedyFor(reply, 'en', 'as "from" the sender that the relay lets this login use, and sender_rewrite always; or let it use this one, on the relay: smtpd_sender_login_maps')),
    ],
    ({ from, reply, provider }) => [
      `релей не принимает почту от ${from}: ${reply}`,
      remedyAt(provider, (row) => remedyFor(reply, 'ru', senderHelp(row, 'ru')), remedyFor(reply, 'ru', 'в from — отправитель, разрешённый этой учётной записи, и sender_rewrite always; или разрешите его на релее: smtpd_sender_login_maps')),
    ]),
  'relay.recipient-refused': text({ to: 'someone@shop.example', reply: '450 4.1.1 unknown' },
    ({ to, reply }) => [
      `the relay does not take mail to ${to}: ${reply}`,
      remedyFor(reply, 'en', 'ask with another recipient: mailshim doctor --to ADDRESS; the log of the relay says why'),
    ],
    ({ to, reply }) => [
      `релей не принимает почту для ${to}: ${reply}`,
      remedyFor(reply, 'ru', 'спросите с другим получателем: mailshim doctor --to ADDRESS; причина — в журнале релея'),
    ]),
  'relay.not-allowed': text({ where: WHERE, reply: '554 5.7.1 Client host rejected: Access denied', provider: '' },
    ({ where, reply, provider }) => [
      `${where} takes nothing from the address of this machine: ${reply}`,
      remedyAt(provider, logIn.en, letIn.en(reply)),
    ],
    ({ where, reply, provider }) => [
      `${where} ничего не принимает с адреса этой машины: ${reply}`,
      remedyAt(provider, logIn.ru, letIn.ru(reply)),
    ]),
  'relay.closed-to-strangers': text({ where: WHERE },
    ['{where} passes on nothing for those who have not logged in'],
    ['{where} не пересылает почту тех, кто не вошёл']),
  'relay.strangers-unknown': text({ where: WHERE, reply: '421 4.7.0 too many connections' },
    ({ where, reply }) => [`what ${where} does with mail of those who have not logged in is not known: ${reply === '' ? 'it gave no answer' : reply}`, AUDIT.en],
    ({ where, reply }) => [`что ${where} делает с почтой тех, кто не вошёл, неизвестно: ${reply === '' ? 'ответа нет' : reply}`, AUDIT.ru]),
  'relay.closed-outside': text({ where: WHERE },
    ['{where} passes on nothing for strangers: the Worker has tried, from outside'],
    ['{where} не пересылает почту чужих: Worker проверил это снаружи']),
  'relay.open': text({ where: WHERE, reply: '250 2.1.5 Ok' },
    ({ where, reply }) => [
      `${where} passes on mail without a login: an open relay, or open to this machine (${reply})`,
      `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.en}`,
    ],
    ({ where, reply }) => [
      `${where} пересылает почту без входа: открытый релей, или открыт для этой машины (${reply})`,
      `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.ru}`,
    ]),
  'relay.by-address': text({ where: WHERE },
    ['{where} knows this machine by its address; whether strangers may send, only others can see: mailshim relay audit, on the relay'],
    ['{where} узнаёт эту машину по адресу; могут ли отправлять чужие, видно только снаружи: mailshim relay audit на релее']),
} as const;
