/**
 * The core end to end, over a pair of connections. Portable, for every runtime.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/objects/memory_store.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createScp } from "../../src/services/scp.ts";
import { requestAssociation } from "../../src/services/scu.ts";
import { storage } from "../../src/services/storage.ts";
import { verification } from "../../src/services/verification.ts";
import { concatenate } from "../../src/streams/concatenate.ts";
import { makeInstance, readContent } from "../support/instances.ts";
import type { Pair } from "../transport/connection_checks.ts";

/** By what they hold. Each gets a fresh pair: the SCU has the near end. */
export const associationChecks: Readonly<Record<string, (pair: Pair) => Promise<void>>> = {
  "carries C-ECHO and C-STORE, byte for byte, and is released": async ([near, far]) => {
    const instance = makeInstance({ pixelBytes: 3_000_000 });
    const { sopClassUid, transferSyntax, dataSet } = instance;
    let received = new Uint8Array();
    const keep = storage(async ({ dataSet }) => {
      received = new Uint8Array(
        await new Response(dataSet.stream() as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
      );
    });
    await using scp = createScp({ services: [verification(), keep] });
    const serving = scp.accept(far);
    const association = await requestAssociation(near, {
      calledAeTitle: "GANTRY",
      presentationContexts: [
        { abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] },
        { abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] },
      ],
    });
    assert.equal(await association.echo(), 0x0000);
    assert.deepEqual(await association.store(instance), { status: 0x0000 });
    assert.deepEqual(received, dataSet);
    await association.release();
    await serving;
  },

  "with a gateway is kept and counted": async ([near, far]) => {
    const instance = makeInstance({ pixelBytes: 300_000 });
    const { sopClassUid, transferSyntax, dataSet, name } = instance;
    await using store = createMemoryStore();
    await using gateway = createGateway({ store, connect: () => Promise.reject(new Error("There is no network")) });
    const serving = gateway.accept(far);
    const association = await requestAssociation(near, {
      calledAeTitle: "GANTRY",
      presentationContexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] }],
    });
    assert.deepEqual(await association.store(instance), { status: 0x0000 });
    await association.release();
    await serving;
    const pieces: Uint8Array[] = [];
    for await (const piece of (await store.get(name))!.read()) pieces.push(piece);
    assert.deepEqual(readContent(concatenate(pieces)).dataSet, dataSet);
    const response = await gateway.fetch(new Request("http://localhost/associations"));
    const { totals } = await response.json();
    assert.equal(totals.associations.find(({ role }: { role: string }) => role === "acceptor").released, 1);
  },

  "learns of an abort": async ([near, far]) => {
    await using scp = createScp({ services: [verification()] });
    const serving = scp.accept(far);
    const association = await requestAssociation(near, {
      calledAeTitle: "GANTRY",
      presentationContexts: [{ abstractSyntax: UID.Verification, transferSyntaxes: [UID.ImplicitVRLittleEndian] }],
    });
    association.abort();
    await association.closed;
    await serving;
    assert.deepEqual(scp.associations, []);
  },
};
