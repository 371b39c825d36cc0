// Findings about how main.cf and master.cf are written: what Postfix reads otherwise than it was meant (postconf(5), master(5)).
import { define } from './define.ts';

// biome-ignore format: a line for each language.
export const syntaxFindings = {
  'duplicate-parameter': define<{ name: string; first: number }>('warning', ({ name }) => [`main.cf: # ${name} = …`],
    ({ name, first }) => `${name} is set twice; Postfix takes this one and passes over line ${first}. Delete one of the two.`,
    ({ name, first }) => `${name} задан дважды: Postfix возьмёт это значение, а строку ${first} пропустит. Удалите одну из двух.`),
  'indented-parameter': define<{ name: string; above: string }>('error', ({ name }) => [`main.cf: ${name} = …`],
    ({ name, above }) => `The line begins with a space, so Postfix takes it for a part of ${above}; ${name} is not set by it, and ${above} is not what it seems. Take the space away.`,
    ({ name, above }) => `Строка начинается с пробела, поэтому Postfix считает её продолжением ${above}: ${name} не задан, а ${above} не то, чем кажется. Уберите пробел.`),
  'line-without-equals': define<{ text: string }>('error', ({ text }) => [`main.cf:     ${text}`],
    ({ text }) => `"${text}" has no "name = value", and no space in front that would make it continue the line above. Postfix does not start.`,
    ({ text }) => `В строке «${text}» нет вида «имя = значение», и она не начинается с пробела, чтобы продолжать предыдущую. Postfix не запустится.`),
  'odd-character': define<{ text: string }>('error', ({ text }) => [`main.cf: ${plain(text)}`],
    ({ text }) => `"${text}" has a typographic quote, dash or space that came along from a web page. Postfix takes it as part of the value.`,
    ({ text }) => `В строке «${text}» типографская кавычка, тире или пробел, попавшие с веб-страницы. Postfix считает их частью значения.`),
  'quoted-value': define<{ name: string; value: string }>('error', ({ name, value }) => [`main.cf: ${name} = ${value.slice(1, -1)}`],
    ({ name }) => `The value of ${name} stands in quotes. main.cf knows no quotes: they become part of the value.`,
    ({ name }) => `Значение ${name} взято в кавычки. В main.cf кавычек нет: они станут частью значения.`),
  'comment-after-value': define<{ name: string; value: string }>('error', ({ name, value }) => [`main.cf: ${name} = ${value.replace(/\s+#(\s.*|$)/, '')}`],
    ({ name }) => `After the value of ${name} stands a comment. Postfix knows comments only on lines of their own: it becomes part of the value.`,
    ({ name }) => `После значения ${name} стоит комментарий. Postfix понимает комментарии только на отдельной строке: текст станет частью значения.`),
  'unused-parameter': define<{ name: string }>('warning', ({ name }) => [`main.cf: # ${name} = …`],
    ({ name }) => `Postfix knows no parameter ${name}: a spelling mistake, or one of another version. The line does nothing: correct the name, or delete it.`,
    ({ name }) => `Postfix не знает параметра ${name}: опечатка или другая версия. Строка ничего не делает: исправьте имя или удалите её.`),
  'option-spaces': define<{ text: string; mended: string }>('error', ({ mended }) => [`master.cf:   -o ${mended}`],
    ({ text }) => `"-o ${text}": in master.cf there may be no spaces around "=". The service does not start.`,
    ({ text }) => `«-o ${text}»: в master.cf вокруг «=» не должно быть пробелов. Служба не запустится.`),
  'option-not-indented': define<{ text: string }>('error', ({ text }) => [`master.cf:   ${text}`],
    ({ text }) => `"${text}" has no space in front, so it does not belong to the service above. Postfix does not start.`,
    ({ text }) => `Перед «${text}» нет пробела, поэтому строка не относится к службе выше. Postfix не запустится.`),
  'service-fields': define<{ text: string; count: number }>('error', ['master.cf: submissions inet n - n - - smtpd'],
    ({ text, count }) => `"${text}" is no service: a line of master.cf has eight fields (name, type, private, unprivileged, chroot, wake-up, limit, program), here are ${count}. Postfix does not start.`,
    ({ text, count }) => `«${text}» не описывает службу: в строке master.cf восемь полей (имя, тип, private, unprivileged, chroot, wakeup, предел, программа), здесь их ${count}. Postfix не запустится.`),
} as const;

function plain(text: string): string {
  return text
    .replace(/[\u201c-\u201f\u00ab\u00bb\u2018-\u201b\u200b\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00a0\u3000]/g, ' ');
}
