// Waiting for something to become so, and never for time to pass.

/** Milliseconds after which it never will. */
const LIMIT = 30_000;
/** Milliseconds between two looks. */
const PAUSE = 50;

/** Returns once it is so. @throws what `otherwise` says where it does not become so in time */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  otherwise: () => string | Promise<string>,
  limit = LIMIT,
): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(await otherwise());
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
