/**
 * The work of `gantry move`: by C-MOVE, where a peer is asked to send to another, and else by C-STORE or STOW-RS.
 *
 * @module
 */

import * as Status from "../../dimse/status.ts";
import { type AskOptions, type InstanceSource, listInstances } from "../../query/instance_source.ts";
import { type QueryLevel, querySopClassUid, UNIQUE_KEYS } from "../../query/levels.ts";
import { type Query, toIdentifier } from "../../query/query.ts";
import { type MoveDestination, moverTo } from "../../services/moving.ts";
import type { Peer } from "../../services/peer.ts";
import { DEFAULT_SUB_OPERATION_TIMEOUT } from "../../services/progress_deadline.ts";
import { Failures, finalStatus } from "../../services/retrieval.ts";
import type { RetrieveProgress } from "../../services/retrieve.ts";
import { SubOperations, type SubOperationsReport } from "../../services/sub_operations.ts";
import { isArchiveCall, isWebCall, type SourceCall } from "../command_line/archive_call.ts";
import { styled, type Terminal } from "../output/terminal.ts";
import { escapeText } from "../../safe_text.ts";
import { refuseUnmatched } from "./matched_keys.ts";
import { openSource, queriedPeer, webSource } from "./query_peer.ts";
import type { WebCall } from "../command_line/web_call.ts";

/** How to move. */
export interface MoveOptions extends AskOptions {
  /** AE title, or a DICOMweb server. */
  readonly destination: string | WebCall;
}

/** Requests to a DICOMweb server at the same time. */
const WEB_REQUESTS = 4;

/** How often an archive tells how far it is, in milliseconds. */
const INTERVAL = 250;

/** Moves, and gives the progress; that of one C-MOVE after the other. */
export async function* moveInstances(
  call: SourceCall,
  query: Query,
  options: MoveOptions,
  terminal: Terminal,
): AsyncGenerator<RetrieveProgress> {
  const { destination, signal = new AbortController().signal } = options;
  await using asked = await openSource(call, terminal);
  const { peer, source } = asked;
  const failures = new Failures((message) =>
    terminal.err.write(`${styled(terminal.err, "red", "gantry:")} ${escapeText(message)}\n`)
  );
  if (typeof destination !== "string") {
    const to = { sink: webSource(destination), maxAssociations: WEB_REQUESTS };
    return yield* storeAll(source, query, to, { signal, failures });
  }
  if (peer !== undefined) return yield* moveByPeer(peer, source, query, { destination, signal });
  if (!isArchiveCall(call) && !isWebCall(call)) return;
  const target = call.destination(destination);
  await using to = queriedPeer(target, target.maxAssociations ?? 1);
  yield* storeAll(source, query, to.peer, { signal, failures });
}

async function* moveByPeer(
  peer: Peer,
  source: InstanceSource,
  query: Query,
  { destination, signal }: { readonly destination: string; readonly signal: AbortSignal },
): AsyncGenerator<RetrieveProgress> {
  for await (const one of identified(query, source, signal)) {
    const sopClassUid = querySopClassUid(one.model, "move");
    const identifier = toIdentifier(one);
    yield* peer.move({ identifier, destination, signal, ...(sopClassUid !== undefined && { sopClassUid }) });
    if (signal.aborted) return;
  }
}

/** The query itself where it has nothing but unique keys; else one for each entity that it means. */
async function* identified(query: Query, source: InstanceSource, signal: AbortSignal): AsyncGenerator<Query> {
  const uniqueKeys = new Set(Object.values(UNIQUE_KEYS));
  if ([...query.keys].every(({ tag }) => uniqueKeys.has(tag))) return yield query;
  const tag = UNIQUE_KEYS[query.level as QueryLevel];
  const asked = query.keys.copy();
  if (!asked.has(tag)) asked.set(tag, null);
  const found = await Array.fromAsync(source.find({ ...query, keys: asked }, { signal }));
  for (const { attributes, unmatched } of found) {
    refuseUnmatched(unmatched);
    const keys = attributes.copy();
    for (const { tag } of attributes) if (!uniqueKeys.has(tag)) keys.delete(tag);
    yield { ...query, keys };
  }
}

/** Stores all that a query means at a destination, as the SCP of a C-MOVE does. */
async function* storeAll(
  source: InstanceSource,
  query: Query,
  destination: MoveDestination,
  { signal, failures }: { readonly signal: AbortSignal; readonly failures: Failures },
): AsyncGenerator<RetrieveProgress> {
  let total = 0;
  for await (const _ of listInstances(source, query, { signal })) total++;
  // What is under way when the user cancels is finished, as in a C-MOVE.
  const never = new AbortController().signal;
  const timeout = DEFAULT_SUB_OPERATION_TIMEOUT;
  const moving = moverTo(destination, { originator: undefined, timeout, signal: never, failures });
  const operations = new SubOperations({
    instances: source.retrieve(query, { signal }),
    total,
    send: (instance, opened) => moving.send(instance, opened),
    parallel: Math.max(1, Math.min(destination.maxAssociations, total)),
    interval: INTERVAL,
    signal,
  });
  for await (const report of operations.run()) yield progressOf(report, Status.Pending);
  if (operations.sourceError !== undefined) throw operations.sourceError;
  const { report, failed } = operations;
  yield {
    ...progressOf(report, finalStatus(report, signal.aborted)),
    failedSopInstanceUids: failed,
    errorComment: moving.comment,
  };
}

function progressOf(report: SubOperationsReport, status: number): RetrieveProgress {
  return {
    ...report,
    status,
    isPending: status === Status.Pending,
    failedSopInstanceUids: [],
    errorComment: undefined,
  };
}
