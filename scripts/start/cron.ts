// Cron for the Worker on an own server: a run at once, for what was missed, and then every five minutes.

/** Minutes between two runs, as wrangler.toml has it for Cloudflare. */
const EVERY = 5;
const PERIOD = EVERY * 60_000;

/** Milliseconds from `now`, milliseconds of the epoch, to the next full five minutes. */
export function untilNextRun(now: number): number {
  return PERIOD - (now % PERIOD);
}

/** Runs never overlap: the next waits for its time after the last has ended. Returns what ends it. */
export function startCron(run: (at: Date) => Promise<void>, clock: () => number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async (): Promise<void> => {
    await run(new Date(clock()));
    if (!stopped) timer = setTimeout(() => void round(), untilNextRun(clock()));
  };
  void round();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
