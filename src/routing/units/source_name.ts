/**
 * Who sends: what tells sources of units apart.
 *
 * @module
 */

import type { InstanceOrigin } from "../../archive/routing.ts";

/** Who opens an association. */
export function dimseSource(callingAeTitle: string, address: string | undefined): string {
  return `${callingAeTitle}@${address ?? ""}`;
}

/** Who sends a request over HTTP: a user's name or an address; empty where nobody knows. */
export function httpSource(sender: string | undefined): string {
  return `HTTP ${sender ?? ""}`;
}

/** Who has sent an instance. */
export function sourceOf(instance: { readonly sourceAeTitle: string }, origin: InstanceOrigin | undefined): string {
  return origin?.way === "C-STORE"
    ? dimseSource(instance.sourceAeTitle, origin.address)
    : httpSource(instance.sourceAeTitle);
}

/** Who has sent an instance before this process began: of its sender the archive knows what it is called, and not the address. */
export function formerSource(name: string): string {
  return `${name}@*`;
}
