// What is wrong with a key record that cannot be used, and what to do about it, by the id of the problem.

/** Why a key cannot be used, in words that end a sentence; by the id of the problem. */
export const UNUSABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'not-a-key': 'it has no key (no p= tag)',
    'tag-syntax': 'its form is not "name=value; name=value"',
    'duplicate-tag': 'a tag is there twice',
    'bad-key-version': 'it must begin with exactly v=DKIM1',
    'unknown-key-type': 'its key type (k=) is neither rsa nor ed25519',
    'key-type-mismatch': 'its key is not of the type in k=',
    'bad-base64': 'the key in p= is damaged: it has invalid characters, or its end is missing',
    'pem-pasted': 'it contains the BEGIN and END lines of the key file',
    'quotes-left': 'quotation marks or backslashes were saved as part of the text',
    'bad-key': 'the key in p= is damaged, possibly truncated',
    'not-for-email': 'its s= tag does not allow e-mail',
    'hash-not-allowed': 'its h= tag does not allow sha256, the only algorithm still in use',
    'huge-key': 'the key is larger than receivers support',
    'split-records': 'one key is split over several TXT records; it must be one record, which may have several strings',
    'cut-at-255': 'it ends after 255 characters, in the middle of the key: the DNS panel kept only the first string',
    'missing-semicolon': 'there are no semicolons between its tags',
    'capital-tags': 'its tag names are in capitals; they must be in lower case',
    'zone-file-line': 'it contains a whole line of a zone file, not only the text of the record',
    'stray-characters': 'it has invalid characters, such as typographic quotes or invisible spaces',
    'bare-key': 'it contains only the key, without v=DKIM1 and p=',
    'private-key': 'it contains the private key, which must never be published',
  },
  ru: {
    'not-a-key': 'в ней нет ключа (нет тега p=)',
    'tag-syntax': 'её формат отличается от «имя=значение; имя=значение»',
    'duplicate-tag': 'один из тегов повторяется',
    'bad-key-version': 'она должна начинаться ровно с v=DKIM1',
    'unknown-key-type': 'тип ключа (k=) — не rsa и не ed25519',
    'key-type-mismatch': 'тип ключа не совпадает с указанным в k=',
    'bad-base64': 'ключ в p= повреждён: в нём лишние символы или не хватает конца',
    'pem-pasted': 'в запись попали строки BEGIN и END из файла ключа',
    'quotes-left': 'в текст записи попали кавычки или обратные косые черты',
    'bad-key': 'ключ в p= повреждён, возможно, обрезан',
    'not-for-email': 'тег s= не разрешает использовать ключ для почты',
    'hash-not-allowed': 'тег h= не разрешает sha256 — единственный алгоритм, который ещё используется',
    'huge-key': 'ключ длиннее, чем поддерживают получатели',
    'split-records':
      'один ключ разбит на несколько TXT-записей; нужна одна запись, она может состоять из нескольких строк',
    'cut-at-255': 'она обрывается после 255 символов, посреди ключа: панель DNS сохранила только первую строку',
    'missing-semicolon': 'между тегами нет точек с запятой',
    'capital-tags': 'имена тегов написаны заглавными буквами, а нужны строчные',
    'zone-file-line': 'вставлена целая строка файла зоны, а не только текст записи',
    'stray-characters': 'в ней лишние символы, например типографские кавычки или невидимые пробелы',
    'bare-key': 'в ней только сам ключ, без v=DKIM1 и p=',
    'private-key': 'в ней закрытый ключ, публиковать его нельзя',
  },
};

/** What to do about it, if copying or replacing the record is not enough. */
export const KEY_REMEDIES: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'split-records':
      'Delete the TXT records of this name and publish this one. In panels with a limit of 255 characters per string, enter one record with several strings, usually in quotation marks separated by a space.',
    'cut-at-255':
      'Copy the whole record again. If the panel takes only 255 characters, enter several strings of one record ("…" "…"), or ask the DNS provider; if nothing else helps, a key of 1024 bits fits in one string.',
    'private-key':
      'Delete the record at once. The key is now public: generate a new one, publish its public key under a new selector, and sign with it.',
  },
  ru: {
    'split-records':
      'Удалите TXT-записи этого имени и опубликуйте одну эту. Если в панели строка ограничена 255 символами, задайте одну запись из нескольких строк, обычно в кавычках через пробел.',
    'cut-at-255':
      'Скопируйте запись заново целиком. Если панель принимает только 255 символов, задайте запись несколькими строками ("…" "…") или обратитесь в поддержку DNS-хостинга; если ничего не помогает, в одну строку помещается ключ длиной 1024 бита.',
    'private-key':
      'Немедленно удалите запись. Закрытый ключ теперь доступен всем: создайте новый, опубликуйте его открытый ключ с новым селектором и подписывайте письма им.',
  },
};
