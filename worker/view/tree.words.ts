// What the terms of an SPF record mean, in plain words and in every language.
import type { Language } from '../../shared/findings/define.ts';
import type { InspectedRecord, InspectedTerm } from '../../shared/spf/inspect.ts';

interface TreeWords {
  title: string;
  lookups: (count: number, limit: number) => string;
  cost: (count: number) => string;
  more: (count: number) => string;
  matches: (ips: string) => string;
  void: string;
  overLimit: string;
  status: Record<Exclude<InspectedRecord['status'], 'record'>, string>;
  /** `within` the record of an include, whose `all` lets nobody in (RFC 7208 section 5.2). */
  meaning: (term: Pick<InspectedTerm, 'name' | 'text'>, within: boolean) => string;
}

const plural = new Intl.PluralRules('ru');

export const treeWords: Record<Language, TreeWords> = {
  en: {
    title: 'Who may send: the SPF record, term by term',
    lookups: (count, limit) =>
      count > limit
        ? `${count} DNS lookups, and only ${limit} are allowed: receivers stop there`
        : `${count} of ${limit} DNS lookups used`,
    cost: (count) => `${count} ${count === 1 ? 'lookup' : 'lookups'}`,
    more: (count) => `and ${count} more`,
    matches: (ips) => `decides for ${ips}`,
    void: 'finds nothing',
    overLimit: 'one lookup too many',
    status: {
      invalid: 'its record is broken',
      none: 'has no SPF record',
      several: 'has several SPF records',
      unknown: 'no answer',
      loop: 'leads in a circle',
      'not-asked': 'not looked up',
    },
    meaning: ({ name, text }, within) => {
      if (name === 'all' && within && text[0] !== '+' && text[0] !== 'a') return 'ends this list';
      if (name === 'all') return ALL_EN[text[0]!] ?? 'everybody else may send, too';
      return (
        {
          ip4: text.includes('/') ? 'these addresses' : 'this address',
          ip6: text.includes('/') ? 'these addresses' : 'this address',
          a: 'the address of the name',
          mx: 'the servers that take its mail',
          include: 'whoever is named there',
          redirect: 'what is said there instead',
          exists: 'depends on the sender',
          ptr: 'by reverse DNS; better not used',
        }[name] ?? ''
      );
    },
  },
  ru: {
    title: 'Кому можно отправлять: SPF‑запись по частям',
    lookups: (count, limit) =>
      count > limit
        ? `Запросов к DNS: ${count}, а разрешено ${limit}; дальше получатели не проверяют`
        : `Запросов к DNS: ${count} из ${limit}`,
    cost: (count) => `${count} ${{ one: 'запрос', few: 'запроса' }[plural.select(count) as string] ?? 'запросов'}`,
    more: (count) => `и ещё ${count}`,
    matches: (ips) => `решает для ${ips}`,
    void: 'ничего не находит',
    overLimit: 'лишний запрос',
    status: {
      invalid: 'запись с ошибкой',
      none: 'там нет SPF-записи',
      several: 'там несколько SPF-записей',
      unknown: 'нет ответа',
      loop: 'замкнутый круг',
      'not-asked': 'не запрошено',
    },
    meaning: ({ name, text }, within) => {
      if (name === 'all' && within && text[0] !== '+' && text[0] !== 'a') return 'конец этого списка';
      if (name === 'all') return ALL_RU[text[0]!] ?? 'всем остальным тоже можно';
      return (
        {
          ip4: text.includes('/') ? 'эти адреса' : 'этот адрес',
          ip6: text.includes('/') ? 'эти адреса' : 'этот адрес',
          a: 'адрес этого имени',
          mx: 'серверы, принимающие почту',
          include: 'все, кто назван там',
          redirect: 'вместо этого — то, что сказано там',
          exists: 'зависит от отправителя',
          ptr: 'по обратной зоне; лучше не использовать',
        }[name] ?? ''
      );
    },
  },
};

/** By the qualifier in front of `all` (RFC 7208 section 4.6.2). */
const ALL_EN: Partial<Record<string, string>> = {
  '-': 'nobody else may send',
  '~': 'mail from others is suspicious',
  '?': 'nothing is said about others',
};
const ALL_RU: Partial<Record<string, string>> = {
  '-': 'остальным нельзя',
  '~': 'остальные подозрительны',
  '?': 'об остальных ничего не сказано',
};
