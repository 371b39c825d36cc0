// Trouble before a mail is read: the command line and the configuration.
import { type Chapter, explained, trouble } from './troubles.ts';

export const setupTroubles: Chapter[] = [
  {
    title: { en: 'The command line', ru: 'Командная строка' },
    troubles: [
      explained(
        ['option.unknown', 'option.no-argument', 'option.argument-missing'],
        [
          '`sendmail_path`, or a script, has a flag that mailshim does not know, or a flag without its value.',
          'Remove the flag, or add its value: [all flags](shim.md#flags).',
        ],
        [
          'В `sendmail_path` или в скрипте указан флаг, которого mailshim не знает, или флаг без значения.',
          'Уберите флаг или добавьте значение: [все флаги](shim.md#flags).',
        ],
      ),
      explained(
        'option.locked',
        [
          'The text of a visitor is in the fifth parameter of `mail()`, or `--lock` comes before a flag that you set.',
          'If the flag is yours, move it before `--lock`. Otherwise check the script: this was an attack, or a bug.',
        ],
        [
          'В пятый параметр `mail()` попал текст посетителя, или `--lock` указан раньше вашего флага.',
          'Если флаг ваш, перенесите его перед `--lock`. Иначе проверьте скрипт: это атака или ошибка.',
        ],
      ),
      explained(
        'option.untrusted',
        [
          'A user that does not own the configuration in /etc may not choose another one.',
          'In php.ini: `mailshim -C FILE --lock -t -i`, with nothing before `-C`.',
        ],
        [
          'Пользователь, которому не принадлежат настройки в /etc, не может выбрать другие.',
          'В php.ini: `mailshim -C ФАЙЛ --lock -t -i`, перед `-C` ничего не должно быть.',
        ],
      ),
      explained(
        ['option.notify', 'option.return', 'option.envelope-id', 'option.mode', 'option.address'],
        ['The value of that flag is not valid.', 'Use a value that the message names: [all flags](shim.md#flags).'],
        ['Недопустимое значение флага.', 'Допустимые значения названы в сообщении: [все флаги](shim.md#flags).'],
      ),
      explained(
        'option.after-recipient',
        [
          'A word that looks like a flag is in the place of a recipient.',
          'Put flags first. If the word came from a form, check the script: nothing was sent.',
        ],
        [
          'На месте получателя указано слово, похожее на флаг.',
          'Укажите флаги первыми. Если слово пришло из формы, проверьте скрипт: ничего не отправлено.',
        ],
      ),
      explained(
        ['arguments.too-many', 'argument.control'],
        [
          'The caller passes more arguments than mailshim accepts, or characters that cannot be in one.',
          'Give recipients in the header, with `-t`.',
        ],
        [
          'Вызывающая программа передаёт слишком много аргументов или недопустимые символы.',
          'Указывайте получателей в заголовке письма, с флагом `-t`.',
        ],
      ),
      explained(
        'command.usage',
        ['A command got an option or an argument that it does not have, or lacks one.', 'Run it with `--help`.'],
        ['Команде передали неизвестный параметр или не указали нужный.', 'Запустите её с `--help`.'],
      ),
      trouble(
        [
          'no recipients: …',
          'neither arguments nor To, Cc or Bcc name one',
          'none is named as an argument, and -t is not given',
        ],
        [
          'The mail has no To, Cc or Bcc, or `sendmail_path` lacks `-t`.',
          '`sendmail_path = "/usr/local/bin/mailshim --lock -t -i"`; pass a first argument to `mail()`.',
        ],
        [
          'В письме нет To, Cc и Bcc, или в `sendmail_path` не хватает `-t`.',
          '`sendmail_path = "/usr/local/bin/mailshim --lock -t -i"`; укажите первый аргумент `mail()`.',
        ],
      ),
      explained(
        'recipients.unreadable',
        ['The only recipient on the command line is not an address.', 'Correct the address where the shop stores it.'],
        ['Единственный получатель в командной строке — не адрес.', 'Исправьте адрес там, где он хранится в магазине.'],
      ),
    ],
  },
  {
    title: { en: 'The configuration', ru: 'Настройки' },
    troubles: [
      explained(
        ['account.no-host', 'account.none'],
        [
          'The configuration defines no account, or an account without a relay.',
          'Add `host NAME`, or run `mailshim init`.',
        ],
        [
          'В настройках нет учётной записи, или для неё не указан релей.',
          'Добавьте `host ИМЯ` или запустите `mailshim init`.',
        ],
      ),
      explained(
        'config.unreadable',
        [
          'The configuration file does not exist, or the user that sends may not read it.',
          '`chgrp www-data /etc/mailshimrc && chmod 0640 /etc/mailshimrc`',
        ],
        [
          'Файла настроек нет, или отправляющий пользователь не может его прочитать.',
          '`chgrp www-data /etc/mailshimrc && chmod 0640 /etc/mailshimrc`',
        ],
        [78],
      ),
      explained(
        ['config.password-owner', 'config.password-mode'],
        [
          'The file holds `password`, and other users could read it.',
          'Run the `chmod` of the message, or `chown`. In /etc: owner root, group of the sender, mode 0640.',
        ],
        [
          'В файле есть `password`, и его могли бы прочитать другие пользователи.',
          'Выполните `chmod` из сообщения или `chown`. В /etc: владелец root, группа отправляющего, права 0640.',
        ],
      ),
      explained(
        ['config.foreign-file', 'config.writable-file'],
        [
          '`passwordeval`, `eval` and variables are used only from a file that no other user can write.',
          'Run the command of the message, or give the file to root or to the user that sends.',
        ],
        [
          '`passwordeval`, `eval` и переменные используются только из файла, который не могут изменить другие пользователи.',
          'Выполните команду из сообщения или сделайте владельцем файла root или отправляющего пользователя.',
        ],
      ),
      explained(
        ['command.failed', 'password.no-output'],
        [
          'The command of `passwordeval` or `eval` failed, or printed nothing.',
          'Run that command by hand as the user that sends, and fix what it prints.',
        ],
        [
          'Команда из `passwordeval` или `eval` завершилась с ошибкой или ничего не вывела.',
          'Запустите эту команду вручную от имени отправляющего пользователя и устраните ошибку.',
        ],
      ),
      explained(
        [
          'directive.unknown',
          'line.too-long',
          'line.control',
          'eval.no-directive',
          'account.no-name',
          'account.twice',
          'account.unknown-parent',
        ],
        [
          'A line of the file is wrong; the message begins with the file and the line.',
          'Correct it. `mailshim config check` explains the file line by line.',
        ],
        [
          'Ошибка в строке файла; сообщение начинается с имени файла и номера строки.',
          'Исправьте её. `mailshim config check` объясняет файл построчно.',
        ],
      ),
      explained(
        [
          'value.choice',
          'value.integer',
          'value.seconds',
          'value.duration',
          'value.address',
          'value.patterns',
          'value.url',
          'value.url-credentials',
          'value.host',
          'value.host-brackets',
          'value.host-port',
          'value.notify',
          'value.fingerprint',
          'value.credential',
        ],
        [
          'The value of a directive, or of the option with its name, is not valid.',
          'Use a value that the message names: [all directives](shim.md#configuration).',
        ],
        [
          'Недопустимое значение директивы или одноимённого параметра.',
          'Допустимые значения названы в сообщении: [все директивы](shim.md#configuration).',
        ],
        [64],
      ),
      explained(
        ['variable.unset', 'variable.of-client', 'variable.control', 'variable.too-long'],
        [
          'A value comes from an environment variable that is not set, or that cannot be trusted.',
          'Set it for the process that sends (php-fpm: `env[NAME]` in the pool; systemd: `Environment=`), or choose a name that no web server sets. Put a password that begins with `$` in quotes.',
        ],
        [
          'Значение берётся из переменной окружения, которая не задана или которой нельзя доверять.',
          'Задайте её отправляющему процессу (php-fpm: `env[ИМЯ]` в пуле; systemd: `Environment=`) или выберите имя, которое не задаёт веб-сервер. Пароль, начинающийся с `$`, заключите в кавычки.',
        ],
      ),
      explained(
        ['credential.no-directory', 'credential.unreadable', 'credential.invalid'],
        [
          'The password is a credential of systemd, and this process has none of that name, or one that cannot be a password.',
          '`LoadCredential=NAME:FILE` in the unit of the process that sends: `systemctl edit mailshim`.',
        ],
        [
          'Пароль передаётся через systemd (credential), но у этого процесса его нет или он непригоден.',
          '`LoadCredential=ИМЯ:ФАЙЛ` в юните отправляющего процесса: `systemctl edit mailshim`.',
        ],
      ),
      explained(
        ['account.unknown', 'account.no-default'],
        [
          '`-a` names an account that the file does not have, or there is no default account.',
          'Add `account default : NAME` at the end of the file.',
        ],
        [
          'В `-a` указана учётная запись, которой нет в файле, или нет записи по умолчанию.',
          'Добавьте в конец файла `account default : ИМЯ`.',
        ],
      ),
      explained(
        ['account.auth', 'account.no-user', 'password.none'],
        ['The login is not complete.', 'Set `auth on`, `user NAME`, and `password` or `passwordeval`.'],
        ['Вход на релей настроен не полностью.', 'Задайте `auth on`, `user ИМЯ` и `password` или `passwordeval`.'],
      ),
      explained(
        [
          'account.client-certificate',
          'account.md5-fingerprint',
          'account.lmtp-port',
          'account.rewrite-sender',
          'account.rewrite-preflight',
        ],
        [
          'Two directives contradict each other, or one needs another.',
          'Add or change the directive that the message names.',
        ],
        [
          'Две директивы противоречат друг другу, или одной нужна другая.',
          'Добавьте или измените директиву, названную в сообщении.',
        ],
        [64],
      ),
      explained(
        'account.dkim-keys',
        [
          'The numbers of keys and selectors differ.',
          'One `dkim_selector` for each `dkim_key`, in the same order, and one `dkim_domain`.',
        ],
        [
          'Число ключей и селекторов различается.',
          'По одному `dkim_selector` на каждый `dkim_key`, в том же порядке, и один `dkim_domain`.',
        ],
      ),
      explained(
        'directive.no-effect',
        ['The file has a directive that msmtp knows and mailshim does not need.', 'Nothing; or remove the line.'],
        ['В файле есть директива, которую знает msmtp и которая mailshim не нужна.', 'Ничего; или удалите строку.'],
        [0],
      ),
      trouble(
        'warning: …',
        [
          '`mailshim config check` found a line that works, but probably not as intended.',
          'Change the line, or leave it.',
        ],
        [
          '`mailshim config check` нашла строку, которая работает, но, вероятно, не так, как задумано.',
          'Измените строку или оставьте её.',
        ],
        [0],
      ),
      explained(
        'account.from',
        [
          '`from` is a name, or more than one address; the relay would reject such a sender.',
          'Set `from` to one address, and `from_full_name` to the name.',
        ],
        [
          'В `from` указано имя или несколько адресов; такого отправителя релей не примет.',
          'Укажите в `from` один адрес, а имя — в `from_full_name`.',
        ],
        [0],
      ),
      explained(
        [
          'aliases.unreadable',
          'alias.not-address',
          'alias.address',
          'alias.empty',
          'alias.too-many',
          'alias.loop',
          'alias.too-deep',
        ],
        [
          'The file after `aliases` cannot be read, or the alias has no usable address in it. The other recipients got the mail.',
          'Give that alias addresses, or remove `aliases`.',
        ],
        [
          'Файл из `aliases` не читается, или у псевдонима нет пригодных адресов. Остальные получатели письмо получили.',
          'Укажите для этого псевдонима адреса или уберите `aliases`.',
        ],
      ),
      explained(
        'account.fallback',
        [
          'The account of `fallback_account` is not defined, or is the account itself.',
          'Define that account, or correct its name.',
        ],
        [
          'Запись из `fallback_account` не определена или совпадает с самой записью.',
          'Определите эту запись или исправьте её имя.',
        ],
      ),
    ],
  },
];
