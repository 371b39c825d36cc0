// What is wrong with a key record that cannot be used, and what to do about it, by the id of the problem.

/** Why a key cannot be used, in words that end a sentence; by the id of the problem. */
export const UNUSABLE: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'not-a-key': 'it holds no key (no p= part)',
    'tag-syntax': 'it is not written as "name=value; name=value"',
    'duplicate-tag': 'one of its parts stands there twice',
    'bad-key-version': 'it must begin with exactly v=DKIM1',
    'unknown-key-type': 'its key type (k=) is neither rsa nor ed25519',
    'key-type-mismatch': 'its key is of another type than k= says',
    'bad-base64': 'the key in p= is damaged: it has characters that do not belong there, or its end is missing',
    'pem-pasted': 'the BEGIN and END lines of the key file were pasted along with the key',
    'quotes-left': 'quotation marks or backslashes were saved as part of the text',
    'bad-key': 'the key in p= is damaged, perhaps cut off in the middle',
    'not-for-email': 'its s= part does not allow e-mail',
    'hash-not-allowed': 'its h= part does not allow sha256, the only method still in use',
    'huge-key': 'the key is larger than receivers compute with',
    'split-records':
      'one key is divided over several TXT records; it must be one record, which may have several strings',
    'cut-at-255': 'it ends after 255 characters, in the middle of the key: the DNS panel kept only the first string',
    'missing-semicolon': 'there are no semicolons between its parts',
    'capital-tags': 'the names of its parts are in capitals; they must be in lower case',
    'zone-file-line': 'a whole line of a zone file was pasted, not the text of the record alone',
    'stray-characters': 'it has characters that do not belong there, such as typographic quotes or invisible blanks',
    'bare-key': 'the key stands there alone, without v=DKIM1 and p=',
    'private-key': 'it is the private key, which must never be published',
  },
  ru: {
    'not-a-key': 'в ней нет ключа (нет части p=)',
    'tag-syntax': 'она записана не в виде «имя=значение; имя=значение»',
    'duplicate-tag': 'одна из её частей повторяется',
    'bad-key-version': 'она должна начинаться ровно с v=DKIM1',
    'unknown-key-type': 'тип ключа (k=) не rsa и не ed25519',
    'key-type-mismatch': 'ключ не того типа, который назван в k=',
    'bad-base64': 'ключ в p= повреждён: в нём есть лишние символы или не хватает конца',
    'pem-pasted': 'вместе с ключом вставлены строки BEGIN и END из файла ключа',
    'quotes-left': 'кавычки или обратные косые черты сохранены как часть текста',
    'bad-key': 'ключ в p= повреждён, возможно, обрезан посередине',
    'not-for-email': 'часть s= не разрешает электронную почту',
    'hash-not-allowed': 'часть h= не разрешает sha256, а других способов больше не применяют',
    'huge-key': 'ключ длиннее, чем получатели готовы проверять',
    'split-records': 'один ключ разделён на несколько записей TXT; нужна одна запись, в ней может быть несколько строк',
    'cut-at-255': 'она обрывается после 255 символов, посреди ключа: панель DNS сохранила только первую строку',
    'missing-semicolon': 'между её частями нет точек с запятой',
    'capital-tags': 'имена её частей написаны заглавными буквами, а нужны строчные',
    'zone-file-line': 'вставлена целая строка файла зоны, а не только текст записи',
    'stray-characters': 'в ней есть посторонние символы, например типографские кавычки или невидимые пробелы',
    'bare-key': 'в ней только сам ключ, без v=DKIM1 и p=',
    'private-key': 'это закрытый ключ, который нельзя публиковать никогда',
  },
};

/** What to do about it, where that is more than to copy the record again or to replace it; `record` says whether there is one. */
export const KEY_REMEDIES: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'split-records':
      'Delete the TXT records of this name and publish this one. Panels that take 255 characters a string take several strings for one record, mostly in quotation marks with a blank between.',
    'cut-at-255':
      'Copy the record again, as a whole. If the panel takes only 255 characters, give them as several strings of one record ("…" "…"), or ask the provider of the DNS; a key of 1024 bits fits in one string, where nothing else helps.',
    'private-key':
      'Delete the record at once. The key is known to everyone now: make a new one, publish its public half under a new selector, and sign with it.',
  },
  ru: {
    'split-records':
      'Удалите записи TXT этого имени и опубликуйте одну эту. Если панель принимает по 255 символов, строк в одной записи может быть несколько, обычно в кавычках через пробел.',
    'cut-at-255':
      'Скопируйте запись заново целиком. Если панель принимает только 255 символов, задайте их несколькими строками одной записи ("…" "…") или обратитесь к провайдеру DNS; если ничего не помогает, в одну строку помещается ключ длиной 1024 бита.',
    'private-key':
      'Немедленно удалите запись. Этот ключ теперь известен всем: создайте новый, опубликуйте его открытую часть под новым селектором и подписывайте им.',
  },
};
