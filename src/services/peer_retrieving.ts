/**
 * Instances that a peer has found, retrieved: by C-GET, or by C-MOVE to this very application entity.
 *
 * @module
 */

import type { DataSet } from "../dicom/data_set/data_set.ts";
import { isConvertible } from "../dicom/conversion/convert_transfer_syntax.ts";
import * as UID from "../dicom/generated/uid.ts";
import { describeStatus } from "../dimse/statuses.ts";
import { type AskOptions, type HeldInstance, unavailableInstance } from "../query/instance_source.ts";
import { querySopClassUid } from "../query/levels.ts";
import type { Query } from "../query/query.ts";
import { Handoff } from "./handoff.ts";
import type { MoveInbox } from "./move_inbox.ts";
import type { Peer, PeerRetrieval } from "./peer.ts";
import {
  type FoundInstance,
  inChunks,
  likelySopClasses,
  listRetrievals,
  planLists,
  planRetrievals,
} from "./peer_retrievals.ts";
import type { RetrieveProgress } from "./retrieve.ts";

/** Whom to ask, and how. */
export interface PeerRetrieving {
  /** Whom to ask. */
  readonly peer: Peer;
  /** Its AE title. */
  readonly aeTitle: string;
  /** Transfer syntaxes in which instances may come by C-GET besides Explicit and Implicit VR Little Endian. */
  readonly transferSyntaxes: readonly string[];
  /** Where instances arrive by C-MOVE. Default: they come by C-GET. */
  readonly inbox?: MoveInbox | undefined;
}

/** The proposed presentation contexts for the instances of a C-GET. */
type RetrievalContexts = Pick<PeerRetrieval, "sopClassUids" | "transferSyntaxes" | "separately">;

/** One C-GET or C-MOVE. */
interface Planned extends RetrievalContexts {
  readonly identifier: DataSet;
}

/** The instances that came already, and those that did not. */
interface Standing {
  readonly missing: ReadonlyMap<string, FoundInstance>;
  readonly cameClasses: ReadonlySet<string>;
}

/**
 * Retrieves what was found for a hierarchical selection, each instance once. What the peer doesn't send has a stream that
 * fails.
 */
export async function* retrieveFound(
  from: PeerRetrieving,
  selection: Query,
  found: readonly FoundInstance[],
  { signal }: AskOptions,
): AsyncGenerator<HeldInstance> {
  const missing = new Map(found.map((instance) => [instance.sopInstanceUid, instance]));
  const cameClasses = new Set<string>();
  let problem = "the peer did not send it";
  const plan = from.inbox === undefined ? plannedGets : plannedMoves;
  for (const planned of plan(selection, found, from.transferSyntaxes, { missing, cameClasses })) {
    const retrieved = received(from, selection, planned, { missing, cameClasses }, signal);
    try {
      let next = await retrieved.next();
      for (; next.done !== true; next = await retrieved.next()) {
        cameClasses.add(next.value.sopClassUid);
        if (missing.delete(next.value.sopInstanceUid)) yield next.value;
      }
      problem = next.value ?? problem;
    } finally {
      await retrieved.return(undefined);
    }
  }
  for (const { sopClassUid, sopInstanceUid } of missing.values()) {
    yield unavailableInstance({ sopClassUid, sopInstanceUid }, `Cannot retrieve ${sopInstanceUid}: ${problem}`);
  }
}

/**
 * What SOP classes there are is known, and these are proposed, over more than one association where one has no room for them.
 */
function* plannedGets(
  selection: Query,
  found: readonly FoundInstance[],
  transferSyntaxes: readonly string[],
  { missing, cameClasses }: Standing,
): Generator<Planned, void, void> {
  const separately = transferSyntaxes.map((transferSyntax) => [transferSyntax]);
  const known = found.filter(({ sopClassUid }) => sopClassUid !== "");
  for (const planned of planRetrievals(selection, known, separately.length + 1)) yield { ...planned, separately };
  // Some peers send all instances of a SOP class in the first context that they have accepted for it, and fail with what
  // is encoded in another way: what is compressed is then asked for by itself.
  const [alone = [], ...others] = separately.filter(([transferSyntax = ""]) => !isConvertible(transferSyntax));
  const compressed = { transferSyntaxes: alone, separately: others };
  const perClass = others.length + 1;
  const hasCompressed = alone.length > 0;
  const refused = [...missing.values()].filter(({ sopClassUid }) => sopClassUid !== "");
  for (const planned of hasCompressed ? planLists(selection, refused, perClass) : []) {
    yield { ...planned, ...compressed };
  }
  // Not every peer says what SOP classes it has: then they are tried, as long as something is missing.
  const tried = function* (sopClasses: readonly string[][], contexts: Omit<RetrievalContexts, "sopClassUids">) {
    for (const sopClassUids of sopClasses) {
      const left = [...missing.values()].filter(({ sopClassUid }) => sopClassUid === "");
      for (const identifier of listRetrievals(selection, left)) yield { identifier, sopClassUids, ...contexts };
    }
  };
  yield* tried(inChunks(likelySopClasses("all"), 2), { separately: [transferSyntaxes] });
  // What is compressed in another way than the peer has chosen is of a class that came already, or of a frequent one.
  const likely = [...new Set([...cameClasses, ...likelySopClasses("frequent")])];
  yield* tried(inChunks(likely, separately.length + 1), { separately });
  if (hasCompressed) yield* tried(inChunks(likely, perClass), compressed);
}

/** What arrives by C-MOVE is of any SOP class: each study or series takes one. */
function* plannedMoves(selection: Query, found: readonly FoundInstance[]): Generator<Planned, void, void> {
  const ofOneClass = found.map((instance) => ({ ...instance, sopClassUid: UID.CTImageStorage }));
  yield* planRetrievals(selection, ofOneClass, 1);
}

/** What one C-GET or C-MOVE brings; at its end why something is missing, in words. */
async function* received(
  from: PeerRetrieving,
  selection: Query,
  planned: Planned,
  { missing }: Standing,
  signal: AbortSignal | undefined,
): AsyncGenerator<HeldInstance, string | undefined, void> {
  const handoff = new Handoff();
  const leave = new AbortController();
  const stop = () => leave.abort(signal?.reason);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  let problem: string | undefined;
  const retrieving = async () => {
    const operation = from.inbox === undefined ? "C-GET" : "C-MOVE";
    for await (const progress of progressOf(from, selection, planned, { missing, handoff, signal: leave.signal })) {
      const { status, isPending, errorComment } = progress;
      const { category, meaning } = describeStatus(status, operation);
      if (!isPending && category !== "success") problem = `the peer answered ${errorComment ?? meaning}`;
    }
  };
  const got = retrieving().finally(() => handoff.end());
  got.catch(() => {}); // It is awaited below.
  try {
    yield* handoff.instances();
    await got;
    signal?.throwIfAborted();
    return problem;
  } finally {
    signal?.removeEventListener("abort", stop);
    leave.abort(new DOMException("The caller left off", "AbortError"));
    handoff.refuse();
    await got.catch(() => {});
  }
}

interface Receiving extends Pick<Standing, "missing"> {
  readonly handoff: Handoff;
  readonly signal: AbortSignal;
}

async function* progressOf(
  { peer, aeTitle, inbox }: PeerRetrieving,
  { model }: Query,
  { identifier, ...contexts }: Planned,
  { missing, handoff, signal }: Receiving,
): AsyncGenerator<RetrieveProgress, void, void> {
  const keep = (instance: Parameters<Handoff["offer"]>[0]) => handoff.offer(instance);
  if (inbox === undefined) {
    const sopClassUid = querySopClassUid(model, "get") ?? UID.StudyRootQueryRetrieveInformationModelGet;
    return yield* peer.get({ identifier, sopClassUid, ...contexts, keep, signal });
  }
  const sopClassUid = querySopClassUid(model, "move") ?? UID.StudyRootQueryRetrieveInformationModelMove;
  using expected = inbox.expect({ senderAeTitle: aeTitle, isWanted: (uid) => missing.has(uid), keep });
  const onMessageId = (messageId: number) => expected.begin(messageId);
  yield* peer.move({ identifier, sopClassUid, destination: inbox.aeTitle, signal, onMessageId });
}
