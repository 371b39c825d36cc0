// What the replies of mail providers ask for: in the error, in the notice to the sender, in both languages.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loginRemedies } from '../../../shared/providers/login.ts';
import { PROVIDERS } from '../../../shared/providers/table.ts';
import { causeOf, explain } from '../../../shared/replies/explain.ts';
import { loginHelp, replyHelp } from '../../../shared/replies/provider-help.ts';
import { statusOf } from '../../../shared/replies/status.ts';
import type { Account } from '../../../shim/config/account.ts';
import { replyFailure, type SmtpError, sessionFailure } from '../../../shim/submit/outcome.ts';
import { dropSuspicion, isPrivateRelay, providerOf } from '../../../shim/submit/provider.ts';
import { accountFrom } from '../../support/account.ts';

const accountAt = (host: string) => accountFrom(`host ${host}\nport 465\ntls on\nauth on\nuser shop\npassword x\n`);
const refusal = (reply: string, more: object = {}): SmtpError =>
  Object.assign(new Error(reply), { response: reply, responseCode: Number(reply.slice(0, 3)), ...more });

const logins: [host: string, reply: string, entry: number][] = [
  [
    'smtp.gmail.com',
    '535-5.7.8 Username and Password not accepted. For more information, go to\r\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials',
    1,
  ],
  [
    'smtp.gmail.com',
    '534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor',
    1,
  ],
  ['smtp.gmail.com', '534-5.7.14 <https://accounts.google.com/signin/continue> Please log in via your web browser', 0],
  ['smtp.gmail.com', '454 4.7.0 Too many login attempts, please try again later', 1],
  [
    'smtp.office365.com',
    '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled',
    0,
  ],
  ['smtp.office365.com', '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.', 1],
  ['smtp.office365.com', '535 5.7.3 Authentication unsuccessful', 2],
  ['smtp-mail.outlook.com', '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.', 0],
  [
    'smtp.yandex.ru',
    '535 5.7.8 Error: authentication failed: This user does not have access rights to this service',
    0,
  ],
  ['smtp.yandex.ru', '535 5.7.8 Error: authentication failed: Invalid user or password!', 1],
  ['smtp.mail.ru', '535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external', 0],
  ['smtp.rambler.ru', '535 5.7.8 Error: authentication failed: (reason unavailable)', 0],
  ['smtp.mail.yahoo.com', '535 5.7.0 (#AUTH005) Too many bad auth attempts.', 0],
  ['mail.gmx.net', '535 Authentication credentials invalid', 0],
  ['smtp.zoho.eu', '535 Authentication Failed', 0],
  ['smtp.fastmail.com', '535 5.7.0 Incorrect username or password, app password required', 0],
  ['smtp.protonmail.ch', '535 5.7.8 Error: authentication failed', 0],
  ['smtp.mail.me.com', '535 5.7.8 Error: authentication failed: authentication failure', 0],
  ['mail.infomaniak.com', '535 5.7.8 Error: authentication failed', 0],
  ['smtp.mx.cloudflare.net', '535 5.7.8 Authentication failed', 0],
  ['email-smtp.eu-west-1.amazonaws.com', '535 Authentication Credentials Invalid', 0],
  ['smtp.sendgrid.net', '535 Authentication failed: Bad username / password', 0],
  ['smtp.mailgun.org', '535 5.7.0 Mailgun is not loving your login or password', 0],
  ['smtp.postmarkapp.com', '535 5.7.8 Error: authentication failed', 0],
  ['smtp-relay.brevo.com', '535 5.7.8 Authentication failed', 0],
  ['in-v3.mailjet.com', '535 5.7.8 Error: authentication failed:', 0],
  ['smtp.sparkpostmail.com', '535 5.7.8 Sorry.', 0],
  ['smtp.go1.unisender.ru', '535 5.7.8 Error: authentication failed', 0],
  ['smtp-pulse.com', '535 5.7.8 Error: authentication failed', 0],
  ['smtp.mail.selcloud.ru', '535 5.7.8 Error: authentication failed', 0],
  ['smtp.mandrillapp.com', '435 4.7.8 Error: authentication failed:', 0],
];

const messageRefused = (reply: string, account: Account) =>
  replyFailure({ code: Number(reply.slice(0, 3)), text: reply }, 'message', {
    account,
    envelope: { from: 'orders@shop.example', recipients: ['a@x.example'] },
    refused: [],
    earlier: 0,
  });

describe('a rejected login', () => {
  for (const [host, reply, entry] of logins) {
    test(`${host}: ${reply.split('\r')[0]}`, () => {
      const account = accountAt(host);
      const provider = providerOf(account)!;
      const wanted = loginRemedies(provider)[entry]!;
      const { problem, scope } = sessionFailure(refusal(reply, { code: 'EAUTH' }), account, 'login as shop (PLAIN)');
      const message = problem.text;
      assert.ok(message.endsWith(`; ${wanted.en.replace(/\.$/, '')}`), message);
      assert.equal(scope, 'relay');
      for (const lang of ['en', 'ru'] as const) assert.equal(loginHelp(provider, reply, lang), wanted[lang]);

      // In the queue until its time is up, the mail is returned with our own words around the reply.
      const said = `4.4.7 not delivered in time: ${message}`;
      assert.equal(causeOf('failed', '4.4.7', said), 'login');
      for (const lang of ['en', 'ru'] as const) {
        assert.equal(explain('login', lang, said, host).advice, wanted[lang]);
        assert.notEqual(explain('login', lang, said, 'mail.shop.example').advice, wanted[lang]);
      }
    });
  }

  test('every provider whose logins have a remedy is among them', () => {
    const hosts = new Set(logins.map(([host]) => providerOf({ host })?.id));
    const without = PROVIDERS.filter((one) => loginRemedies(one).length > 0 && one.submission && !hosts.has(one.id));
    assert.deepEqual(
      without.map(({ id }) => id),
      [],
    );
  });

  test('a relay of one’s own gets no words of others', () => {
    const reply = '535 5.7.8 Error: authentication failed';
    const { problem } = sessionFailure(refusal(reply, { code: 'EAUTH' }), accountAt('mail.shop.example'));
    assert.equal(problem.text, `mail.shop.example:465: login was rejected: ${reply}`);
  });
});

const senders: [host: string, reply: string][] = [
  ['smtp.yandex.ru', '553 5.7.1 Sender address rejected: not owned by auth user.'],
  ['smtp.mail.ru', '550 not local sender over smtp'],
  ['smtp.office365.com', '554 5.2.252 SendAsDenied; shop@shop.example not allowed to send as orders@shop.example'],
  ['smtp.office365.com', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
  [
    'email-smtp.eu-west-1.amazonaws.com',
    '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: orders@shop.example',
  ],
  ['smtp.sendgrid.net', '550 The from address does not match a verified Sender Identity.'],
  ['smtp.sparkpostmail.com', '550 5.7.1 Unconfigured Sending Domain <shop.example>'],
  ['smtp.fastmail.com', '551 5.7.1 Not authorised to send from this header address'],
  ['smtp.mail.me.com', '550 5.7.0 From address is not one of your addresses.'],
  ['smtp.zoho.com', '553 Sender is not allowed to relay emails'],
  ['mail.gmx.net', '550 Sender address is not allowed.'],
  ['ssl0.ovh.net', '553 5.7.1 <orders@shop.example>: Sender address rejected: not owned by user shop'],
];

describe('a rejected sender', () => {
  for (const [host, reply] of senders) {
    test(`${host}: ${reply}`, () => {
      const account = accountAt(host);
      const { name } = providerOf(account)!;
      const failed = messageRefused(reply, account);
      assert.equal(failed.code, 77);
      assert.ok(
        failed.problem.text.includes(`${name} accepts mail only from addresses of the account`),
        failed.problem.text,
      );
      const cause = causeOf('failed', statusOf(reply, '5.0.0'), reply);
      assert.equal(cause, 'sender');
      assert.ok(explain(cause, 'en', reply, host).advice.startsWith(`${name} accepts mail only from`));
      assert.ok(explain(cause, 'ru', reply, host).advice.startsWith(`${name} принимает письма только`));
    });
  }

  test('a recipient that Amazon SES does not know yet is not a sender', () => {
    const reply =
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: a@x.example';
    const failed = messageRefused(reply, accountAt('email-smtp.eu-west-1.amazonaws.com'));
    assert.equal(failed.code, 65);
  });
});

test('a mail that is too much for the provider', () => {
  const rows: [reply: string, help: string | undefined][] = [
    [
      '552 5.3.4 Message size exceeds limit',
      'Cloudflare Email Sending accepts at most 5 MiB and 50 recipients in one mail',
    ],
    ['452 4.5.3 Too many recipients', 'Cloudflare Email Sending accepts at most 5 MiB and 50 recipients in one mail'],
    ['552 5.2.2 Mailbox full', undefined],
    ['550 5.1.1 no such user', undefined],
  ];
  for (const [reply, help] of rows)
    assert.equal(replyHelp(providerOf({ host: 'smtp.mx.cloudflare.net' }), reply, 'en'), help);
  assert.equal(replyHelp(providerOf({ host: 'mail.shop.example' }), rows[0]![0], 'en'), undefined);
  const failed = messageRefused('552 5.3.4 Message size exceeds limit', accountAt('smtp.mx.cloudflare.net'));
  assert.match(failed.problem.text, /Message size exceeds limit; Cloudflare Email Sending accepts at most 5 MiB/);
});

test('a provider that accepts and drops mail is trusted only with a message id', () => {
  const rows: [host: string, reply: string, suspected: boolean][] = [
    ['smtp.mx.cloudflare.net', '250 2.0.0 Ok', true],
    ['smtp.mx.cloudflare.net', '250 Ok\r\n', true],
    ['smtp.mx.cloudflare.net', '250 2.0.0 Ok <0194a2f0@shop.example>', false],
    ['smtp.mx.cloudflare.net', '250 2.0.0 Ok: queued as 4f1a', false],
    ['mail.shop.example', '250 2.0.0 Ok', false],
    ['smtp.gmail.com', '250 2.0.0 OK', false],
  ];
  for (const [host, reply, suspected] of rows)
    assert.equal(dropSuspicion({ host }, reply) !== undefined, suspected, `${host} ${reply}`);
});

test('relays that receivers never see', () => {
  const rows: [host: string, isPrivate: boolean][] = [
    ['localhost', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['10.1.2.3', true],
    ['192.168.0.9', true],
    ['fd00::1', true],
    ['100.64.0.1', true],
    ['postfix', true],
    ['relay.internal', true],
    ['mail.lan.', true],
    ['203.0.113.25', false],
    ['2001:db8::25', false],
    ['local.shop.example', false],
    ['mail.shop.example', false],
  ];
  for (const [host, isPrivate] of rows) assert.equal(isPrivateRelay({ host }), isPrivate, host);
  assert.equal(isPrivateRelay({ host: 'mail.shop.example', socket: '/run/relay' }), true);
});
