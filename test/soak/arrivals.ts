/**
 * Destinations that remember what came to them: a storage SCP, a DICOMweb server and a webhook.
 *
 * @module
 */

import { readFileHeader } from "../../src/dicom/part10.ts";
import { parseMediaRange } from "../../src/dicomweb/media_range.ts";
import { readMultipart } from "../../src/dicomweb/multipart/multipart_reader.ts";
import { createScp } from "../../src/services/scp.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { listenTcp } from "../../src/transport/deno.ts";
import { collect } from "../archive/support.ts";
import { storedAnswer } from "../dicomweb/client/server.ts";

/** What came to one destination. */
export class Arrivals {
  /** How often each instance came, by its SOP Instance UID. */
  readonly times = new Map<string, number>();
  /** Those that came with other bytes than the time before. */
  readonly differing = new Set<string>();
  readonly #digests = new Map<string, string>();

  /** How often instances came that had been there before. */
  get repeated(): number {
    return [...this.times.values()].reduce((sum, times) => sum + times - 1, 0);
  }

  /** A whole data set came. */
  async add(sopInstanceUid: string, dataSet: Uint8Array<ArrayBuffer>): Promise<void> {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", dataSet)).join();
    const before = this.#digests.get(sopInstanceUid);
    if (before !== undefined && before !== digest) this.differing.add(sopInstanceUid);
    this.#digests.set(sopInstanceUid, digest);
    this.times.set(sopInstanceUid, (this.times.get(sopInstanceUid) ?? 0) + 1);
  }
}

/** A destination on a port of its own. */
export interface Receiving extends AsyncDisposable {
  readonly port: number;
  readonly arrivals: Arrivals;
}

/** A storage SCP. */
export async function startPeer(): Promise<Receiving> {
  const arrivals = new Arrivals();
  const scp = createScp({
    services: [
      verification(),
      storage(async ({ sopInstanceUid, dataSet }) => arrivals.add(sopInstanceUid, await collect(dataSet.stream()))),
    ],
  });
  const listener = await listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      const served: Promise<void> = scp.accept(connection).finally(() => serving.delete(served));
      serving.add(served);
    }
  })();
  return {
    port: listener.addr.port,
    arrivals,
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await scp[Symbol.asyncDispose]();
      await accepting;
      await Promise.all(serving);
    },
  };
}

/** A DICOMweb server. */
export function startCloud(): Receiving {
  const arrivals = new Arrivals();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "GET") return Response.json([]);
    try {
      return storedAnswer(await store(request, arrivals));
    } catch {
      // Whoever sent it was killed.
      return new Response(null, { status: 400 });
    }
  });
  return { port: server.addr.port, arrivals, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Takes the instances of a request; answers their UIDs. */
async function store(request: Request, arrivals: Arrivals): Promise<readonly string[]> {
  const boundary = parseMediaRange(request.headers.get("content-type") ?? "")?.parameters.get("boundary") ?? "";
  const uids: string[] = [];
  for await (const { body } of readMultipart(request.body!, boundary)) {
    const file = await collect(body);
    const { dataSetOffset, meta: { mediaStorageSopInstanceUid: uid = "" } } = readFileHeader(file, { ended: true })!;
    await arrivals.add(uid, file.slice(dataSetOffset));
    uids.push(uid);
  }
  return uids;
}

/** An HTTP server for webhooks. */
export interface Hook extends AsyncDisposable {
  readonly port: number;
  /** The instances that it heard of. */
  readonly received: ReadonlySet<string>;
  /** How many instances each generation of a study has. */
  readonly studies: ReadonlyMap<string, number>;
}

/** Starts one. */
export function startHook(): Hook {
  const received = new Set<string>();
  const studies = new Map<string, number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const event = await request.json();
    if (event.type === "gantry.unit.complete") {
      studies.set(`${event.subject} ${event.data.generation}`, event.data.instances);
    } else received.add(event.subject);
    return new Response(null, { status: 204 });
  });
  return { port: server.addr.port, received, studies, [Symbol.asyncDispose]: () => server.shutdown() };
}
