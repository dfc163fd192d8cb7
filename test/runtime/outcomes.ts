/**
 * Checks that run on another runtime, and are told of here. Portable.
 *
 * @module
 */

/** What became of a check. */
export interface Outcome {
  readonly what: string;
  /** Why it failed. */
  readonly error?: string;
  /** Why it did not run. */
  readonly skipped?: string;
}

/** Runs a check. */
export async function outcomeOf(what: string, check: () => Promise<void>): Promise<Outcome> {
  return await check().then(() => ({ what }), (error) => ({ what, error: error.stack ?? String(error) }));
}

/** Makes a step of each outcome: lines of JSON. */
export async function tell(t: Deno.TestContext, lines: string): Promise<void> {
  for (const line of lines.trim().split("\n")) {
    const { what, error, skipped }: Outcome = JSON.parse(line);
    await t.step({
      name: skipped === undefined ? what : `${what} (not run: ${skipped})`,
      ignore: skipped !== undefined,
      fn: () => {
        if (error !== undefined) throw new Error(error);
      },
    });
  }
}
