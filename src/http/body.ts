/**
 * A request's body, up to a limit.
 *
 * @module
 */

/**
 * All of the body, or `too-large` when it is longer than `maximum` bytes, whatever its Content-Length says. A body that
 * ends early counts as what came of it.
 */
export async function readBody(request: Request, maximum: number): Promise<Uint8Array | "too-large"> {
  if (Number(request.headers.get("content-length") ?? 0) > maximum) return "too-large";
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request.body ?? []) {
      length += chunk.byteLength;
      if (length > maximum) return "too-large";
      chunks.push(chunk);
    }
  } catch {
    // The caller stopped sending; what came is judged as it is.
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
