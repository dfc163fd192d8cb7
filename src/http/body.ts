/**
 * A request's body, up to a limit.
 *
 * @module
 */

/**
 * The whole body, or `too-large` when it is longer than `maximum` bytes, whatever its Content-Length says. Of a body that
 * ends early, the part that arrived.
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
    // The client stopped sending: the caller judges the part that arrived.
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
