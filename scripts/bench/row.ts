// One line of the benchmark: ours and a peer's figure from the same run.

export interface BenchRow {
  what: string;
  unit: string;
  ours: number;
  /** Name and figure of what it is compared with; absent where nothing is comparable. */
  peer?: { name: string; value: number };
  /** True where a larger figure is better: rates; false: times. */
  higherIsBetter: boolean;
  /** The ratio that we want to be on the good side of. */
  target?: number;
  /** What has to be known to read the figures. */
  note?: string;
}

export interface BenchOptions {
  /** A few rounds, to see that it works; the figures mean nothing. */
  quick: boolean;
  /** Of the load test. */
  seconds: number;
  /** The commit whose Worker is measured beside this one's. */
  against?: string | undefined;
}

/** Every file of this folder but this one default-exports such a function. */
export type Bench = (options: BenchOptions) => Promise<BenchRow[]>;
