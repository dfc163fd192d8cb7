import assert from "node:assert/strict";
import fc from "fast-check";
import * as UID from "../../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { describe, frameFor } from "./descriptions.ts";

const LOSSLESS = [UID.RLELossless, UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.HTJ2KLossless];

Deno.test("what any codec encodes without loss is decoded to the same bytes", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  const options = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    samplesPerPixel: fc.constantFrom(1, 1, 3),
    bitsAllocated: fc.constantFrom(8, 16),
    bitsStored: fc.integer({ min: 2, max: 16 }),
    signed: fc.boolean(),
    transferSyntax: fc.constantFrom(...LOSSLESS),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(options, fc.nat(), async ({ transferSyntax, ...options }, seed) => {
      const description = describe({ ...options, bitsStored: Math.min(options.bitsStored, options.bitsAllocated) });
      const frame = frameFor(description, seed);
      const encoded = await codecs.encode(frame.slice(), transferSyntax, description).catch((error) => {
        assert.equal(error.reason, "unsupported", error.message);
        refused++;
      });
      if (encoded === undefined) return;
      const { bytes } = await codecs.decode(encoded, transferSyntax, description);
      assert.deepEqual(bytes, frame, `${transferSyntax} ${JSON.stringify(description)}`);
    }),
    { seed: 42, numRuns: 300 },
  );
  assert.ok(refused < 100, String(refused));
});

Deno.test("bits above those stored survive, such as an overlay's", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  for (const signed of [false, true]) {
    const description = describe({ bitsAllocated: 16, bitsStored: 12, signed });
    const frame = frameFor(description);
    frame[41] = 0x8a;
    for (const transferSyntax of LOSSLESS) {
      const encoded = await codecs.encode(frame.slice(), transferSyntax, description);
      assert.deepEqual((await codecs.decode(encoded, transferSyntax, description)).bytes, frame, transferSyntax);
    }
  }
});

Deno.test("planes and shared chrominance are encoded as pixels", async () => {
  await using codecs = new FrameCodecs();
  const planar = describe({ rows: 1, columns: 2, samplesPerPixel: 3, planarConfiguration: 1 });
  const encoded = await codecs.encode(Uint8Array.of(1, 2, 3, 4, 5, 6), UID.RLELossless, planar);
  assert.deepEqual([...(await codecs.decode(encoded, UID.RLELossless, planar)).bytes], [1, 3, 5, 2, 4, 6]);
  const native = await codecs.decode(Uint8Array.of(1, 2, 3, 4, 5, 6), UID.ExplicitVRLittleEndian, planar);
  assert.deepEqual([...native.bytes], [1, 3, 5, 2, 4, 6]);
  const shared = describe({ rows: 1, columns: 2, samplesPerPixel: 3, photometricInterpretation: "YBR_FULL_422" });
  const { bytes, description } = await codecs.decode(Uint8Array.of(1, 2, 3, 4), UID.ImplicitVRLittleEndian, shared);
  assert.deepEqual([...bytes], [1, 3, 4, 2, 3, 4]);
  assert.equal(description.photometricInterpretation, "YBR_FULL");
});

Deno.test("without processes RLE and JPEG work, and the others are refused with a reason", async () => {
  await using codecs = new FrameCodecs();
  const description = describe();
  assert.deepEqual(
    [UID.RLELossless, UID.JPEGBaseline8Bit, UID.JPEGLosslessSV1, UID.ImplicitVRLittleEndian].map((uid) =>
      codecs.canDecode(uid)
    ),
    [true, true, true, true],
  );
  assert.deepEqual([UID.JPEG2000, UID.JPEGLSLossless, UID.MPEG2MPML].map((uid) => codecs.canDecode(uid)), [
    false,
    false,
    false,
  ]);
  assert.deepEqual([UID.RLELossless, UID.JPEGLSLossless, UID.JPEG2000].map((uid) => codecs.canEncode(uid)), [
    true,
    false,
    false,
  ]);
  await assert.rejects(codecs.encode(frameFor(description), UID.JPEGLSLossless, description), {
    reason: "unavailable",
    message: "Cannot use the codec of JPEG-LS: expected permission to start its process",
  });
});

Deno.test("a frame that is not what its data set says is refused before and after a codec", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  const description = describe({ bitsAllocated: 16 });
  const frame = frameFor(description);
  for (const transferSyntax of LOSSLESS) {
    const encoded = await codecs.encode(frame.slice(), transferSyntax, description);
    const other = codecs.decode(encoded.slice(), transferSyntax, { ...description, rows: 13 });
    await assert.rejects(other, { name: "PixelDataError", reason: "malformed" }, transferSyntax);
    await codecs.decode(encoded, transferSyntax, description);
  }
  await assert.rejects(codecs.encode(frame.slice(2), UID.JPEGLSLossless, description), /found 382 bytes, expected 384/);
  await assert.rejects(codecs.decode(frame.slice(2), UID.ImplicitVRLittleEndian, description), /found 382 bytes/);
  await assert.rejects(
    codecs.decode(frame, UID.MPEG2MPML, description),
    /nothing here decodes the transfer syntax 1.2.840.10008.1.2.4.100/,
  );
  await assert.rejects(
    codecs.encode(frame, UID.JPEGBaseline8Bit, description),
    /nothing here encodes the transfer syntax/,
  );
});

Deno.test("a frame above the limit is refused by what its data set says, before anything is allocated", async () => {
  await using codecs = new FrameCodecs({ maxFrameLength: 1000 });
  const description = describe({ rows: 65535, columns: 65535 });
  const refused = { name: "LimitError", limit: "maxFrameLength", maximum: 1000 };
  await assert.rejects(codecs.decode(new Uint8Array(64), UID.RLELossless, description), refused);
  await assert.rejects(codecs.encode(new Uint8Array(64), UID.RLELossless, description), refused);
  await assert.rejects(codecs.decode(new Uint8Array(64), UID.JPEGBaseline8Bit, description), refused);
});

Deno.test("signs and masks follow the data set where a codestream has others", async () => {
  await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
  const unsigned = describe({ bitsAllocated: 16, bitsStored: 12 });
  const signed = { ...unsigned, signed: true };
  const frame = frameFor(unsigned);
  const asSigned = new Int16Array(frame.slice().buffer).map((sample) => sample << 20 >> 20);
  for (const transferSyntax of [UID.JPEGLSLossless, UID.JPEG2000Lossless, UID.HTJ2KLossless]) {
    const encoded = await codecs.encode(frame.slice(), transferSyntax, unsigned);
    const { bytes } = await codecs.decode(encoded, transferSyntax, signed);
    assert.deepEqual(new Int16Array(bytes.slice().buffer), asSigned, transferSyntax);
    const back = await codecs.encode(bytes.slice(), transferSyntax, signed);
    assert.deepEqual((await codecs.decode(back, transferSyntax, unsigned)).bytes, frame, transferSyntax);
  }
});
