/** What DCMTK, GDCM and OpenJPH make of frames, beside what comes out here. */

import assert from "node:assert/strict";
import { DataSet } from "../../src/dicom/data_set/data_set.ts";
import { pixelFrames, setEncapsulatedFrames } from "../../src/dicom/data_set/frames/pixel_frames.ts";
import { readFile } from "../../src/dicom/data_set/reading/read_file.ts";
import { writeFile } from "../../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../../src/dicom/generated/uid.ts";
import { compressionOf } from "../../src/pixel_data/compression.ts";
import { FrameCodecs } from "../../src/pixel_data/frame_codecs.ts";
import type { FrameDescription } from "../../src/pixel_data/frame_description.ts";
import { decodedFrame, type ImageInstance } from "../../src/pixel_data/instance_frames.ts";
import { denoCodecPool } from "../../src/pixel_data/pool/deno_codec_process.ts";
import { drawFrame, renderFrame } from "../../src/pixel_data/rendering/render.ts";
import { transcodeFile } from "../../src/pixel_data/transcoding/transcode.ts";
import { corpusFiles, corpusIsThere, corpusPath } from "../dicom/corpus.ts";
import { describe, frameFor } from "../pixel_data/descriptions.ts";
import { temporaryFolder } from "../support/folders.ts";
import { gantry } from "../support/gantry.ts";
import { dcmtk, find, peerTest, startStoreScp, testWith, type Tool } from "../support/peers.ts";

/** Images that the tools take: gray of 8, 12 and 16 bits, signed, and RGB. */
const IMAGES: readonly FrameDescription[] = [
  describe({ rows: 60, columns: 47 }),
  describe({ rows: 33, columns: 64, bitsAllocated: 16, bitsStored: 12 }),
  describe({ rows: 33, columns: 64, bitsAllocated: 16 }),
  describe({ rows: 33, columns: 64, bitsAllocated: 16, signed: true }),
  describe({ rows: 51, columns: 40, samplesPerPixel: 3 }),
];

function fileOf(description: FrameDescription, codestream?: Uint8Array, transferSyntax?: string): Uint8Array {
  const frame = frameFor(description) as Uint8Array<ArrayBuffer>;
  const { bitsAllocated, samplesPerPixel } = description;
  const dataSet = new DataSet({
    ...{ SOPClassUID: UID.SecondaryCaptureImageStorage, SOPInstanceUID: "2.25.4", Modality: "OT" },
    ...{ StudyInstanceUID: "2.25.5", SeriesInstanceUID: "2.25.6" },
    ...{ SamplesPerPixel: samplesPerPixel, PhotometricInterpretation: description.photometricInterpretation },
    ...{ Rows: description.rows, Columns: description.columns, PixelRepresentation: description.signed ? 1 : 0 },
    ...{ BitsAllocated: bitsAllocated, BitsStored: description.bitsStored, HighBit: description.highBit },
    ...(samplesPerPixel > 1 && { PlanarConfiguration: 0 }),
  });
  if (codestream !== undefined) setEncapsulatedFrames(dataSet, [codestream]);
  else if (bitsAllocated === 16) dataSet.set("PixelData", new Uint16Array(frame.buffer), { vr: "OW" });
  else dataSet.set("PixelData", frame, { vr: "OB" });
  return writeFile({ dataSet, transferSyntax: transferSyntax ?? UID.ExplicitVRLittleEndian });
}

async function allOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** The first frame of a file, decoded by us. */
async function firstFrame(path: string, codecs: FrameCodecs): Promise<Uint8Array> {
  return (await decodedFrame(readFile(Deno.readFileSync(path)), 0, codecs)).bytes;
}

const ENCODERS: readonly [name: string, tool: Tool, args: readonly string[]][] = [
  ["JPEG lossless SV1", "dcmcjpeg", ["+e1"]],
  ["JPEG lossless, predictor 4", "dcmcjpeg", ["+el", "+sv", "4"]],
  ["JPEG lossless, predictor 7", "dcmcjpeg", ["+el", "+sv", "7"]],
  ["JPEG-LS", "dcmcjpls", []],
  ["JPEG-LS by line", "dcmcjpls", ["+il"]],
  ["RLE", "dcmcrle", []],
  ["GDCM's JPEG 2000", "gdcmconv", ["--j2k"]],
  ["GDCM's JPEG-LS", "gdcmconv", ["--jpegls"]],
  ["GDCM's JPEG lossless", "gdcmconv", ["--jpeg"]],
];

for (const [name, tool, args] of ENCODERS) {
  Deno.test(peerTest(`${name}: what ${tool} encodes without loss is decoded to the same samples`, [tool], async () => {
    using folder = temporaryFolder();
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
    let judged = 0;
    for (const description of IMAGES) {
      const [native, compressed] = [`${folder.path}/native.dcm`, `${folder.path}/compressed.dcm`];
      Deno.writeFileSync(native, fileOf(description));
      const { code } = await dcmtk(tool, [...args, native, compressed]);
      if (code !== 0) continue; // What the tool can't encode.
      const { dataSet } = readFile(Deno.readFileSync(compressed));
      if (dataSet.element("PixelData")?.kind !== "encapsulated") continue;
      assert.deepEqual(await firstFrame(compressed, codecs), frameFor(description), JSON.stringify(description));
      judged++;
    }
    assert.ok(judged >= 3, String(judged));
  }));
}

const DECODERS: readonly [transferSyntax: string, tool: Tool, args: readonly string[]][] = [
  [UID.RLELossless, "dcmdrle", []],
  [UID.JPEGLSLossless, "dcmdjpls", []],
  [UID.JPEGLSLossless, "gdcmconv", ["--raw"]],
  [UID.JPEG2000Lossless, "gdcmconv", ["--raw"]],
];

for (const [transferSyntax, tool, args] of DECODERS) {
  Deno.test(
    peerTest(`${tool} decodes what is transcoded into ${transferSyntax} to the same samples`, [tool], async () => {
      using folder = temporaryFolder();
      await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
      for (const description of IMAGES) {
        const file = fileOf(description);
        const [compressed, native] = [`${folder.path}/compressed.dcm`, `${folder.path}/native.dcm`];
        const source = new Blob([file as Uint8Array<ArrayBuffer>]).stream();
        Deno.writeFileSync(compressed, await allOf(await transcodeFile(source, { to: transferSyntax, codecs })));
        const { code, stderr } = await dcmtk(tool, [...args, compressed, native]);
        assert.equal(code, 0, stderr);
        assert.deepEqual(await firstFrame(native, codecs), frameFor(description), JSON.stringify(description));
      }
    }),
  );
}

const LOSSY: readonly (readonly string[])[] = [["+eb"], ["+eb", "+s2"], ["+eb", "+s4"], ["+ee"], ["+eb", "+cr"]];

for (const args of LOSSY) {
  Deno.test(
    peerTest(
      `JPEG of dcmcjpeg ${args.join(" ")}: as dcmdjpeg decodes it, to the bit`,
      ["dcmcjpeg", "dcmdjpeg"],
      async () => {
        using folder = temporaryFolder();
        await using codecs = new FrameCodecs();
        let judged = 0;
        for (const description of IMAGES) {
          const [native, compressed, theirs] = ["native", "compressed", "theirs"].map((name) =>
            `${folder.path}/${name}`
          );
          Deno.writeFileSync(native!, fileOf(description));
          if ((await dcmtk("dcmcjpeg", [...args, native!, compressed!])).code !== 0) continue;
          assert.equal((await dcmtk("dcmdjpeg", ["+cn", compressed!, theirs!])).code, 0);
          assert.deepEqual(await firstFrame(compressed!, codecs), await firstFrame(theirs!, codecs));
          judged++;
        }
        assert.ok(judged > 0);
      },
    ),
  );
}

/** What GDCM decodes wrongly, or refuses: samples of 16 and 32 bits of three components. And where signs differ, below. */
const BEYOND_GDCM = /rle_(16|32)bit|pixelrep_mismatch|embedded-sequence/;

Deno.test(testWith({
  name: "the corpus is decoded as GDCM decodes it, to the bit",
  missing: [...(find("gdcmconv") ? [] : ["gdcmconv"]), ...(corpusIsThere ? [] : ["a corpus"])],
  async fn() {
    using folder = temporaryFolder();
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 2 }) });
    let judged = 0;
    for (const name of corpusFiles().filter((name) => name.endsWith(".dcm") && !BEYOND_GDCM.test(name))) {
      const instance = read(corpusPath(name));
      if (instance === undefined || compressionOf(instance.transferSyntax) === undefined) continue;
      const theirs = `${folder.path}/theirs.dcm`;
      if ((await dcmtk("gdcmconv", ["--raw", corpusPath(name), theirs])).code !== 0) continue;
      const { bytes } = await decodedFrame(instance, 0, codecs);
      assert.deepEqual(bytes, await firstFrame(theirs, codecs), name);
      judged++;
    }
    assert.ok(judged > 25, String(judged));
  },
}));

Deno.test(testWith({
  name: "where JPEG 2000 says unsigned and the data set signed, the bits are those of signed samples",
  missing: corpusIsThere ? [] : ["a corpus"],
  async fn() {
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
    const { bytes } = await decodedFrame(read(corpusPath("J2K_pixelrep_mismatch.dcm"))!, 0, codecs);
    const samples = new Int16Array(bytes.slice().buffer);
    const least = samples.reduce((least, sample) => Math.min(least, sample));
    assert.deepEqual([samples[0], least], [-2000, -2000]);
  },
}));

function read(path: string): ImageInstance | undefined {
  try {
    const instance = readFile(Deno.readFileSync(path));
    return pixelFrames(instance.dataSet).length > 0 ? instance : undefined;
  } catch {
    return undefined;
  }
}

Deno.test(
  peerTest(
    "HTJ2K: what OpenJPH encodes is decoded, and decodes what is encoded",
    ["ojph_compress", "ojph_expand"],
    async () => {
      using folder = temporaryFolder();
      await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
      const images = [1, 3].flatMap((samplesPerPixel) =>
        [8, 16].map((bitsAllocated) => describe({ rows: 40, columns: 50, samplesPerPixel, bitsAllocated }))
      );
      for (const description of images) {
        const { samplesPerPixel, bitsAllocated } = description;
        const frame = frameFor(description);
        const bigEndian = bitsAllocated === 8 ? frame : frame.map((_, index) => frame[index ^ 1]!);
        const header = new TextEncoder().encode(
          `${samplesPerPixel === 3 ? "P6" : "P5"}\n50 40\n${2 ** bitsAllocated - 1}\n`,
        );
        const picture = `${folder.path}/in.${samplesPerPixel === 3 ? "ppm" : "pgm"}`;
        Deno.writeFileSync(picture, Uint8Array.of(...header, ...bigEndian));
        for (const decompositions of ["0", "1", "5"]) {
          const out = `${folder.path}/out.j2c`;
          const args = ["-i", picture, "-o", out, "-reversible", "true", "-num_decomps", decompositions];
          assert.equal((await dcmtk("ojph_compress", args)).code, 0);
          const { bytes } = await codecs.decode(Deno.readFileSync(out), UID.HTJ2KLossless, description);
          assert.deepEqual(bytes, frame);
        }
        if (!(samplesPerPixel === 1 || bitsAllocated === 8)) continue;
        Deno.writeFileSync(
          `${folder.path}/ours.j2c`,
          await codecs.encode(frame.slice(), UID.HTJ2KLossless, description),
        );
        const back = picture.replace("in", "back");
        assert.equal((await dcmtk("ojph_expand", ["-i", `${folder.path}/ours.j2c`, "-o", back])).code, 0);
        assert.deepEqual(Deno.readFileSync(back).slice(-bigEndian.length), bigEndian);
      }
    },
  ),
);

const SHOWN: readonly [name: string, args: readonly string[], tolerance: number][] = [
  ["CT_small.dcm", ["+Wm"], 1],
  ["MR_small.dcm", ["+Wi", "1"], 1],
  ["examples_palette.dcm", [], 1],
  ["examples_rgb_color.dcm", [], 0],
  ["SC_rgb_small_odd.dcm", [], 0],
];

Deno.test(testWith({
  name: "frames are drawn as dcm2pnm draws them",
  missing: [...(find("dcm2pnm") ? [] : ["dcm2pnm"]), ...(corpusIsThere ? [] : ["a corpus"])],
  async fn() {
    using folder = temporaryFolder();
    await using codecs = new FrameCodecs();
    for (const [name, args, tolerance] of SHOWN) {
      const out = `${folder.path}/out.pnm`;
      const { code, stderr } = await dcmtk("dcm2pnm", ["+op", ...args, corpusPath(name), out]);
      assert.equal(code, 0, stderr);
      const { pixels } = await drawFrame(read(corpusPath(name))!, 0, codecs);
      const theirs = Deno.readFileSync(out).slice(-pixels.length);
      const far = pixels.filter((shade, index) => Math.abs(shade - theirs[index]!) > tolerance).length;
      assert.equal(far, 0, `${name}: ${far} of ${pixels.length} differ`);
    }
  },
}));

Deno.test(testWith({
  name: "a rendered JPEG and PNG of every image of the corpus is one",
  missing: corpusIsThere ? [] : ["a corpus"],
  async fn() {
    await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
    let rendered = 0;
    for (
      const name of corpusFiles().filter((name) => name.endsWith(".dcm") && !/truncated|embedded|badVR/.test(name))
    ) {
      const instance = read(corpusPath(name));
      if (instance?.dataSet.get("BitsAllocated") === undefined) continue;
      const jpeg = await renderFrame(instance, 0, codecs, { quality: 80 });
      assert.deepEqual([...jpeg.bytes.subarray(0, 3)], [0xff, 0xd8, 0xff], name);
      const png = await renderFrame(instance, 0, codecs, { type: "image/png", viewport: { width: 64, height: 64 } });
      assert.equal(Math.max(png.width, png.height), 64, name);
      rendered++;
    }
    assert.ok(rendered > 50, String(rendered));
  },
}));

Deno.test(
  peerTest("what encodeJpeg() makes is decoded by DCMTK as by decodeJpeg()", ["img2dcm", "dcmdjpeg"], async () => {
    using folder = temporaryFolder();
    await using codecs = new FrameCodecs();
    for (const [width, height, samples] of [[3, 2, 1], [45, 67, 1], [3, 2, 3], [61, 33, 3]] as const) {
      const pixels = frameFor(describe({ rows: height, columns: width, samplesPerPixel: samples }));
      const [jpeg, wrapped, native] = ["picture.jpg", "wrapped.dcm", "native.dcm"].map((name) =>
        `${folder.path}/${name}`
      );
      Deno.writeFileSync(jpeg!, await codecs.encodeJpeg({ width, height, samples, pixels }, 90));
      assert.equal((await dcmtk("img2dcm", [jpeg!, wrapped!])).code, 0);
      assert.equal((await dcmtk("dcmdjpeg", ["+cn", wrapped!, native!])).code, 0);
      assert.deepEqual(await firstFrame(wrapped!, codecs), await firstFrame(native!, codecs));
    }
  }),
);

Deno.test(
  peerTest(
    "JPEG 2000 of signed samples of 8 bits, as GDCM encodes it, is decoded to the same samples",
    ["gdcmconv"],
    async () => {
      using folder = temporaryFolder();
      await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
      const description = describe({ rows: 60, columns: 47, signed: true });
      const [native, compressed] = [`${folder.path}/native.dcm`, `${folder.path}/compressed.dcm`];
      Deno.writeFileSync(native, fileOf(description));
      assert.equal((await dcmtk("gdcmconv", ["--j2k", native, compressed])).code, 0);
      assert.deepEqual(await firstFrame(compressed, codecs), frameFor(description));
    },
  ),
);

/** What a peer takes, by storescp's options, and what it then gets of compressed and of native instances. */
const PEERS: readonly [accepts: string, compressed: string, native: string][] = [
  ["+x=", UID.ExplicitVRLittleEndian, UID.ExplicitVRLittleEndian],
  ["+xi", UID.ImplicitVRLittleEndian, UID.ImplicitVRLittleEndian],
];

for (const [accepts, compressed, native] of PEERS) {
  Deno.test(
    peerTest(`gantry send --transcode sends storescp ${accepts} what it takes`, ["storescp", "dcmcjpls"], async () => {
      using folder = temporaryFolder();
      await using peer = await startStoreScp(accepts);
      const description = IMAGES[1]!;
      const [plain, packed] = [`${folder.path}/plain.dcm`, `${folder.path}/packed.dcm`];
      Deno.writeFileSync(plain, fileOf(description));
      assert.equal((await dcmtk("dcmcjpls", ["+un", plain, packed])).code, 0);
      for (const [path, expected] of [[packed, compressed], [plain, native]] as const) {
        const { code, stdout, stderr } = await gantry(["send", `A@127.0.0.1:${peer.port}`, path, "--transcode"]);
        assert.equal(code, 0, stdout + stderr);
        const [stored] = [...Deno.readDirSync(peer.folder)];
        const received = readFile(Deno.readFileSync(`${peer.folder}/${stored!.name}`));
        assert.equal(received.transferSyntax, expected);
        assert.deepEqual(pixelFrames(received.dataSet)[0]!.bytes(), frameFor(description));
        Deno.removeSync(`${peer.folder}/${stored!.name}`);
      }
      const refused = await gantry(["send", `A@127.0.0.1:${peer.port}`, packed]);
      assert.equal(refused.code, 1);
    }),
  );
}
