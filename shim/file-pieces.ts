// A part of an open file in pieces that may be gone through more than once.

import { readSync } from 'node:fs';

/** Octets read at once; each piece is garbage once it is used. */
const PIECE = 128 * 1024;
/** Octets read between two collections. */
const COLLECT_EVERY = 4 * 1024 * 1024;
const CR = 13;

/**
 * Octets from `start` to `start + length`; no piece but the last ends in CR, so that no line end is cut in two.
 * `readFailed` makes the error to throw where the file ends too soon.
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
        // Pieces that are all CR grow until something else comes.
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

/** An engine lets 64 MB of dead buffers pile up before it looks; a large mail would take more memory than it has bytes. */
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
