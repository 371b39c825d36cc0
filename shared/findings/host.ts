// Findings of the area: host.
import { define } from './define.ts';

export const hostFindings = {
  'host.unknown': define<{ name: string; detail: string }>({
    area: 'ptr',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 8499 section 3',
    en: ({ name, detail }) => ({ title: 'Could not be checked', detail: `DNS gave no answer for ${name}: ${detail}.` }),
    ru: ({ name, detail }) => ({ title: 'Проверить не удалось', detail: `DNS не ответил о ${name}: ${detail}.` }),
  }),
} as const;
