/**
 * STOW-RS of the study of 400, in one request.
 *
 * @module
 */

import { prepareLoad, renew } from "./loads.ts";
import { ROOT, type WebServer } from "./dicomweb_peers.ts";
import { HttpConnection } from "./http_connection.ts";

const BOUNDARY = "part-of-a-study-of-four-hundred-instances";
const encoder = new TextEncoder();

/**
 * Seconds that each server takes to store the study, in turn, so many rounds after one that does not count. Its instances have
 * other UIDs each time.
 */
export async function measureStore(servers: readonly WebServer[], rounds: number): Promise<number[][]> {
  const { files } = prepareLoad("ct");
  const seconds = servers.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++) {
    // What was sent by C-STORE had none of these.
    renew(files, 1000 + round);
    const body = bodyOf(files);
    for (const [index, { name, httpPort }] of servers.entries()) {
      using connection = new HttpConnection(httpPort);
      const type = `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`;
      const stored = await connection.post(`${ROOT}/studies`, type, "application/dicom+json", body);
      if (stored.status !== 200) throw new Error(`Cannot measure: ${name} answered ${stored.status} to a study`);
      if (round > 0) seconds[index]!.push(stored.seconds);
    }
  }
  return seconds;
}

function bodyOf(files: readonly string[]): Uint8Array[] {
  const head = encoder.encode(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
  const parts = files.flatMap((path) => [head, Deno.readFileSync(path)]);
  return [...parts, encoder.encode(`\r\n--${BOUNDARY}--\r\n`)];
}
