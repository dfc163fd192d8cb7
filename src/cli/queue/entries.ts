/**
 * Jobs, attempts and units of a gateway that runs, page by page.
 *
 * @module
 */

import type { AskGateway } from "../peers/gateway_api.ts";

/** Entries of one answer. */
const PAGE = 500;

/** The entries that `conditions` mean, `limit` at most; answers whether there are more. */
export async function* entries<Entry>(
  ask: AskGateway,
  name: "jobs" | "deliveries" | "units",
  conditions: Readonly<Record<string, string>>,
  limit: number,
): AsyncGenerator<Entry, boolean, void> {
  let left = limit;
  let after: number | string | undefined;
  do {
    const query = new URLSearchParams({
      ...conditions,
      ...(after !== undefined && { after: String(after) }),
      limit: String(Math.min(PAGE, left)),
    });
    const page = await ask(`/${name}?${query}`) as
      & { readonly next?: typeof after }
      & Record<typeof name, readonly Entry[]>;
    yield* page[name];
    left -= page[name].length;
    after = page.next;
  } while (after !== undefined && left > 0);
  return after !== undefined;
}

/** The jobs with these ids. */
export async function* jobsById<Job>(ask: AskGateway, ids: readonly number[]): AsyncGenerator<Job> {
  for (const id of ids) yield await ask(`/jobs/${id}`) as Job;
}
