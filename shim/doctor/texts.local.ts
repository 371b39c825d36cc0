// The doctor's words on this machine: program, configuration, PHP, spool.

import { type Nothing, text } from './text.ts';

const KEY = '/etc/mailshim/dkim/mailshim.pem';
const INI = '/etc/php/8.2/fpm/php.ini';
const WANTED = '/usr/local/bin/mailshim --lock -t -i';
const DROP = '/var/spool/mailshim/drop';

export const localTexts = {
  'program.version': text(
    { version: '0.1.0', runtime: 'Node 22.12.0' },
    ({ version, runtime }) => ({ says: `mailshim ${version} on ${runtime}` }),
    ({ version, runtime }) => ({ says: `mailshim ${version} на ${runtime}` }),
  ),
  'program.worker': text(
    { url: 'https://check.shop.example' },
    ({ url }) => ({ says: `the Worker at ${url} answers` }),
    ({ url }) => ({ says: `Worker ${url} отвечает` }),
  ),
  'program.worker-silent': text(
    { url: 'https://check.shop.example', why: 'ENOTFOUND' },
    ({ url, why }) => ({
      says: `the Worker at ${url} does not answer (${why}): mail is sent without being looked at first`,
      remedy: 'the right address as preflight_url, or none: preflight off',
    }),
    ({ url, why }) => ({
      says: `Worker ${url} не отвечает (${why}): письма уходят без предварительной проверки`,
      remedy: 'верный адрес в preflight_url, или вовсе без проверки: preflight off',
    }),
  ),
  'program.clock': text(
    { minutes: 90 },
    ({ minutes }) => ({
      says: `the clock of this machine is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'fast' : 'slow'}: receivers distrust such mail, and certificates may seem expired`,
      remedy: 'timedatectl set-ntp true',
    }),
    ({ minutes }) => ({
      says: `часы этой машины ${minutes > 0 ? 'спешат' : 'отстают'} на ${Math.abs(minutes)} мин.: такие письма вызывают недоверие, а сертификаты могут казаться просроченными`,
      remedy: 'timedatectl set-ntp true',
    }),
  ),
  'config.good': text(
    { file: '/etc/mailshimrc', account: 'default' },
    ({ file, account }) => ({ says: `${file}: account ${account} is complete` }),
    ({ file, account }) => ({ says: `${file}: учётная запись ${account} заполнена` }),
  ),
  'config.staging': text(
    { account: 'default', only: '*@staging.example', to: '' },
    ({ account, only, to }) => ({
      says: `account ${account} is for staging: ${to === '' ? `mail goes only to ${only}` : `all mail goes to ${to}${only === '' ? '' : `, as far as it is for ${only}`}`}`,
      remedy: 'on a live shop, remove only_to and redirect_to',
    }),
    ({ account, only, to }) => ({
      says: `учётная запись ${account} настроена для тестового стенда: ${to === '' ? `письма уходят только на ${only}` : `все письма уходят на ${to}${only === '' ? '' : `, если они адресованы ${only}`}`}`,
      remedy: 'на рабочем магазине уберите only_to и redirect_to',
    }),
  ),
  'config.missing': text(
    { places: '/etc/mailshimrc, ~/.mailshimrc' },
    ({ places }) => ({ says: `there is no configuration (${places})`, remedy: 'mailshim init' }),
    ({ places }) => ({ says: `настроек нет (${places})`, remedy: 'mailshim init' }),
  ),
  'config.broken': text(
    { where: '/etc/mailshimrc:3', word: 'hsot', message: 'unknown directive "hsot"; is "host" meant?' },
    ({ where, message }) => ({
      says: `${where}: ${message}`,
      remedy: 'mend that line; mailshim config check looks at the whole file',
    }),
    ({ where, word }) => ({
      says: word === '' ? `${where}: здесь ошибка` : `${where}: ошибка в строке «${word}…»`,
      remedy: 'исправьте эту строку; mailshim config check скажет, что с ней не так',
    }),
  ),
  'config.unreadable': text(
    { file: '/etc/mailshimrc', user: 'www-data', group: 'www-data' },
    ({ file, user, group }) => ({
      says: `${file} cannot be read by ${user}, who sends`,
      remedy: `chgrp ${group} ${file} && chmod 0640 ${file}`,
    }),
    ({ file, user, group }) => ({
      says: `${file} не может прочитать ${user}, который отправляет`,
      remedy: `chgrp ${group} ${file} && chmod 0640 ${file}`,
    }),
  ),
  'config.open': text(
    { file: '/etc/mailshimrc', mode: '0644' },
    ({ file, mode }) => ({
      says: `${file} holds secrets and can be read by everybody (mode ${mode})`,
      remedy: `chmod o-rwx ${file}`,
    }),
    ({ file, mode }) => ({
      says: `${file} содержит секреты и доступен всем (права ${mode})`,
      remedy: `chmod o-rwx ${file}`,
    }),
  ),
  'config.secrets': text(
    { user: 'www-data' },
    ({ user }) => ({ says: `configuration and keys can be read by ${user}, who sends, and by nobody who should not` }),
    ({ user }) => ({ says: `настройки и ключи доступны ${user}, который отправляет, и никому лишнему` }),
  ),
  'config.key-missing': text(
    { file: KEY },
    ({ file }) => ({
      says: `the DKIM key ${file} is not there: no mail is sent`,
      remedy: 'the right path in dkim_key, the key from a backup, or new ones: mailshim init --force --new-keys',
    }),
    ({ file }) => ({
      says: `ключа DKIM ${file} нет: письма не отправляются`,
      remedy: 'верный путь в dkim_key, ключ из резервной копии или новые ключи: mailshim init --force --new-keys',
    }),
  ),
  'config.key-unreadable': text(
    { file: KEY, user: 'www-data' },
    ({ file, user }) => ({
      says: `the DKIM key ${file} cannot be read by ${user}, who sends: no mail is sent`,
      remedy: `chown ${user} ${file} && chmod 0600 ${file}`,
    }),
    ({ file, user }) => ({
      says: `ключ DKIM ${file} не может прочитать ${user}, который отправляет: письма не отправляются`,
      remedy: `chown ${user} ${file} && chmod 0600 ${file}`,
    }),
  ),
  'config.key-open': text(
    { file: KEY, mode: '0644' },
    ({ file, mode }) => ({
      says: `others can read or change the DKIM key ${file} (mode ${mode}): mailshim sends nothing with such a key`,
      remedy: `chmod 0600 ${file}`,
    }),
    ({ file, mode }) => ({
      says: `ключ DKIM ${file} могут читать или менять другие (права ${mode}): с таким ключом письма не отправляются`,
      remedy: `chmod 0600 ${file}`,
    }),
  ),
  'config.key-broken': text(
    { file: KEY },
    ({ file }) => ({
      says: `${file} holds no DKIM key that can be used`,
      remedy: 'the key from a backup, or new ones: mailshim init --force --new-keys',
    }),
    ({ file }) => ({
      says: `в ${file} нет пригодного ключа DKIM`,
      remedy: 'ключ из резервной копии или новые ключи: mailshim init --force --new-keys',
    }),
  ),
  'php.good': text(
    { kind: 'fpm', file: INI },
    ({ kind, file }) => ({ says: `PHP (${kind}) sends through mailshim: ${file}` }),
    ({ kind, file }) => ({ says: `PHP (${kind}) отправляет через mailshim: ${file}` }),
  ),
  'php.none': text<Nothing>(
    {},
    () => ({ says: 'no php.ini was found here' }),
    () => ({ says: 'php.ini здесь не найден' }),
  ),
  'php.other': text(
    { kind: 'fpm', where: `${INI}:1100`, value: '/usr/sbin/sendmail -t -i', wanted: WANTED },
    ({ kind, where, value, wanted }) => ({
      says: `PHP (${kind}) sends through something else: ${value} (${where})`,
      remedy: `write there: sendmail_path = "${wanted}", then reload PHP`,
    }),
    ({ kind, where, value, wanted }) => ({
      says: `PHP (${kind}) отправляет не через mailshim: ${value} (${where})`,
      remedy: `запишите там: sendmail_path = "${wanted}" и перезагрузите PHP`,
    }),
  ),
  'php.program': text(
    { kind: 'fpm', where: `${INI}:1100`, program: '/opt/mailshim' },
    ({ kind, where, program }) => ({
      says: `PHP (${kind}) calls ${program}, which is not there (${where})`,
      remedy: 'mailshim install, or write the right path',
    }),
    ({ kind, where, program }) => ({
      says: `PHP (${kind}) вызывает ${program}, а его нет (${where})`,
      remedy: 'mailshim install, или укажите верный путь',
    }),
  ),
  'php.unlocked': text(
    { kind: 'fpm', where: `${INI}:1100`, wanted: WANTED },
    ({ kind, where, wanted }) => ({
      says: `PHP (${kind}) calls mailshim without --lock: a visitor’s text could reach its options (${where})`,
      remedy: `sendmail_path = "${wanted}"`,
    }),
    ({ kind, where, wanted }) => ({
      says: `PHP (${kind}) вызывает mailshim без --lock: текст посетителя может попасть в параметры (${where})`,
      remedy: `sendmail_path = "${wanted}"`,
    }),
  ),
  'php.line-ends': text(
    { kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = lf', holds: 'lf' },
    ({ kind, where, setting }) => ({
      says: `PHP (${kind}) does not end every line of a mail with CRLF (${setting}, ${where}); mailshim takes any line end and sends CRLF`,
    }),
    ({ kind, where, setting }) => ({
      says: `PHP (${kind}) заканчивает строки письма не только CRLF (${setting}, ${where}); mailshim принимает любые концы строк и отправляет CRLF`,
    }),
  ),
  'php.line-ends-unknown': text(
    { kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = LF', holds: 'crlf' },
    ({ kind, where, setting, holds }) => ({
      says: `PHP (${kind}) does not know the value in ${setting} (${where}), and keeps ${holds}`,
      remedy: 'take the line out: mailshim takes any line end; or write crlf, lf, mixed or os, in lower case',
    }),
    ({ kind, where, setting, holds }) => ({
      says: `PHP (${kind}) не знает значения в ${setting} (${where}); действует ${holds}`,
      remedy:
        'уберите эту строку: mailshim принимает любые концы строк; или укажите crlf, lf, mixed либо os в нижнем регистре',
    }),
  ),
  'php.line-ends-both': text(
    { kind: 'fpm', where: `${INI}:1110`, setting: 'mail.cr_lf_mode = lf', holds: 'lf' },
    ({ kind, where, setting }) => ({
      says: `PHP (${kind}) has both mail.cr_lf_mode and mail.mixed_lf_and_crlf, and they differ: from PHP 8.5 on ${setting} holds (${where}), before that mail.mixed_lf_and_crlf`,
      remedy: 'take both out: mailshim takes any line end',
    }),
    ({ kind, where, setting }) => ({
      says: `в настройках PHP (${kind}) заданы mail.cr_lf_mode и mail.mixed_lf_and_crlf, и они расходятся: с PHP 8.5 действует ${setting} (${where}), раньше — mail.mixed_lf_and_crlf`,
      remedy: 'уберите обе строки: mailshim принимает любые концы строк',
    }),
  ),
  'spool.good': text(
    { folder: DROP, user: 'www-data' },
    ({ folder, user }) => ({ says: `${folder} can be written by ${user}` }),
    ({ folder, user }) => ({ says: `${folder} доступен для записи ${user}` }),
  ),
  'spool.none': text<Nothing>(
    {},
    () => ({
      says: 'there is no spool: a mail that the relay cannot take is given back to PHP, and lost',
      remedy: 'mailshim init makes one',
    }),
    () => ({
      says: 'спула нет: письмо, которое релей не может принять, возвращается PHP и пропадает',
      remedy: 'mailshim init создаст его',
    }),
  ),
  'spool.missing': text(
    { folder: '/var/spool/mailshim-www-data', user: 'www-data' },
    ({ folder, user }) => ({
      says: `the spool ${folder} is not there, and ${user} cannot make it`,
      remedy: `install -d -m 0700 -o ${user} -g ${user} ${folder}, or the right path as "spool"`,
    }),
    ({ folder, user }) => ({
      says: `спула ${folder} нет, и ${user} не может его создать`,
      remedy: `install -d -m 0700 -o ${user} -g ${user} ${folder} или верный путь в spool`,
    }),
  ),
  'spool.foreign': text(
    { folder: '/var/spool/mailshim-www-data', user: 'www-data', uid: 0 },
    ({ folder, user, uid }) => ({
      says: `the spool ${folder} belongs to uid ${uid}, not to ${user}, who sends`,
      remedy: `chown -R ${user} ${folder}`,
    }),
    ({ folder, user, uid }) => ({
      says: `спул ${folder} принадлежит uid ${uid}, а не ${user}, который отправляет`,
      remedy: `chown -R ${user} ${folder}`,
    }),
  ),
  'spool.closed': text(
    { folder: DROP, user: 'www-data', mode: '0700', right: '3733' },
    ({ folder, user, mode, right }) => ({
      says: `${user} cannot put mail into ${folder} (mode ${mode})`,
      remedy: `chmod ${right} ${folder}`,
    }),
    ({ folder, user, mode, right }) => ({
      says: `${user} не может класть письма в ${folder} (права ${mode})`,
      remedy: `chmod ${right} ${folder}`,
    }),
  ),
  'spool.open': text(
    { folder: DROP, mode: '3777', right: '3733' },
    ({ folder, mode, right }) => ({
      says: `others could see or remove mail in ${folder} (mode ${mode})`,
      remedy: `chmod ${right} ${folder}`,
    }),
    ({ folder, mode, right }) => ({
      says: `другие могли бы видеть или удалять письма в ${folder} (права ${mode})`,
      remedy: `chmod ${right} ${folder}`,
    }),
  ),
  'spool.full': text(
    { folder: '/var/spool/mailshim', megabytes: 40 },
    ({ folder, megabytes }) => ({
      says: `the disk of ${folder} has ${megabytes} MB left`,
      remedy: 'make room, or mail will be refused',
    }),
    ({ folder, megabytes }) => ({
      says: `на диске с ${folder} осталось ${megabytes} МБ`,
      remedy: 'освободите место, иначе письма не будут приниматься',
    }),
  ),
  'spool.daemon': text(
    { folder: DROP },
    ({ folder }) => ({
      says: `nobody sends what is dropped in ${folder}`,
      remedy: 'systemctl enable --now mailshim.service mailshim.path',
    }),
    ({ folder }) => ({
      says: `никто не отправляет письма из ${folder}`,
      remedy: 'systemctl enable --now mailshim.service mailshim.path',
    }),
  ),
} as const;
