// The remedies for a rejected login at each provider. Separate from the table of providers, since only the shim needs them.
import type { LoginRemedy, Provider } from './types.ts';

const applicationPassword = (where: { en: string; ru: string }): LoginRemedy => ({
  en: `Programs log in with an application password, not with that of the account. Create one ${where.en} and put it into "password".`,
  ru: `Программы входят с паролем приложения, а не с паролем учётной записи. Создайте его ${where.ru} и укажите в «password».`,
});
const ownCredentials = (user: { en: string; ru: string }, password: { en: string; ru: string }): LoginRemedy => ({
  en: `SMTP has credentials of its own: "user" is ${user.en}, "password" is ${password.en}; those of the account do not work.`,
  ru: `Для SMTP нужны отдельные данные: «user» — ${user.ru}, «password» — ${password.ru}; данные от личного кабинета не подходят.`,
});

/** By provider id. */
const REMEDIES: Readonly<Record<string, readonly LoginRemedy[]>> = {
  google: [
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
  microsoft365: [
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
  outlook: [
    {
      en: 'Outlook.com takes no passwords from programs any more: use OAuth ("auth xoauth2"), or a provider that is made for programs.',
      ru: 'Outlook.com больше не принимает пароли от программ: используйте OAuth («auth xoauth2») или сервис, рассчитанный на отправку из программ.',
    },
  ],
  yandex: [
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
  mailru: [
    applicationPassword({
      en: 'in the account: Security → Passwords for external applications (account.mail.ru/user/2-step-auth/passwords)',
      ru: 'в настройках учётной записи: «Безопасность» → «Пароли для внешних приложений» (account.mail.ru/user/2-step-auth/passwords)',
    }),
  ],
  rambler: [
    {
      en: 'Switch on access by mail programs in the settings of the Rambler mailbox (Settings → Programs).',
      ru: 'Включите доступ почтовых программ в настройках ящика Rambler («Настройки» → «Программы»).',
    },
  ],
  yahoo: [applicationPassword({ en: 'in the account security page', ru: 'на странице «Безопасность учётной записи»' })],
  gmx: [
    {
      en: 'Allow POP3 and IMAP in the settings of the mailbox; with two-factor authentication create an application password.',
      ru: 'Разрешите POP3 и IMAP в настройках ящика; при двухфакторной аутентификации создайте пароль приложения.',
    },
  ],
  zoho: [applicationPassword({ en: 'at accounts.zoho.com → Security', ru: 'на accounts.zoho.com → Security' })],
  fastmail: [
    applicationPassword({
      en: 'under Settings → Privacy & Security → Manage app passwords',
      ru: 'в разделе Settings → Privacy & Security → Manage app passwords',
    }),
  ],
  proton: [
    {
      en: 'Create an SMTP token for the address (Settings → Proton Mail → IMAP/SMTP → SMTP tokens; paid plans with a domain of your own) and use it as the password.',
      ru: 'Создайте SMTP-токен для адреса (Settings → Proton Mail → IMAP/SMTP → SMTP tokens; платный тариф и свой домен) и укажите его как пароль.',
    },
  ],
  icloud: [
    applicationPassword({
      en: 'at account.apple.com → Sign-In and Security → App-Specific Passwords',
      ru: 'на account.apple.com → «Вход и безопасность» → «Пароли приложений»',
    }),
  ],
  infomaniak: [
    applicationPassword({
      en: 'in the Infomaniak manager: Mail → the address → Devices',
      ru: 'в кабинете Infomaniak: Mail → адрес → Devices',
    }),
  ],
  cloudflare: [
    {
      en: '"user" is the word api_token, "password" an API token with the permission "Email Sending: Edit"; the sender\'s domain must be set up under Email Sending.',
      ru: '«user» — это слово api_token, «password» — API-токен с правом «Email Sending: Edit»; домен отправителя должен быть подключён в разделе Email Sending.',
    },
  ],
  ses: [
    ownCredentials(
      { en: 'the SMTP user name of the region', ru: 'имя пользователя SMTP этого региона' },
      {
        en: 'its SMTP password (SES console → SMTP settings → Create SMTP credentials), not an IAM secret key',
        ru: 'его пароль SMTP (консоль SES → SMTP settings → Create SMTP credentials), а не секретный ключ IAM',
      },
    ),
  ],
  sendgrid: [
    ownCredentials(
      { en: 'the word apikey', ru: 'слово apikey' },
      { en: 'an API key with the right "Mail Send"', ru: 'API-ключ с правом «Mail Send»' },
    ),
  ],
  mailgun: [
    ownCredentials(
      { en: 'postmaster@ of the sending domain', ru: 'postmaster@ домена отправки' },
      {
        en: 'its SMTP password (Sending → Domain settings → SMTP credentials)',
        ru: 'его пароль SMTP (Sending → Domain settings → SMTP credentials)',
      },
    ),
  ],
  postmark: [
    ownCredentials(
      { en: 'the server API token', ru: 'токен сервера (Server API token)' },
      { en: 'the same token', ru: 'тот же токен' },
    ),
  ],
  brevo: [
    ownCredentials(
      { en: 'the login shown under SMTP & API', ru: 'логин из раздела SMTP & API' },
      { en: 'an SMTP key from there', ru: 'SMTP-ключ оттуда же' },
    ),
  ],
  mailjet: [ownCredentials({ en: 'the API key', ru: 'API-ключ' }, { en: 'the secret key', ru: 'секретный ключ' })],
  sparkpost: [
    ownCredentials(
      { en: 'the word SMTP_Injection', ru: 'слово SMTP_Injection' },
      { en: 'an API key with the right "Send via SMTP"', ru: 'API-ключ с правом «Send via SMTP»' },
    ),
  ],
  unisender: [
    ownCredentials(
      { en: 'the user or project id', ru: 'идентификатор пользователя или проекта' },
      { en: 'the API key', ru: 'API-ключ' },
    ),
  ],
  sendpulse: [
    ownCredentials(
      { en: 'the login from SMTP → Settings', ru: 'логин из раздела «SMTP → Настройки»' },
      { en: 'the password from there', ru: 'пароль оттуда же' },
    ),
  ],
  selectel: [
    ownCredentials(
      { en: 'the login of the mail resource', ru: 'логин почтового ресурса' },
      {
        en: 'its password; the service takes mail only from servers at Selectel',
        ru: 'его пароль; сервис принимает почту только с серверов Selectel',
      },
    ),
  ],
  mandrill: [ownCredentials({ en: 'any name', ru: 'любое имя' }, { en: 'an API key', ru: 'API-ключ' })],
};

/** The remedies for a rejected login, most specific first; the last one applies to every reply. Empty for an unknown provider. */
export function loginRemedies({ id }: Pick<Provider, 'id'>): readonly LoginRemedy[] {
  return REMEDIES[id] ?? [];
}
