// Trouble with the spool and its sender, with the commands, and what the log says besides.
import { type Chapter, explained, trouble } from './troubles.ts';

export const commandTroubles: Chapter[] = [
  {
    title: { en: 'Spool and queue', ru: 'Спул и очередь' },
    troubles: [
      trouble(
        [
          'the mail cannot be kept in the spool…',
          'the spool … …',
          'is not a directory',
          'is a link; name the directory that it refers to',
          'belongs to uid …, not to …',
          'can be written by others; chmod 0700',
        ],
        [
          'The disk is full, or the folder does not belong to the user that sends. The mail was not accepted, and PHP got the exit code.',
          '`df -h /var/spool`, `mailshim doctor`. `mailshim init` makes the folder with the right owner.',
        ],
        [
          'Диск полон, или папка не принадлежит отправляющему. Письмо не принято, и PHP об этом узнал.',
          '`df -h /var/spool`, `mailshim doctor`. Папку с верным владельцем создаёт `mailshim init`.',
        ],
        [65, 73, 74],
      ),
      trouble(
        [
          '… is missing; make it by: mkdir -m 3733 …',
          '… has mode …, so that others could read or remove mail; chmod 3733 …',
          '… belongs to uid …, not to …; chown … …',
        ],
        [
          'The folder where other users leave their mail for the daemon is missing or too open.',
          'Run the command of the message as the daemon’s user; the unit does it by itself at its start.',
        ],
        [
          'Папки, где другие пользователи оставляют письма службе, нет, или она слишком открыта.',
          'Выполните команду из сообщения от имени службы; юнит при запуске делает это сам.',
        ],
      ),
      trouble(
        'the program flock is missing, which keeps two senders apart; install util-linux',
        [
          'The machine, mostly a very small container, has no `flock`.',
          '`apt-get install util-linux`, or `apk add util-linux`.',
        ],
        [
          'На машине (обычно в очень маленьком контейнере) нет `flock`.',
          '`apt-get install util-linux` или `apk add util-linux`.',
        ],
      ),
      explained(
        'daemon.running',
        ['The daemon is already running.', 'Nothing; `mailshim queue` shows the queue.'],
        ['Служба уже запущена.', 'Ничего; очередь показывает `mailshim queue`.'],
      ),
      explained(
        'queue.foreign-spool',
        ['A sender ran as another user, such as root.', 'Run the command of the message.'],
        ['Отправитель запускали от имени другого пользователя, например root.', 'Выполните команду из сообщения.'],
      ),
      explained(
        'queue.no-spool',
        ['The configuration has no spool.', '`mailshim init` creates one; or set `spool FOLDER`.'],
        ['В настройках нет спула.', 'Его создаёт `mailshim init`; или укажите `spool ПАПКА`.'],
      ),
      trouble(
        [
          'and there is no folder where the mail could wait; add "spool FOLDER" to account …',
          '…; sent at once instead',
        ],
        [
          'There is no folder where mail could wait.',
          '`mailshim init` makes one; or `spool FOLDER` in the configuration.',
        ],
        ['Нет папки, где письма могли бы ждать.', 'Её создаёт `mailshim init`; или `spool ПАПКА` в настройках.'],
      ),
      explained(
        'queue.daemon-spool',
        ['It contains mail of other users.', '`sudo mailshim queue`'],
        ['В нём письма других пользователей.', '`sudo mailshim queue`'],
      ),
      explained(
        ['queue.no-id', 'queue.state', 'queue.no-mail', 'queue.sending'],
        ['The mail has left the queue, is being sent, or was not named.', '`mailshim queue list` shows the ids.'],
        [
          'Письма уже нет в очереди, оно отправляется или его номер не указан.',
          'Номера показывает `mailshim queue list`.',
        ],
      ),
      trouble(
        ['…; the mail waits in the queue (…)…', '…; that waits in the queue', 'queued: …'],
        [
          'The relay is away or slow. The mail is safe, and tried again for five days.',
          'Nothing. The reply of the relay comes first; `mailshim queue` shows when it is tried next.',
        ],
        [
          'Релей недоступен или медлит. Письмо в сохранности, попытки продолжаются пять дней.',
          'Ничего. Слова релея стоят в начале; время следующей попытки показывает `mailshim queue`.',
        ],
        [0],
      ),
      trouble(
        ['the relay refused …', 'the relay refused …; the mail was sent to the other recipients…'],
        [
          'Some addresses were refused for good; the others have the mail.',
          'Correct the addresses that the message names.',
        ],
        [
          'Часть адресов отклонена окончательно; остальные письмо получили.',
          'Исправьте адреса, названные в сообщении.',
        ],
        [65, 67],
      ),
      explained(
        ['daemon.machine-stopped', 'daemon.interrupted'],
        [
          'The sender or the machine ended after a mail was sent and before the reply of the relay. It is sent again: twice is better than never.',
          'Nothing.',
        ],
        [
          'Отправитель или сервер остановился между отправкой письма и ответом релея. Письмо отправляется ещё раз: лучше дважды, чем ни разу.',
          'Ничего.',
        ],
      ),
      trouble(
        ['uncertain: …'],
        [
          'The connection or the machine ended after the mail had been handed over and before the relay’s answer. It is sent again: twice is better than never.',
          'Nothing.',
        ],
        [
          'Соединение или машина оборвались между передачей письма и ответом релея. Оно отправляется ещё раз: лучше дважды, чем ни разу.',
          'Ничего.',
        ],
      ),
      trouble(
        [
          'queue/… cannot be read (…); it is tried again later',
          'queue/… …; moved to failed/',
          'the entry … ends too soon',
          '… ends too soon',
          'its first line …',
          'its end is missing',
          'its checksum is wrong',
          'is not a plain file',
          'is a link',
          'is not a mail of mailshim',
          'ends too soon',
        ],
        [
          'A file in the spool is damaged or was not written by mailshim.',
          'It is in `failed/` and is not sent. `mailshim queue show ID` shows what is left; `mailshim queue delete ID` removes it. Check the disk.',
        ],
        [
          'Файл в спуле повреждён или записан не mailshim.',
          'Он лежит в `failed/` и не отправляется. Что осталось, показывает `mailshim queue show ID`; удаляет `mailshim queue delete ID`. Проверьте диск.',
        ],
      ),
      trouble(
        [
          'drop: refused … of uid … (…), the first: …',
          'names settings of its own, which a daemon does not accept',
          'has a time of acceptance after that of its file',
          'has holes',
        ],
        [
          'That user left files in the drop folder that are no mail, or more than his share (`drop_files`, `drop_bytes`), or the disk takes no more. Other users’ mail is not kept back by it. `kept`: in `rejected/` of the spool for a week; `removed`: there was nothing to keep, or too much; `left`: they stay in the drop folder.',
          'Look at what is in `rejected/`, and at the programs of that user: a site may have been broken into. What says a code such as `ENOSPC` is tried again by itself: `df -h /var/spool`.',
        ],
        [
          'Этот пользователь оставил в папке `drop` файлы, которые не являются письмами, или больше положенного (`drop_files`, `drop_bytes`), или на диске нет места. Письма других пользователей это не задерживает. `kept`: неделю лежат в `rejected/` спула; `removed`: хранить было нечего или слишком много; `left`: остались в `drop`.',
          'Посмотрите, что лежит в `rejected/` и что делают программы этого пользователя: сайт могли взломать. Если указан код вроде `ENOSPC`, попытка повторится сама: `df -h /var/spool`.',
        ],
      ),
      trouble(
        [
          'the mail … cannot be put into the queue; it is tried again each minute: …',
          'it cannot be put into the queue; the log of the sender has the reason',
          'its file is not a call',
          'call …: internal error: …',
        ],
        [
          'The sender took a mail from its caller and cannot keep it or send it: the disk is full, say, or an account was removed from the configuration. Nothing is lost.',
          'Correct what the text names; the mail is tried again each minute, and at once by `mailshim queue retry ID`. `mailshim queue delete ID` removes it. An internal error is a bug: please report it with that line.',
        ],
        [
          'Отправитель принял письмо от программы и не может ни сохранить, ни отправить его: например, диск полон или учётная запись удалена из настроек. Ничего не потеряно.',
          'Исправьте то, что названо в тексте; попытка повторяется каждую минуту, а по команде `mailshim queue retry ID` — сразу. `mailshim queue delete ID` удаляет письмо. Внутренняя ошибка — это дефект: сообщите о нём, приложив эту строку.',
        ],
      ),
      trouble(
        ['… is too long for a socket; each mail starts a program', '…: cannot listen (…); each mail starts a program'],
        [
          'The sender cannot make its socket in the spool. Mail is sent all the same, by a program for each.',
          'A spool with a shorter path (`spool FOLDER`), or on a file system that has sockets.',
        ],
        [
          'Отправитель не может создать сокет в спуле. Почта всё равно уходит: для каждого письма запускается программа.',
          'Спул с более коротким путём (`spool ПАПКА`) или на файловой системе, где есть сокеты.',
        ],
      ),
      explained(
        'queue.taken',
        [
          'The mail is being sent, or written into the queue, at this moment; or `mailshim queue` lists it as `stuck`.',
          'Run the command again in a moment. For mail that is stuck, see the log of the sender.',
        ],
        [
          'В эту минуту письмо отправляется или записывается в очередь; или в списке `mailshim queue` оно отмечено `stuck`.',
          'Повторите команду чуть позже. Если `stuck` — причина в журнале отправителя.',
        ],
      ),
      explained(
        'queue.short',
        ['A file in the spool is damaged.', '`mailshim queue delete ID` removes it. Check the disk.'],
        ['Файл в спуле повреждён.', 'Удалить его: `mailshim queue delete ID`. Проверьте диск.'],
      ),
      trouble(
        ['the drop folder cannot be read (…)', 'the queue cannot be listed (…)'],
        [
          'The folders of the spool do not belong to the daemon.',
          '`systemd-tmpfiles --create mailshim.conf`, or `mailshim init --force`.',
        ],
        [
          'Папки спула не принадлежат службе.',
          '`systemd-tmpfiles --create mailshim.conf` или `mailshim init --force`.',
        ],
      ),
    ],
  },
  {
    title: { en: 'The commands', ru: 'Команды' },
    troubles: [
      explained(
        ['command.value', 'command.missing'],
        [
          'An option has a value that is not possible, or a required option is missing. `init` prompts for missing values only on a terminal.',
          'Correct the option: `mailshim COMMAND --help`.',
        ],
        [
          'У параметра недопустимое значение, или не указан обязательный параметр. `init` запрашивает недостающее только в терминале.',
          'Исправьте параметр: `mailshim КОМАНДА --help`.',
        ],
      ),
      explained(
        ['check.no-target', 'check.target', 'check.only-for', 'check.too-many'],
        [
          'An option of `check` is for a mail where a domain is checked, or the other way round, or is repeated too often.',
          'Correct the option: [check](check.md#options).',
        ],
        [
          'Параметр команды `check` относится к письму, а проверяется домен, или наоборот, либо он указан слишком много раз.',
          'Исправьте параметр: [check](check.md#options).',
        ],
      ),
      explained(
        'check.not-domain',
        [
          'The name is not a domain; the message shows why. A name that ends in .eml, .mbox, .msg or .txt, or begins with a directory, is a file with a mail.',
          'Correct the name. For a file with another ending: `mailshim check ./FILE`.',
        ],
        [
          'Указано не доменное имя; причина — в сообщении. Имя с окончанием .eml, .mbox, .msg или .txt либо с каталогом считается файлом с письмом.',
          'Исправьте имя. Для файла с другим окончанием: `mailshim check ./ФАЙЛ`.',
        ],
      ),
      explained(
        ['check.no-dns', 'check.unanswered'],
        [
          'No DNS server of this machine has answered any query.',
          'Check `/etc/resolv.conf`, or choose a server: `--dns 9.9.9.9`.',
        ],
        [
          'Ни один DNS-сервер этой машины не ответил ни на один запрос.',
          'Проверьте `/etc/resolv.conf` или укажите сервер: `--dns 9.9.9.9`.',
        ],
      ),
      explained(
        'check.other-domain',
        [
          'The host of a link, such as `www`, has neither MX nor SPF: the report is about the domain above it that has.',
          'Nothing. To check that name: `mailshim check @www.shop.example`.',
        ],
        [
          'У узла из ссылки, например `www`, нет ни MX, ни SPF: проверен домен уровнем выше, у которого они есть.',
          'Ничего. Чтобы проверить именно это имя: `mailshim check @www.shop.example`.',
        ],
      ),
      explained(
        ['check.empty', 'check.not-mail', 'check.unreadable'],
        [
          'The file cannot be read, is empty, or is not a mail.',
          'Save the mail as .eml in the mail program: [how](message.md#a-mail-as-a-file).',
        ],
        [
          'Файл не читается, пуст или содержит не письмо.',
          'Сохраните письмо в почтовой программе как .eml: [как это сделать](message.md#a-mail-as-a-file).',
        ],
      ),
      explained(
        ['check.port', 'check.no-mail'],
        [
          '`check --listen` cannot use the port: 25 needs root, and Postfix often uses it. Or no mail arrived for the address that it printed.',
          'Use another port if the sender can: `mailshim check --listen 2525`. For mail from the Internet, open port 25 in the firewall.',
        ],
        [
          '`check --listen` не может занять порт: порт 25 доступен только root и часто занят Postfix. Либо на указанный адрес ничего не пришло.',
          'Укажите другой порт, если отправитель может его использовать: `mailshim check --listen 2525`. Для почты из интернета откройте порт 25 в брандмауэре.',
        ],
      ),
      explained(
        'check.arrived',
        [
          'The connection that `check --listen` received. From a private address the mail came within your network: SPF and PTR were not checked.',
          'Nothing; for a private address give the public one: `--ip`.',
        ],
        [
          'Соединение, по которому `check --listen` получила письмо. С частного адреса письмо пришло внутри вашей сети: SPF и PTR не проверялись.',
          'Ничего; вместо частного адреса укажите внешний: `--ip`.',
        ],
      ),
      explained(
        ['config-command.usage', 'config-command.argument', 'config-command.option'],
        [
          '`mailshim config` has the commands `check` and `show`, and the options `-C FILE` and `-a ACCOUNT`.',
          '`mailshim config --help`.',
        ],
        [
          'У `mailshim config` есть команды `check` и `show` и параметры `-C ФАЙЛ` и `-a ЗАПИСЬ`.',
          '`mailshim config --help`.',
        ],
      ),
      explained(
        'config-command.no-file',
        ['There is no configuration for this user.', '`mailshim init` writes one.'],
        ['Для этого пользователя нет файла настроек.', 'Файл создаёт `mailshim init`.'],
      ),
      explained(
        ['install.denied', 'install.failed'],
        [
          '`install` or `uninstall` cannot write there.',
          '`sudo mailshim install`; or another directory with `--prefix`.',
        ],
        [
          '`install` или `uninstall` не может туда записать.',
          '`sudo mailshim install` или другой каталог через `--prefix`.',
        ],
      ),
      explained(
        [
          'init.provider-unknown',
          'init.provider-region',
          'init.provider-host',
          'init.provider-address',
          'init.provider-login',
        ],
        [
          'The answers do not match the provider: the table has its host and port, it sends from its own addresses, and it needs a login.',
          'Use an id of the list, and the host and user name that the panel of the provider shows: [providers](providers.md).',
        ],
        [
          'Ответы не соответствуют почтовому сервису: его сервер и порт есть в таблице, он отправляет почту со своих адресов и требует аутентификации.',
          'Укажите имя из списка, а сервер и имя пользователя — из панели сервиса: [providers](providers.md).',
        ],
      ),
      explained(
        ['init.hostname', 'init.receive-at-provider', 'init.receive-at-mx', 'init.receive-at-loop', 'init.mx-at-relay'],
        [
          'The host that receives the domain’s mail does not match the relay: a relay that only sends loses it.',
          'Mailboxes at a provider: `--mx HOST`. None: `--receive-at MAILBOX`, a mailbox in another domain: [receiving replies](relay.md#receiving-replies). On one machine: [one server](one-server.md).',
        ],
        [
          'Сервер, который принимает почту домена, не соответствует релею: релей, который только отправляет, эту почту теряет.',
          'Ящики у почтового сервиса: `--mx HOST`. Ящиков нет: `--receive-at MAILBOX` с ящиком в другом домене: [приём ответов](relay.ru.md#приём-ответов). Всё на одном сервере: [один сервер](one-server.ru.md).',
        ],
      ),
      explained(
        ['init.bounces-provider', 'init.bounces-domain'],
        [
          'Receivers send bounces to the envelope sender. Its name needs mail that the relay receives, and has to be aligned with the domain.',
          'Use an address in a subdomain: [where bounces go](reports.md#where-bounces-go). A provider reports bounces in its own events and notifications.',
        ],
        [
          'Отчёты о недоставке приходят на адрес отправителя конверта: почту этого имени должен принимать релей, и оно должно быть выровнено с доменом.',
          'Укажите адрес в поддомене: [куда идут отчёты о недоставке](reports.md#where-bounces-go). Почтовый сервис сообщает о недоставке в своих событиях и уведомлениях.',
        ],
      ),
      explained(
        'init.foreign-mailbox',
        [
          'Receivers evaluate the DNS of gmail.com, mail.ru and the like, which only authorizes the servers of the provider.',
          'Use a sender at your own domain; the free mailbox can be in Reply-To.',
        ],
        [
          'Получатели проверяют DNS домена gmail.com, mail.ru и подобных, а он разрешает отправку только серверам самого сервиса.',
          'Укажите отправителя на своём домене; бесплатный ящик можно указать в Reply-To.',
        ],
      ),
      explained(
        'init.exists',
        [
          '`init` was run before. No file was changed.',
          '`--dry-run` shows the difference; `--force` replaces the configuration. Keys are kept unless `--new-keys` is given.',
        ],
        [
          '`init` уже запускали. Файлы не изменены.',
          '`--dry-run` покажет, что изменится; `--force` заменит настройки. Ключи сохраняются, если не указан `--new-keys`.',
        ],
      ),
      explained(
        'init.input-ended',
        [
          'The terminal was closed, or Ctrl-C or Ctrl-D was pressed.',
          'Run `mailshim init` again; options answer questions in advance.',
        ],
        [
          'Терминал закрыт, или нажаты Ctrl-C либо Ctrl-D.',
          'Запустите `mailshim init` ещё раз; ответы можно задать параметрами.',
        ],
      ),
      explained(
        'init.no-daemon',
        [
          'A package that was removed left its user; no daemon is installed that could send.',
          'Nothing, if the user of PHP is to send. For the daemon: install the package, then `sudo mailshim init --force --user mailshim`.',
        ],
        [
          'Пользователь остался от удалённого пакета, службы отправки здесь нет.',
          'Ничего, если письма должен отправлять пользователь PHP. Для службы: установите пакет, затем `sudo mailshim init --force --user mailshim`.',
        ],
      ),
      explained(
        ['init.not-root', 'init.no-home', 'init.no-user', 'init.which-user', 'doctor.no-user'],
        [
          'The user that sends does not exist on this machine, or only root may set up another user.',
          '`sudo mailshim init --user NAME`, with the user of PHP: `ps -o user= -C php-fpm8.2`.',
        ],
        [
          'Пользователя, от имени которого отправляются письма, на этом сервере нет, или настроить другого пользователя может только root.',
          '`sudo mailshim init --user ИМЯ`, с пользователем PHP: `ps -o user= -C php-fpm8.2`.',
        ],
      ),
      explained(
        ['init.not-key', 'init.password-file', 'init.not-written'],
        [
          'A file that `init` needs is missing, has other contents, or cannot be written.',
          'Correct it, or move it away, and run `init` again.',
        ],
        [
          'Файла, нужного `init`, нет, в нём другое содержимое, или его нельзя записать.',
          'Исправьте или уберите его и запустите `init` ещё раз.',
        ],
      ),
      explained(
        'init.no-password',
        ['The relay needs a login, and no password was given.', 'Write it into that file, one line, mode 0600.'],
        ['Релей требует аутентификации, а пароль не задан.', 'Запишите пароль в этот файл одной строкой, права 0600.'],
      ),
      explained(
        'doctor.account',
        ['`-a` names an account that the configuration does not have.', '`mailshim config check` lists the accounts.'],
        [
          'В `-a` указана учётная запись, которой нет в настройках.',
          'Список записей показывает `mailshim config check`.',
        ],
      ),
      explained(
        'doctor.password',
        [
          'The command of `passwordeval` fails for the user that sends.',
          'Run it as that user; check the rights of the file.',
        ],
        [
          'Команда в `passwordeval` завершается с ошибкой у пользователя, от имени которого отправляются письма.',
          'Запустите её от имени этого пользователя и проверьте права на файл.',
        ],
      ),
      explained(
        ['status.post', 'status.no-worker'],
        [
          'The state of the queue could not be reported to the Worker. The exit status is still that of the queue.',
          'Check `preflight_url`, `preflight_token` and `from`.',
        ],
        [
          'Состояние очереди не удалось передать Worker. Код завершения по-прежнему отражает состояние очереди.',
          'Проверьте `preflight_url`, `preflight_token` и `from`.',
        ],
      ),
      explained(
        'test.no-sender',
        ['The account has no sender.', '`from orders@shop.example`.'],
        ['У учётной записи не задан отправитель.', '`from orders@shop.example`.'],
      ),
      explained(
        ['test.no-inbox', 'worker.not-inbox', 'worker.too-long', 'worker.status', 'worker.silent'],
        [
          'The Worker does not answer, has no test inbox, or needs a token (401, 403).',
          'Open its address in a browser. [How a Worker gets test inboxes](message.md#a-test-inbox); `preflight_token` is the token. `mailshim test --unsent` needs none.',
        ],
        [
          'Worker недоступен, не имеет тестового ящика или требует токен (401, 403).',
          'Откройте его адрес в браузере. [Как завести тестовые ящики](message.md#a-test-inbox); токен задаётся в `preflight_token`. `mailshim test --unsent` обходится без них.',
        ],
      ),
      explained(
        ['bounces.account', 'bounces.no-worker', 'report.account', 'report.no-worker', 'worker.no-member'],
        [
          'No Worker is configured for the command, or the Worker has another version. `report` ends with 75, so that the mail server tries again.',
          '`preflight_url` is the URL of the Worker and `preflight_token` one of its tokens, in the account of `-a`, otherwise in the default account. [How reports and bounces get there](reports.md).',
        ],
        [
          'Для команды не задан Worker, или он другой версии. `report` завершается с кодом 75, и почтовый сервер повторит попытку.',
          'Адрес Worker задаётся в `preflight_url`, токен — в `preflight_token`, в учётной записи из `-a` или в основной. [Как туда попадают отчёты](reports.md).',
        ],
      ),
      explained(
        ['report.rejected', 'report.too-large'],
        [
          'The mail is not a report or bounce, is too large, or is about a domain that the Worker does not watch.',
          'Nothing for spam: `--discard` ends with 0, so that the mail server does not return it. For your domain: [put it on the watch list](watching.md).',
        ],
        [
          'Письмо не является отчётом, слишком велико или относится к домену, за которым Worker не наблюдает.',
          'Для спама ничего: с `--discard` код завершения 0, и почтовый сервер не вернёт письмо. Свой домен [добавьте в наблюдение](watching.md).',
        ],
      ),
      explained(
        'report.deferred',
        [
          'The Worker does not answer, or lacks its database or a valid token. The mail server keeps the report and tries again.',
          'Check `preflight_url` and `preflight_token`; the Worker needs a [database](reports.md).',
        ],
        [
          'Worker недоступен, не имеет базы данных или не принял токен. Почтовый сервер сохраняет отчёт и повторит попытку.',
          'Проверьте `preflight_url` и `preflight_token`; Worker нужна [база данных](reports.md).',
        ],
      ),
      explained(
        [
          'relay-setup.no-sender',
          'relay-setup.wide',
          'relay-setup.foreign-address',
          'relay-setup.loop',
          'relay-setup.this-machine',
          'relay-setup.certificate',
        ],
        [
          'The options of `relay postfix` are not complete, contradict each other, or would make an open relay.',
          'Correct the option as the message shows: [docs/relay.md](relay.md).',
        ],
        [
          'Параметры `relay postfix` неполны, противоречат друг другу или сделали бы релей открытым.',
          'Исправьте параметр, как показано в сообщении: [docs/relay.md](relay.md).',
        ],
      ),
      explained(
        ['relay-setup.script', 'relay-setup.ended', 'relay-setup.shell'],
        [
          'The script of `relay postfix` ended with an error: its own message, or one of Postfix. Unless the message says otherwise, the configuration of Postfix has not changed.',
          'Fix what the message names; `--dry-run` shows the changes without making them.',
        ],
        [
          'Сценарий `relay postfix` завершился с ошибкой: его собственное сообщение или сообщение Postfix. Если в нём не сказано иное, настройки Postfix не изменены.',
          'Устраните указанную причину; `--dry-run` покажет изменения, не внося их.',
        ],
      ),
      explained(
        ['relay-setup.no-postfix', 'relay-setup.no-input', 'relay-setup.too-large', 'relay-setup.unreadable'],
        [
          'This machine has no Postfix, or there is no configuration to read.',
          'Run it on the relay, or pipe the output into it: `ssh relay "postconf -n; postconf -M" \\| mailshim relay audit -`.',
        ],
        [
          'На этом сервере нет Postfix или нечего прочитать.',
          'Запустите на релее или передайте вывод: `ssh relay "postconf -n; postconf -M" \\| mailshim relay audit -`.',
        ],
      ),
    ],
  },
  {
    title: { en: 'Lines in the log', ru: 'Строки журнала' },
    troubles: [
      trouble(
        ['preflight=unknown… reason=…', 'preflight=…… reason=…'],
        [
          'What the pre-flight made of the sender. `misaligned`: receivers will not believe it. `unknown`: no answer came in time; the mail went out.',
          '`misaligned`: publish what the reason names; `mailshim doctor`.',
        ],
        [
          'Что показала предварительная проверка отправителя. `misaligned`: получатели ему не поверят. `unknown`: ответа вовремя не было, письмо ушло.',
          '`misaligned`: опубликуйте то, что названо в причине; `mailshim doctor`.',
        ],
      ),
      trouble(
        'sender rewritten from=… to=…',
        [
          '`sender_rewrite` has put the sender of `from` in the place of another one.',
          'Nothing. Answers go to the old address by Reply-To.',
        ],
        [
          '`sender_rewrite` заменил отправителя на указанный в `from`.',
          'Ничего. Ответы придут на прежний адрес через Reply-To.',
        ],
      ),
      trouble(
        ['notice: …', '… failed, and no notice could be made: …', '… waits, and no notice could be made: …'],
        [
          'A mail failed permanently, or is deferred for long, and its sender got a notice, or could not get one.',
          '`mailshim queue list` shows the mail, under failed or with what it waits for; `bounce_to` is the address of the notice.',
        ],
        [
          'Письмо окончательно не доставлено или долго ждёт; отправителю об этом сообщили или не смогли.',
          'Письмо видно в `mailshim queue list`: среди failed или с тем, чего оно ждёт; кому сообщать, задаёт `bounce_to`.',
        ],
      ),
      explained(
        'daemon.accepted',
        ['The daemon accepted a mail that a user left in the drop folder.', 'Nothing.'],
        ['Служба приняла письмо, которое пользователь оставил в каталоге drop.', 'Ничего.'],
      ),
    ],
  },
];
