// A part of an open file in pieces that can be iterated more than once.

import { readSync } from 'node:fs';

/** Bytes read at once; each piece is garbage once it is used. */
const PIECE = 128 * 1024;
/** Bytes read between two collections. */
const COLLECT_EVERY = 4 * 1024 * 1024;
const CR = 13;

/**
 * Bytes from `start` to `start + length`; no piece but the last ends in CR, so that no line end is cut in two.
 * `readFailed` makes the error for a file that is shorter.
 */
export function filePieces(
  descriptor: number,
  start: number,
  length: number,
  readFailed: () => Error,
): Iterable<Buffer> {
  return {
    *[Symbol.iterator]() {
      let carried = 0;
      let dead = 0;
      for (let at = 0; at < length; ) {
        // A piece that is all CR is read again with what follows.
        const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE + 2 * carried, length - at));
        for (let got = 0; got < buffer.length; ) {
          const count = readSync(descriptor, buffer, got, buffer.length - got, start + at + got);
          if (count === 0) throw readFailed();
          got += count;
        }
        let end = buffer.length;
        const isLast = at + end === length;
        while (!isLast && end > 0 && buffer[end - 1] === CR) end--;
        if (end > 0) yield buffer.subarray(0, end);
        at += end;
        carried = end === 0 ? buffer.length : 0;
        dead += end;
        if (dead >= COLLECT_EVERY) {
          dead = 0;
          collect();
        }
      }
    },
  };
}

/** Without this, V8 collects only after 64 MB of dead buffers; a large mail would take more memory than its size. */
function collect(): void {
  collector ??= exposeCollector();
  collector();
}

let collector: (() => void) | undefined;

function exposeCollector(): NonNullable<typeof collector> {
  process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  const gc = process.getBuiltinModule('node:vm').runInNewContext('gc') as (options: { type: 'minor' }) => void;
  return () => gc({ type: 'minor' });
}
