/**
 * `/commitments`: requests of peers that this gateway commits to instances, and `POST` to send such a request to a peer.
 *
 * @module
 */

import type { Context } from "hono";
import { COMMITMENT_FILTERS, commitmentPaths, commitmentSchemas } from "./commitment_schemas.ts";
import { type CommitmentInstance, parseCommitmentRequest } from "./commitment_request.ts";
import { readJson } from "./json_body.ts";
import { readListQuery } from "./list_query.ts";
import type { HttpPart } from "./part.ts";
import { unknownName } from "./unknown_name.ts";
import { problem } from "./problem.ts";

/** A request of a peer, as it is kept; times are in milliseconds since the epoch, and 0 is never. */
export interface CommitmentEntry {
  readonly transactionUid: string;
  readonly aeTitle: string;
  readonly calledAeTitle: string;
  readonly state: string;
  readonly instances: number;
  readonly failed: number;
  readonly requestedAt: number;
  readonly checkedAt: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly problem: string;
  readonly endedAt: number;
}

/** Requests of peers. */
export interface CommitmentRequests {
  get(transactionUid: string): Promise<CommitmentEntry | undefined>;
  list(after?: string): AsyncIterable<CommitmentEntry>;
  /** The result for each instance: 0 for committed, a failure reason, or -1 for an instance that is not checked yet. */
  instancesOf(
    transactionUid: string,
  ): Promise<
    readonly (readonly [
      sopClassUid: string,
      sopInstanceUid: string,
      result: number,
      ...where: (string | undefined)[],
    ])[]
  >;
  retry(transactionUid: string): Promise<boolean>;
}

/** The answer of a peer. */
export interface CommitmentAnswer {
  readonly transactionUid: string;
  readonly committed: readonly CommitmentInstance[];
  readonly failed: readonly (CommitmentInstance & { readonly reason: number })[];
  readonly retrieveAeTitle?: string | undefined;
}

/** What the routes need. */
export interface CommitmentsSource {
  /** Requests of peers; undefined where the gateway takes none. */
  readonly commitments: CommitmentRequests | undefined;
  /** Configured peers by name. */
  readonly peers: Readonly<Record<string, unknown>>;
  /** Most instances in a request. */
  readonly maxReferences: number;
  /** Asks a peer, and waits for its report. */
  readonly commit: (
    peer: string,
    instances: readonly CommitmentInstance[],
    signal: AbortSignal,
  ) => Promise<CommitmentAnswer>;
}

/** Bytes of a body for each instance, and for the rest. */
const BYTES_FOR_INSTANCE = 256;
const BYTES_FOR_REST = 4096;

/** The routes of storage commitment. */
export function commitmentsPart(source: CommitmentsSource): HttpPart {
  const { commitments } = source;
  return {
    routes(app) {
      app.post("/commitments", (c) => ask(c, source));
      if (commitments === undefined) return;
      app.get("/commitments", (c) => list(c, commitments));
      app.get("/commitments/:uid", (c) => show(c, commitments));
      app.post("/commitments/:uid/retry", (c) => retry(c, commitments));
    },
    paths: (options) => commitmentPaths(options, commitments !== undefined),
    schemas: commitmentSchemas(commitments !== undefined),
    ...(commitments !== undefined && {
      links: [{ path: "/commitments", about: "Requests for storage commitment" }],
    }),
  };
}

async function list(c: Context, commitments: CommitmentRequests): Promise<Response> {
  const query = readListQuery(c, COMMITMENT_FILTERS);
  if (query instanceof Response) return query;
  const { filters: { state }, page: { after, limit } } = query;
  const found: CommitmentEntry[] = [];
  let next: string | undefined;
  for await (const entry of commitments.list(after)) {
    if (state !== undefined && entry.state !== state) continue;
    if (found.length === limit) {
      next = found.at(-1)!.transactionUid;
      break;
    }
    found.push(entry);
  }
  return c.json({ commitments: found.map(shown), ...(next !== undefined && { next }) });
}

async function show(c: Context, commitments: CommitmentRequests): Promise<Response> {
  const entry = await commitments.get(c.req.param("uid") ?? "");
  if (entry === undefined) return unknown(c);
  const results = await commitments.instancesOf(entry.transactionUid);
  const failedInstances = results.filter(([, , result]) => result > 0).map(([sopClassUid, sopInstanceUid, reason]) => ({
    sopClassUid,
    sopInstanceUid,
    reason,
  }));
  return c.json({ ...shown(entry), failedInstances });
}

async function retry(c: Context, commitments: CommitmentRequests): Promise<Response> {
  const uid = c.req.param("uid") ?? "";
  if (await commitments.retry(uid)) return c.body(null, 202);
  const entry = await commitments.get(uid);
  if (entry === undefined) return unknown(c);
  return problem(c, "CommitmentNotWaiting", `The request is ${entry.state}`);
}

function unknown(c: Context): Response {
  return problem(c, "UnknownCommitment", "No request that is remembered has this Transaction UID");
}

function shown(entry: CommitmentEntry): object {
  const { transactionUid, aeTitle, calledAeTitle, state, instances, failed, attempts, problem } = entry;
  const times = {
    requestedAt: entry.requestedAt,
    checkedAt: entry.checkedAt,
    nextAttemptAt: entry.nextAttemptAt,
    endedAt: entry.endedAt,
  };
  const known = Object.entries(times).flatMap(([name, time]) =>
    time === 0 ? [] : [[name, new Date(time).toISOString()]]
  );
  return {
    ...{ transactionUid, aeTitle, calledAeTitle, state, instances, failed, attempts },
    ...Object.fromEntries(known),
    ...(problem !== "" && { problem }),
  };
}

async function ask(c: Context, { peers, maxReferences, commit }: CommitmentsSource): Promise<Response> {
  const body = await readJson(c, BYTES_FOR_REST + maxReferences * BYTES_FOR_INSTANCE);
  if (body instanceof Response) return body;
  const request = parseCommitmentRequest(body.value, maxReferences);
  if (typeof request === "string") return problem(c, "InvalidCommitmentRequest", request);
  const { peer, instances, timeout } = request;
  if (!Object.hasOwn(peers, peer)) {
    return problem(c, "UnknownPeer", unknownName("configured peer with a host", peer, Object.keys(peers)));
  }
  const inTime = AbortSignal.timeout(timeout);
  try {
    return c.json(await commit(peer, instances, AbortSignal.any([inTime, c.req.raw.signal])));
  } catch (error) {
    if (inTime.aborted) return problem(c, "CommitmentTimedOut", `No report came for ${timeout} ms`);
    if (c.req.raw.signal.aborted || !(error instanceof Error)) throw error;
    return problem(c, "CommitmentRefused", error.message);
  }
}
