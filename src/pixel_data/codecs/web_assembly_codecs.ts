/**
 * JPEG-LS, JPEG 2000 and HTJ2K by WebAssembly packages.
 *
 * These packages are not to be trusted with bytes from outside: they may loop for ever, give garbage without an error, or stay
 * broken after a fault. So this module checks their input and output, and throws the instance of a package away after any
 * fault. The caller has to run it in a process that it can kill.
 *
 * @module
 */

import { usesColourTransform } from "../colour.ts";
import type { CodecName } from "../compression.ts";
import type { FrameDescription } from "../frame_description.ts";
import { malformed, PixelDataError } from "../pixel_data_error.ts";
import type { CodedSamples, SamplesToEncode } from "../samples.ts";
import { type CodecModules, decodeBy, encodeBy, type FrameInfo, type LoadCodecModule } from "./emscripten.ts";

/** Codecs that a module of WebAssembly has. */
export type WebAssemblyCodecName = Exclude<CodecName, "rle" | "jpeg">;

/** Interleave modes of JPEG-LS (ITU-T T.87): by plane, and by pixel. */
const BY_PLANE = 0;
const BY_PIXEL = 2;

/** Wavelet decompositions where an image is large enough for them. */
const DECOMPOSITIONS = 5;

/** The codecs, whose modules are loaded when they are first needed. */
export class WebAssemblyCodecs {
  readonly #load: LoadCodecModule;
  readonly #modules: { -readonly [Name in keyof CodecModules]?: CodecModules[Name] } = {};

  /** Codecs whose modules come from `load`. */
  constructor(load: LoadCodecModule) {
    this.#load = load;
  }

  /** Decodes a codestream that was checked. Throws `PixelDataError`. */
  decode(codec: WebAssemblyCodecName, bytes: Uint8Array): Promise<CodedSamples> {
    switch (codec) {
      case "jpeg-ls":
        return this.#use("charls", "decode", ({ JpegLSDecoder }) => {
          using decoded = decodeBy(JpegLSDecoder, bytes);
          return coded(decoded, decoded.decoder.getInterleaveMode() === BY_PLANE && decoded.info.componentCount > 1);
        });
      case "jpeg-2000":
        return this.#use("openjpeg", "decode", ({ J2KDecoder }) => {
          using decoded = decodeBy(J2KDecoder, bytes);
          return coded(decoded, false);
        });
      case "htj2k":
        return this.#use("openjph", "decode", ({ HTJ2KDecoder }) => {
          using decoded = decodeBy(HTJ2KDecoder, bytes);
          return coded(decoded, false);
        });
    }
  }

  /** Encodes samples, which lie pixel by pixel, without loss. Throws `PixelDataError`. */
  encode(
    codec: WebAssemblyCodecName,
    { bytes, precision }: SamplesToEncode,
    description: FrameDescription,
  ): Promise<Uint8Array> {
    const { rows, columns, samplesPerPixel, signed } = description;
    const info = { width: columns, height: rows, bitsPerSample: precision, componentCount: samplesPerPixel };
    const isUsingColorTransform = usesColourTransform(codec, description);
    const withSign: FrameInfo = { ...info, isSigned: signed, isUsingColorTransform };
    // Each halves the image. Without any, the package for HTJ2K changes the samples; with more than fit, the package for JPEG
    // 2000 fails.
    const decompositions = Math.min(DECOMPOSITIONS, Math.floor(Math.log2(Math.min(rows, columns))));
    switch (codec) {
      case "jpeg-ls":
        return this.#use("charls", "encode", ({ JpegLSEncoder }) => {
          const encoder = new JpegLSEncoder();
          encoder.setNearLossless(0);
          encoder.setInterleaveMode(samplesPerPixel > 1 ? BY_PIXEL : BY_PLANE);
          return encodeBy(encoder, info, bytes);
        });
      case "jpeg-2000":
        return this.#use("openjpeg", "encode", ({ J2KEncoder }) => {
          const encoder = new J2KEncoder();
          encoder.setQuality(true, 0);
          encoder.setDecompositions(decompositions);
          return encodeBy(encoder, withSign, bytes);
        });
      case "htj2k":
        return this.#use("openjph", "encode", ({ HTJ2KEncoder }) => {
          const encoder = new HTJ2KEncoder();
          encoder.setQuality(true, 0);
          encoder.setDecompositions(Math.max(1, decompositions));
          return encodeBy(encoder, withSign, bytes);
        });
    }
  }

  async #loaded<Name extends keyof CodecModules>(name: Name): Promise<CodecModules[Name]> {
    try {
      return await this.#load(name);
    } catch (error) {
      const message = `Cannot load the codec ${name}: ${(error as Error).message}`;
      throw new PixelDataError(message, { reason: "unavailable", cause: error });
    }
  }

  /** Calls a module, and throws it away when that fails. */
  async #use<Name extends keyof CodecModules, Result>(
    name: Name,
    what: "decode" | "encode",
    call: (module: CodecModules[Name]) => Result,
  ): Promise<Result> {
    const modules: { [Key in Name]?: CodecModules[Name] | undefined } = this.#modules;
    const module = modules[name] ??= await this.#loaded(name);
    try {
      return call(module);
    } catch (error) {
      modules[name] = undefined;
      if (error instanceof PixelDataError) throw error;
      // C++ throws addresses of exceptions.
      const why = error instanceof Error ? error.message : "the codec gave it up";
      const reason = what === "decode" ? "malformed" : "unsupported";
      throw new PixelDataError(`Cannot ${what} a frame: ${why}`, { reason, cause: error });
    }
  }
}

function coded({ bytes, info }: { bytes: Uint8Array; info: FrameInfo }, planar: boolean): CodedSamples {
  const { width, height, componentCount, bitsPerSample, isSigned = false } = info;
  const allocated = bitsPerSample > 8 ? 16 : 8;
  const expected = width * height * componentCount * allocated / 8;
  if (bytes.length !== expected || expected === 0) {
    throw malformed(`Cannot decode a frame: ${bytes.length} bytes came out, expected ${expected}`);
  }
  return { bytes, allocated, precision: bitsPerSample, planar, signed: isSigned };
}
