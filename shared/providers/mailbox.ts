// Providers of mailboxes, at their own domains and at those of their customers.
import { applicationPassword } from './login.ts';
import type { Provider } from './types.ts';

export const MAILBOX_PROVIDERS: readonly Provider[] = [
  {
    id: 'google',
    name: 'Google Workspace',
    kind: 'mailbox',
    mx: ['google.com', 'googlemail.com', 'psmtp.com'],
    spf: { include: '_spf.google.com', names: ['google.com', 'googlemail.com'] },
    submission: { hosts: ['smtp.gmail.com', 'smtp-relay.gmail.com', 'smtp.googlemail.com'], port: 465 },
    selectors: ['google'],
    mailboxDomains: ['gmail.com', 'googlemail.com'],
    login: [
      {
        reply: /5\.7\.14|log in via your web browser|WebLoginRequired/i,
        en: 'Google blocked the login as unusual. Log in to the account once in a browser, confirm the login there, and use an application password (myaccount.google.com/apppasswords).',
        ru: 'Google счёл вход подозрительным. Войдите в учётную запись через браузер, подтвердите вход и используйте пароль приложения (myaccount.google.com/apppasswords).',
      },
      applicationPassword({
        en: 'at myaccount.google.com/apppasswords (two-step verification must be on)',
        ru: 'на странице myaccount.google.com/apppasswords (нужна двухэтапная аутентификация)',
      }),
    ],
  },
  {
    id: 'microsoft365',
    name: 'Microsoft 365',
    kind: 'mailbox',
    mx: ['mail.protection.outlook.com', 'mx.microsoft'],
    spf: { include: 'spf.protection.outlook.com', names: ['protection.outlook.com'] },
    submission: { hosts: ['smtp.office365.com'], port: 587 },
    selectors: ['selector1', 'selector2'],
    login: [
      {
        reply: /SmtpClientAuthentication is disabled/i,
        en: 'SMTP AUTH is switched off for the mailbox or the organisation. Switch it on: Microsoft 365 admin center → Users → Active users → the mailbox → Mail → Manage email apps → Authenticated SMTP.',
        ru: 'SMTP AUTH выключен для ящика или организации. Включите: центр администрирования Microsoft 365 → Пользователи → Активные пользователи → ящик → Почта → Управление почтовыми приложениями → SMTP с проверкой подлинности.',
      },
      {
        reply: /basic authentication is disabled|5\.7\.139/i,
        en: 'Microsoft no longer takes passwords for this mailbox. Use OAuth ("auth xoauth2" or "auth oauthbearer") or the connector of the organisation.',
        ru: 'Microsoft больше не принимает пароль для этого ящика. Используйте OAuth («auth xoauth2» или «auth oauthbearer») или соединитель организации.',
      },
      {
        en: 'Check that Authenticated SMTP is on for this mailbox (admin center → the mailbox → Mail → Manage email apps) and that no security default forbids it.',
        ru: 'Проверьте, что для ящика включён SMTP с проверкой подлинности (центр администрирования → ящик → Почта → Управление почтовыми приложениями) и его не запрещают параметры безопасности по умолчанию.',
      },
    ],
  },
  {
    id: 'outlook',
    name: 'Outlook.com',
    kind: 'mailbox',
    mx: ['olc.protection.outlook.com'],
    submission: { hosts: ['smtp-mail.outlook.com'], port: 587 },
    mailboxDomains: [
      ...['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'passport.com', 'windowslive.com'],
      ...['outlook.de', 'outlook.fr', 'outlook.es', 'outlook.it', 'outlook.jp', 'outlook.com.br', 'outlook.com.tr'],
      ...['hotmail.co.uk', 'hotmail.fr', 'hotmail.de', 'hotmail.it', 'hotmail.es', 'live.ru', 'live.co.uk', 'live.fr'],
    ],
    login: [
      {
        en: 'Outlook.com takes no passwords from programs any more: use OAuth ("auth xoauth2"), or a provider that is made for programs.',
        ru: 'Outlook.com больше не принимает пароли от программ: используйте OAuth («auth xoauth2») или сервис, рассчитанный на отправку из программ.',
      },
    ],
  },
  {
    id: 'yandex',
    name: 'Yandex 360',
    kind: 'mailbox',
    mx: ['mx.yandex.net', 'mx.yandex.ru'],
    spf: { include: '_spf.yandex.net', names: ['yandex.net', 'yandex.ru'] },
    submission: { hosts: ['smtp.yandex.ru', 'smtp.yandex.com', 'smtp.ya.ru', 'smtp.yandex.net'], port: 465 },
    selectors: ['mail'],
    mailboxDomains: [
      ...['yandex.ru', 'ya.ru', 'yandex.com', 'yandex.by', 'yandex.kz', 'yandex.uz', 'yandex.ua', 'yandex.com.tr'],
      ...['yandex.az', 'yandex.com.am', 'yandex.com.ge', 'yandex.co.il', 'yandex.kg', 'yandex.lv', 'yandex.lt'],
      ...['yandex.md', 'yandex.tj', 'yandex.tm', 'yandex.ee', 'yandex.fr', 'narod.ru'],
    ],
    login: [
      {
        reply: /does not have access rights/i,
        en: 'The mailbox does not let programs in yet. In Yandex Mail open Settings → Mail clients and allow IMAP with application passwords; then create a password for "Mail" at id.yandex.ru → Security → App passwords.',
        ru: 'Почтовым программам вход в ящик ещё не разрешён. В Яндекс Почте откройте «Настройки → Почтовые программы», разрешите доступ по IMAP с паролями приложений и создайте пароль для «Почты»: id.yandex.ru → «Безопасность» → «Пароли приложений».',
      },
      applicationPassword({
        en: 'at id.yandex.ru → Security → App passwords → Mail; "user" is the whole address for a domain of your own',
        ru: 'на id.yandex.ru → «Безопасность» → «Пароли приложений» → «Почта»; для своего домена «user» — адрес целиком',
      }),
    ],
  },
  {
    id: 'mailru',
    name: 'VK WorkSpace (Mail.ru)',
    kind: 'mailbox',
    mx: ['mail.ru'],
    spf: { include: '_spf.mail.ru', names: ['mail.ru'] },
    submission: { hosts: ['smtp.mail.ru', 'smtp.biz.mail.ru'], port: 465 },
    selectors: ['mailru'],
    mailboxDomains: ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru', 'xmail.ru', 'vk.com'],
    login: [
      applicationPassword({
        en: 'in the account: Security → Passwords for external applications (account.mail.ru/user/2-step-auth/passwords)',
        ru: 'в настройках учётной записи: «Безопасность» → «Пароли для внешних приложений» (account.mail.ru/user/2-step-auth/passwords)',
      }),
    ],
  },
  {
    id: 'rambler',
    name: 'Rambler',
    kind: 'mailbox',
    mx: ['rambler.ru'],
    submission: { hosts: ['smtp.rambler.ru'], port: 465 },
    mailboxDomains: ['rambler.ru', 'lenta.ru', 'autorambler.ru', 'myrambler.ru', 'ro.ru', 'rambler.ua'],
    login: [
      {
        en: 'Switch on access by mail programs in the settings of the Rambler mailbox (Settings → Programs).',
        ru: 'Включите доступ почтовых программ в настройках ящика Rambler («Настройки» → «Программы»).',
      },
    ],
  },
  {
    id: 'yahoo',
    name: 'Yahoo and AOL',
    kind: 'mailbox',
    mx: ['yahoodns.net'],
    submission: { hosts: ['smtp.mail.yahoo.com', 'smtp.aol.com'], port: 465 },
    mailboxDomains: [
      ...['yahoo.com', 'ymail.com', 'rocketmail.com', 'myyahoo.com', 'aol.com', 'aim.com', 'yahoo.co.uk', 'yahoo.fr'],
      ...['yahoo.de', 'yahoo.it', 'yahoo.es', 'yahoo.ca', 'yahoo.com.br', 'yahoo.co.in', 'yahoo.in', 'yahoo.com.mx'],
      ...['yahoo.com.au', 'yahoo.co.id', 'yahoo.com.ar', 'yahoo.com.tr', 'yahoo.ro', 'yahoo.pl', 'yahoo.gr'],
    ],
    login: [
      applicationPassword({ en: 'in the account security page', ru: 'на странице «Безопасность учётной записи»' }),
    ],
  },
  {
    id: 'gmx',
    name: 'GMX and WEB.DE',
    kind: 'mailbox',
    mx: ['gmx.net', 'web.de'],
    submission: { hosts: ['mail.gmx.net', 'mail.gmx.com', 'smtp.web.de'], port: 465 },
    mailboxDomains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.com', 'web.de', 'email.de', 'mail.com'],
    login: [
      {
        en: 'Allow POP3 and IMAP in the settings of the mailbox; with two-factor authentication create an application password.',
        ru: 'Разрешите POP3 и IMAP в настройках ящика; при двухфакторной аутентификации создайте пароль приложения.',
      },
    ],
  },
  {
    id: 'zoho',
    name: 'Zoho Mail',
    kind: 'mailbox',
    mx: ['zoho.com', 'zoho.eu', 'zoho.in', 'zoho.com.au', 'zohomail.com', 'zohomail.eu'],
    spf: { names: ['zoho.com', 'zoho.eu', 'zoho.in', 'zoho.com.au', 'zohomail.com', 'zohomail.eu', 'zohomail.in'] },
    submission: {
      hosts: [
        'smtp.zoho.com',
        'smtppro.zoho.com',
        'smtp.zoho.eu',
        'smtppro.zoho.eu',
        'smtp.zoho.in',
        'smtppro.zoho.in',
      ],
      port: 465,
    },
    selectors: ['zmail', 'zoho', 'zohomail', 'default'],
    mailboxDomains: ['zohomail.com', 'zohomail.eu', 'zohomail.in'],
    login: [applicationPassword({ en: 'at accounts.zoho.com → Security', ru: 'на accounts.zoho.com → Security' })],
  },
  {
    id: 'fastmail',
    name: 'Fastmail',
    kind: 'mailbox',
    mx: ['messagingengine.com'],
    spf: { include: 'spf.messagingengine.com', names: ['messagingengine.com'] },
    submission: { hosts: ['smtp.fastmail.com'], port: 465 },
    selectors: ['fm1', 'fm2', 'fm3', 'mesmtp'],
    mailboxDomains: ['fastmail.com', 'fastmail.fm', 'sent.com', 'messagingengine.com'],
    login: [
      applicationPassword({
        en: 'under Settings → Privacy & Security → Manage app passwords',
        ru: 'в разделе Settings → Privacy & Security → Manage app passwords',
      }),
    ],
  },
  {
    id: 'proton',
    name: 'Proton Mail',
    kind: 'mailbox',
    mx: ['protonmail.ch', 'proton.me'],
    spf: { include: '_spf.protonmail.ch', names: ['protonmail.ch', 'proton.me'] },
    submission: { hosts: ['smtp.protonmail.ch'], port: 587 },
    selectors: ['protonmail', 'protonmail2', 'protonmail3'],
    mailboxDomains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    login: [
      {
        en: 'Create an SMTP token for the address (Settings → Proton Mail → IMAP/SMTP → SMTP tokens; paid plans with a domain of your own) and use it as the password.',
        ru: 'Создайте SMTP-токен для адреса (Settings → Proton Mail → IMAP/SMTP → SMTP tokens; платный тариф и свой домен) и укажите его как пароль.',
      },
    ],
  },
  {
    id: 'icloud',
    name: 'iCloud Mail',
    kind: 'mailbox',
    mx: ['icloud.com'],
    spf: { include: 'icloud.com', names: ['icloud.com'] },
    submission: { hosts: ['smtp.mail.me.com'], port: 587 },
    selectors: ['sig1'],
    mailboxDomains: ['icloud.com', 'me.com', 'mac.com'],
    login: [
      applicationPassword({
        en: 'at account.apple.com → Sign-In and Security → App-Specific Passwords',
        ru: 'на account.apple.com → «Вход и безопасность» → «Пароли приложений»',
      }),
    ],
  },
  {
    id: 'mailbox.org',
    name: 'mailbox.org',
    kind: 'mailbox',
    mx: ['mailbox.org'],
    spf: { include: 'mailbox.org', names: ['mailbox.org'] },
    submission: { hosts: ['smtp.mailbox.org'], port: 465 },
    selectors: ['mbo0001', 'mbo0002'],
    mailboxDomains: ['mailbox.org'],
  },
  {
    id: 'tuta',
    name: 'Tuta',
    kind: 'mailbox',
    mx: ['tutanota.de', 'tuta.com'],
    spf: { include: 'spf.tutanota.de', names: ['tutanota.de', 'tuta.com'] },
    selectors: ['s1', 's2'],
    mailboxDomains: ['tuta.com', 'tutanota.com', 'tutanota.de', 'tuta.io', 'tutamail.com', 'keemail.me'],
  },
  {
    id: 'migadu',
    name: 'Migadu',
    kind: 'mailbox',
    mx: ['migadu.com'],
    spf: { include: 'spf.migadu.com', names: ['migadu.com'] },
    submission: { hosts: ['smtp.migadu.com'], port: 465 },
    selectors: ['key1', 'key2', 'key3'],
  },
];
