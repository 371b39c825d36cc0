// `npm run compat`: runs every case through Postfix's sendmail, msmtp and mailshim and writes docs/compatibility.md.
import { writeFileSync } from 'node:fs';
import { cases } from '../test/e2e/compat/cases.ts';
import { observeAll } from '../test/e2e/compat/observe.ts';
import { reasons } from '../test/e2e/compat/reasons.ts';
import { COLUMNS, line, same } from '../test/e2e/compat/table.ts';

const rows = await observeAll(cases);
const missing = COLUMNS.filter((column) => rows[0]![column] === undefined);
if (missing.length > 0) throw new Error(`${missing.join(' and ')} did not run: apt-get install postfix msmtp, as root`);

const differ = rows.filter((row) => !same(row)).length;
writeFileSync(
  new URL('../docs/compatibility.md', import.meta.url),
  `# mailshim beside Postfix's sendmail and msmtp

The same ${cases.length} command lines and messages, each given to Debian's Postfix sendmail(1), to Debian's msmtp and to mailshim.
The relay of each is the same recording SMTP server. Made by \`npm run compat\` (as root, with the packages \`postfix\` and \`msmtp\`);
\`test/e2e/compat.test.ts\` runs all of it again and compares each cell. ${differ} rows differ, and each says why.
\`test/e2e/compat-launcher.test.ts\` runs them behind the [launcher](launcher.md), nearly all by a daemon: mailshim has the same cells there.

A cell holds the exit code, what was printed, and each mail that reached the server: envelope sender with its parameters → recipients;
then header fields that were added (+), taken away (−) or changed, and whether the body was. Left out: \`Received\`, which Postfix always adds, and line ends.
Every program is told that its own sender is root@shop.example, and the pre-flight of mailshim is off.
The server refuses \`refused@\` (550) and \`later@\` (450) at RCPT, \`refused-sender@\` (553) at MAIL and \`spam@\` (554) after the text.

| # | Case | Postfix sendmail | msmtp | mailshim | Why they differ |
|---|---|---|---|---|---|
${cases.map((entry, at) => line(at + 1, entry, rows[at]!)).join('\n')}
`,
);
for (const [at, row] of rows.entries()) {
  if (same(row) !== (reasons[cases[at]!.name] === undefined)) {
    console.error(
      `case ${at + 1} “${cases[at]!.name}”: ${same(row) ? 'explains a difference that is none' : 'differs without a reason'}`,
    );
    process.exitCode = 1;
  }
}
