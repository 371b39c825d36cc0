// Trouble with the spool and its sender, with the commands, and what the log says besides.
import { type Chapter, trouble } from './troubles.ts';

export const commandTroubles: Chapter[] = [
  {
    title: { en: 'Spool and queue', ru: 'Спул и очередь' },
    troubles: [
      trouble(
        [
          'the mail cannot be kept in the spool…',
          'the spool … …',
          'is no folder',
          'is a link; name the folder that it leads to',
          'belongs to uid …, not to …',
          '… belongs to uid …, not to …; chown -R … …',
          'can be written by others; chmod 0700',
        ],
        [
          'The disk is full, or the folder does not belong to the user that sends. The mail was not taken, and PHP was told so.',
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
      trouble(
        'another sender is at work in …',
        ['The daemon runs already.', 'Nothing; `mailshim queue` shows what it does.'],
        ['Служба уже работает.', 'Ничего; что она делает, показывает `mailshim queue`.'],
      ),
      trouble(
        [
          'no spool is set up: nothing waits anywhere',
          'and there is no folder where the mail could wait; add "spool FOLDER" to account …',
          '…; sent at once instead',
        ],
        [
          'There is no folder where mail could wait.',
          '`mailshim init` makes one; or `spool FOLDER` in the configuration.',
        ],
        ['Нет папки, где письма могли бы ждать.', 'Её создаёт `mailshim init`; или `spool ПАПКА` в настройках.'],
      ),
      trouble(
        "the spool … is its daemon's; ask as root or as the daemon's user",
        ['The mails of others are in there.', '`sudo mailshim queue`'],
        ['Там лежат письма других.', '`sudo mailshim queue`'],
      ),
      trouble(
        [
          'queue: name a mail by its id, or --all',
          'queue: … is in …, where this cannot be done',
          'queue: there is no mail … in …',
          '… is being sent just now; try again',
        ],
        [
          'The mail has gone meanwhile, is in hand, or was not named.',
          '`mailshim queue list` shows the ids; the first letters of one are enough.',
        ],
        [
          'Письмо тем временем ушло, отправляется или не названо.',
          '`mailshim queue list` показывает номера; достаточно первых знаков.',
        ],
      ),
      trouble(
        [
          '…; the mail waits in the queue (…)…',
          '…; that waits in the queue',
          'queued: …',
          '… did not take the mail in … s (directive submit_deadline)',
        ],
        [
          'The relay is away or slow. The mail is safe, and tried again for five days.',
          'Nothing. What the relay said stands in front; `mailshim queue` shows when it is tried next.',
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
          'Часть адресов окончательно отвергнута; остальные письмо получили.',
          'Исправьте адреса, названные в сообщении.',
        ],
        [65, 67],
      ),
      trouble(
        [
          'uncertain: …',
          'the machine stopped while a sender was at work; mails that wait may arrive twice: …',
          '… was in hand when a sender ended; it may arrive twice',
        ],
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
          'is no plain file',
          'is a link',
          'is no mail of ours',
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
          'names settings of its own, which a daemon takes from nobody',
          'was accepted after it was written, as it says',
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
        ['taken/… cannot be put into the queue for now, and is tried again: …', 'call …: internal error: …'],
        [
          'The sender took a mail from its caller and cannot keep it or send it: the disk is full, say, or an account was removed from the configuration. Nothing is lost.',
          'Correct what the text names; the mail is tried again each minute. An internal error is a bug: please report it with that line.',
        ],
        [
          'Отправитель принял письмо от программы и не может ни сохранить, ни отправить его: например, диск полон или учётная запись удалена из настроек. Ничего не потеряно.',
          'Исправьте то, что названо в тексте; попытка повторяется каждую минуту. Внутренняя ошибка — это дефект: сообщите о нём, приложив эту строку.',
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
      trouble(
        'queue: … was taken from its caller and is not in the queue yet',
        ['The mail is being sent, or written into the queue, at this moment.', 'Ask again in a moment.'],
        ['В эту минуту письмо отправляется или записывается в очередь.', 'Повторите команду чуть позже.'],
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
      trouble(
        [
          '…: …; see mailshim … --help',
          'status: … is no number of minutes',
          'test: … is no number from … to …',
          'test: --to … is no address',
        ],
        ['An option is misspelt or lacks its value.', 'The text behind `--help` has all of them.'],
        ['Параметр написан с ошибкой или без значения.', 'Все параметры показывает `--help`.'],
      ),
      trouble(
        [
          'check: … is no number from 0 to 10',
          'check: there is no format …; there are …',
          'check: name a domain, a file or -; see mailshim check --help',
          'check: with --listen there is no domain and no file',
          'check: … is not a port',
          'check: … is no number of seconds',
          'check: --… is only for …',
          'check: … may be given …',
          'check: --ip … is not an IP address',
          'check: --dns … is not an IP address',
          'check: … is not a selector, the name before ._domainkey',
          'check: … … is not a host name',
          'check: --sender … is not a mail address',
        ],
        [
          'An option of `check` has a value that it cannot have, or is for a mail where a domain is checked, or the other way round.',
          'Correct the option: [check](check.md#options).',
        ],
        [
          'У параметра команды `check` недопустимое значение, либо он относится к письму, а проверяется домен, или наоборот.',
          'Исправьте параметр: [check](check.md#options).',
        ],
      ),
      trouble(
        ['check: … is not a domain: it …'],
        [
          'The name is not a domain; the message says why. A file is taken for a mail where its name ends in .eml, .mbox, .msg or .txt, or has a folder in front.',
          'Correct the name. For a file with a name of another kind: `mailshim check ./FILE`.',
        ],
        [
          'Указан не домен; что в нём не так, сказано в сообщении. Файл считается письмом, если имя оканчивается на .eml, .mbox, .msg или .txt либо указано с папкой.',
          'Исправьте имя. Для файла с другим именем: `mailshim check ./ФАЙЛ`.',
        ],
      ),
      trouble(
        [
          'check: DNS does not answer (…); --dns ADDRESS names another server',
          'check: DNS does not answer, so that much of the mail is unknown',
        ],
        [
          'None of the name servers of this machine has answered a single question.',
          'Look at `/etc/resolv.conf`, or name a server: `--dns 9.9.9.9`.',
        ],
        [
          'Ни один DNS-сервер этой машины не ответил ни на один запрос.',
          'Проверьте `/etc/resolv.conf` или укажите сервер: `--dns 9.9.9.9`.',
        ],
      ),
      trouble(
        'check: … has no mail of its own; this report is about …',
        [
          'The host of a link, such as `www`, has neither MX nor SPF: the report is about the domain above it that has.',
          'Nothing. To check that very name: `mailshim check @www.shop.example`.',
        ],
        [
          'У узла из ссылки, например `www`, нет ни MX, ни SPF: проверен домен уровнем выше, у которого они есть.',
          'Ничего. Чтобы проверить именно это имя: `mailshim check @www.shop.example`.',
        ],
      ),
      trouble(
        [
          'check: … is empty',
          'check: … is …, and not a mail as text that begins with its header',
          'check: … cannot be read: …',
        ],
        [
          'The file cannot be read, is empty, or is no mail.',
          'Save the mail as .eml in the mail program: [how](message.md#a-mail-as-a-file).',
        ],
        [
          'Файл не читается, пуст или это не письмо.',
          'Сохраните письмо в почтовой программе как .eml: [как это сделать](message.md#a-mail-as-a-file).',
        ],
      ),
      trouble(
        ['check: cannot listen on port …: …', 'check: no mail came within … s'],
        [
          '`check --listen` could not have the port: 25 is for root, and often Postfix has it. Or no mail arrived for the address that it named.',
          'Another port, if the sender can be set to it: `mailshim check --listen 2525`. For mail from the Internet, let port 25 through the firewall.',
        ],
        [
          '`check --listen` не смогла занять порт: порт 25 доступен только root и часто занят Postfix. Либо на указанный адрес ничего не пришло.',
          'Возьмите другой порт, если его можно указать отправителю: `mailshim check --listen 2525`. Для почты из интернета откройте порт 25 в межсетевом экране.',
        ],
      ),
      trouble(
        ['check: the mail came from … (EHLO …, envelope sender <…>)', '…, an address that receivers do not see'],
        [
          'What the inbox of `check --listen` saw. From a private address the mail came within your network: SPF and PTR were not checked.',
          'Nothing; for a private address name the public one: `--ip`.',
        ],
        [
          'Что увидел приёмник `check --listen`. С частного адреса письмо пришло внутри вашей сети: SPF и PTR не проверялись.',
          'Ничего; вместо частного адреса укажите внешний: `--ip`.',
        ],
      ),
      trouble(
        ['cannot …: permission denied; run it as root', 'cannot …: …'],
        ['`install` or `uninstall` cannot write there.', '`sudo mailshim install`; or another place by `--prefix`.'],
        [
          '`install` или `uninstall` не может туда записать.',
          '`sudo mailshim install` или другое место через `--prefix`.',
        ],
      ),
      trouble(
        ['init: … are missing', 'init: … is missing'],
        [
          '`init` needs domain, relay, address and sender, and nobody was there to be asked.',
          'Give them as flags: `mailshim init --help`.',
        ],
        [
          '`init` нужны домен, релей, адрес и отправитель, а спросить некого.',
          'Укажите их флагами: `mailshim init --help`.',
        ],
      ),
      trouble(
        [
          'init: --provider … is not known; known are …',
          'init: --provider … needs --relay with the host of your region, such as …',
          'init: --relay … is not a host of … (…)',
          'init: mail through … leaves from addresses of …: leave --ip out',
          'init: --login is missing: … takes mail only after a login',
        ],
        [
          'The answers do not fit the provider: its host and port are in the table, it sends from its own addresses, and it wants a login.',
          'Take an id of the list, and the host and the user name that the panel of the provider shows: [providers](providers.md).',
        ],
        [
          'Ответы не подходят к сервису: его сервер и порт есть в таблице, он отправляет со своих адресов и требует входа.',
          'Возьмите имя из списка, а сервер и имя пользователя — из панели сервиса: [providers](providers.md).',
        ],
      ),
      trouble(
        ['init: --hostname is the name of a relay on this machine: it needs --relay here', 'init: --receive-at …'],
        [
          'Who receives the domain’s mail does not fit the relay: a relay that only sends loses it.',
          'Mailboxes at a provider: `--mx HOST`. None: `--receive-at MAILBOX`, a mailbox in another domain: [receiving replies](relay.md#receiving-replies). On one machine: [one server](one-server.md).',
        ],
        [
          'То, кто принимает почту домена, не подходит к релею: релей, который только отправляет, её теряет.',
          'Ящики у почтового сервиса: `--mx HOST`. Ящиков нет: `--receive-at MAILBOX` с ящиком в другом домене: [приём ответов](relay.md#receiving-replies). На одной машине: [один сервер](one-server.ru.md).',
        ],
      ),
      trouble(
        [
          'init: --bounces is for a relay of your own; a provider has an envelope sender itself',
          'init: --bounces: expected an address below …, such as bounces@bounces.…',
        ],
        [
          'Bounces go to the envelope sender: it needs a name whose mail the relay receives, and which is aligned with the domain.',
          'An address of a subdomain: [where bounces go](reports.md#where-bounces-go). At a provider, its own events and notifications say what bounced.',
        ],
        [
          'Возвраты приходят на адрес отправителя конверта: нужно имя, почту которого принимает релей и которое выровнено с доменом.',
          'Возьмите адрес в поддомене: [куда идут возвраты](reports.md#where-bounces-go). У почтового сервиса о возвратах сообщают его собственные события и уведомления.',
        ],
      ),
      trouble(
        'init: mail from … is believed only where … sends it: take a sender at a domain of your own, or --provider …',
        [
          'Receivers ask the DNS of gmail.com, mail.ru and the like, and that names only their owner.',
          'A sender at your own domain; the free mailbox may stand in Reply-To.',
        ],
        [
          'Получатели спрашивают DNS домена gmail.com, mail.ru и подобных, а там назван только их владелец.',
          'Отправитель на своём домене; бесплатный ящик можно указать в Reply-To.',
        ],
      ),
      trouble(
        ['init: … there already; --force replaces … and keeps a copy, --dry-run shows what would be written'],
        [
          'It was run before. Nothing was changed.',
          '`--dry-run` shows the difference; `--force` replaces the configuration. Keys stay as they are unless `--new-keys` is given.',
        ],
        [
          'Команду уже запускали. Ничего не изменено.',
          '`--dry-run` покажет, что изменится; `--force` заменит настройки. Ключи остаются прежними, если не указан `--new-keys`.',
        ],
      ),
      trouble(
        [
          'init: --user needs root',
          'init: this user has no home for a configuration; run it as root, with --user',
          'init: there is no user … here; name the one that sends by --user',
          'doctor: there is no user … here',
        ],
        [
          'The user that sends does not exist here, or only root may set up for another.',
          '`sudo mailshim init --user NAME`, with the user of PHP: `ps -o user= -C php-fpm8.2`.',
        ],
        [
          'Пользователя, который отправляет, здесь нет, или за другого может настроить только root.',
          '`sudo mailshim init --user ИМЯ`, с пользователем PHP: `ps -o user= -C php-fpm8.2`.',
        ],
      ),
      trouble(
        [
          'init: … is there and is no DKIM key: …',
          'init: --password-file … cannot be read (…)',
          'init: … cannot be made (…)',
        ],
        [
          'A file that `init` needs is missing, is something else, or cannot be written.',
          'Put it right, or move it away, and run `init` again.',
        ],
        [
          'Файла, нужного `init`, нет, в нём другое, или его нельзя записать.',
          'Исправьте или уберите его и запустите `init` ещё раз.',
        ],
      ),
      trouble(
        'doctor: …',
        ['`-a` names an account that the configuration does not have.', '`mailshim config check` names those it has.'],
        ['`-a` называет учётную запись, которой нет в настройках.', 'Какие есть, показывает `mailshim config check`.'],
      ),
      trouble(
        'config: say "mailshim config check [FILE]" or "mailshim config show [-a ACCOUNT]"',
        ['The word behind `config` is missing or not known.', '`mailshim config --help`.'],
        ['Слово после `config` пропущено или неизвестно.', '`mailshim config --help`.'],
      ),
      trouble(
        [
          'no test inbox: …',
          'the Worker’s answer is no inbox',
          'the Worker’s answer is too long',
          'the Worker says: HTTP …',
          'the Worker at … does not answer (…)',
        ],
        [
          'The Worker is away, has no test inbox, or wants a token (401, 403).',
          'Open its address in a browser. [How a Worker gets test inboxes](message.md#a-test-inbox); `preflight_token` holds the token. `mailshim test --unsent` needs none.',
        ],
        [
          'Worker недоступен, не имеет тестового ящика или требует токен (401, 403).',
          'Откройте его адрес в браузере. [Как завести тестовые ящики](message.md#a-test-inbox); токен задаёт `preflight_token`. `mailshim test --unsent` обходится без них.',
        ],
        [69],
      ),
      trouble(
        [
          'bounces: …',
          'bounces: the account has no preflight_url, or no "from ADDRESS"',
          'report: …',
          'account … (…) has no preflight_url',
          'the Worker’s answer has no …',
        ],
        [
          'The command has no Worker to ask, or what answers is not a Worker of this version.',
          '`preflight_url` names the Worker and `preflight_token` one of its tokens, in the account that `-a` names, else in the default one. [How reports and bounces get there](reports.md).',
        ],
        [
          'Команде не указан Worker, или по этому адресу отвечает не Worker этой версии.',
          'Адрес Worker задаёт `preflight_url`, токен — `preflight_token` в учётной записи из `-a` или в основной. [Как туда попадают отчёты и возвраты](reports.md).',
        ],
        [69, 75, 78],
      ),
      trouble(
        'relay postfix: …',
        [
          'The request is not complete or not safe; what is missing follows.',
          'Correct that option: [docs/relay.md](relay.md).',
        ],
        [
          'Запрос неполон или небезопасен; дальше сказано, чего не хватает.',
          'Исправьте этот параметр: [docs/relay.md](relay.md).',
        ],
      ),
      trouble(
        [
          '--hostname …',
          '--domain …',
          '--sasl-user …',
          '--certificate and --key go together',
          '… …: an absolute path without spaces is needed',
          '… … is not an address such as 203.0.113.5, nor a network such as 203.0.113.0/29',
          '… … would let strangers in: name the addresses of the shop, at most a /…',
          '--receive-at …',
          '--remove …',
          'who may send? …',
        ],
        ['What `relay postfix` says of an option.', 'Write what the message shows as an example.'],
        ['Что `relay postfix` говорит о параметре.', 'Запишите так, как показано в примере сообщения.'],
        [64],
      ),
      trouble(
        [
          'relay audit: …',
          'relay list: …',
          'relay …: … is too large for a configuration of Postfix',
          'relay postfix: cannot run /bin/sh: …',
        ],
        [
          'There is no Postfix here, or nothing to read.',
          'Run it on the relay, or give it the output: `ssh relay "postconf -n; postconf -M" \\| mailshim relay audit -`.',
        ],
        [
          'Здесь нет Postfix или нечего читать.',
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
          'What the pre-flight made of the sender. `misaligned`: receivers will not believe it. `unknown`: nobody answered in time; the mail went out.',
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
          'A mail failed for good, or waits for long, and its sender was told, or could not be.',
          '`mailshim queue list` shows the mail, under failed or with what it waits for; `bounce_to` says who is told.',
        ],
        [
          'Письмо окончательно не доставлено или долго ждёт; отправителю об этом сообщили или не смогли.',
          'Письмо видно в `mailshim queue list`: среди failed или с тем, чего оно ждёт; кому сообщать, задаёт `bounce_to`.',
        ],
      ),
      trouble(
        '… accepted from uid …',
        ['The daemon took a mail that a user left in the drop folder.', 'Nothing.'],
        ['Служба приняла письмо, оставленное пользователем.', 'Ничего.'],
      ),
      trouble(
        'cannot log to …: …; log info was: …',
        [
          'The log file cannot be written; the line it was to have follows. The mail went its way.',
          '`touch FILE && chown www-data FILE`, or `syslog on`.',
        ],
        [
          'Файл журнала недоступен для записи; дальше строка, которая в него предназначалась. Письмо ушло.',
          '`touch ФАЙЛ && chown www-data ФАЙЛ` или `syslog on`.',
        ],
      ),
    ],
  },
];
