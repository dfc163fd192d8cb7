/**
 * Tests of facts: the sender of an instance, the way it came, and its SOP class and transfer syntax.
 *
 * @module
 */

import { findUid, registeredUids } from "../../dicom/uid_registry.ts";
import { isValidUid } from "../../dicom/uids.ts";
import { inNetworks } from "../../ip_address.ts";
import { type Fact, type Plain, WAYS } from "./rule.ts";
import { equalityTest, UnfitValueError, type ValueTest } from "./value_tests.ts";

/** An unknown word. */
export class UnknownWordError extends UnfitValueError {
  /** The word. */
  readonly word: string;
  /** The known words. */
  readonly known: Iterable<string>;

  /** An error that says what was expected, and has the known words. */
  constructor(expected: string, word: string, known: Iterable<string>) {
    super(expected);
    this.word = word;
    this.known = known;
  }
}

const LONGEST_AE_TITLE = 16;

/** Whether a fact is one of these. Throws `UnfitValueError`. */
export function factEqualityTest(fact: Fact, wanted: readonly Plain[]): ValueTest {
  const texts = wanted.map(String);
  switch (fact) {
    case "address":
      return addressTest(texts);
    case "sopClass":
      checkUids(texts, /SOP Class$/, "a SOP Class UID, or a keyword such as CTImageStorage");
      break;
    case "transferSyntax":
      checkUids(texts, /^Transfer Syntax$/, "a transfer syntax UID, or a keyword such as JPEGLSLossless");
      break;
    case "way":
      for (const text of texts) {
        if (!WAYS.some((way) => way === text)) throw new UnknownWordError(WAYS.join(" or "), text, WAYS);
      }
      break;
    case "callingAeTitle":
    case "calledAeTitle":
      if (texts.some((text) => text === "" || text.length > LONGEST_AE_TITLE)) {
        throw new UnfitValueError(`an AE title of 1 to ${LONGEST_AE_TITLE} characters`);
      }
  }
  return equalityTest(texts, "LO");
}

function addressTest(texts: readonly string[]): ValueTest {
  let isInside: (address: string | undefined) => boolean;
  try {
    isInside = inNetworks(texts);
  } catch {
    throw new UnfitValueError("an IP address or a network such as 10.0.0.0/8");
  }
  return ({ texts: [address] }) => isInside(address);
}

function checkUids(texts: readonly string[], type: RegExp, expected: string): void {
  for (const text of texts) {
    if (isValidUid(text) && findUid(text) === undefined) continue; // A private one.
    const ofType = [...registeredUids()].filter((definition) => type.test(definition.type));
    const keywords = ofType.map(({ keyword }) => keyword).filter((keyword) => keyword !== "");
    const isKnown = keywords.includes(text) || ofType.some(({ uid }) => uid === text);
    if (!isKnown) throw new UnknownWordError(expected, text, keywords);
  }
}
