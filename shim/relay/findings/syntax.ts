// Findings about how main.cf and master.cf are written: what Postfix reads otherwise than it was meant (postconf(5), master(5)).
import { define } from './define.ts';

export const syntaxFindings = {
  'duplicate-parameter': define<{ name: string; first: number }>({
    severity: 'warning',
    fix: ({ name }) => [`main.cf: # ${name} = …`],
    en: ({ name, first }) =>
      `${name} is set twice; Postfix takes this one and passes over line ${first}. Delete one of the two.`,
    ru: ({ name, first }) =>
      `${name} задан дважды: Postfix возьмёт это значение, а строку ${first} пропустит. Удалите одну из двух.`,
  }),
  'indented-parameter': define<{ name: string; above: string }>({
    severity: 'error',
    fix: ({ name }) => [`main.cf: ${name} = …`],
    en: ({ name, above }) =>
      `The line begins with a space, so Postfix takes it for a part of ${above}; ${name} is not set by it, and ${above} is not what it seems. Take the space away.`,
    ru: ({ name, above }) =>
      `Строка начинается с пробела, поэтому Postfix считает её продолжением ${above}: ${name} не задан, а ${above} не то, чем кажется. Уберите пробел.`,
  }),
  'line-without-equals': define<{ text: string }>({
    severity: 'error',
    fix: ({ text }) => [`main.cf:     ${text}`],
    en: ({ text }) =>
      `"${text}" has no "name = value", and no space in front that would make it continue the line above. Postfix does not start.`,
    ru: ({ text }) =>
      `В строке «${text}» нет вида «имя = значение», и она не начинается с пробела, чтобы продолжать предыдущую. Postfix не запустится.`,
  }),
  'odd-character': define<{ text: string }>({
    severity: 'error',
    fix: ({ text }) => [`main.cf: ${plain(text)}`],
    en: ({ text }) =>
      `"${text}" has a typographic quote, dash or space that came along from a web page. Postfix takes it as part of the value.`,
    ru: ({ text }) =>
      `В строке «${text}» типографская кавычка, тире или пробел, попавшие с веб-страницы. Postfix считает их частью значения.`,
  }),
  'quoted-value': define<{ name: string; value: string }>({
    severity: 'error',
    fix: ({ name, value }) => [`main.cf: ${name} = ${value.slice(1, -1)}`],
    en: ({ name }) => `The value of ${name} stands in quotes. main.cf knows no quotes: they become part of the value.`,
    ru: ({ name }) => `Значение ${name} взято в кавычки. В main.cf кавычек нет: они станут частью значения.`,
  }),
  'comment-after-value': define<{ name: string; value: string }>({
    severity: 'error',
    fix: ({ name, value }) => [`main.cf: ${name} = ${value.replace(/\s+#(\s.*|$)/, '')}`],
    en: ({ name }) =>
      `After the value of ${name} stands a comment. Postfix knows comments only on lines of their own: it becomes part of the value.`,
    ru: ({ name }) =>
      `После значения ${name} стоит комментарий. Postfix понимает комментарии только на отдельной строке: текст станет частью значения.`,
  }),
  'unused-parameter': define<{ name: string }>({
    severity: 'warning',
    fix: ({ name }) => [`main.cf: # ${name} = …`],
    en: ({ name }) =>
      `Postfix knows no parameter ${name}: a spelling mistake, or one of another version. The line does nothing: correct the name, or delete it.`,
    ru: ({ name }) =>
      `Postfix не знает параметра ${name}: опечатка или другая версия. Строка ничего не делает: исправьте имя или удалите её.`,
  }),
  'option-spaces': define<{ text: string; mended: string }>({
    severity: 'error',
    fix: ({ mended }) => [`master.cf:   -o ${mended}`],
    en: ({ text }) => `"-o ${text}": in master.cf there may be no spaces around "=". The service does not start.`,
    ru: ({ text }) => `«-o ${text}»: в master.cf вокруг «=» не должно быть пробелов. Служба не запустится.`,
  }),
  'option-not-indented': define<{ text: string }>({
    severity: 'error',
    fix: ({ text }) => [`master.cf:   ${text}`],
    en: ({ text }) =>
      `"${text}" has no space in front, so it does not belong to the service above. Postfix does not start.`,
    ru: ({ text }) => `Перед «${text}» нет пробела, поэтому строка не относится к службе выше. Postfix не запустится.`,
  }),
  'service-fields': define<{ text: string; count: number }>({
    severity: 'error',
    fix: () => ['master.cf: submissions inet n - n - - smtpd'],
    en: ({ text, count }) =>
      `"${text}" is no service: a line of master.cf has eight fields (name, type, private, unprivileged, chroot, wake-up, limit, program), here are ${count}. Postfix does not start.`,
    ru: ({ text, count }) =>
      `«${text}» не описывает службу: в строке master.cf восемь полей (имя, тип, private, unprivileged, chroot, wakeup, предел, программа), здесь их ${count}. Postfix не запустится.`,
  }),
} as const;

function plain(text: string): string {
  return text
    .replace(/[\u201c-\u201f\u00ab\u00bb\u2018-\u201b\u200b\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00a0\u3000]/g, ' ');
}
