// Findings of the area: dmarc.
import { define } from './define.ts';
import { dmarcMessageFindings } from './dmarc.message.ts';
import { dmarcRecordFindings } from './dmarc.record.ts';
import { dmarcReportFindings } from './dmarc.report.ts';

export const dmarcFindings = {
  ...dmarcRecordFindings,
  ...dmarcReportFindings,
  ...dmarcMessageFindings,
  'dmarc.unknown': define<{ name: string; detail: string }>({
    area: 'dmarc',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 9989 section 4.10.1',
    en: ({ name, detail }) => ({
      title: 'DMARC could not be checked',
      detail: `DNS gave no answer for ${name}${detail === '' ? '' : ` (${detail})`}, so what it holds is not known.`,
      fix: 'Check again later. Where this stays, see that the name servers of the domain answer.',
    }),
    ru: ({ name, detail }) => ({
      title: 'Проверить DMARC не удалось',
      detail: `DNS не ответил о ${name}${detail === '' ? '' : ` (${detail})`}, и что там записано, неизвестно.`,
      fix: 'Повторите проверку позже. Если не помогает, проверьте, отвечают ли DNS-серверы домена.',
    }),
  }),
} as const;
