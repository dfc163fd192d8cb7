/**
 * The Storage Commitment Service (PS3.18 chapter 13): a client asks the server to commit to instances, and fetches the result.
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { toJsonText } from "../../dicom/models/to_json.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { type AnswerForm, answerFormFor, DICOM_XML, writeAnswers } from "../server/answers.ts";
import type { DicomwebFace } from "../server/face.ts";
import { noUidInPath, RequestProblem } from "../server/request_problem.ts";
import type { Resource } from "../server/resource.ts";
import { readReferences, resultModule } from "./commitment_lists.ts";
import { PAYLOAD_PROBLEMS, readPayload } from "./payload.ts";
import type { CommitmentKeeper } from "./workflow.ts";

const PATH = "/commitment-requests/:transaction";

/** Bytes of a request for each instance, and for the rest: an item in XML takes some 600. */
const BYTES_FOR_INSTANCE = 1024;
const BYTES_FOR_REST = 64 * 1024;
const LONGEST = 32 * 1024 * 1024;

/** How long the answer to a request waits for the result, in milliseconds. */
const PATIENCE = 5_000;
/** Seconds after which a client may ask for a missing result again, or repeat a request. */
const RETRY_AFTER = "2";
const RETRY_REQUEST_AFTER = "60";

/** `POST` of a request, and `GET` of its result. */
export function commitmentResources(face: DicomwebFace, keeper: CommitmentKeeper | undefined): readonly Resource[] {
  if (keeper === undefined) return [];
  const answers = {
    200: {
      description: "The instances that are committed, and those that are not.",
      content: {
        "application/dicom+json": { schema: { type: "object" } },
        "application/dicom+xml": {},
        "multipart/related": {},
      },
    },
    202: { description: "The result is not there yet; `Retry-After` says when to ask for it." },
  };
  return [
    {
      method: "POST",
      path: PATH,
      id: "requestCommitmentOfInstances",
      summary: "Request storage commitment",
      answers,
      problems: [...PAYLOAD_PROBLEMS, "ResourceConflict", "OutOfResources"],
      handle: (c) => request(c, face, keeper),
    },
    {
      method: "GET",
      path: PATH,
      id: "commitmentResult",
      summary: "The result of a request for storage commitment",
      answers,
      problems: ["UnknownResource"],
      handle: (c) => respondWithResult(c, keeper, uidOf(c), answerFormFor(c)),
    },
  ];
}

async function request(c: Context, face: DicomwebFace, keeper: CommitmentKeeper): Promise<Response> {
  const form = answerFormFor(c);
  const transactionUid = uidOf(c);
  const { maxReferences } = keeper;
  const longest = Math.min(LONGEST, BYTES_FOR_REST + maxReferences * BYTES_FOR_INSTANCE);
  const instances = readReferences(await readPayload(c, face, longest), maxReferences);
  switch (await keeper.take({ transactionUid, instances, sender: face.senderOf(c) })) {
    case "in-use":
      throw new RequestProblem("ResourceConflict", "Another request has this Transaction UID");
    case "too-many":
      throw new RequestProblem("OutOfResources", "Too many requests for commitment are open", {
        "Retry-After": RETRY_REQUEST_AFTER,
      });
    case "taken":
      if (!wantsAnswerAtOnce(c)) {
        await keeper.checked(transactionUid, AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(PATIENCE)]));
      }
      return await respondWithResult(c, keeper, transactionUid, form);
  }
}

/** RFC 7240 4.1. */
function wantsAnswerAtOnce(c: Context): boolean {
  return /(^|,)\s*respond-async\s*(,|;|$)/i.test(c.req.header("prefer") ?? "");
}

async function respondWithResult(
  c: Context,
  keeper: CommitmentKeeper,
  transactionUid: string,
  form: AnswerForm,
): Promise<Response> {
  const result = await keeper.result(transactionUid);
  if (result === undefined) {
    throw new RequestProblem("UnknownResource", "No request that is remembered has this Transaction UID");
  }
  if (result === "checking") return c.body(null, 202, { "Retry-After": RETRY_AFTER });
  const module = resultModule(result);
  // A single object, as the answer to a request to store is.
  if (form.type !== DICOM_XML && !form.isMultipart) {
    return c.body(toJsonText(module), 200, {
      "Content-Type": form.type,
      "Cache-Control": "no-store",
      "Vary": "Accept",
    });
  }
  return await writeAnswers(c, form, oneOf(module));
}

async function* oneOf(dataSet: DataSet): AsyncGenerator<DataSet> {
  yield dataSet;
}

function uidOf(c: Context): string {
  const uid = c.req.param("transaction") ?? "";
  if (isValidUid(uid)) return uid;
  throw noUidInPath("find the request for storage commitment", uid);
}
