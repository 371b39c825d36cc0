// How refused logins are resolved, where several providers need the same.
import type { LoginRemedy } from './types.ts';

export const applicationPassword = (where: { en: string; ru: string }): LoginRemedy => ({
  en: `Programs log in with an application password, not with that of the account. Create one ${where.en} and put it into "password".`,
  ru: `Программы входят с паролем приложения, а не с паролем учётной записи. Создайте его ${where.ru} и укажите в «password».`,
});
export const ownCredentials = (
  user: { en: string; ru: string },
  password: { en: string; ru: string },
): LoginRemedy => ({
  en: `SMTP has credentials of its own: "user" is ${user.en}, "password" is ${password.en}; those of the account do not work.`,
  ru: `Для SMTP нужны отдельные данные: «user» — ${user.ru}, «password» — ${password.ru}; данные от личного кабинета не подходят.`,
});
