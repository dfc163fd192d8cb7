/**
 * The parts of the WebAssembly packages that are used: classes whose objects live in the memory of the module.
 *
 * @module
 */

/** What an image is, for those packages. */
export interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned?: boolean;
  readonly isUsingColorTransform?: boolean;
}

/** An object in the module's memory, which has to be deleted. */
interface Deletable {
  delete(): void;
}

/** A decoder. Buffers are views of the module's memory: they end with the next call. */
export interface Decoder extends Deletable {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): FrameInfo;
}

/** An encoder. Buffers are views of the module's memory: they end with the next call. */
export interface Encoder extends Deletable {
  getDecodedBuffer(info: FrameInfo): Uint8Array;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
}

/** Of CharLS. */
export interface CharlsModule {
  readonly JpegLSDecoder: new () => Decoder & { getInterleaveMode(): number };
  readonly JpegLSEncoder: new () => Encoder & {
    setNearLossless(near: number): void;
    setInterleaveMode(mode: number): void;
  };
}

/** Of OpenJPEG. */
export interface OpenJpegModule {
  readonly J2KDecoder: new () => Decoder;
  readonly J2KEncoder: new () => Encoder & WaveletSettings;
}

/** Of OpenJPH. */
export interface OpenJphModule {
  readonly HTJ2KDecoder: new () => Decoder;
  readonly HTJ2KEncoder: new () => Encoder & WaveletSettings;
}

interface WaveletSettings {
  setQuality(lossless: boolean, quantization: number): void;
  setDecompositions(levels: number): void;
}

/** The modules by name. */
export interface CodecModules {
  readonly charls: CharlsModule;
  readonly openjpeg: OpenJpegModule;
  readonly openjph: OpenJphModule;
}

/** Makes a new instance of a module, with a memory of its own. */
export type LoadCodecModule = <Name extends keyof CodecModules>(name: Name) => Promise<CodecModules[Name]>;

/** The glue of a package: makes an instance of its WebAssembly, whose bytes are given. */
export type ModuleFactory = (options: {
  readonly wasmBinary: Uint8Array;
  readonly print: () => void;
  readonly printErr: () => void;
}) => Promise<unknown>;

/** An instance that says nothing on the streams of the process. */
export async function instantiate<Module>(factory: unknown, wasmBinary: Uint8Array): Promise<Module> {
  return await (factory as ModuleFactory)({ wasmBinary, print() {}, printErr() {} }) as Module;
}

/** What a decoder gives for a codestream: a copy of its samples, and what it says of them. */
export function decodeBy<Chosen extends Decoder>(
  Decoder: new () => Chosen,
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly info: FrameInfo; readonly decoder: Chosen } & Disposable {
  const decoder = new Decoder();
  decoder.getEncodedBuffer(bytes.length).set(bytes);
  decoder.decode();
  const info = decoder.getFrameInfo();
  // Some give arrays that clamp what is written to them, whatever their type says.
  return { bytes: new Uint8Array(decoder.getDecodedBuffer()), info, decoder, [Symbol.dispose]: () => decoder.delete() };
}

/** A copy of what an encoder gives for samples. */
export function encodeBy(encoder: Encoder, info: FrameInfo, bytes: Uint8Array): Uint8Array {
  const buffer = encoder.getDecodedBuffer(info);
  if (buffer.length !== bytes.length) {
    throw new RangeError(`found room for ${buffer.length} bytes, not ${bytes.length}`);
  }
  buffer.set(bytes);
  encoder.encode();
  const encoded = new Uint8Array(encoder.getEncodedBuffer());
  encoder.delete();
  return encoded;
}
