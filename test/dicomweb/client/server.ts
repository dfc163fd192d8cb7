/**
 * A DICOMweb server that a test writes down: what it answers, and what it was asked.
 *
 * @module
 */

import { readFileHeader } from "../../../src/dicom/part10.ts";
import { parseMediaRange } from "../../../src/dicomweb/media_range.ts";
import { readMultipart } from "../../../src/dicomweb/multipart/multipart_reader.ts";
import type { HeldInstance } from "../../../src/query/instance_source.ts";
import { DicomwebClient, type DicomwebClientOptions } from "../../../src/dicomweb/client/client.ts";
import { collect } from "../../archive/support.ts";
import type { MadeInstance } from "../../support/instances.ts";

/** Answers a request, the first of which has the number 0. */
export type Answer = (request: Request, number: number) => Response | Promise<Response>;

/** A client whose requests `answer` answers; `asked` are their methods and URLs below the base. */
export function clientOf(
  answer: Answer,
  options: Partial<DicomwebClientOptions> = {},
): { client: DicomwebClient; asked: string[] } {
  const asked: string[] = [];
  const url = "https://pacs.example/dicom-web";
  const client = new DicomwebClient({
    url,
    fetch: async (input, init) => {
      const request = new Request(input as string, init);
      asked.push(`${request.method} ${request.url.replace(url, "")}`);
      return await answer(request, asked.length - 1);
    },
    ...options,
  });
  return { client, asked };
}

/** A made instance as a source has it. */
export function held({ sopClassUid, sopInstanceUid, transferSyntax, dataSet }: MadeInstance): HeldInstance {
  const stream = () => new Response(dataSet).body!;
  return { sopClassUid, sopInstanceUid, transferSyntax, length: dataSet.length, stream };
}

/** SOP Instance UIDs of what was sent. */
export async function sentUids(request: Request): Promise<string[]> {
  const boundary = parseMediaRange(request.headers.get("content-type") ?? "")?.parameters.get("boundary") ?? "";
  const uids: string[] = [];
  for await (const { body } of readMultipart(request.body!, boundary)) {
    uids.push(readFileHeader(await collect(body), { ended: true })?.meta.mediaStorageSopInstanceUid ?? "");
  }
  return uids;
}

/** The answer to a request to store. */
export function storedAnswer(stored: readonly string[], failed: Record<string, number> = {}, status = 200): Response {
  const item = (uid: string) => ({ "00081155": { vr: "UI", Value: [uid] } });
  const failures = Object.entries(failed).map(([uid, reason]) => ({
    ...item(uid),
    "00081197": { vr: "US", Value: [reason] },
  }));
  const module = {
    "00081199": { vr: "SQ", Value: stored.map(item) },
    ...(failures.length > 0 && { "00081198": { vr: "SQ", Value: failures } }),
  };
  return Response.json(module, { status, headers: { "content-type": "application/dicom+json" } });
}
