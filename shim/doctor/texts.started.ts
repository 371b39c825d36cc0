// The doctor's words on what PHP starts.

import { text } from './text.ts';

/** Why a launcher starts the program for every mail. */
export type Unheard = 'elsewhere' | 'silent' | 'foreign' | 'denied' | 'deaf';

const FILE = '/usr/bin/mailshim';
const SPOOL = '/var/spool/mailshim';
const SOCKET = `${SPOOL}/socket`;
const RESTART = 'systemctl restart mailshim.service';

// biome-ignore format: a line for each language.
const reasons: Record<Unheard, Record<'en' | 'ru', (socket: string) => readonly [why: string, remedy: string]>> = {
  elsewhere: {
    en: (socket) => [`does not look for ${socket}: it knows no directive "spool"`, 'a spool in its usual place: take "spool" out of the configuration'],
    ru: (socket) => [`не ищет ${socket}: директиву spool он не читает`, 'спул на обычном месте: уберите spool из настроек'],
  },
  silent: {
    en: (socket) => [`gets no answer at ${socket}`, RESTART],
    ru: (socket) => [`не получает ответа от ${socket}`, RESTART],
  },
  foreign: {
    en: (socket) => [`does not trust ${socket}, which belongs to another user than the spool`, `rm ${socket} && ${RESTART}`],
    ru: (socket) => [`не доверяет ${socket}: его владелец — не владелец спула`, `rm ${socket} && ${RESTART}`],
  },
  denied: {
    en: (socket) => [`may not connect to ${socket}`, `chmod 0666 ${socket}`],
    ru: (socket) => [`не имеет прав на ${socket}`, `chmod 0666 ${socket}`],
  },
  deaf: {
    en: (socket) => [`cannot connect to ${socket}, though a sender is running`, RESTART],
    ru: (socket) => [`не может подключиться к ${socket}, хотя отправитель работает`, RESTART],
  },
};

// biome-ignore format: a line for each language.
export const startedTexts = {
  'program.launched': text({ file: FILE, socket: SOCKET },
    ['PHP starts the launcher ({file}), and the sender answers it at {socket}: a mail starts no JavaScript runtime'],
    ['PHP запускает лаунчер ({file}), и отправитель отвечает ему в {socket}: письмо не запускает среду JavaScript']),
  'program.launched-idle': text({ file: FILE, folder: SPOOL, left: false },
    ({ file, folder, left }) => [
      `PHP starts the launcher (${file}); no sender is running in ${folder} now${left ? ', and the socket there is an old one' : ''}: it starts mailshim for the next mail`,
    ],
    ({ file, folder, left }) => [
      `PHP запускает лаунчер (${file}); отправитель в ${folder} сейчас не работает${left ? ', а сокет там старый' : ''}: для следующего письма запустится mailshim`,
    ]),
  'program.launched-alone': text({ file: FILE },
    ['PHP starts the launcher ({file}); without a spool there is no sender, and it starts mailshim for each mail'],
    ['PHP запускает лаунчер ({file}); без спула отправителя нет, и для каждого письма запускается mailshim']),
  'program.unheard': text({ file: FILE, socket: SOCKET, why: 'deaf' as Unheard },
    ({ file, socket, why }) => {
      const [reason, remedy] = reasons[why].en(socket);
      return [`PHP starts the launcher (${file}), which ${reason}: it starts mailshim for each mail, which takes longer`, remedy];
    },
    ({ file, socket, why }) => {
      const [reason, remedy] = reasons[why].ru(socket);
      return [`PHP запускает лаунчер (${file}), но он ${reason}: для каждого письма запускается mailshim, это дольше`, remedy];
    }),
  'program.unasked': text({ file: FILE, socket: SOCKET },
    ['PHP starts the launcher ({file}); whether the sender answers at {socket} is not known: this user may not ask it', 'sudo mailshim doctor'],
    ['PHP запускает лаунчер ({file}); отвечает ли отправитель в {socket}, неизвестно: этому пользователю его не спросить', 'sudo mailshim doctor']),
  'program.other-version': text({ socket: SOCKET, running: '0.1.0', version: '0.2.0' },
    ['PHP starts the launcher, and mailshim {running} answers it at {socket}, though {version} is installed: the old version decides about each mail', RESTART],
    ['PHP запускает лаунчер, и ему отвечает mailshim {running} ({socket}), хотя установлен {version}: о каждом письме решает старая версия', RESTART]),
  'program.unlaunched': text({ file: FILE },
    ['PHP starts mailshim itself ({file}), and so a JavaScript runtime for each mail', 'mailshim install puts the launcher there, where it came with mailshim: docs/launcher.md'],
    ['PHP запускает сам mailshim ({file}), а с ним для каждого письма среду JavaScript', 'mailshim install поставит лаунчер, если он есть в поставке: docs/launcher.md']),
} as const;
