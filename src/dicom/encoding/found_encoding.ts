/**
 * The encoding that a data set turns out to be in, beside the one that is declared.
 *
 * @module
 */

import { findTransferSyntax, type TransferSyntax } from "../transfer_syntaxes.ts";
import { encodingOf, leavesEncodingOpen, plainTransferSyntax, settleEncoding } from "./choose_encoding.ts";
import type { Encoding } from "./element_header.ts";

/** What is known of the encoding of a data set while it is walked over. */
export class FoundEncoding {
  /** The transfer syntax of PS3.6 that is declared. */
  readonly declared: TransferSyntax | undefined;
  /** Whether no further header can change it. */
  isSettled = false;
  /** Whether Pixel Data was found to be encapsulated. */
  hasFragments = false;
  readonly #declaredUid: string | undefined;
  #encoding: Encoding;

  /** The encoding of the declared transfer syntax UID. */
  constructor(transferSyntax: string | undefined) {
    this.#declaredUid = transferSyntax;
    this.declared = transferSyntax === undefined ? undefined : findTransferSyntax(transferSyntax);
    this.#encoding = encodingOf(this.declared);
  }

  /** The encoding that was found. */
  get encoding(): Encoding {
    return this.#encoding;
  }

  /** Whether it is another one than is declared. */
  get isOther(): boolean {
    return this.declared !== undefined && this.#encoding !== encodingOf(this.declared);
  }

  /**
   * The transfer syntax UID to name it by: the declared one, if it has this encoding. Where the data set is deflated, or
   * Pixel Data encapsulated, that alone says how, and stands anyway.
   */
  get transferSyntax(): string {
    const { deflated, encapsulated } = this.declared ?? {};
    const stands = this.#encoding === encodingOf(this.declared) || deflated || (encapsulated && this.hasFragments);
    return stands && this.#declaredUid !== undefined ? this.#declaredUid : plainTransferSyntax(this.#encoding);
  }

  /** Looks at the first 8 bytes of a data set, and at those of the next header where these leave it open. */
  settle(bytes: Uint8Array): void {
    this.isSettled = !leavesEncodingOpen(bytes);
    this.#encoding = settleEncoding(this.declared && encodingOf(this.declared), bytes);
  }
}
