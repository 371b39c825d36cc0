// The doctor's words in two languages: what was found, and what to do about it.

export interface Words {
  /** What was found: one line. */
  says: string;
  /** What to do, with the line to write where there is one. */
  remedy?: string;
}
type Text<A> = { en: (args: A) => Words; ru: (args: A) => Words };
const text = <A>(en: (args: A) => Words, ru: (args: A) => Words): Text<A> => ({ en, ru });

export const texts = {
  'program.version': text<{ version: string; runtime: string }>(
    ({ version, runtime }) => ({ says: `mailshim ${version} on ${runtime}` }),
    ({ version, runtime }) => ({ says: `mailshim ${version} на ${runtime}` }),
  ),
  'config.good': text<{ file: string; account: string }>(
    ({ file, account }) => ({ says: `${file}: account ${account} is complete` }),
    ({ file, account }) => ({ says: `${file}: учётная запись ${account} заполнена` }),
  ),
  'config.missing': text<{ places: string }>(
    ({ places }) => ({ says: `there is no configuration (${places})`, remedy: 'mailshim init' }),
    ({ places }) => ({ says: `настроек нет (${places})`, remedy: 'mailshim init' }),
  ),
  'config.broken': text<{ where: string; message: string }>(
    ({ where, message }) => ({
      says: `${where}: ${message}`,
      remedy: 'mend that line; mailshim config check explains the file',
    }),
    ({ where, message }) => ({
      says: `${where}: ${message}`,
      remedy: 'исправьте эту строку; mailshim config check объясняет файл',
    }),
  ),
  'config.unreadable': text<{ file: string; user: string; group: string }>(
    ({ file, user, group }) => ({
      says: `${file} cannot be read by ${user}, who sends`,
      remedy: `chgrp ${group} ${file} && chmod 0640 ${file}`,
    }),
    ({ file, user, group }) => ({
      says: `${file} не может прочитать ${user}, который отправляет`,
      remedy: `chgrp ${group} ${file} && chmod 0640 ${file}`,
    }),
  ),
  'config.open': text<{ file: string; mode: string }>(
    ({ file, mode }) => ({
      says: `${file} holds secrets and can be read by everybody (mode ${mode})`,
      remedy: `chmod o-rwx ${file}`,
    }),
    ({ file, mode }) => ({
      says: `${file} содержит секреты и доступен всем (права ${mode})`,
      remedy: `chmod o-rwx ${file}`,
    }),
  ),
  'config.secrets': text<{ user: string }>(
    ({ user }) => ({ says: `configuration and keys can be read by ${user}, who sends, and by nobody who should not` }),
    ({ user }) => ({ says: `настройки и ключи доступны ${user}, который отправляет, и никому лишнему` }),
  ),
  'config.key': text<{ file: string; why: string; user: string }>(
    ({ file, why, user }) => ({
      says: `DKIM key ${file}: ${why}`,
      remedy: `chown ${user} ${file} && chmod 0600 ${file}; or mailshim init --new-keys`,
    }),
    ({ file, why, user }) => ({
      says: `ключ DKIM ${file}: ${why}`,
      remedy: `chown ${user} ${file} && chmod 0600 ${file}; или mailshim init --new-keys`,
    }),
  ),
  'php.good': text<{ kind: string; file: string }>(
    ({ kind, file }) => ({ says: `PHP (${kind}) sends through mailshim: ${file}` }),
    ({ kind, file }) => ({ says: `PHP (${kind}) отправляет через mailshim: ${file}` }),
  ),
  'php.none': text<Record<string, never>>(
    () => ({ says: 'no php.ini was found here' }),
    () => ({ says: 'php.ini здесь не найден' }),
  ),
  'php.other': text<{ kind: string; where: string; value: string; wanted: string }>(
    ({ kind, where, value, wanted }) => ({
      says: `PHP (${kind}) sends through something else: ${value} (${where})`,
      remedy: `write there: sendmail_path = "${wanted}", then reload PHP`,
    }),
    ({ kind, where, value, wanted }) => ({
      says: `PHP (${kind}) отправляет не через mailshim: ${value} (${where})`,
      remedy: `запишите там: sendmail_path = "${wanted}" и перезагрузите PHP`,
    }),
  ),
  'php.program': text<{ kind: string; where: string; program: string }>(
    ({ kind, where, program }) => ({
      says: `PHP (${kind}) calls ${program}, which is not there (${where})`,
      remedy: 'mailshim install, or write the right path',
    }),
    ({ kind, where, program }) => ({
      says: `PHP (${kind}) вызывает ${program}, а его нет (${where})`,
      remedy: 'mailshim install, или укажите верный путь',
    }),
  ),
  'php.unlocked': text<{ kind: string; where: string; wanted: string }>(
    ({ kind, where, wanted }) => ({
      says: `PHP (${kind}) calls mailshim without --lock: a visitor’s text could reach its options (${where})`,
      remedy: `sendmail_path = "${wanted}"`,
    }),
    ({ kind, where, wanted }) => ({
      says: `PHP (${kind}) вызывает mailshim без --lock: текст посетителя может попасть в параметры (${where})`,
      remedy: `sendmail_path = "${wanted}"`,
    }),
  ),
  'spool.good': text<{ folder: string; user: string }>(
    ({ folder, user }) => ({ says: `${folder} can be written by ${user}` }),
    ({ folder, user }) => ({ says: `${folder} доступен для записи ${user}` }),
  ),
  'spool.none': text<Record<string, never>>(
    () => ({
      says: 'there is no spool: a mail that the relay cannot take is given back to PHP, and lost',
      remedy: 'mailshim init makes one',
    }),
    () => ({
      says: 'спула нет: письмо, которое релей не может принять, возвращается PHP и пропадает',
      remedy: 'mailshim init создаст его',
    }),
  ),
  'spool.unwritable': text<{ folder: string; user: string; why: string; remedy: string }>(
    ({ folder, user, why, remedy }) => ({ says: `${folder} cannot be used by ${user}: ${why}`, remedy }),
    ({ folder, user, why, remedy }) => ({ says: `${folder} не может использовать ${user}: ${why}`, remedy }),
  ),
  'spool.full': text<{ folder: string; megabytes: number }>(
    ({ folder, megabytes }) => ({
      says: `the disk of ${folder} has ${megabytes} MB left`,
      remedy: 'make room, or mail will be refused',
    }),
    ({ folder, megabytes }) => ({
      says: `на диске с ${folder} осталось ${megabytes} МБ`,
      remedy: 'освободите место, иначе письма не будут приниматься',
    }),
  ),
  'spool.daemon': text<{ folder: string }>(
    ({ folder }) => ({
      says: `nobody sends what is dropped in ${folder}`,
      remedy: 'systemctl enable --now mailshim.service mailshim.path',
    }),
    ({ folder }) => ({
      says: `никто не отправляет письма из ${folder}`,
      remedy: 'systemctl enable --now mailshim.service mailshim.path',
    }),
  ),
  'relay.resolved': text<{ host: string; addresses: string }>(
    ({ host, addresses }) => ({ says: `${host} is ${addresses}` }),
    ({ host, addresses }) => ({ says: `${host} — это ${addresses}` }),
  ),
  'relay.unresolved': text<{ host: string; why: string }>(
    ({ host, why }) => ({
      says: `the relay’s name ${host} cannot be looked up (${why})`,
      remedy: `publish the address of ${host}, or mend "host" in the configuration`,
    }),
    ({ host, why }) => ({
      says: `имя релея ${host} не находится в DNS (${why})`,
      remedy: `опубликуйте адрес ${host} или исправьте host в настройках`,
    }),
  ),
  'relay.port': text<{ port: number; open: boolean }>(
    ({ port, open }) => ({ says: `port ${port} ${open ? 'answers' : 'does not answer; it is not needed'}` }),
    ({ port, open }) => ({ says: `порт ${port} ${open ? 'отвечает' : 'не отвечает; он и не нужен'}` }),
  ),
  'relay.closed': text<{ where: string; why: string }>(
    ({ where, why }) => ({
      says: why,
      remedy: `open the port of ${where} in the firewalls of both machines, and look whether Postfix listens there: mailshim relay audit, on the relay`,
    }),
    ({ where, why }) => ({
      says: why,
      remedy: `откройте порт ${where} в межсетевых экранах обеих машин и проверьте, слушает ли его Postfix: mailshim relay audit на релее`,
    }),
  ),
  'relay.wrapper': text<{ where: string }>(
    ({ where }) => ({
      says: `${where} speaks plain text first, where TLS is expected`,
      remedy: 'in master.cf of the relay, below the line of that port: -o smtpd_tls_wrappermode=yes',
    }),
    ({ where }) => ({
      says: `${where} сначала говорит открытым текстом, а ожидается TLS`,
      remedy: 'в master.cf релея под строкой этого порта: -o smtpd_tls_wrappermode=yes',
    }),
  ),
  'relay.tls': text<{ protocol: string; name: string; days: number }>(
    ({ protocol, name, days }) => ({
      says: `${protocol}, the certificate is for ${name}, trusted, and good for ${days} more days`,
    }),
    ({ protocol, name, days }) => ({
      says: `${protocol}, сертификат выдан ${name}, ему доверяют, действует ещё ${days} дн.`,
    }),
  ),
  'relay.certificate': text<{ why: string }>(
    ({ why }) => ({
      says: why,
      remedy: 'a certificate of Let’s Encrypt for the relay’s name; mailshim relay postfix writes the lines for it',
    }),
    ({ why }) => ({
      says: why,
      remedy: 'сертификат Let’s Encrypt на имя релея; mailshim relay postfix печатает строки для него',
    }),
  ),
  'relay.expiring': text<{ days: number; name: string }>(
    ({ days, name }) => ({
      says: `the certificate of ${name} ends in ${days} days`,
      remedy: 'certbot renew; is its timer on, and does the hook reload Postfix?',
    }),
    ({ days, name }) => ({
      says: `сертификат ${name} закончится через ${days} дн.`,
      remedy: 'certbot renew; включён ли таймер и перезагружает ли он Postfix?',
    }),
  ),
  'relay.clear': text<{ where: string }>(
    ({ where }) => ({ says: `mail and password go to ${where} in clear text`, remedy: 'tls on, in the configuration' }),
    ({ where }) => ({ says: `почта и пароль идут к ${where} открытым текстом`, remedy: 'tls on в настройках' }),
  ),
  'relay.session': text<{ why: string }>(
    ({ why }) => ({ says: why, remedy: 'mend what the relay says; its log (/var/log/mail.log) has more' }),
    ({ why }) => ({
      says: why,
      remedy: 'исправьте то, что говорит релей; подробности в его журнале (/var/log/mail.log)',
    }),
  ),
  'relay.login': text<{ user: string }>(
    ({ user }) => ({ says: `login as ${user} works` }),
    ({ user }) => ({ says: `вход под именем ${user} работает` }),
  ),
  'relay.refused': text<{ why: string }>(
    ({ why }) => ({ says: why, remedy: 'user and password in the configuration, as they are at the relay' }),
    ({ why }) => ({ says: why, remedy: 'имя и пароль в настройках — такие же, как на релее' }),
  ),
  'relay.sender': text<{ from: string; to: string }>(
    ({ from, to }) => ({ says: `the relay takes mail from ${from} (asked with ${to}; nothing was sent)` }),
    ({ from, to }) => ({ says: `релей принимает почту от ${from} (спрошено с ${to}; ничего не отправлено)` }),
  ),
  'relay.sender-refused': text<{ from: string; why: string }>(
    ({ from, why }) => ({
      says: `the relay does not take mail from ${from}: ${why}`,
      remedy:
        'the sender that the relay lets this account use, as "from", and sender_rewrite always; or let the address of this machine send: mailshim relay postfix',
    }),
    ({ from, why }) => ({
      says: `релей не принимает почту от ${from}: ${why}`,
      remedy:
        'отправитель, разрешённый этой учётной записи на релее, в from и sender_rewrite always; или разрешите адрес этой машины: mailshim relay postfix',
    }),
  ),
  'relay.closed-to-strangers': text<{ where: string }>(
    ({ where }) => ({ says: `${where} passes on nothing for those who have not logged in` }),
    ({ where }) => ({ says: `${where} не пересылает почту тех, кто не вошёл` }),
  ),
  'relay.open': text<{ where: string; reply: string }>(
    ({ where, reply }) => ({
      says: `${where} passes on mail without a login: an open relay, or open to this machine (${reply})`,
      remedy:
        'smtpd_relay_restrictions = permit_sasl_authenticated, reject; mailshim relay audit, on the relay, names the line',
    }),
    ({ where, reply }) => ({
      says: `${where} пересылает почту без входа: открытый релей, или открыт для этой машины (${reply})`,
      remedy:
        'smtpd_relay_restrictions = permit_sasl_authenticated, reject; mailshim relay audit на релее назовёт строку',
    }),
  ),
  'relay.by-address': text<{ where: string }>(
    ({ where }) => ({
      says: `${where} knows this machine by its address; whether strangers may send, only others can see: mailshim relay audit, on the relay`,
    }),
    ({ where }) => ({
      says: `${where} узнаёт эту машину по адресу; могут ли отправлять чужие, видно только снаружи: mailshim relay audit на релее`,
    }),
  ),
  'relay.clock': text<{ minutes: number }>(
    ({ minutes }) => ({
      says: `the clock of this machine is off by ${minutes} minutes`,
      remedy: 'timedatectl set-ntp true',
    }),
    ({ minutes }) => ({ says: `часы этой машины ошибаются на ${minutes} мин.`, remedy: 'timedatectl set-ntp true' }),
  ),
  'dns.good': text<{ domain: string; score: string }>(
    ({ domain, score }) => ({ says: `${domain}: ${score} out of 10` }),
    ({ domain, score }) => ({ says: `${domain}: ${score} из 10` }),
  ),
  'dns.keys': text<{ names: string }>(
    ({ names }) => ({ says: `the published keys are those that sign here: ${names}` }),
    ({ names }) => ({ says: `опубликованы те же ключи, которыми подписывается почта: ${names}` }),
  ),
  'dns.unchecked': text<{ why: string }>(
    ({ why }) => ({ says: `DNS could not be checked: ${why}` }),
    ({ why }) => ({ says: `DNS не удалось проверить: ${why}` }),
  ),
  'queue.good': text<{ waiting: number }>(
    ({ waiting }) => ({ says: waiting === 0 ? 'nothing waits' : `${waiting} waiting, and being sent` }),
    ({ waiting }) => ({ says: waiting === 0 ? 'ничего не ждёт' : `ждёт: ${waiting}, идёт отправка` }),
  ),
  'queue.trouble': text<{ why: string }>(
    ({ why }) => ({ says: why, remedy: 'mailshim queue shows what and why; mailshim queue run tries all now' }),
    ({ why }) => ({
      says: why,
      remedy: 'mailshim queue покажет, что и почему; mailshim queue run попробует всё сейчас',
    }),
  ),
} as const;

export type LinkTexts = typeof texts;
export type LinkId = keyof LinkTexts;
