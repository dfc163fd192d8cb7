/**
 * The Modality Scheduled Procedure Step Service (PS3.18 chapter 14): the modality worklist over HTTP.
 *
 * @module
 */

import type { Context } from "hono";
import { keywordOf } from "../../dicom/dictionary.ts";
import { compileQuery } from "../../query/compile.ts";
import type { Match } from "../../query/instance_source.ts";
import { createQuery } from "../../query/query.ts";
import { worklistKeys } from "../../query/worklist_keys.ts";
import { keyDataSet, type WrittenKey } from "../../query/written_keys.ts";
import { answerFormFor, DICOM_XML, writeAnswers } from "../server/answers.ts";
import type { DicomwebFace } from "../server/face.ts";
import type { Resource } from "../server/resource.ts";
import { addAll, keyOf, keyProblem, warningsOf } from "../server/search.ts";
import { readSearch, type SearchParameters } from "../server/search_parameters.ts";
import { warningHeader } from "../server/warnings.ts";
import type { ScheduledSteps } from "./workflow.ts";

const PATH = "/modality-scheduled-procedure-steps";

/** `GET` of the scheduled steps that match. */
export function scheduledStepResources(face: DicomwebFace, steps: ScheduledSteps | undefined): readonly Resource[] {
  if (steps === undefined) return [];
  const list = { schema: { type: "array", items: { type: "object" } } };
  return [{
    method: "GET",
    path: PATH,
    id: "searchScheduledSteps",
    summary: "Scheduled procedure steps that match (modality worklist)",
    answers: {
      200: {
        description: "The matches, in the order in which the steps begin.",
        content: { "application/dicom+json": list, "application/dicom+xml": {}, "multipart/related": {} },
      },
      204: { description: "Nothing matches." },
    },
    problems: ["AddressTooLong"],
    handle: (c) => search(c, face, steps),
  }];
}

async function search(c: Context, face: DicomwebFace, steps: ScheduledSteps): Promise<Response> {
  const form = answerFormFor(c);
  const asked = readSearch(new URL(c.req.url).search);
  const query = createQuery({
    model: "worklist",
    level: "WORKLIST",
    keys: keyDataSet([...asked.match, ...asked.include, ...returnedKeys(asked)], keyProblem),
    matching: asked.matching,
  });
  const compiled = compileQuery(query);
  const { total, page, unmatched } = await pageOf(steps.find(compiled.query, { signal: c.req.raw.signal }), asked);
  const isCut = asked.offset + page.length < total;
  const warnings = [
    ...warningsOf(asked, steps.unheeded ?? [], unmatched),
    ...(isCut ? ["There are additional results that can be requested"] : []),
  ];
  const headers = {
    "X-Total-Count": String(total),
    ...(isCut && page.length > 0 && { Link: `<${nextUrl(c, face, asked.offset + page.length)}>; rel="next"` }),
    ...(warnings.length > 0 && { Warning: warningHeader(face, warnings) }),
  };
  // PS3.18 Table 14.4.3-1, which differs here from the search for studies.
  if (page.length === 0) return c.body(null, 204, headers);
  // One document has one data set (PS3.19 A.1).
  const isMultipart = form.isMultipart || (form.type === DICOM_XML && page.length > 1);
  const answers = (async function* () {
    for (const match of page) {
      const answer = compiled.answer(match.attributes, match);
      if (asked.includeAll) addAll(answer, match.attributes);
      yield answer;
    }
  })();
  return await writeAnswers(c, { ...form, isMultipart }, answers, headers);
}

/** The requested page, and the number of all matches. Steps are in memory: a page refers to them. */
async function pageOf(
  found: AsyncIterable<Match>,
  { offset, limit }: SearchParameters,
): Promise<{ readonly total: number; readonly page: readonly Match[]; readonly unmatched: readonly number[] }> {
  const page: Match[] = [];
  let total = 0;
  let unmatched: readonly number[] = [];
  for await (const match of found) {
    if (total++ === 0) unmatched = match.unmatched ?? [];
    if (total > offset && page.length < limit) page.push(match);
  }
  return { total, page, unmatched };
}

/** Attributes that are always returned: all of PS3.4 Table K.6-1 except those of type 3. */
function returnedKeys({ includeAll }: SearchParameters): readonly WrittenKey[] {
  return worklistKeys().filter(({ returning }) => includeAll || returning !== "3").flatMap(({ path }) => {
    const [, second, third] = path;
    // Inner sequences are returned whole, and so are those around, except for the one of the step.
    const isWithin = path[0] === SCHEDULED_STEPS ? second !== undefined && third === undefined : second === undefined;
    return isWithin ? [keyOf(path.map((tag) => keywordOf(tag)!).join("."))] : [];
  });
}

const SCHEDULED_STEPS = 0x0040_0100;

function nextUrl(c: Context, face: DicomwebFace, offset: number): string {
  const parameters = new URLSearchParams(new URL(c.req.url).search);
  for (const name of [...parameters.keys()]) if (/^offset$/i.test(name)) parameters.delete(name);
  parameters.set("offset", String(offset));
  return `${face.urlFor(c)}${PATH}?${parameters}`;
}
