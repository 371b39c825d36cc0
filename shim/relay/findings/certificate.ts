// Findings about the relay's certificate and key (RFC 5280, RFC 6125, RFC 8314 section 3).
import { define } from './define.ts';

const LETSENCRYPT = (host: string) => [
  `main.cf: smtpd_tls_cert_file = /etc/letsencrypt/live/${host || 'mail.shop.example'}/fullchain.pem`,
  `main.cf: smtpd_tls_key_file = /etc/letsencrypt/live/${host || 'mail.shop.example'}/privkey.pem`,
];

export const certificateFindings = {
  'no-certificate': define<{ host: string }>({
    severity: 'error',
    fix: ({ host }) => LETSENCRYPT(host),
    en: () => 'No certificate is named: Postfix cannot speak TLS, and the shop does not get in.',
    ru: () => 'Сертификат не указан: Postfix не сможет говорить по TLS, и магазин не подключится.',
  }),
  'no-key': define<{ host: string }>({
    severity: 'error',
    fix: ({ host }) => LETSENCRYPT(host).slice(1),
    en: () =>
      'The file of the certificate holds no key, and smtpd_tls_key_file names no other one: Postfix cannot speak TLS.',
    ru: () =>
      'В файле сертификата нет ключа, а smtpd_tls_key_file не указывает на другой файл: Postfix не сможет говорить по TLS.',
  }),
  'chain-files-win': define<Record<never, never>>({
    severity: 'warning',
    fix: () => ['run: postconf -X smtpd_tls_chain_files'],
    en: () =>
      'smtpd_tls_chain_files and smtpd_tls_cert_file are both set: Postfix takes only the first. Whoever renews the other wonders.',
    ru: () =>
      'Заданы и smtpd_tls_chain_files, и smtpd_tls_cert_file: Postfix берёт только первый. Обновление второго ни на что не повлияет.',
  }),
  'certificate-unreadable': define<{ path: string; why: string }>({
    severity: 'error',
    fix: ({ path }) => [`run: ls -l ${path}`],
    en: ({ path, why }) => `${path}: ${why}. Postfix cannot speak TLS.`,
    ru: ({ path, why }) => `${path}: не читается (${why}). Postfix не сможет говорить по TLS.`,
  }),
  'certificate-invalid': define<{ path: string }>({
    severity: 'error',
    fix: ({ path }) => [`run: openssl x509 -noout -subject -in ${path}`],
    en: ({ path }) => `${path} holds no certificate in PEM form. Postfix cannot speak TLS.`,
    ru: ({ path }) => `В ${path} нет сертификата в формате PEM. Postfix не сможет говорить по TLS.`,
  }),
  'certificate-expired': define<{ path: string; until: string }>({
    severity: 'error',
    fix: () => ['run: certbot renew', 'run: postfix reload'],
    en: ({ path, until }) => `The certificate in ${path} ended on ${until}: the shop refuses the relay.`,
    ru: ({ path, until }) => `Срок сертификата в ${path} истёк ${until}: магазин откажется подключаться.`,
  }),
  'certificate-expires-soon': define<{ path: string; until: string; days: number }>({
    severity: 'warning',
    fix: () => ['run: certbot renew', 'run: postfix reload'],
    en: ({ path, until, days }) =>
      `The certificate in ${path} ends in ${days} day(s), on ${until}. Renewal should have run by now.`,
    ru: ({ path, until, days }) =>
      `Срок сертификата в ${path} истекает ${until}, осталось дней: ${days}. Обновление уже должно было сработать.`,
  }),
  'certificate-not-yet-valid': define<{ path: string; from: string }>({
    severity: 'error',
    fix: () => ['run: timedatectl'],
    en: ({ path, from }) => `The certificate in ${path} is valid only from ${from}: the clock is wrong, or the file.`,
    ru: ({ path, from }) => `Сертификат в ${path} действует только с ${from}: неверны часы или файл.`,
  }),
  'certificate-name': define<{ path: string; host: string; names: string }>({
    severity: 'error',
    fix: ({ host }) => [`run: certbot certonly --standalone -d ${host}`],
    en: ({ path, host, names }) =>
      `The certificate in ${path} is for ${names}, not for ${host}: the shop refuses the relay.`,
    ru: ({ path, host, names }) =>
      `Сертификат в ${path} выдан на ${names}, а не на ${host}: магазин откажется подключаться.`,
  }),
  'certificate-self-signed': define<{ path: string; host: string }>({
    severity: 'error',
    fix: ({ host }) => [`run: certbot certonly --standalone -d ${host}`, ...LETSENCRYPT(host)],
    en: ({ path }) =>
      `The certificate in ${path} is signed by itself: the shop cannot tell this relay from anybody in between, and refuses it.`,
    ru: ({ path }) =>
      `Сертификат в ${path} самоподписанный: магазин не отличит релей от посредника и откажется подключаться.`,
  }),
  'certificate-without-chain': define<{ path: string; issuer: string }>({
    severity: 'warning',
    fix: ({ path }) => [`main.cf: smtpd_tls_cert_file = ${path.replace(/cert\.pem$/, 'fullchain.pem')}`],
    en: ({ path, issuer }) =>
      `${path} holds only the certificate, without the one of its issuer (${issuer}). Unless clients trust that one directly they refuse; name fullchain.pem.`,
    ru: ({ path, issuer }) =>
      `В ${path} только сам сертификат, без сертификата издателя (${issuer}). Клиенты, которые не доверяют ему напрямую, откажутся; укажите fullchain.pem.`,
  }),
  'key-mismatch': define<{ certificate: string; key: string }>({
    severity: 'error',
    fix: ({ certificate }) => [`main.cf: smtpd_tls_key_file = ${certificate.replace(/[^/]*$/, 'privkey.pem')}`],
    en: ({ certificate, key }) =>
      `The key in ${key} does not belong to the certificate in ${certificate}. Postfix cannot speak TLS.`,
    ru: ({ certificate, key }) =>
      `Ключ в ${key} не подходит к сертификату в ${certificate}. Postfix не сможет говорить по TLS.`,
  }),
  'key-readable': define<{ path: string; mode: string }>({
    severity: 'danger',
    fix: ({ path }) => [`run: chmod 600 ${path}`],
    en: ({ path, mode }) =>
      `Every user of this machine can read the key in ${path} (mode ${mode}) and pass for the relay.`,
    ru: ({ path, mode }) =>
      `Любой пользователь этой машины может прочесть ключ в ${path} (права ${mode}) и выдать себя за релей.`,
  }),
} as const;
