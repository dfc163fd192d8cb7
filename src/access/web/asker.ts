/**
 * The client that asks over HTTP, and what it may do.
 *
 * @module
 */

/** What a token may let its bearer do. None includes another. */
export const SCOPES = ["read", "write", "delete", "admin"] as const;

/**
 * Scopes: `read`, `write` and `delete` apply to instances, the worklist and procedure steps; `admin` applies to
 * everything that operators view and change.
 */
export type Scope = (typeof SCOPES)[number];

/** The client that asks. */
export interface Asker {
  /** Its name, in the log and as the sender of stored instances; undefined for a token without a name. */
  readonly name?: string;
  /** What it may do. */
  readonly scopes: ReadonlySet<Scope>;
}

/** What became of a token. */
export type Recognition =
  /** It is good. */
  | { readonly outcome: "known"; readonly asker: Asker }
  /** It is not; `why` completes "The bearer token …", and has nothing of the token in it. */
  | { readonly outcome: "refused"; readonly why: string }
  /** It can't be checked at the moment: the keys for that are not available. */
  | { readonly outcome: "unavailable" };

/** Says whose token this is. Never rejects. */
export type RecognizeToken = (token: string) => Promise<Recognition>;

/** Longest token that is looked at, in characters. */
const LONGEST_TOKEN = 16 * 1024;

const UNKNOWN: Recognition = { outcome: "refused", why: "is wrong" };

/**
 * Asks each in turn, until one knows the token. What the last of them finds wrong is what is said, since the others know no
 * more than that it is not theirs.
 */
export function recognizeByAny(all: readonly RecognizeToken[]): RecognizeToken {
  return async (token) => {
    if (token.length > LONGEST_TOKEN) return { outcome: "refused", why: `has more than ${LONGEST_TOKEN} characters` };
    let last = UNKNOWN;
    for (const recognize of all) {
      last = await recognize(token);
      if (last.outcome === "known") return last;
    }
    return last;
  };
}
