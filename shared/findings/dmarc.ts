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
      detail: `DNS did not answer for ${name}${detail === '' ? '' : ` (${detail})`}, so the record there is not known.`,
      fix: 'Check again later. If this persists, check that the name servers of the domain answer.',
    }),
    ru: ({ name, detail }) => ({
      title: 'Не удалось проверить DMARC',
      detail: `DNS не ответил на запрос ${name}${detail === '' ? '' : ` (${detail})`}, поэтому запись неизвестна.`,
      fix: 'Повторите проверку позже. Если ошибка повторяется, проверьте, отвечают ли DNS-серверы домена.',
    }),
  }),
} as const;
