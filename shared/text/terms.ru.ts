// The terms of the Russian texts: what an English term is called, and the words that no text may have. Held by test/russian.test.ts.

export interface Term {
  en: string;
  ru: string;
  /** Never in a Russian text; matched without regard to case. */
  never: readonly RegExp[];
}

/** A whole word: \b knows only ASCII letters. */
const word = (pattern: string) => new RegExp(`(?<!\\p{L})(?:${pattern})(?!\\p{L})`, 'iu');

export const TERMS_RU: readonly Term[] = [
  { en: 'name server, resolver', ru: 'DNS-сервер', never: [word('сервер\\p{L}* им[её]н')] },
  { en: 'DNS query, lookup', ru: 'DNS-запрос', never: [word('вопрос\\p{L}* (?:к|в|по) DNS'), word('спросить DNS')] },
  { en: 'void lookup', ru: 'пустой DNS-ответ', never: [] },
  { en: 'cached for its TTL', ru: 'кэшируется на время TTL', never: [word('вел(?:ит|ят|ел)')] },
  {
    en: 'DNS changes propagate',
    ru: 'записи обновляются (до часа)',
    never: [word('узна(?:ет|ют|ёт)'), word('DNS (?:не )?зна(?:ет|ют)')],
  },
  { en: 'MX, TXT, PTR record', ru: 'MX-запись, TXT-запись, PTR-запись', never: [] },
  {
    en: 'to set the PTR record',
    ru: 'прописать PTR (обратную запись)',
    never: [word('(?:по)?став(?:ить|ит|ьте) (?:обратную запись|PTR)'), word('установить (?:обратную запись|PTR)')],
  },
  {
    en: 'does not resolve to the address',
    ru: 'не указывает на адрес',
    never: [word('вед[её]т (?:в никуда|обратно)')],
  },
  {
    en: 'SPF passes, fails',
    ru: 'SPF проходит, не проходит (проверку)',
    never: [word('SPF \\p{L}*говорит'), word('(?:подпис\\p{L}*|DKIM) (?:не )?сход(?:ит|ят)ся')],
  },
  {
    en: 'authenticates the From domain',
    ru: 'подтверждает домен в поле From',
    never: [word('руча(?:ет|ют|л)\\p{L}*')],
  },
  { en: 'aligned, alignment', ru: 'выравнивание домена', never: [] },
  { en: 'term, mechanism of SPF', ru: 'элемент, механизм SPF', never: [word('услови\\p{L}* (?:SPF|записи)')] },
  { en: 'policy (DMARC)', ru: 'политика', never: [] },
  { en: 'public key, private key', ru: 'открытый ключ, закрытый ключ', never: [word('публичн\\p{L}+ ключ\\p{L}*')] },
  { en: 'selector', ru: 'селектор', never: [] },
  {
    en: 'envelope sender',
    ru: 'адрес отправителя в конверте (MAIL FROM)',
    never: [word('адрес\\p{L}* конверта'), word('конверт\\p{L}* письма говорит')],
  },
  {
    en: 'bounce',
    ru: 'отчёт о недоставке',
    never: [word('(?:сообщени|уведомлени)\\p{L}+ о недоставке'), word('возврат\\p{L}* письма')],
  },
  { en: 'to reject', ru: 'отклонить', never: [word('отвер(?:г|ж)\\p{L}*')] },
  {
    en: 'to file as spam',
    ru: 'помещать в спам',
    never: [word('(?:кла(?:дут|сть|дёт)|положит\\p{L}*) (?:\\p{L}+ )?в спам')],
  },
  { en: 'queued, deferred', ru: 'в очереди, отложено', never: [word('письм\\p{L}* ждут своего часа')] },
  { en: 'relay', ru: 'релей', never: [word('реле')] },
  { en: 'receiver', ru: 'получатель, почтовый сервер получателя', never: [] },
  { en: 'owner of a domain, an address', ru: 'владелец', never: [word('хозя(?:ин|ина|ину|ином|ева|ев)')] },
  {
    en: 'to trust (receivers)',
    ru: 'доверять; проходит проверки',
    never: [word('вер(?:ит|ят) (?:большинство|получател\\p{L}+)'), word('получатели верят')],
  },
  { en: 'byte', ru: 'байт', never: [word('октет\\p{L}*')] },
  { en: 'deducts the most points', ru: 'снимает больше баллов', never: [word('сам\\p{L}+ дорог\\p{L}+')] },
  { en: 'check of every step', ru: 'проверка всей цепочки отправки', never: [word('звен(?:о|а|у|е|ья|ьев|ом)')] },
  { en: 'installed by npm, apt-get', ru: 'устанавливает npm, apt-get', never: [word('принес[её]т')] },
  { en: 'click', ru: 'клик', never: [word('щелч\\p{L}+')] },
  { en: 'to build, to compose', ru: 'создать, составить', never: [word('мастер(?:ить|ит|им)')] },
  {
    en: 'the record has, the header has',
    ru: 'в записи указано, в заголовке указано',
    never: [word('(?:запис|подпис|заголов)\\p{L}* (?:не )?сто(?:ит|ят)'), word('говорит, что'), word('подписи? стоит')],
  },
  { en: 'is no better than', ru: 'равносильно', never: [word('вс[её] равно что')] },
  { en: 'the Internet', ru: 'интернет', never: [/(?<=\p{L} |, )Интернет/u] },
  { en: 'asked until answered', ru: 'открывают по запросу', never: [word('пока не попросят')] },
];
