// Parameters of MAIL and RCPT for delivery status notifications: the syntax of RFC 3461, and one NOTIFY out of many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinedNotify, mailNotification, recipientNotification } from '../../../shim/intake/notification.ts';

for (const [parameters, expected] of [
  ['', {}],
  [' SIZE=1 ret=Hdrs BODY=8BITMIME', { dsnReturn: 'headers' }],
  [' RET=FULL ENVID=QQ314159', { dsnReturn: 'full', envelopeId: 'QQ314159' }],
  [' ENVID=a+2Bb+3Dc+20d', { envelopeId: 'a+b=c d' }],
  [' RET=BODY', { wrong: 'RET' }],
  [' RET=', { wrong: 'RET' }],
  [' RET=FULL RET=FULL', { wrong: 'RET' }],
  [' ENVID=', { wrong: 'ENVID' }],
  [' ENVID=a=b', { wrong: 'ENVID' }],
  [' ENVID=a+2b', { wrong: 'ENVID' }],
  [' ENVID=a+0D+0Ab', { wrong: 'ENVID' }],
  [' ENVID=a+', { wrong: 'ENVID' }],
  [` ENVID=${'a'.repeat(101)}`, { wrong: 'ENVID' }],
  [' ENVID=a ENVID=a', { wrong: 'ENVID' }],
] as const)
  test(`MAIL${parameters.slice(0, 40)}`, () => assert.deepEqual(mailNotification(parameters), expected));

for (const [parameters, expected] of [
  ['', { notify: '' }],
  [' NOTIFY=NEVER', { notify: 'never' }],
  [' notify=Success,DELAY ORCPT=rfc822;a+2Bb@x.example', { notify: 'success,delay' }],
  [' ORCPT=utf-8;a@x.example', { notify: '' }],
  [' NOTIFY=', { wrong: 'NOTIFY' }],
  [' NOTIFY=NEVER,SUCCESS', { wrong: 'NOTIFY' }],
  [' NOTIFY=SUCCESS,', { wrong: 'NOTIFY' }],
  [' NOTIFY=ALWAYS', { wrong: 'NOTIFY' }],
  [' NOTIFY=NEVER NOTIFY=NEVER', { wrong: 'NOTIFY' }],
  [' ORCPT=a@x.example', { wrong: 'ORCPT' }],
  [' ORCPT=rfc822;', { wrong: 'ORCPT' }],
  [' ORCPT=rfc822;a+0Ab', { wrong: 'ORCPT' }],
  [` ORCPT=rfc822;${'a'.repeat(500)}`, { wrong: 'ORCPT' }],
] as const)
  test(`RCPT${parameters.slice(0, 50)}`, () => assert.deepEqual(recipientNotification(parameters), expected));

for (const [each, expected] of [
  [['', ''], undefined],
  [['never', 'never'], 'never'],
  [['success', 'success'], 'success'],
  [['success,failure', 'failure,success'], 'failure,success'],
  [['never', 'success'], 'success'],
  [['never', ''], 'failure'],
  [['delay', ''], 'failure,delay'],
] as const)
  test(`NOTIFY of ${JSON.stringify(each)}: ${expected}`, () => assert.equal(joinedNotify(each), expected));
