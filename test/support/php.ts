// PHP's mail() as a web page calls it: what it returns is what the shop believes.
import { type Ran, run } from './program.ts';

export interface MailCall {
  to: string;
  subject: string;
  body: string;
  headers?: string;
  /** The fifth argument, appended to the command line. */
  parameters?: string;
}
export interface MailResult extends Ran {
  returned: boolean;
}

/** Calls mail() with `sendmail_path`; arguments travel as base64, so that every byte arrives as it is here. */
export async function phpMail(php: string, sendmailPath: string, call: MailCall): Promise<MailResult> {
  const encode = (text: string) => `base64_decode('${Buffer.from(text, 'latin1').toString('base64')}')`;
  const args = [call.to, call.subject, call.body, call.headers ?? '', call.parameters ?? ''].map(encode).join(', ');
  const code = `echo mail(${args}) ? "RETURNED TRUE" : "RETURNED FALSE";`;
  const ran = await run(php, ['-n', '-d', `sendmail_path=${sendmailPath}`, '-d', 'mail.add_x_header=0', '-r', code], {
    env: { PATH: '/usr/bin:/bin' },
  });
  if (!ran.stdout.endsWith('RETURNED TRUE') && !ran.stdout.endsWith('RETURNED FALSE')) {
    throw new Error(`PHP failed: ${ran.stdout}${ran.stderr}`);
  }
  return {
    ...ran,
    returned: ran.stdout.endsWith('RETURNED TRUE'),
    stdout: ran.stdout.replace(/RETURNED (TRUE|FALSE)$/, ''),
  };
}
