/**
 * Asks a peer by C-FIND and shows its answers: the work of `find` and `worklist`.
 *
 * @module
 */

import type { AskOptions, Match } from "../../query/instance_source.ts";
import type { Query } from "../../query/query.ts";
import type { WrittenKey } from "../../query/written_keys.ts";
import { ExitCode, UsageError } from "../command_line/command.ts";
import { listenForInterruption } from "../command_line/interruption.ts";
import type { SourceCall } from "../command_line/archive_call.ts";
import { keyDataSet, type LevelChoice, shownKeys, writtenQuery } from "../command_line/query_keys.ts";
import { csvOutput, jsonOutput, tableOutput } from "../output/answer_output.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { count } from "../output/units.ts";

/** Asks a peer. */
export type Ask = (call: SourceCall, query: Query, options: AskOptions) => AsyncIterable<Match>;

/** Asks over the network, or in the local archive. */
export async function asker(terminal: Terminal): Promise<Ask> {
  const { openSource } = await import("./query_peer.ts");
  return async function* (call, query, options) {
    await using queried = await openSource(call, terminal);
    yield* queried.source.find(query, options);
  };
}

/** What to ask, and how to show what comes. */
export interface AnswersToShow {
  readonly peer: SourceCall;
  readonly keys: readonly WrittenKey[];
  readonly level?: LevelChoice | undefined;
  readonly worklist: boolean;
  readonly output: { readonly limit: number | undefined; readonly json: boolean; readonly csv: boolean };
  readonly terminal: Terminal;
}

/** Shows each answer as it comes. Throws UsageError, and what asking throws. */
export async function showAnswers(shown: AnswersToShow, ask: Ask): Promise<ExitCode> {
  const { peer, keys: written, level, worklist, output: { limit, json, csv }, terminal: { out, err } } = shown;
  if (json && csv) throw new UsageError("Cannot print both JSON and CSV: give one of --json and --csv");
  const asked = writtenQuery({ keys: written, level, worklist });
  const shownAnyway = shownKeys(asked.level);
  // The columns of a worklist always have the same order.
  const keys = unique(worklist ? [...shownAnyway, ...written] : [...written, ...shownAnyway]);
  const query = { ...asked, keys: keyDataSet(keys) };
  const output = json ? jsonOutput(out) : csv ? csvOutput(out, keys) : tableOutput(out, keys);
  using interruption = listenForInterruption();
  let answers = 0;
  let unmatched = false;
  try {
    for await (const match of ask(peer, query, { signal: interruption.signal })) {
      output.write(match.attributes);
      unmatched ||= match.unmatched.length > 0;
      if (++answers === limit || out.closed) break;
    }
  } finally {
    // What came before a failure is shown, too.
    output.end();
  }
  interruption.signal.throwIfAborted();
  if (unmatched) {
    err.write(
      `${
        styled(err, "yellow", "gantry:")
      } The peer ignored some keys: answers may include more than the query asks for\n`,
    );
  }
  if (!json && !csv) err.write(`${count(answers, "answer")}\n`);
  return ExitCode.Done;
}

/** Each key once: what is only returned gives way to what has a value. */
function unique(keys: readonly WrittenKey[]): WrittenKey[] {
  const byPath = new Map<string, WrittenKey>();
  for (const key of keys) {
    const path = key.path.map(({ tag, item }) => `${tag}[${item}]`).join(".");
    if (byPath.get(path)?.value === undefined) {
      byPath.set(path, byPath.has(path) && key.value === undefined ? byPath.get(path)! : key);
    }
  }
  return [...byPath.values()];
}
