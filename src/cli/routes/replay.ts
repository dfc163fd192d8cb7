/**
 * `gantry route replay`: where what is recorded goes by the routes that hold, and where it would go by others.
 *
 * @module
 */

import type { Fact } from "../../routing/rules/rule.ts";
import { errorText, escapeText } from "../../safe_text.ts";
import { ExitCode } from "../command_line/command.ts";
import { filesBelow, type FoundPath } from "../files/files_below.ts";
import { ProgressBar } from "../output/progress.ts";
import { groupJson, groupText, summaryJson, summaryText } from "../output/replay_listing.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import type { AskedRules } from "./asked_rules.ts";
import { readRecorded, type ThoughtOrigin } from "./recorded_instance.ts";
import { ReplayedGroups } from "./replayed_groups.ts";

/** What to replay. */
export interface ReplayCall {
  /** Files and folders; the archive's without any. */
  readonly paths: readonly string[];
  /** The rules that hold. */
  readonly now: AskedRules;
  /** Those that are tried; undefined for none. */
  readonly then: AskedRules | undefined;
  /** How instances are thought to have come. */
  readonly origin: Omit<ThoughtOrigin, "called"> & { readonly called?: string | undefined };
  /** Files that are named of each group. */
  readonly examples: number;
  /** What ends it with a failure: any difference, or that an instance has a destination less or is refused. */
  readonly failOn: "any" | "loss";
  readonly json: boolean;
}

/** Replays, and prints what came of it. */
export async function replay(call: ReplayCall, terminal: Terminal): Promise<ExitCode> {
  const { now, then = now, json, failOn } = call;
  const { out, err } = terminal;
  const wanted = new Set([...now.attributes, ...then.attributes]);
  const origin = { ...call.origin, called: call.origin.called ?? now.aeTitle };
  const groups = new ReplayedGroups(now, then, call.examples);
  const bar = new ProgressBar(err, "Reading");
  tellUnrecorded(call, terminal);
  let failed = 0;
  const fail = (path: string, reason: string) => {
    bar.clear();
    failed++;
    err.write(`${styled(err, "red", "gantry:")} ${escapeText(`${path}: ${reason}`)}\n`);
  };
  for (const { path, obstacle } of filesOf(call)) {
    if (out.closed) break;
    if (obstacle !== undefined) {
      fail(path, obstacle.reason);
      continue;
    }
    try {
      groups.add(path, await readRecorded(path, wanted, origin));
    } catch (error) {
      // A gateway that runs may have deleted it meanwhile.
      if (!(error instanceof Deno.errors.NotFound) || call.paths.length > 0) fail(path, errorText(error));
    }
    bar.update({ items: groups.counts.instances, totalItems: 0, bytes: 0, totalBytes: 0 });
  }
  bar.clear();
  const summary = { ...groups.counts, failed, tried: call.then !== undefined };
  for (const group of groups.groups) out.write(json ? groupJson(group) : groupText(group));
  out.write(json ? summaryJson(summary) : summaryText(summary));
  const wrong = failed + (failOn === "any" ? summary.differing : summary.losing);
  return wrong === 0 ? ExitCode.Done : ExitCode.Failed;
}

function* filesOf({ paths, now }: ReplayCall): Generator<FoundPath> {
  if (paths.length > 0) { for (const path of paths) yield* filesBelow(path); }
  else yield* filesBelow(`${now.archive}/instances`);
}

/** Facts that files don't have in them, and the flags that say them. */
const UNRECORDED: readonly (readonly [fact: Fact, key: keyof ReplayCall["origin"]])[] = [
  ["calledAeTitle", "called"],
  ["address", "address"],
  ["certificate", "certificate"],
  ["user", "user"],
  ["way", "way"],
];

/** Names the facts that were not recorded, though rules look at them. */
function tellUnrecorded({ now, then = now, origin }: ReplayCall, { err }: Terminal): void {
  const unknown = UNRECORDED.filter(([fact, key]) =>
    origin[key] === undefined && (now.facts.has(fact) || then.facts.has(fact))
  );
  if (unknown.length === 0) return;
  const facts = unknown.map(([fact]) => fact).join(", ");
  const flags = unknown.map(([, key]) => `--${key}`).join(", ");
  err.write(
    `${styled(err, "yellow", "gantry:")} Routes depend on ${facts}, which files don't contain: use ${flags}\n`,
  );
}
