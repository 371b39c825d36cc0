// The doctor's words on this machine: program, configuration, spool.

import { text } from './text.ts';

const KEY = '/etc/mailshim/dkim/mailshim.pem';
const DROP = '/var/spool/mailshim/drop';

/** Where several users send, files that one of them alone may read serve the others only by the daemon. */
const DAEMON = {
  en: 'let the daemon send for all users: useradd --system mailshim; mailshim init --force --user mailshim; systemctl enable --now mailshim.service mailshim.path',
  ru: 'пусть письма всех пользователей отправляет служба: useradd --system mailshim; mailshim init --force --user mailshim; systemctl enable --now mailshim.service mailshim.path',
};

// biome-ignore format: a line for each language.
export const localTexts = {
  'program.version': text({ version: '0.1.0', runtime: 'Node 22.12.0' },
    ['mailshim {version} on {runtime}'],
    ['mailshim {version} на {runtime}']),
  'program.worker': text({ url: 'https://check.shop.example' },
    ['the Worker at {url} answers'],
    ['Worker {url} отвечает']),
  'program.worker-silent': text({ url: 'https://check.shop.example', why: 'ENOTFOUND' },
    ['the Worker at {url} does not answer ({why}): mail is sent without being looked at first', 'the right address as preflight_url, or none: preflight off'],
    ['Worker {url} не отвечает ({why}): письма уходят без предварительной проверки', 'верный адрес в preflight_url, или вовсе без проверки: preflight off']),
  'program.clock': text({ minutes: 90 },
    ({ minutes }) => [
      `the clock of this machine is ${Math.abs(minutes)} minutes ${minutes > 0 ? 'fast' : 'slow'}: receivers distrust such mail, and certificates may seem expired`,
      'timedatectl set-ntp true',
    ],
    ({ minutes }) => [
      `часы этой машины ${minutes > 0 ? 'спешат' : 'отстают'} на ${Math.abs(minutes)} мин.: такие письма вызывают недоверие, а сертификаты могут казаться просроченными`,
      'timedatectl set-ntp true',
    ]),
  'config.good': text({ file: '/etc/mailshimrc', account: 'default' },
    ['{file}: account {account} is complete'],
    ['{file}: учётная запись {account} заполнена']),
  'config.staging': text({ account: 'default', only: '*@staging.example', to: '' },
    ({ account, only, to }) => [
      `account ${account} is for staging: ${to === '' ? `mail goes only to ${only}` : `all mail goes to ${to}${only === '' ? '' : `, as far as it is for ${only}`}`}`,
      'on a live shop, remove only_to and redirect_to',
    ],
    ({ account, only, to }) => [
      `учётная запись ${account} настроена для тестового стенда: ${to === '' ? `письма уходят только на ${only}` : `все письма уходят на ${to}${only === '' ? '' : `, если они адресованы ${only}`}`}`,
      'на рабочем магазине уберите only_to и redirect_to',
    ]),
  'config.missing': text({ places: '/etc/mailshimrc, ~/.mailshimrc' },
    ['there is no configuration ({places})', 'mailshim init'],
    ['настроек нет ({places})', 'mailshim init']),
  'config.broken': text({ where: '/etc/mailshimrc:3', word: 'hsot', message: 'unknown directive "hsot"; is "host" meant?' },
    ['{where}: {message}', 'correct that line; mailshim config check looks at the whole file'],
    ({ where, word }) => [
      word === '' ? `${where}: здесь ошибка` : `${where}: ошибка в строке «${word}…»`,
      'исправьте эту строку; mailshim config check скажет, что с ней не так',
    ]),
  'config.unreadable': text({ file: '/etc/mailshimrc', user: 'www-data', group: 'www-data', others: '' },
    ({ file, user, group, others }) => [
      others === '' ? `${file} cannot be read by ${user}, who sends` : `${file} cannot be read by ${user}, who sends beside ${others}`,
      others === '' ? `chgrp ${group} ${file} && chmod 0640 ${file}` : DAEMON.en,
    ],
    ({ file, user, group, others }) => [
      others === '' ? `${file} не может прочитать ${user}, который отправляет` : `${file} не может прочитать ${user}, который отправляет наряду с ${others}`,
      others === '' ? `chgrp ${group} ${file} && chmod 0640 ${file}` : DAEMON.ru,
    ]),
  'config.shadowed': text({ file: '/var/www/.mailshimrc', user: 'www-data', system: '/etc/mailshimrc', host: 'old.shop.example' },
    ['mail of {user} goes by {file}, which comes before {system} (host {host})', 'rm {file}; or, if it is meant, check it by itself: mailshim doctor --user {user}'],
    ['письма {user} отправляются по {file}, а не по {system} (host {host})', 'rm {file}; если так и задумано, проверьте этот файл отдельно: mailshim doctor --user {user}']),
  'config.own': text({ file: '/home/shop1/.mailshimrc', user: 'shop1' },
    ['mail of {user} goes by {file}, to the same relay'],
    ['письма {user} отправляются по {file}, через тот же релей']),
  'config.open': text({ file: '/etc/mailshimrc', mode: '0644' },
    ['{file} holds secrets and can be read by every user (mode {mode})', 'chmod o-rwx {file}'],
    ['{file} содержит секреты и доступен всем (права {mode})', 'chmod o-rwx {file}']),
  'config.secrets': text({ user: 'www-data' },
    ['configuration and keys can be read by {user}, who sends, and by no user who should not'],
    ['настройки и ключи доступны {user}, который отправляет, и никому лишнему']),
  'config.key-missing': text({ file: KEY },
    ['the DKIM key {file} is not there: no mail is sent', 'the right path in dkim_key, the key from a backup, or new ones: mailshim init --force --new-keys'],
    ['ключа DKIM {file} нет: письма не отправляются', 'верный путь в dkim_key, ключ из резервной копии или новые ключи: mailshim init --force --new-keys']),
  'config.key-unreadable': text({ file: KEY, user: 'www-data', others: '' },
    ({ file, user, others }) => [
      `the DKIM key ${file} cannot be read by ${user}, who sends: no mail is sent`,
      others === '' ? `chown ${user} ${file} && chmod 0600 ${file}` : DAEMON.en,
    ],
    ({ file, user, others }) => [
      `ключ DKIM ${file} не может прочитать ${user}, который отправляет: письма не отправляются`,
      others === '' ? `chown ${user} ${file} && chmod 0600 ${file}` : DAEMON.ru,
    ]),
  'config.key-open': text({ file: KEY, mode: '0644' },
    ['others can read or change the DKIM key {file} (mode {mode}): mailshim sends nothing with such a key', 'chmod 0600 {file}'],
    ['ключ DKIM {file} могут читать или менять другие (права {mode}): с таким ключом письма не отправляются', 'chmod 0600 {file}']),
  'config.key-broken': text({ file: KEY },
    ['{file} holds no DKIM key that can be used', 'the key from a backup, or new ones: mailshim init --force --new-keys'],
    ['в {file} нет пригодного ключа DKIM', 'ключ из резервной копии или новые ключи: mailshim init --force --new-keys']),
  'spool.good': text({ folder: DROP, user: 'www-data' },
    ['{folder} can be written by {user}'],
    ['{folder} доступен для записи {user}']),
  'spool.none': text({},
    ['there is no spool: a mail that the relay cannot take is given back to PHP, and lost', 'mailshim init makes one'],
    ['спула нет: письмо, которое релей не может принять, возвращается PHP и пропадает', 'mailshim init создаст его']),
  'spool.missing': text({ folder: '/var/spool/mailshim-www-data', user: 'www-data' },
    ['the spool {folder} is not there, and {user} cannot make it', 'install -d -m 0700 -o {user} -g {user} {folder}, or the right path as "spool"'],
    ['спула {folder} нет, и {user} не может его создать', 'install -d -m 0700 -o {user} -g {user} {folder} или верный путь в spool']),
  'spool.foreign': text({ folder: '/var/spool/mailshim-www-data', user: 'www-data', uid: 0, others: '' },
    ({ folder, user, uid, others }) => [
      `the spool ${folder} belongs to uid ${uid}, not to ${user}, who sends`,
      others === '' ? `chown -R ${user} ${folder}` : DAEMON.en,
    ],
    ({ folder, user, uid, others }) => [
      `спул ${folder} принадлежит uid ${uid}, а не ${user}, который отправляет`,
      others === '' ? `chown -R ${user} ${folder}` : DAEMON.ru,
    ]),
  'spool.read-only': text({ folder: DROP, mount: '/var', service: '' },
    ({ folder, mount, service }) => [
      service === '' ? `${folder} is on a read-only file system (${mount}): no mail can be kept` : `${service} sees ${folder} read-only (${mount}): no mail can be kept`,
      service === '' ? `mount -o remount,rw ${mount}; if the system made it read-only, dmesg says why` : `ReadWritePaths=${folder} in systemctl edit ${service}, then restart it`,
    ],
    ({ folder, mount, service }) => [
      service === '' ? `${folder} находится в файловой системе только для чтения (${mount}): письма негде хранить` : `для ${service} папка ${folder} доступна только для чтения (${mount}): письма негде хранить`,
      service === '' ? `mount -o remount,rw ${mount}; если так сделала сама система, причина в dmesg` : `ReadWritePaths=${folder} в systemctl edit ${service}, затем перезапустите его`,
    ]),
  'spool.inodes': text({ folder: '/var/spool/mailshim' },
    ['the file system of {folder} has no room for further files (inodes)', 'df -i {folder}; remove old files, such as sessions of PHP'],
    ['в файловой системе с {folder} закончились inode', 'df -i {folder}; удалите старые файлы, например сессии PHP']),
  'spool.closed': text({ folder: DROP, user: 'www-data', mode: '0700', right: '3733' },
    ['{user} cannot put mail into {folder} (mode {mode})', 'chmod {right} {folder}'],
    ['{user} не может класть письма в {folder} (права {mode})', 'chmod {right} {folder}']),
  'spool.open': text({ folder: DROP, mode: '3777', right: '3733' },
    ['others could see or remove mail in {folder} (mode {mode})', 'chmod {right} {folder}'],
    ['другие могли бы видеть или удалять письма в {folder} (права {mode})', 'chmod {right} {folder}']),
  'spool.full': text({ folder: '/var/spool/mailshim', megabytes: 40 },
    ['the disk of {folder} has {megabytes} MB left', 'make room, or mail will be refused'],
    ['на диске с {folder} осталось {megabytes} МБ', 'освободите место, иначе письма не будут приниматься']),
  'spool.daemon': text({ folder: DROP, unit: 'mailshim.service' },
    ({ folder, unit }) => [
      `no daemon sends what is dropped in ${folder}`,
      unit === '' ? 'there is no mailshim.service here: install the package, or run mailshim daemon as the user mailshim; to send without a daemon: mailshim init --force --user USER, with the user of PHP' : 'systemctl enable --now mailshim.service mailshim.path',
    ],
    ({ folder, unit }) => [
      `служба, которая отправляет письма из ${folder}, не работает`,
      unit === '' ? 'mailshim.service здесь нет: установите пакет или запустите mailshim daemon от имени mailshim; без службы: mailshim init --force --user USER с пользователем PHP' : 'systemctl enable --now mailshim.service mailshim.path',
    ]),
} as const;
