/**
 * The Modality Performed Procedure Step Service (PS3.18 chapter 15): steps that modalities create and change by N-CREATE and
 * N-SET.
 *
 * @module
 */

import type { Context } from "hono";
import type { DataSet } from "../../dicom/data_set/data_set.ts";
import { nameTag } from "../../dicom/names.ts";
import { isValidUid } from "../../dicom/uids.ts";
import type { ProblemName } from "../../http/problem.ts";
import { answerFormFor, writeAnswers } from "../server/answers.ts";
import type { DicomwebFace } from "../server/face.ts";
import { noUidInPath, RequestProblem, shown, wrongParameter } from "../server/request_problem.ts";
import type { Resource } from "../server/resource.ts";
import { readSearch } from "../server/search_parameters.ts";
import { warningHeader } from "../server/warnings.ts";
import { PAYLOAD_PROBLEMS, readPayload } from "./payload.ts";
import { type PerformedSteps, type StepRefusal, StepRefusedError } from "./workflow.ts";

/** PS3.18 Tables 15.4.3-1 and 15.5.3-1. */
const PROBLEM_OF: Readonly<Record<StepRefusal, ProblemName>> = {
  "exists": "ResourceConflict",
  "unknown": "UnknownResource",
  "ended": "ResourceConflict",
  "invalid": "InvalidRequest",
  "too-long": "BodyTooLarge",
};

const PATH = "/modality-performed-procedure-steps/:step";

/** Longest data set, in bytes; as text it takes more than the same data set by DIMSE. */
const LONGEST = 16 * 1024 * 1024;

/** `POST` and `GET` of a performed step. */
export function performedStepResources(face: DicomwebFace, steps: PerformedSteps | undefined): readonly Resource[] {
  if (steps === undefined) return [];
  return [
    {
      method: "POST",
      path: PATH,
      id: "writePerformedStep",
      summary: "Create a performed procedure step, or with ?update change it",
      answers: { 201: { description: "It is created." }, 200: { description: "It is changed." } },
      problems: [...PAYLOAD_PROBLEMS, "UnknownResource", "ResourceConflict"],
      handle: (c) => write(c, face, steps, isUpdateOf(c)),
    },
    {
      method: "POST",
      path: `${PATH}/update`,
      id: "updatePerformedStep",
      summary: "Change a performed procedure step, by the path of the examples of PS3.18 B.38",
      answers: { 200: { description: "It is changed." } },
      problems: [...PAYLOAD_PROBLEMS, "UnknownResource", "ResourceConflict"],
      handle: (c) => write(c, face, steps, true),
    },
    {
      method: "GET",
      path: PATH,
      id: "retrievePerformedStep",
      summary: "A performed procedure step",
      answers: {
        200: {
          description: "Its attributes.",
          content: {
            "application/dicom+json": { schema: { type: "array", items: { type: "object" } } },
            "application/dicom+xml": {},
            "multipart/related": {},
          },
        },
      },
      problems: ["UnknownResource", "AddressTooLong"],
      handle: (c) => retrieve(c, face, steps),
    },
  ];
}

async function write(c: Context, face: DicomwebFace, steps: PerformedSteps, isUpdate: boolean): Promise<Response> {
  const sopInstanceUid = uidOf(c);
  const dataSet = await readPayload(c, face, LONGEST);
  const step = { sopInstanceUid, dataSet, sender: face.senderOf(c) };
  try {
    if (!isUpdate) {
      await steps.create(step);
      return c.body(null, 201, { Location: face.urlFor(c) + PATH.replace(":step", sopInstanceUid) });
    }
    const unchanged = await steps.update(step);
    const kept = `These attributes may not be changed: ${unchanged.map(nameTag).join(", ")}`;
    return c.body(null, 200, unchanged.length === 0 ? {} : { Warning: warningHeader(face, [kept]) });
  } catch (error) {
    if (!(error instanceof StepRefusedError)) throw error;
    throw new RequestProblem(PROBLEM_OF[error.refusal], error.message);
  }
}

/** `?update`, as PS3.18 15.5.1 writes it, or with a value that means yes. */
function isUpdateOf(c: Context): boolean {
  const value = c.req.query("update");
  if (value === undefined) return false;
  if (value === "" || value.toLowerCase() === "true") return true;
  throw wrongParameter("update", value, "it without a value, or true");
}

async function retrieve(c: Context, face: DicomwebFace, steps: PerformedSteps): Promise<Response> {
  const form = answerFormFor(c);
  const { include, includeAll, match, ignored } = readSearch(new URL(c.req.url).search);
  // An attribute within a sequence comes with the sequence (PS3.4 F.8.2).
  const wanted = includeAll || include.length === 0 ? undefined : include.map(({ path: [first] }) => first!.tag);
  const found = await steps.get(uidOf(c), wanted);
  if (found === undefined) throw new RequestProblem("UnknownResource", "No performed procedure step has this UID");
  const { dataSet, unknown } = found;
  const passedOver = [...match.map(({ name }) => name), ...ignored].map((name) => shown(name));
  const warnings = [
    ...(unknown.length > 0
      ? [`No performed procedure step has these attributes: ${unknown.map(nameTag).join(", ")}`]
      : []),
    ...(passedOver.length > 0 ? [`These parameters were ignored: ${passedOver.join(", ")}`] : []),
  ];
  const headers = warnings.length === 0 ? {} : { Warning: warningHeader(face, warnings) };
  return await writeAnswers(c, form, only(dataSet), headers);
}

async function* only(dataSet: DataSet): AsyncGenerator<DataSet> {
  yield dataSet;
}

function uidOf(c: Context): string {
  const uid = c.req.param("step") ?? "";
  if (isValidUid(uid)) return uid;
  throw noUidInPath("find the performed procedure step", uid);
}
