// A line with a round trip of its own: carries TCP to a port of this machine, each way half a round trip later.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface DelayProxy {
  port: number;
  stop(): Promise<void>;
}

/** Carries connections to `port` of the loopback address; `roundTrip` in milliseconds. */
export async function startDelayProxy(port: number, roundTrip: number): Promise<DelayProxy> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    // On the loopback address a connection stands at once; over the line its handshake takes one round trip.
    carry(near, far, roundTrip / 2, roundTrip);
    carry(far, near, roundTrip / 2, roundTrip);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      socket.on('error', () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function carry(from: Socket, to: Socket, delay: number, handshake: number): void {
  const begin = performance.now();
  let due = 0;
  // What came first arrives first, though timers are not exact.
  const later = (deliver: () => void) => {
    due = Math.max(due, performance.now() + delay, begin + delay + handshake);
    const wait = due - performance.now();
    if (delay === 0) deliver();
    else setTimeout(deliver, wait);
  };
  from.on('data', (piece) => later(() => to.write(piece)));
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroySoon()));
}
