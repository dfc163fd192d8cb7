/**
 * WADO-URI: an instance by parameters (PS3.18 chapter 9), as a file.
 *
 * @module
 */

import type { Context } from "hono";
import { isInRange, parseMediaRange, parseMediaRanges } from "../media_range.ts";
import type { DicomwebFace } from "./face.ts";
import { isUid, type PathUids } from "./path_uids.ts";
import { RequestProblem } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { DICOM, fileOf, respondWithFile } from "./instance_file.ts";
import { checkThere } from "./retrieve_instances.ts";
import { parametersOf } from "./search_parameters.ts";
import { instanceOf } from "./selection.ts";
import { possibleSyntaxes, syntaxOfFile } from "./transfer_syntax_choice.ts";

/** `GET /wado?requestType=WADO&…`. */
export function wadoUriResources(face: DicomwebFace): readonly Resource[] {
  return [{
    method: "GET",
    path: "/wado",
    id: "wadoUri",
    summary: "An instance by parameters (WADO-URI)",
    answers: { 200: { description: "The instance as a file.", content: { [DICOM]: {} } } },
    problems: ["UnknownResource", "RangeNotSatisfiable", "AddressTooLong", "SourceFailed"],
    handle: (c) => retrieve(c, face),
  }];
}

const UIDS = [["studyUID", "study"], ["seriesUID", "series"], ["objectUID", "instance"]] as const;

async function retrieve(c: Context, face: DicomwebFace): Promise<Response> {
  // Names count in whatever letters: clients differ.
  const parameters = new Map(
    parametersOf(new URL(c.req.url).search).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  if (parameters.get("requesttype") !== "WADO") throw invalid("requestType", "WADO");
  const uids: PathUids = Object.fromEntries(UIDS.map(([name, key]) => {
    const uid = parameters.get(name.toLowerCase()) ?? "";
    if (!isUid(uid)) throw invalid(name, "a UID");
    return [key, uid];
  }));
  checkContentType(c, parameters.get("contenttype"));
  const held = await instanceOf(face, uids, c.req.raw.signal);
  const wanted = parameters.get("transfersyntax");
  const range = parseMediaRange(wanted === undefined ? DICOM : `${DICOM}; transfer-syntax=${wanted}`);
  const transferSyntax = range && syntaxOfFile(held.transferSyntax, range, face.codecs);
  if (transferSyntax === undefined) {
    const found = possibleSyntaxes(held.transferSyntax, face.codecs);
    throw new RequestProblem("NotAcceptable", `The instance can't be had in the wanted transferSyntax: ${found}`);
  }
  await checkThere(face, held);
  const file = fileOf(held, transferSyntax, face.codecs);
  return await respondWithFile(c, file);
}

function invalid(name: string, expected: string): RequestProblem {
  return new RequestProblem("InvalidRequest", `Cannot understand the parameter ${name}: expected ${expected}`);
}

/** Only files are given here; who says nothing gets one, too (PS3.18 9.1.2.2.1 leaves it to the server). */
function checkContentType(c: Context, contentType: string | undefined): void {
  const text = contentType === undefined || contentType === "" ? c.req.header("accept") ?? "*/*" : contentType;
  const ranges = parseMediaRanges(text.replace(/(?<=\/[\w.-]+) (?=[\w.-]+)/g, "+"));
  if (ranges.some(({ type, quality }) => quality > 0 && isInRange(DICOM, type))) return;
  throw new RequestProblem("NotAcceptable", `Expected contentType to be ${DICOM}`);
}
