// One request to a pool of php-fpm, by the FastCGI protocol, version 1.

import { connect } from 'node:net';

export type Listener = { path: string } | { host: string; port: number };
export type FastCgiAnswer = { stdout: string; stderr: string } | { problem: string };
/** Section 3.3 and following of the specification. */
const VERSION = 1;
const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const RESPONDER = 1;
const REQUEST_ID = 1;
const HEADER = 8;
/** Bytes of an answer; a page of our own is one line. */
const LONGEST = 1 << 20;

/** Never throws; `problem` is the system's code, `timeout`, or `closed` where the answer ends too early. */
export function askPool(listener: Listener, params: Record<string, string>, patience: number): Promise<FastCgiAnswer> {
  return new Promise((resolve) => {
    const socket = connect(listener);
    let held: Buffer = Buffer.alloc(0);
    let size = 0;
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const end = (answer: FastCgiAnswer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ problem: 'timeout' }), patience);
    socket.once('connect', () => socket.write(requestBytes(params)));
    socket.once('error', (error: NodeJS.ErrnoException) => end({ problem: error.code ?? error.message }));
    socket.once('close', () => end({ problem: 'closed' }));
    socket.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LONGEST) return end({ problem: 'overlong' });
      held = Buffer.concat([held, chunk]);
      while (held.length >= HEADER) {
        const length = held.readUInt16BE(4);
        const whole = HEADER + length + held[6]!;
        if (held.length < whole) return;
        const content = held.subarray(HEADER, HEADER + length);
        if (held[1] === STDOUT) out.push(content);
        else if (held[1] === STDERR) err.push(content);
        else if (held[1] === END_REQUEST)
          return end({ stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
        held = held.subarray(whole);
      }
    });
  });
}

function requestBytes(params: Record<string, string>): Buffer {
  const pairs = Object.entries(params).map(([name, value]) => {
    const [key, text] = [Buffer.from(name), Buffer.from(value)];
    return Buffer.concat([lengthBytes(key.length), lengthBytes(text.length), key, text]);
  });
  return Buffer.concat([
    record(BEGIN_REQUEST, Buffer.from([0, RESPONDER, 0, 0, 0, 0, 0, 0])),
    record(PARAMS, Buffer.concat(pairs)),
    record(PARAMS, Buffer.alloc(0)),
    record(STDIN, Buffer.alloc(0)),
  ]);
}

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.from([VERSION, type, 0, REQUEST_ID, 0, 0, 0, 0]);
  header.writeUInt16BE(content.length, 4);
  return Buffer.concat([header, content]);
}

/** Section 3.4: one byte below 128, else four with the highest bit set. */
function lengthBytes(length: number): Buffer {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x80000000) >>> 0);
  return bytes;
}
