/** What is retrieved in tests. */

import type { HeldInstance } from "../../src/query/instance_source.ts";

/** An instance of so many bytes. */
export function held(sopInstanceUid: string, length: number, fill = 1): HeldInstance {
  return {
    ...{ sopClassUid: "1.2.840.10008.5.1.4.1.1.7", sopInstanceUid, transferSyntax: "1.2.840.10008.1.2.1", length },
    stream: () => new Blob([new Uint8Array(length).fill(fill)]).stream(),
  };
}

/** A signal that nobody aborts. */
export const never = (): AbortSignal => new AbortController().signal;
