/**
 * Where the program of a codec's process is. A build that makes one file of everything puts the program itself here.
 *
 * @module
 */

/** The URL of the program. */
export const PROGRAM: string = new URL("./deno_codec_program.ts", import.meta.url).href;
