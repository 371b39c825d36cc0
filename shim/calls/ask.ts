// Whether a sender answers at its socket, found out as the launcher does, without a call.

import { lstatSync, type Stats } from 'node:fs';
import { connect } from 'node:net';
import { NOT_MINE, SOCKET } from './server.ts';

/** Milliseconds, as the launcher waits. */
const PATIENCE = 5000;
/** A name that no call has: its time is long past. */
const NO_CALL = `${'0'.repeat(16)}\n`;

/** `absent`: no socket is there. `stale`: one that nothing listens at. `denied`: this user may not connect. */
export type SocketState = 'answers' | 'absent' | 'stale' | 'silent' | 'denied';

/** The socket of a spool, if there is one. */
export function socketOf(folder: string): Stats | undefined {
  const stat = lstatSync(socketPath(folder), { throwIfNoEntry: false });
  return stat?.isSocket() ? stat : undefined;
}

export function socketPath(folder: string): string {
  return `${folder}/${SOCKET}`;
}

/** @example await askSender('/var/spool/mailshim') */
export function askSender(folder: string): Promise<SocketState> {
  if (socketOf(folder) === undefined) return Promise.resolve('absent');
  return new Promise((resolve) => {
    const socket = connect(socketPath(folder));
    let received = '';
    const end = (state: SocketState) => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(PATIENCE, () => end('silent'));
    socket.on('connect', () => socket.write(NO_CALL));
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      if (received.length >= NOT_MINE.length) end(received === NOT_MINE ? 'answers' : 'silent');
    });
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      end(code === 'ECONNREFUSED' ? 'stale' : code === 'ENOENT' ? 'absent' : code === 'EACCES' ? 'denied' : 'silent'),
    );
    socket.on('close', () => end('silent'));
  });
}
