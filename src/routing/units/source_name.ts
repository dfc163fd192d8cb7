/**
 * Names of sources: they tell the senders of units apart.
 *
 * @module
 */

import type { InstanceOrigin } from "../../archive/routing.ts";

/** The source that opens an association. */
export function dimseSource(callingAeTitle: string, address: string | undefined): string {
  return `${callingAeTitle}@${address ?? ""}`;
}

/** The source of an HTTP request, by the user's name or the address; `sender` is undefined where neither is known. */
export function httpSource(sender: string | undefined): string {
  return `HTTP ${sender ?? ""}`;
}

/** The source of an instance. */
export function sourceOf(instance: { readonly sourceAeTitle: string }, origin: InstanceOrigin | undefined): string {
  return origin?.way === "C-STORE"
    ? dimseSource(instance.sourceAeTitle, origin.address)
    : httpSource(instance.sourceAeTitle);
}

/** The source of an instance that came before this process began: the archive knows the sender's name, but not its address. */
export function formerSource(name: string): string {
  return `${name}@*`;
}
