/** What a gateway holds in memory, and open, of what passes through it by DICOMweb. */

import assert from "node:assert/strict";
import { fileMetaInformation } from "../../src/dicom/part10.ts";
import { type ListeningGantry, listeningGantry } from "../support/gantry.ts";
import { makeInstance } from "../support/instances.ts";
import { run } from "../support/process.ts";

const MIB = 1024 * 1024;
/** Pixel Data of one instance; instances of a request; requests at a time. */
const PIXEL_BYTES = 24 * MIB;
const INSTANCES = 16;
const REQUESTS = 2;
/** What the peak may be above the beginning, whatever passes: less than any one request has. */
const MOST_HELD = 256 * MIB;

const BOUNDARY = "a-boundary-that-stands-in-no-part";
const pixels = new Uint8Array(MIB).fill(0x55);

/** A request with instances of a study, made as it is sent. */
async function* request(study: string): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  for (let number = 0; number < INSTANCES; number++) {
    yield encoder.encode(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    const made = makeInstance({ studyInstanceUid: study, seriesInstanceUid: `${study}.1`, pixelBytes: 0 });
    yield fileMetaInformation(made);
    yield made.dataSet.subarray(0, -4); // The length of Pixel Data.
    yield new Uint8Array(Uint32Array.of(PIXEL_BYTES).buffer);
    for (let left = PIXEL_BYTES; left > 0; left -= pixels.length) yield pixels;
  }
  yield encoder.encode(`\r\n--${BOUNDARY}--\r\n`);
}

async function store({ origin }: ListeningGantry, study: string): Promise<void> {
  const response = await fetch(`${origin}/dicom-web/studies`, {
    method: "POST",
    headers: { "Content-Type": `multipart/related; type="application/dicom"; boundary=${BOUNDARY}` },
    body: ReadableStream.from(request(study)) as BodyInit,
  });
  assert.equal(response.status, 200, await response.text());
}

const MULTIPART = 'multipart/related; type="application/dicom"; transfer-syntax=*';

function retrieve({ origin }: ListeningGantry, study: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${origin}/dicom-web/studies/${study}`, { headers: { Accept: MULTIPART }, ...(signal && { signal }) });
}

async function lengthOf(response: Response): Promise<number> {
  let length = 0;
  for await (const chunk of response.body!) length += chunk.length;
  return length;
}

/** Peak of the resident memory in bytes, and open files that are no sockets. */
async function usageOf({ process: { id } }: ListeningGantry): Promise<{ peak: number; files: number }> {
  const { stdout } = await run("sh", ["-c", `ls -l /proc/${id}/fd; cat /proc/${id}/status`]);
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(stdout)?.[1]) * 1024;
  return { peak, files: stdout.match(/ -> \/.*instances\//g)?.length ?? 0 };
}

Deno.test({
  name: "a gateway takes and gives by DICOMweb much more than it holds, also to those who don't read",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using gateway = await listeningGantry({ logLevel: "info" });
    const studies = Array.from({ length: REQUESTS }, (_, index) => `1.2.77.${index + 1}`);
    const length = INSTANCES * PIXEL_BYTES;
    assert.ok(length > MOST_HELD);
    const { peak: before } = await usageOf(gateway);

    await Promise.all(studies.map((study) => store(gateway, study)));
    const { peak: stored } = await usageOf(gateway);
    assert.ok(stored - before < MOST_HELD, `${stored - before} bytes more while ${REQUESTS * length} were stored`);

    const gone = new AbortController();
    const unread = await Promise.all(studies.map((study) => retrieve(gateway, study, gone.signal)));
    const lengths = await Promise.all(studies.map(async (study) => lengthOf(await retrieve(gateway, study))));
    for (const one of lengths) assert.ok(one > length);
    const { peak, files } = await usageOf(gateway);
    assert.ok(peak - before < MOST_HELD, `${peak - before} bytes more while ${REQUESTS * length} were retrieved`);
    assert.ok(files <= REQUESTS * 2, `${files} files are open`);

    gone.abort();
    for (const response of unread) await response.body?.cancel().catch(() => {});
    // A server hears in its own time that a client has gone.
    const deadline = performance.now() + 20_000;
    while ((await usageOf(gateway)).files > 0) assert.ok(performance.now() < deadline, "a file is still open");
  },
});
