// Trouble before a mail is sent: the mail, its sender, and the log.
import { type Chapter, explained, trouble } from './troubles.ts';

export const mailTroubles: Chapter[] = [
  {
    title: { en: 'The mail', ru: 'Письмо' },
    troubles: [
      trouble(
        ['not a recipient: …', 'refused recipients: …'],
        [
          'Some recipients are not addresses; the reason follows. The other recipients got the mail.',
          'See the next row.',
        ],
        [
          'Некоторые получатели — не адреса; причина указана далее. Остальные получатели письмо получили.',
          'См. следующую строку.',
        ],
        [65],
      ),
      explained(
        [
          'address.syntax',
          'address.too-long',
          'address.no-local-part',
          'address.control',
          'address.unquoted',
          'address.angle',
          'address.hyphen',
          'address.no-domain',
          'address.name-only',
          'address.domain',
          'address.too-many',
          'address.more',
        ],
        [
          'To, Cc, Bcc or an argument has an entry that is not an address, often a customer’s typing error. The other recipients got the mail.',
          'Validate addresses at input: in PHP, `filter_var($address, FILTER_VALIDATE_EMAIL)`.',
        ],
        [
          'В To, Cc, Bcc или в аргументе указан не адрес; часто это опечатка покупателя. Остальные получатели письмо получили.',
          'Проверяйте адреса при вводе: в PHP `filter_var($address, FILTER_VALIDATE_EMAIL)`.',
        ],
        [64],
      ),
      explained(
        'header.not-a-field',
        [
          'Between the fields of the header is a line without a colon, often the rest of a value with a line break in it.',
          'Remove line breaks from subjects and names before they go into a header. The mail was sent to all its recipients.',
        ],
        [
          'Между полями заголовка есть строка без двоеточия — часто остаток значения с переводом строки.',
          'Убирайте переводы строк из тем и имён, прежде чем записать их в заголовок. Письмо отправлено всем получателям.',
        ],
        [0],
      ),
      explained(
        'recipients.too-many',
        ['The mail has more recipients than a relay accepts.', 'Send one mail to each customer.'],
        ['У письма больше получателей, чем принимает релей.', 'Отправляйте каждому покупателю отдельное письмо.'],
      ),
      explained(
        'message.too-large',
        [
          'An attachment is too large; its encoding makes it larger by a third.',
          'Send a link; or raise `message_size_limit` here and on the relay.',
        ],
        [
          'Вложение слишком велико; при кодировании оно увеличивается на треть.',
          'Отправьте ссылку или увеличьте `message_size_limit` здесь и на релее.',
        ],
      ),
      explained(
        'message.nul',
        [
          'The mail contains a file without an encoding, or its text is UTF-16.',
          'Attach files with PHPMailer or Symfony Mailer; convert the text to UTF-8.',
        ],
        [
          'В письмо вставлен файл без кодирования, или текст в UTF-16.',
          'Прикладывайте файлы через PHPMailer или Symfony Mailer; переведите текст в UTF-8.',
        ],
      ),
      explained(
        ['message.unreadable', 'message.temporary-file'],
        [
          'The program that sends ended too early, or the disk of the temporary directory is full.',
          'Check `df -h /tmp`, then send again.',
        ],
        [
          'Отправляющая программа завершилась раньше времени, или диск временного каталога переполнен.',
          'Проверьте `df -h /tmp` и отправьте ещё раз.',
        ],
      ),
      explained(
        ['bs.errors', 'bs.cut-off', 'bs.closed'],
        [
          'A program that sends through `mailshim -bs` does not follow SMTP, or ended within the session.',
          'For Symfony and Laravel see [docs/laravel.md](laravel.md).',
        ],
        [
          'Программа, которая отправляет через `mailshim -bs`, нарушает протокол SMTP или завершилась во время сеанса.',
          'Про Symfony и Laravel см. [docs/laravel.md](laravel.md).',
        ],
      ),
      explained(
        'internal.error',
        ['A bug in mailshim. The caller got the exit code 70.', 'Report it with that line and `mailshim --version`.'],
        [
          'Ошибка в самом mailshim. Вызывающая программа получила код 70.',
          'Сообщите о ней: приложите эту строку и вывод `mailshim --version`.',
        ],
      ),
      explained(
        ['log.file', 'log.syslog', 'log.logger'],
        [
          'The log could not be written; the mail was handled all the same. The lines of the log are in the message.',
          'Let the user that sends write the file of `logfile`, or install logger(1) (package `bsdutils` or `util-linux`) for `syslog`.',
        ],
        [
          'Не удалось записать журнал; письмо при этом обработано. Строки журнала приведены в сообщении.',
          'Дайте отправляющему пользователю право писать в файл из `logfile`; для `syslog` установите logger(1) (пакет `bsdutils` или `util-linux`).',
        ],
        [0],
      ),
      explained(
        'log.line',
        ['`logfile -` is set, so that the log goes to stderr.', 'Nothing; or set `logfile FILE`.'],
        ['Задано `logfile -`, поэтому журнал выводится в stderr.', 'Ничего; или задайте `logfile ФАЙЛ`.'],
        [0],
      ),
    ],
  },
  {
    title: { en: 'The sender: pre-flight and DKIM', ru: 'Отправитель: предварительная проверка и DKIM' },
    troubles: [
      trouble(
        'preflight refuses mail from …: …',
        [
          '`preflight enforce` is set, and neither SPF nor DKIM authenticates the From domain: receivers would reject the mail.',
          'Publish the record at the end of the message, or send as the sender that it names. With `preflight warn` such mail is sent.',
        ],
        [
          'Задано `preflight enforce`, а ни SPF, ни DKIM не подтверждают домен из From: получатели отклонили бы письмо.',
          'Опубликуйте запись из конца сообщения или отправляйте от указанного там адреса. С `preflight warn` такие письма отправляются.',
        ],
        [77],
      ),
      explained(
        ['preflight.late', 'preflight.unreachable', 'preflight.http', 'preflight.answer'],
        [
          'The log has this as the reason of `preflight=unknown`: the Worker or DNS gave no usable answer. The mail was sent unchecked.',
          'Check `preflight_url` and `preflight_token`; without `preflight_url`, the name servers of the machine.',
        ],
        [
          'В журнале это причина `preflight=unknown`: от Worker или DNS нет пригодного ответа. Письмо отправлено без проверки.',
          'Проверьте `preflight_url` и `preflight_token`, а если `preflight_url` не задан — DNS-серверы машины.',
        ],
        [0],
      ),
      trouble(
        [
          '… is not a sender that account … (…) may use; send as …, or set "sender_rewrite always"',
          'no sender: the mail has no From, -f is not given, and account … (…) has no "from ADDRESS"',
        ],
        [
          'The account has no sender, or this one is neither `from` nor one of `allow_sender`.',
          '`from orders@shop.example`; for contact forms also `sender_rewrite misaligned`.',
        ],
        [
          'У учётной записи нет отправителя, или этого адреса нет ни в `from`, ни в `allow_sender`.',
          '`from orders@shop.example`; для форм обратной связи ещё и `sender_rewrite misaligned`.',
        ],
      ),
      explained(
        [
          'dkim-key.missing',
          'dkim-key.denied',
          'dkim-key.mode',
          'dkim-key.unreadable',
          'dkim-key.invalid',
          'dkim.unsigned',
        ],
        [
          'The private key does not exist, cannot be read by the user that sends, can be read by others, or cannot sign. mailshim does not send the mail unsigned.',
          '`chown mailshim FILE && chmod 0600 FILE` (with the daemon; otherwise www-data). `mailshim init --new-keys` makes a missing key; then publish it.',
        ],
        [
          'Закрытого ключа нет, отправляющий пользователь не может его прочитать, он доступен другим или непригоден. Без подписи mailshim письмо не отправляет.',
          '`chown mailshim ФАЙЛ && chmod 0600 ФАЙЛ` (со службой; иначе www-data). Недостающий ключ создаст `mailshim init --new-keys`; затем опубликуйте его.',
        ],
      ),
    ],
  },
];
