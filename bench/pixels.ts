/**
 * `deno task bench:pixels`: codecs beside DCMTK and GDCM, and how long rendering takes.
 *
 * Frames are made here. Times of the tools are of whole processes with their files, less that of a plain copy by `dcmconv`;
 * ours are of the codec with the way to its process and back. A figure is the least of its rounds.
 *
 * @module
 */

import { DataSet } from "../src/dicom/data_set/data_set.ts";
import { pixelFrames } from "../src/dicom/data_set/frames/pixel_frames.ts";
import { readFile } from "../src/dicom/data_set/reading/read_file.ts";
import { writeFile } from "../src/dicom/data_set/writing/write_file.ts";
import * as UID from "../src/dicom/generated/uid.ts";
import { FrameCodecs } from "../src/pixel_data/frame_codecs.ts";
import { describeFrames } from "../src/pixel_data/frame_description.ts";
import { denoCodecPool } from "../src/pixel_data/pool/deno_codec_process.ts";
import { renderFrame } from "../src/pixel_data/rendering/render.ts";
import { transcodeFile } from "../src/pixel_data/transcoding/transcode.ts";

const ROUNDS = 3;

/** Rows, columns, samples, bits, frames. */
const LOADS: Readonly<Record<string, Load>> = {
  "gray 16 bit": { rows: 1024, columns: 1024, samples: 1, bits: 12, frames: 8 },
  "RGB": { rows: 480, columns: 640, samples: 3, bits: 8, frames: 16 },
};

interface Load {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly bits: number;
  readonly frames: number;
}

/** Which tool encodes for whom, and which decodes. */
const CODECS: readonly [
  name: string,
  uid: string,
  encoder: readonly string[] | undefined,
  decoder: readonly string[],
][] = [
  ["JPEG baseline", UID.JPEGBaseline8Bit, ["dcmcjpeg", "+eb"], ["dcmdjpeg", "+cn"]],
  ["JPEG lossless", UID.JPEGLosslessSV1, ["dcmcjpeg", "+e1"], ["dcmdjpeg"]],
  ["JPEG-LS", UID.JPEGLSLossless, undefined, ["dcmdjpls"]],
  ["JPEG 2000", UID.JPEG2000Lossless, undefined, ["gdcmconv", "--raw"]],
  ["HTJ2K", UID.HTJ2KLossless, undefined, []],
  ["RLE", UID.RLELossless, undefined, ["dcmdrle"]],
];

const folder = Deno.makeTempDirSync({ prefix: "gantry-bench-" });
await using codecs = new FrameCodecs({ runner: denoCodecPool({ size: 1 }) });
try {
  for (const [name, load] of Object.entries(LOADS)) await measureLoad(name, load);
  await measureRendering();
} finally {
  Deno.removeSync(folder, { recursive: true });
}

async function measureLoad(name: string, load: Load): Promise<void> {
  const native = `${folder}/native.dcm`;
  Deno.writeFileSync(native, imageFile(load));
  const megabytes = load.rows * load.columns * load.samples * (load.bits > 8 ? 2 : 1) * load.frames / 1e6;
  const copy = run(["dcmconv", native, `${folder}/copy.dcm`]) ?? 0;
  console.log(`\n${name}, ${load.frames} frames of ${load.columns} × ${load.rows}: MB/s of decoded bytes`);
  for (const [codec, uid, encoder, decoder] of CODECS) {
    const compressed = `${folder}/compressed.dcm`;
    let encoded: number | undefined;
    if (encoder === undefined) {
      const file = Deno.readFileSync(native);
      const time = await least(async () => Deno.writeFileSync(compressed, await transcoded(file, uid)));
      encoded = megabytes / time;
    } else if (run([...encoder, native, compressed]) === undefined) continue;
    const { dataSet, transferSyntax } = readFile(Deno.readFileSync(compressed));
    const description = describeFrames(dataSet);
    const frames = pixelFrames(dataSet).map((frame) => frame.bytes());
    const ours = megabytes / await least(async () => {
      for (const frame of frames) await codecs.decode(frame.slice(), transferSyntax, description);
    });
    const theirs = decoder.length === 0 ? undefined : run([...decoder, compressed, `${folder}/decoded.dcm`]);
    const beside = theirs === undefined
      ? ""
      : `, ${decoder[0]} ${(megabytes / Math.max(0.001, theirs - copy)).toFixed(0)}`;
    const made = encoded === undefined ? "" : `; encoded ${encoded.toFixed(0)}`;
    console.log(`  ${codec.padEnd(14)} decoded ${ours.toFixed(0)}${beside}${made}`);
  }
}

async function measureRendering(): Promise<void> {
  console.log("\nRendered, 512 × 512, ms a picture");
  for (const [name, samples] of [["gray 16 bit", 1], ["RGB", 3]] as const) {
    const file = readFile(imageFile({ rows: 512, columns: 512, samples, bits: samples === 1 ? 12 : 8, frames: 1 }));
    for (const type of ["image/jpeg", "image/png"] as const) {
      const times = [];
      for (let round = 0; round < 30; round++) {
        const start = performance.now();
        await renderFrame(file, 0, codecs, { type });
        times.push(performance.now() - start);
      }
      console.log(`  ${name.padEnd(12)} ${type}: ${times.sort((a, b) => a - b)[15]!.toFixed(1)}`);
    }
  }
}

/** An image with a slope, rings and a little noise, as one of a scanner has. */
function imageFile({ rows, columns, samples, bits, frames }: Load): Uint8Array {
  const count = rows * columns * samples * frames;
  const values = bits > 8 ? new Uint16Array(count) : new Uint8Array(count);
  const range = 2 ** bits - 1;
  let noise = 1;
  for (let index = 0; index < count; index++) {
    noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
    const pixel = Math.floor(index / samples) % (rows * columns);
    const [x, y] = [pixel % columns / columns - 0.5, Math.floor(pixel / columns) / rows - 0.5];
    const ring = 0.5 + 0.4 * Math.cos(20 * Math.hypot(x, y)) * (1 - Math.abs(x));
    values[index] = Math.max(0, Math.min(range, (ring + (noise >>> 24) / 256 * 0.01) * range));
  }
  const dataSet = new DataSet({
    ...{ SOPClassUID: UID.SecondaryCaptureImageStorage, SOPInstanceUID: "2.25.1", NumberOfFrames: frames },
    ...{ Rows: rows, Columns: columns, SamplesPerPixel: samples, PixelRepresentation: 0 },
    ...{ BitsAllocated: bits > 8 ? 16 : 8, BitsStored: bits, HighBit: bits - 1 },
    PhotometricInterpretation: samples === 1 ? "MONOCHROME2" : "RGB",
    ...(samples > 1 && { PlanarConfiguration: 0 }),
  });
  dataSet.set("PixelData", values, { vr: bits > 8 ? "OW" : "OB" });
  return writeFile({ dataSet, transferSyntax: UID.ExplicitVRLittleEndian });
}

async function transcoded(file: Uint8Array<ArrayBuffer>, to: string): Promise<Uint8Array> {
  const stream = await transcodeFile(new Blob([file]).stream(), { to, codecs });
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** Seconds of the fastest round. */
async function least(work: () => Promise<void>): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

/** Seconds of a tool's fastest round; undefined where it is not installed, or refuses. */
function run([tool, ...args]: readonly string[]): number | undefined {
  let best: number | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    try {
      if (!new Deno.Command(tool!, { args, stdout: "null", stderr: "null" }).outputSync().success) return undefined;
    } catch {
      return undefined;
    }
    best = Math.min(best ?? Infinity, (performance.now() - start) / 1000);
  }
  return best;
}
