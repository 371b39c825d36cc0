// The doctor's words on a relay that MX names.

import { text } from './text.ts';

const HOST = 'mail.shop.example';

// biome-ignore format: a line for each language.
export const mxTexts = {
  'dns.mx-at-relay': text({ domain: 'shop.example', host: HOST, relay: HOST, reply: '' },
    ({ domain, host, relay, reply }) => [
      `MX of ${domain} names the relay (${host}), which ${reply === '' ? 'only sends: its port 25 is closed' : `does not take mail for ${domain}: ${reply}`}; answers of customers, bounces and reports are lost`,
      `MX with the server of your mailboxes, as their provider shows it; or, on the relay, mail for ${domain} sent on to a mailbox: mailshim relay postfix --hostname ${relay} --domain ${domain} --receive-at MAILBOX --apply`,
    ],
    ({ domain, host, relay, reply }) => [
      `MX домена ${domain} указывает на релей (${host}), а он ${reply === '' ? 'только отправляет: его порт 25 закрыт' : `не принимает почту для ${domain}: ${reply}`}; ответы покупателей, возвраты и отчёты теряются`,
      `укажите в MX сервер ваших почтовых ящиков (его имя даёт почтовый сервис) или настройте на релее пересылку почты ${domain} в ящик: mailshim relay postfix --hostname ${relay} --domain ${domain} --receive-at MAILBOX --apply`,
    ]),
  'dns.mx-received': text({ domain: 'shop.example', host: HOST },
    ['mail to {domain} is taken at {host}, which MX names'],
    ['почту для {domain} принимает {host}, указанный в MX']),
  'dns.mx-unknown': text({ domain: 'shop.example', host: HOST },
    ['MX of {domain} names the relay ({host}); whether it takes mail at port 25 is not known: it does not answer this machine'],
    ['MX домена {domain} указывает на релей ({host}); принимает ли он почту на порту 25, неизвестно: этой машине он не отвечает']),
} as const;
