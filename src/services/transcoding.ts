/**
 * Brings instances into transfer syntaxes that a peer accepts, where that needs a codec. Services have none: the program that
 * composes them passes one in.
 *
 * @module
 */

/** Brings instances into other transfer syntaxes, without losing more than their compression has lost already. */
export interface Transcoding {
  /** Transfer syntax UIDs into which instances in a given one can be brought, the one to be liked best first. */
  into(transferSyntax: string): readonly string[];
  /** An encoded data set in another transfer syntax, while it is read. Reading fails for what can't be brought there. */
  transcode(
    dataSet: ReadableStream<Uint8Array>,
    syntaxes: { readonly from: string; readonly to: string },
  ): ReadableStream<Uint8Array>;
}
