// A SOCKS5 proxy (RFC 1928) that leads every name to one port of this machine, so that a relay may have any name.
import { connect, createServer, type Socket } from 'node:net';
import type { RunningServer } from './dns-server.ts';

export async function startSocksProxy(target: number): Promise<RunningServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', () => {
        const inner = connect(target, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          socket.pipe(inner).pipe(socket);
        });
        open.add(inner);
        inner.on('error', () => socket.destroy());
        inner.once('close', () => {
          open.delete(inner);
          socket.destroy();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    stop: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
