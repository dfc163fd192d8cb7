/**
 * A serverless C-ECHO: an HTTP function that answers whether a DICOM peer does, and how quickly. The peer is fixed, so
 * that nobody can use the function to look for others.
 *
 *     PEER=ORTHANC@127.0.0.1:4242 deno serve -A examples/echo_function.ts
 *
 * @module
 */

import { probe } from "@gantry/dicom";
import { connectTcp } from "@gantry/dicom/deno";

const [calledAeTitle = "", hostname = "", port = ""] = (Deno.env.get("PEER") ?? "").split(/[@:]/);

export default {
  async fetch(request: Request): Promise<Response> {
    const outcomes = probe({
      connect: () => connectTcp({ hostname, port: Number(port), timeout: 5_000, signal: request.signal }),
      callingAeTitle: "FUNCTION",
      calledAeTitle,
      signal: request.signal,
    });
    for await (const outcome of outcomes) {
      if (outcome.outcome === "answered") return Response.json({ status: outcome.status, timings: outcome.timings });
      return Response.json({ problem: `Cannot echo: failed in phase ${outcome.phase}` }, { status: 502 });
    }
    return Response.json({ problem: "Cannot echo: no answer" }, { status: 502 });
  },
};
