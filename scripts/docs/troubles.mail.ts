// Trouble before a mail leaves: the mail itself and its sender.
import { type Chapter, explained, trouble } from './troubles.ts';

export const mailTroubles: Chapter[] = [
  {
    title: { en: 'The mail', ru: 'Письмо' },
    troubles: [
      trouble(
        [
          'not a recipient: …',
          'refused recipients: …',
          'is not an address (…)',
          'has nothing before the "@"',
          'has nothing after the "@"',
          'has a control character',
          'needs quotes before the "@"',
          'has an angle bracket',
          'is too long',
          'starts with a hyphen',
          'has no valid domain',
          'is a name without an address',
          'stands behind … others',
          'are no addresses either',
        ],
        [
          'To, Cc, Bcc or an argument holds something that is no address, often a customer’s typing error. The other recipients have the mail.',
          'Check addresses when they are typed: in PHP, `filter_var($address, FILTER_VALIDATE_EMAIL)`.',
        ],
        [
          'В To, Cc, Bcc или аргументе стоит не адрес; часто это опечатка покупателя. Остальные получатели письмо получили.',
          'Проверяйте адреса при вводе: в PHP `filter_var($address, FILTER_VALIDATE_EMAIL)`.',
        ],
        [64, 65],
      ),
      trouble(
        'header lines that are no fields: …; they leave as X-Not-A-Header',
        [
          'Between the fields of the header stands a line without a colon, often the rest of a value with a line break in it.',
          'Take line breaks out of subjects and names before they go into a header. The mail went out, with all its recipients.',
        ],
        [
          'Между полями заголовка стоит строка без двоеточия — часто остаток значения с переводом строки.',
          'Убирайте переводы строк из тем и имён, прежде чем записать их в заголовок. Письмо отправлено всем получателям.',
        ],
        [0],
      ),
      trouble(
        'more than … recipients',
        ['One mail is to go to more people than a relay takes.', 'Send one mail for each customer.'],
        [
          'Одно письмо адресовано большему числу людей, чем примет релей.',
          'Отправляйте каждому покупателю отдельное письмо.',
        ],
      ),
      trouble(
        'the message is larger than … bytes (directive message_size_limit)',
        [
          'An attachment is too large; it grows by a third on its way.',
          'Send a link; or raise `message_size_limit` here and on the relay.',
        ],
        [
          'Вложение слишком велико; в пути оно вырастает на треть.',
          'Отправьте ссылку или увеличьте `message_size_limit` здесь и на релее.',
        ],
      ),
      trouble(
        'the message contains a NUL byte at offset …; encode binary data as base64',
        [
          'A file was pasted into the mail as it is, or the text is UTF-16.',
          'Let PHPMailer or Symfony Mailer attach files; convert the text to UTF-8.',
        ],
        [
          'В письмо вставили файл как есть, или текст в UTF-16.',
          'Прикладывайте файлы через PHPMailer или Symfony Mailer; переведите текст в UTF-8.',
        ],
      ),
      trouble(
        ['the message cannot be read from standard input (…)', 'the temporary file of the message ends too soon'],
        [
          'The program that sends ended too early, or the disk of the temporary folder is full.',
          '`df -h /tmp`; then send again.',
        ],
        [
          'Отправляющая программа завершилась раньше времени, или на диске временной папки нет места.',
          '`df -h /tmp`; затем отправьте ещё раз.',
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
      trouble(
        'internal error, the mail was not sent: …',
        [
          'A bug in mailshim. The mail was not sent, and the caller was told so.',
          'Report it with that line and `mailshim --version`.',
        ],
        [
          'Ошибка в самом mailshim. Письмо не отправлено, и вызывающий об этом узнал.',
          'Сообщите о ней: эта строка и `mailshim --version`.',
        ],
        [70],
      ),
    ],
  },
  {
    title: { en: 'The sender: pre-flight and DKIM', ru: 'Отправитель: предварительная проверка и DKIM' },
    troubles: [
      trouble(
        'preflight refuses mail from …: …',
        [
          '`preflight enforce` is set, and neither SPF nor DKIM speaks for the domain in From: receivers would refuse the mail.',
          'Publish the record at the end of the message, or send as the sender that it names. `preflight warn` lets such mail out.',
        ],
        [
          'Задано `preflight enforce`, а за домен из From не ручаются ни SPF, ни DKIM: получатели отвергли бы письмо.',
          'Опубликуйте запись из конца сообщения или отправляйте от названного там адреса. С `preflight warn` такие письма уходят.',
        ],
        [77],
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
          'У учётной записи нет отправителя, или этот — не `from` и не из `allow_sender`.',
          '`from orders@shop.example`; для форм обратной связи ещё и `sender_rewrite misaligned`.',
        ],
      ),
      trouble(
        [
          'dkim_key …: …; the mail was not sent (account … from …)',
          'DKIM: …; the mail was not sent (account … from …)',
          'permission denied; let the user that sends read it, by a group and chmod 0640',
          'its mode … lets others read or change it; chmod 0640, or 0600',
          'cannot be read (…)',
        ],
        [
          'The private key is missing, cannot be read by the user that sends, or is open to others. An unsigned mail would be worse than none.',
          '`chown mailshim FILE && chmod 0600 FILE` (with the daemon; else www-data). Make a missing one by `mailshim init --new-keys`, then publish it.',
        ],
        [
          'Закрытого ключа нет, отправляющий не может его прочитать, или он открыт другим. Неподписанное письмо хуже, чем никакого.',
          '`chown mailshim ФАЙЛ && chmod 0600 ФАЙЛ` (со службой; иначе www-data). Недостающий создаст `mailshim init --new-keys`, затем опубликуйте его.',
        ],
      ),
    ],
  },
];
