/**
 * `/commitments` in the OpenAPI document.
 *
 * @module
 */

import { JSON_BODY_PROBLEMS } from "./json_body.ts";
import { choiceRule, listParameters } from "./list_query.ts";
import { operation } from "./openapi.ts";
import { count, list, object, text, time } from "./openapi_schemas.ts";
import type { Json, JsonObject, OpenApiOptions } from "./part.ts";

const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
const TRANSACTION = "2.25.329800735698586629295641978511506172918";

const instance = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid: "1.2.276.0.7230010.3.1.4.1" };

const entry: JsonObject = {
  transactionUid: TRANSACTION,
  aeTitle: "CT1",
  calledAeTitle: "GANTRY",
  state: "reporting",
  instances: 400,
  failed: 1,
  attempts: 2,
  requestedAt: "2025-03-01T08:00:00.000Z",
  checkedAt: "2025-03-01T08:00:01.250Z",
  nextAttemptAt: "2025-03-01T08:00:31.300Z",
  problem: "Cannot connect to 192.0.2.7:104: nothing listens there (connection refused)",
};

const STATES = ["checking", "reporting", "reported", "undelivered"];

/** The filters of `GET /commitments`. */
export const COMMITMENT_FILTERS = {
  state: choiceRule("Only requests in this state.", STATES),
} as const;

const ENTRY_MEMBERS: JsonObject = {
  transactionUid: text,
  aeTitle: { ...text, description: "The peer that asked, and that gets the report." },
  calledAeTitle: text,
  state: { enum: STATES },
  instances: count,
  failed: { ...count, description: "Instances that are not committed; 0 until all were checked." },
  attempts: { ...count, description: "Failed attempts to deliver the report." },
  "requestedAt?": time,
  "checkedAt?": time,
  "nextAttemptAt?": time,
  "endedAt?": { ...time, description: "When the report was delivered, or given up." },
  "problem?": { ...text, description: "Why the last attempt to deliver the report failed." },
};

const failed = object({
  sopClassUid: text,
  sopInstanceUid: text,
  reason: { ...count, description: "Failure Reason (0008,1197)." },
});

const instances = object({ sopClassUid: text, sopInstanceUid: text });

/** Schemas; with those of peers' requests where the gateway answers such requests. */
export function commitmentSchemas(answering: boolean): JsonObject {
  return {
    CommitmentRequest: object({
      peer: { ...text, description: "Name of a configured peer." },
      instances: { ...list(instances), minItems: 1 },
      "timeout?": { type: "integer", minimum: 1, description: "How long to wait for the report, in ms; 10 minutes." },
    }),
    CommitmentAnswer: object({
      transactionUid: text,
      committed: list(instances),
      failed: list(failed),
      "retrieveAeTitle?": text,
    }),
    ...(answering && {
      Commitments: object({
        commitments: list(object(ENTRY_MEMBERS)),
        "next?": { ...text, description: "If more follow: the value of `after` for the next page." },
      }),
      Commitment: object({
        ...ENTRY_MEMBERS,
        failedInstances: { ...list(failed), description: "Instances that are not committed." },
      }),
    }),
  };
}

/** Path items. */
export function commitmentPaths(options: OpenApiOptions, answering: boolean): JsonObject {
  const ask = {
    requestBody: { required: true, content: json("CommitmentRequest", { peer: "PACS", instances: [instance] }) },
    ...operation("requestCommitment", "Ask a peer to answer for instances, and wait for its report", options, {
      200: {
        description: "The report.",
        content: json("CommitmentAnswer", { transactionUid: TRANSACTION, committed: [instance], failed: [] }),
      },
    }, [...JSON_BODY_PROBLEMS, "UnknownPeer", "InvalidCommitmentRequest", "CommitmentRefused", "CommitmentTimedOut"]),
  };
  if (!answering) return { "/commitments": { post: ask } };
  return {
    "/commitments": {
      get: {
        parameters: listParameters(COMMITMENT_FILTERS),
        ...operation("commitments", "Requests for storage commitment", options, {
          200: {
            description: "A page of requests, in the order of their transaction UIDs.",
            content: json("Commitments", { commitments: [entry] }),
          },
        }, ["InvalidFilter"]),
      },
      post: ask,
    },
    "/commitments/{uid}": {
      get: {
        parameters: [uid],
        ...operation("commitment", "A request for storage commitment", options, {
          200: {
            description: "The request.",
            content: json("Commitment", { ...entry, failedInstances: [{ ...instance, reason: 0x0112 }] }),
          },
        }, ["UnknownCommitment"]),
      },
    },
    "/commitments/{uid}/retry": {
      post: {
        parameters: [uid],
        ...operation("retryCommitment", "Deliver a report that is waiting now", options, {
          202: { description: "It is being delivered." },
        }, ["UnknownCommitment", "CommitmentNotWaiting"]),
      },
    },
  };
}

const uid: JsonObject = {
  name: "uid",
  in: "path",
  required: true,
  description: "Transaction UID.",
  schema: { type: "string" },
};

function json(schema: string, example: Json): JsonObject {
  return { "application/json": { schema: { $ref: `#/components/schemas/${schema}` }, example } };
}
