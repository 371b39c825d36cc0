// The meaning of the terms of an SPF record, in plain words and in every language.
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
  /** `within` the record of an include, whose `all` authorizes no server (RFC 7208 section 5.2). */
  meaning: (term: Pick<InspectedTerm, 'name' | 'text'>, within: boolean) => string;
}

const plural = new Intl.PluralRules('ru');

export const treeWords: Record<Language, TreeWords> = {
  en: {
    title: 'Servers that SPF authorizes, term by term',
    lookups: (count, limit) =>
      count > limit
        ? `${count} DNS lookups, and only ${limit} are allowed: receivers stop there`
        : `${count} of ${limit} DNS lookups used`,
    cost: (count) => `${count} ${count === 1 ? 'lookup' : 'lookups'}`,
    more: (count) => `and ${count} more`,
    matches: (ips) => `matches ${ips}`,
    void: 'finds nothing in DNS',
    overLimit: 'exceeds the limit of lookups',
    status: {
      invalid: 'its record has an error',
      none: 'has no SPF record',
      several: 'has several SPF records',
      unknown: 'no answer',
      loop: 'refers back to itself',
      'not-asked': 'not looked up',
    },
    meaning: ({ name, text }, within) => {
      if (name === 'all' && within && text[0] !== '+' && text[0] !== 'a') return 'ends this list';
      if (name === 'all') return ALL_EN[text[0]!] ?? 'all other servers may send too';
      return (
        {
          ip4: text.includes('/') ? 'these addresses' : 'this address',
          ip6: text.includes('/') ? 'these addresses' : 'this address',
          a: 'the address of the name',
          mx: 'the mail servers of the name',
          include: 'the servers that this record authorizes',
          redirect: 'this record applies instead',
          exists: 'depends on the sender',
          ptr: 'by reverse DNS; not recommended',
        }[name] ?? ''
      );
    },
  },
  ru: {
    title: 'Кому разрешена отправка: SPF‑запись по элементам',
    lookups: (count, limit) =>
      count > limit
        ? `DNS-запросов: ${count}, а допускается ${limit}; дальше получатели не проверяют`
        : `DNS-запросов: ${count} из ${limit}`,
    cost: (count) => `${count} ${{ one: 'запрос', few: 'запроса' }[plural.select(count) as string] ?? 'запросов'}`,
    more: (count) => `и ещё ${count}`,
    matches: (ips) => `соответствует ${ips}`,
    void: 'в DNS ничего нет',
    overLimit: 'превышает лимит запросов',
    status: {
      invalid: 'ошибка в записи',
      none: 'нет SPF-записи',
      several: 'несколько SPF-записей',
      unknown: 'нет ответа',
      loop: 'ссылается сама на себя',
      'not-asked': 'не запрошено',
    },
    meaning: ({ name, text }, within) => {
      if (name === 'all' && within && text[0] !== '+' && text[0] !== 'a') return 'конец этой записи';
      if (name === 'all') return ALL_RU[text[0]!] ?? 'всем остальным тоже разрешено';
      return (
        {
          ip4: text.includes('/') ? 'эти адреса' : 'этот адрес',
          ip6: text.includes('/') ? 'эти адреса' : 'этот адрес',
          a: 'адрес этого имени',
          mx: 'почтовые серверы этого имени',
          include: 'серверы, разрешённые в этой записи',
          redirect: 'вместо этой записи действует указанная',
          exists: 'зависит от отправителя',
          ptr: 'по обратной зоне; не рекомендуется',
        }[name] ?? ''
      );
    },
  },
};

/** By the qualifier in front of `all` (RFC 7208 section 4.6.2). */
const ALL_EN: Partial<Record<string, string>> = {
  '-': 'all other servers may not send',
  '~': 'mail from other servers is suspicious',
  '?': 'no result for other servers',
};
const ALL_RU: Partial<Record<string, string>> = {
  '-': 'остальным запрещено',
  '~': 'письма с остальных серверов подозрительны',
  '?': 'для остальных правила нет',
};
