// Runs the cases: the programs side by side, the cases of each in turn, since a recorded mail belongs to the case before it.
import type { CompatCase } from './case.ts';
import { startPrograms } from './programs.ts';
import { cell, type Row } from './table.ts';

export async function observeAll(cases: readonly CompatCase[]): Promise<Row[]> {
  const rows: Row[] = cases.map(() => ({}));
  const programs = await startPrograms();
  try {
    await Promise.all(
      programs.map(async (program) => {
        for (const [at, entry] of cases.entries()) rows[at]![program.name] = cell(entry, await program.observe(entry));
      }),
    );
  } finally {
    for (const program of programs) await program.stop();
  }
  return rows;
}
