import assert from "node:assert/strict";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { frameLength } from "../../src/pixel_data/frame_description.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { describe, frameFor } from "./descriptions.ts";

const SYNTAXES = [UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.HTJ2KLossless, UID.RLELossless];
const DEADLINE = 1000;

/** Numbers from 0 to 1 that are the same each time. */
function numbers(seed: number): () => number {
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

for (const transferSyntax of SYNTAXES) {
  Deno.test(`${transferSyntax}: frames that are cut or changed give a clear error or samples, in time, and the next one is right`, async () => {
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 2, deadline: DEADLINE }) });
    const description = describe({ rows: 48, columns: 64, bitsAllocated: 16, bitsStored: 12 });
    const frame = frameFor(description);
    const encoded = await codecs.encode(frame.slice(), transferSyntax, description);
    const next = numbers(7);
    const outcomes = { samples: 0, malformed: 0, other: 0 };
    const one = async (bytes: Uint8Array) => {
      const start = performance.now();
      try {
        const decoded = await codecs.decode(bytes, transferSyntax, description);
        assert.equal(decoded.bytes.length, frameLength(description));
        outcomes.samples++;
      } catch (error) {
        const { name, reason, message } = error as Error & { reason: string };
        assert.ok(name === "PixelDataError" && /^Cannot /.test(message), `${name}: ${message}`);
        outcomes[reason === "malformed" ? "malformed" : "other"]++;
      }
      // Others wait for the same processes.
      assert.ok(performance.now() - start < 60_000);
    };
    const changed = Array.from({ length: 60 }, () => {
      const bytes = encoded.slice();
      for (let count = 1 + next() * 8; count > 0; count--) bytes[Math.floor(next() * bytes.length)] = next() * 256;
      return bytes;
    });
    for (const bytes of changed) await one(bytes);
    for (let at = 0; at < encoded.length; at += Math.ceil(encoded.length / 20)) await one(encoded.slice(0, at));
    assert.ok(outcomes.malformed > 20, JSON.stringify(outcomes));
    const { bytes } = await codecs.decode(encoded, transferSyntax, description);
    assert.deepEqual(bytes, frame, JSON.stringify(outcomes));
  });
}

Deno.test("a cut codestream is never taken for a whole one", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1, deadline: DEADLINE }) });
  const description = describe({ rows: 48, columns: 64 });
  for (const transferSyntax of SYNTAXES) {
    const encoded = await codecs.encode(frameFor(description), transferSyntax, description);
    for (const share of [0.01, 0.3, 0.9]) {
      const cut = encoded.slice(0, Math.floor(encoded.length * share));
      await assert.rejects(codecs.decode(cut, transferSyntax, description), { reason: "malformed" }, transferSyntax);
    }
  }
});

Deno.test("an image in the header that is larger than the data set says costs nothing", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1, deadline: DEADLINE }) });
  const description = describe({ rows: 48, columns: 64 });
  const encoded = await codecs.encode(frameFor(description), UID.JPEG2000Lossless, description);
  const bomb = encoded.slice();
  // Xsiz and Ysiz, and the size of a tile.
  for (const at of [8, 12, 24, 28]) bomb.set([0, 0, 0xff, 0xff], at);
  const before = Deno.memoryUsage().rss;
  await assert.rejects(codecs.decode(bomb, UID.JPEG2000Lossless, description), {
    message: "Cannot read a JPEG 2000 codestream: found rows 65535, expected 48 as in the data set",
  });
  assert.ok(Deno.memoryUsage().rss - before < 100_000_000);
});
