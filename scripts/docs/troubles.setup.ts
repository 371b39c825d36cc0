// Trouble before a mail is looked at: the command line and the configuration.
import { type Chapter, explained, trouble } from './troubles.ts';

export const setupTroubles: Chapter[] = [
  {
    title: { en: 'The command line', ru: 'Командная строка' },
    troubles: [
      explained(
        ['option.unknown', 'option.no-argument', 'option.argument-missing'],
        [
          '`sendmail_path`, or a script, has a flag that mailshim does not know, or one without its value.',
          'Take the flag out: [all flags](shim.md#flags).',
        ],
        [
          'В `sendmail_path` или в скрипте есть флаг, которого mailshim не знает, или флаг без значения.',
          'Уберите флаг: [все флаги](shim.md#flags).',
        ],
      ),
      explained(
        'option.locked',
        [
          'A visitor’s text has come into the fifth parameter of `mail()`, or `--lock` stands in front of a flag that is meant.',
          'Where the flag is yours, put it in front of `--lock`. Else look at the script: this was an attack, or a bug.',
        ],
        [
          'В пятый параметр `mail()` попал текст посетителя, или `--lock` стоит перед нужным флагом.',
          'Свой флаг поставьте перед `--lock`. Иначе проверьте скрипт: это атака или ошибка.',
        ],
      ),
      trouble(
        'option … is not taken from uid …, which does not own …; where the administrator gives it, it and --lock stand first: mailshim … … --lock -t',
        [
          'A user who does not own the configuration in /etc may not choose another one.',
          'In php.ini: `mailshim -C FILE --lock -t -i`, with nothing in front.',
        ],
        [
          'Пользователь, которому не принадлежат настройки в /etc, не может выбрать другие.',
          'В php.ini: `mailshim -C ФАЙЛ --lock -t -i`, ничего перед этим.',
        ],
      ),
      explained(
        ['option.notify', 'option.return', 'option.envelope-id', 'option.mode', 'option.address'],
        [
          'The value behind that flag is not one of those allowed.',
          'The message says which are: [all flags](shim.md#flags).',
        ],
        ['Значение после этого флага недопустимо.', 'Допустимые названы в сообщении: [все флаги](shim.md#flags).'],
      ),
      explained(
        'option.after-recipient',
        [
          'A word that looks like a flag is in the place of a recipient.',
          'Put flags first. If the word came from a form, check the script: nothing was sent.',
        ],
        [
          'На месте получателя стоит слово, похожее на флаг.',
          'Поставьте флаги первыми. Если слово пришло из формы, проверьте скрипт: ничего не отправлено.',
        ],
      ),
      explained(
        ['arguments.too-many', 'argument.control'],
        ['The caller hands over more, or other, than a mail program takes.', 'Give recipients by `-t`, in the header.'],
        [
          'Вызывающий передаёт больше или не то, что принимает почтовая программа.',
          'Передавайте получателей через `-t`, в заголовке письма.',
        ],
      ),
      trouble(
        [
          'no recipients: …',
          'neither arguments nor To, Cc or Bcc name one',
          'none is named as an argument, and -t is not given',
        ],
        [
          'The mail has no To, Cc or Bcc, or `-t` is missing in `sendmail_path`.',
          '`sendmail_path = "/usr/local/bin/mailshim --lock -t -i"`; give `mail()` a first argument.',
        ],
        [
          'В письме нет To, Cc и Bcc, или в `sendmail_path` не хватает `-t`.',
          '`sendmail_path = "/usr/local/bin/mailshim --lock -t -i"`; укажите первый аргумент `mail()`.',
        ],
      ),
      explained(
        'recipients.unreadable',
        [
          'A recipient on the command line is not an address; what is wrong follows.',
          'Correct it where the shop keeps it.',
        ],
        [
          'Получатель в командной строке — не адрес; дальше сказано, что не так.',
          'Исправьте его там, где он хранится в магазине.',
        ],
      ),
    ],
  },
  {
    title: { en: 'The configuration', ru: 'Настройки' },
    troubles: [
      trouble(
        ['no relay is named; add "host NAME"', 'no account is defined'],
        [
          'mailshim finds no file, or no relay in it. PHP runs as www-data, whose home is not yours.',
          '`mailshim init` writes one. For the web user it must be `/etc/mailshimrc` or `/etc/msmtprc`.',
        ],
        [
          'Файла нет, или в нём не назван релей. PHP работает как www-data, и домашняя папка у него другая.',
          'Файл создаёт `mailshim init`. Для пользователя веб-сервера это `/etc/mailshimrc` или `/etc/msmtprc`.',
        ],
        [78],
      ),
      trouble(
        '…: permission denied for uid …; let that user read it (chown, or a group and chmod 0640)',
        [
          'The file is there, and the user that sends may not read it.',
          '`chgrp www-data /etc/mailshimrc && chmod 0640 /etc/mailshimrc`',
        ],
        [
          'Файл есть, но пользователь, который отправляет, не может его прочитать.',
          '`chgrp www-data /etc/mailshimrc && chmod 0640 /etc/mailshimrc`',
        ],
        [74],
      ),
      trouble(
        [
          'a file with a password must belong to its reader (owner …, reader …)',
          'a file with a password must not be open to others (mode …); chmod 0600 …',
        ],
        [
          'The file holds `password`, and others could read it.',
          'Run the `chmod` or `chown` of the message. In /etc: owner root, group of the sender, mode 0640.',
        ],
        [
          'В файле есть `password`, и его могли бы прочитать другие.',
          'Выполните `chmod` или `chown` из сообщения. В /etc: владелец root, группа отправляющего, права 0640.',
        ],
        [78],
      ),
      trouble(
        [
          'no command is run from a file of someone else (owner …, reader …); chown it to its reader or root',
          'no command is run from a file that everybody can write; chmod o-w …',
          'passwordeval: …',
          'the command exited with 0 and printed no password; …',
          'the command …; …',
        ],
        [
          '`passwordeval` or `eval` runs a command only from a file that nobody else could have written; or the command failed.',
          'Run the command of the message; or run the command of `passwordeval` by hand as the user that sends.',
        ],
        [
          '`passwordeval` и `eval` выполняют команду только из файла, который не мог записать никто другой; или сама команда завершилась с ошибкой.',
          'Выполните команду из сообщения или запустите команду `passwordeval` вручную от имени отправляющего.',
        ],
        [78],
      ),
      trouble(
        [
          'unknown directive …',
          'host needs an argument',
          'the line is longer than … bytes',
          'the argument of … contains a control character',
          'write …',
          'only an IPv6 address may stand in brackets',
          'eval: what the command prints is no directive',
          'eval: …',
        ],
        [
          'A line of the file is misspelt; file and line stand in front.',
          'Correct it. `mailshim config check` explains the file line by line.',
        ],
        [
          'В строке файла ошибка; файл и строка названы в начале.',
          'Исправьте её. `mailshim config check` объясняет файл построчно.',
        ],
        [78],
      ),
      trouble(
        [
          'the variable … is not set',
          'the variable … is not used: …',
          'the variable … contains a control character',
          'the variable … is longer than … bytes',
        ],
        [
          'A value is to come from the environment, and the variable is not there, or not one to be trusted.',
          'Set it for the process that sends (php-fpm: `env[NAME]` in the pool; systemd: `Environment=`), or choose a name that no web server sets. A password that begins with `$` stands in quotes.',
        ],
        [
          'Значение должно прийти из окружения, но такой переменной нет или ей нельзя доверять.',
          'Задайте её процессу, который отправляет (php-fpm: `env[ИМЯ]` в пуле; systemd: `Environment=`), или выберите имя, которое не задаёт веб-сервер. Пароль, начинающийся с `$`, заключите в кавычки.',
        ],
        [78],
      ),
      trouble(
        [
          '$CREDENTIALS_DIRECTORY is not set; systemd sets it for a unit with LoadCredential=',
          'credential …: …',
          'it is empty',
          'it is longer than … bytes',
          'it contains a control character',
        ],
        [
          'The password is to be a credential of systemd, and this process has none of that name.',
          '`LoadCredential=NAME:FILE` in the unit of the process that sends: `systemctl edit mailshim`.',
        ],
        [
          'Пароль должен прийти из systemd (credential), но у этого процесса нет такого.',
          '`LoadCredential=ИМЯ:ФАЙЛ` в юните процесса, который отправляет: `systemctl edit mailshim`.',
        ],
        [78],
      ),
      trouble(
        ['account … is not defined…', 'no account "default" is defined; add a line "account default : …"'],
        [
          '`-a` names an account that the file does not have, or none is the default.',
          'Add `account default : NAME` at the end of the file.',
        ],
        [
          '`-a` называет учётную запись, которой нет в файле, или нет записи по умолчанию.',
          'Добавьте в конец файла `account default : ИМЯ`.',
        ],
        [78],
      ),
      trouble(
        [
          'auth … is not supported; use "auth on"',
          '"auth" needs "user NAME"',
          'account … (…): no password for …; add "password" or "passwordeval"',
        ],
        ['The login is not complete.', '`auth on`, `user NAME`, and `password` or `passwordeval`.'],
        ['Вход на релей описан не полностью.', '`auth on`, `user ИМЯ` и `password` или `passwordeval`.'],
        [78],
      ),
      trouble(
        [
          'tls_key_file and tls_cert_file belong together',
          'MD5 fingerprints can be forged; write the SHA-256 one into tls_fingerprint',
          'LMTP has no usual port; add "port N"',
          'sender_rewrite … needs "from ADDRESS", the sender to put in',
          'sender_rewrite misaligned needs the pre-flight; set "preflight warn"',
          '…: account …: …',
          'option --…: …',
        ],
        ['Two directives do not go together, or one lacks the other.', 'Add or change what the message names.'],
        [
          'Две директивы не сочетаются, или одной не хватает другой.',
          'Добавьте или измените то, что названо в сообщении.',
        ],
        [64, 78],
      ),
      trouble(
        '… dkim_key for … dkim_selector and …; each key needs its selector, and all need the domain',
        [
          'The counts of keys and selectors differ.',
          'One `dkim_selector` for each `dkim_key`, in the same order, and one `dkim_domain`.',
        ],
        [
          'Число ключей и селекторов различается.',
          'По одному `dkim_selector` на каждый `dkim_key`, в том же порядке, и один `dkim_domain`.',
        ],
        [78],
      ),
      trouble(
        ['warning: …', '…: … has no effect in mailshim'],
        ['A line that msmtp knows and mailshim does without.', 'Nothing; or take the line out.'],
        ['Строка, которую знает msmtp и которая mailshim не нужна.', 'Ничего; или уберите строку.'],
      ),
      trouble(
        '…: from … is not an address; a display name is from_full_name',
        [
          'Behind `from` stands a name, or more than one address; the relay would refuse such a sender.',
          'One address behind `from`, the name behind `from_full_name`.',
        ],
        [
          'После `from` стоит имя или несколько адресов; такого отправителя релей не примет.',
          'Один адрес после `from`, имя — после `from_full_name`.',
        ],
      ),
      trouble(
        [
          'aliases file … cannot be read (…)',
          'goes to …, and mailshim sends to addresses alone',
          'goes to …, which …',
          'names no address',
          'stands for too many addresses',
          'leads back to itself',
          'goes over more than … other aliases',
        ],
        [
          'The file after `aliases` is missing, or the alias named has a program, a file or no address in it. Other recipients have the mail.',
          'Write addresses behind that alias, or take `aliases` out.',
        ],
        [
          'Файла из `aliases` нет, или у названного псевдонима указаны программа, файл или не адрес. Остальные получатели письмо получили.',
          'Укажите для этого псевдонима адреса или уберите `aliases`.',
        ],
        [78],
      ),
      trouble(
        ['fallback_account: account "…" …', 'account … (…): fallback_account: …'],
        [
          'The account named by `fallback_account` is not defined, or is the account itself.',
          'Add that account, or correct its name.',
        ],
        [
          'Запись из `fallback_account` не определена или совпадает с самой записью.',
          'Добавьте эту запись или исправьте её имя.',
        ],
        [78],
      ),
      trouble(
        ['outbreak_webhook: HTTP …', 'outbreak_webhook: …'],
        [
          'The alert of an outbreak did not reach the address in `outbreak_webhook`. The journal and `mailshim status` have it.',
          'Check the address, and whether the daemon may connect to it.',
        ],
        [
          'Оповещение о всплеске не дошло до адреса из `outbreak_webhook`. Оно есть в журнале и в `mailshim status`.',
          'Проверьте адрес и может ли служба к нему подключиться.',
        ],
        [0],
      ),
    ],
  },
];
