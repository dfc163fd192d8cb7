/**
 * WADO-URI: an instance by parameters (PS3.18 chapter 9), as a file or a picture.
 *
 * @module
 */

import type { Context } from "hono";
import { isInRange, parseMediaRange, parseMediaRanges } from "../media_range.ts";
import { notAcceptable } from "./accepted.ts";
import type { DicomwebFace } from "./face.ts";
import { isUid, type PathUids } from "./path_uids.ts";
import { RequestProblem, shown, wrongParameter } from "./request_problem.ts";
import type { Resource } from "./resource.ts";
import { DICOM, fileOf, respondWithFile } from "./instance_file.ts";
import { checkThere } from "./retrieve_instances.ts";
import type { FrameFinder } from "./opened_instance.ts";
import { PLAYABLE } from "./rendered.ts";
import { PICTURE_TYPES, pictureTypeIn } from "./rendering_parameters.ts";
import { parametersOf } from "./search_parameters.ts";
import { instanceOf } from "./selection.ts";
import { isSingleFrame, respondWithPicture } from "./wado_uri_rendered.ts";
import { possibleSyntaxes, syntaxOfFile } from "./transfer_syntax_choice.ts";

/** `GET /wado?requestType=WADO&…`. */
export function wadoUriResources(face: DicomwebFace, finder: FrameFinder): readonly Resource[] {
  return [{
    method: "GET",
    path: "/wado",
    id: "wadoUri",
    summary: "An instance by parameters (WADO-URI)",
    answers: {
      200: {
        description: "The instance as a file, or a frame of it as a picture.",
        content: { [DICOM]: {}, ...Object.fromEntries(PICTURE_TYPES.map((type) => [type, {}])) },
      },
    },
    problems: ["UnknownResource", "RangeNotSatisfiable", "AddressTooLong", "SourceFailed", "TooManyRenderings"],
    handle: (c) => retrieve(c, face, finder),
  }];
}

const UIDS = [["studyUID", "study"], ["seriesUID", "series"], ["objectUID", "instance"]] as const;

async function retrieve(c: Context, face: DicomwebFace, finder: FrameFinder): Promise<Response> {
  // Names match in upper and lower case: clients differ.
  const parameters = new Map(
    parametersOf(new URL(c.req.url).search).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  const requestType = parameters.get("requesttype");
  if (requestType !== "WADO") throw wrongParameter("requestType", requestType, "WADO");
  const uids: PathUids = Object.fromEntries(UIDS.map(([name, key]) => {
    const uid = parameters.get(name.toLowerCase());
    if (uid === undefined || !isUid(uid)) throw wrongParameter(name, uid, "a UID");
    return [key, uid];
  }));
  // Only a file has a transfer syntax.
  const contentType = parameters.get("contenttype") || (parameters.has("transfersyntax") ? DICOM : undefined);
  const wishes = wishesOf(c, contentType);
  // A client that wants no data about the patient must not get it.
  if (/^yes$/i.test(parameters.get("anonymize") ?? "")) {
    throw new RequestProblem("NotAcceptable", "Instances are not de-identified on request: expected no anonymize=yes");
  }
  const held = await instanceOf(face, uids, c.req.raw.signal);
  const type = await chooseType(wishes, () => isSingleFrame(finder, held));
  if (type !== DICOM) return await respondWithPicture(c, held, type, { face, finder, parameters });
  const wanted = parameters.get("transfersyntax");
  const range = parseMediaRange(wanted === undefined ? DICOM : `${DICOM}; transfer-syntax=${wanted}`);
  const transferSyntax = range && syntaxOfFile(held.transferSyntax, range, face.codecs);
  if (transferSyntax === undefined) {
    const found = `${shown(wanted ?? "")} as transferSyntax; ${possibleSyntaxes(held.transferSyntax, face.codecs)}`;
    throw new RequestProblem("NotAcceptable", `Cannot give the instance: found ${found}`);
  }
  await checkThere(face, held);
  const file = fileOf(held, transferSyntax, face.codecs);
  return await respondWithFile(c, file);
}

/** The types that a request accepts, the preferred one first: from `contentType`, or else Accept (PS3.18 9.1.2.2.1). */
function wishesOf(c: Context, contentType: string | undefined): readonly string[] {
  const text = contentType ?? (c.req.header("accept") || "*/*");
  const ranges = parseMediaRanges(text.replace(/(?<=\/[\w.-]+) (?=[\w.-]+)/g, "+"));
  const wishes = ranges.filter(({ quality }) => quality > 0).map(({ type }) => type);
  if (wishes.some((type) => isInRange(DICOM, type) || isRendered(type))) return wishes;
  const expected = `one of ${[DICOM, ...PICTURE_TYPES, "video/mp4", "application/pdf"].join(", ")}`;
  if (contentType === undefined) throw notAcceptable(c, expected);
  throw new RequestProblem(
    "NotAcceptable",
    `Cannot give what the request accepts: found the parameter contentType ${shown(contentType)}, expected ${expected}`,
  );
}

/** The first possible type; of any type at all, a picture for an image of one frame (PS3.18 Table 8.7.4-1). */
async function chooseType(
  wishes: readonly string[],
  isPicture: () => Promise<boolean>,
): Promise<string> {
  for (const type of wishes) {
    if (type === "*/*") return await isPicture() ? PICTURE_TYPES[0]! : DICOM;
    if (isInRange(DICOM, type)) return DICOM;
    if (isRendered(type)) return type;
  }
  return DICOM;
}

function isRendered(type: string): boolean {
  return pictureTypeIn(type) !== undefined || PLAYABLE.has(type);
}
