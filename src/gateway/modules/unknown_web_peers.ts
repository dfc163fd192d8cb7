/**
 * Explains paths below `/peers` that no route has.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import type { HttpPart, UnknownPath } from "../../http/part.ts";
import { isBelow } from "../../http/paths.ts";
import { dataScopes } from "../../http/scopes.ts";
import { unknownName } from "../../http/unknown_name.ts";

/** Every peer with DICOMweb resources is below this path. */
export const PEERS_ROOT = "/peers";

/** The explanations below `/peers` where no peer answers, with the scopes that a peer's resources would need. */
export function whatHasNoRoute(peers: Config["peers"]): Pick<HttpPart, "explain" | "scopes"> {
  return { explain: explainPeerPath(peers), scopes: [dataScopes(PEERS_ROOT)] };
}

/** Explains why a path leads nowhere: the peer is unknown, is not on the web, or has only DICOMweb. */
function explainPeerPath(peers: Config["peers"]): (path: string) => UnknownPath | undefined {
  const onTheWeb = Object.keys(peers).filter((name) => peers[name]!.web === true);
  return (path) => {
    if (!isBelow(path, PEERS_ROOT)) return undefined;
    const name = decoded(path.split("/")[2] ?? "");
    if (name === "") {
      const known = onTheWeb.length === 0 ? "no peer has `web: true`" : `NAME can be ${onTheWeb.join(", ")}`;
      return {
        problem: "NotFound",
        detail: `No route has this path: peers are at ${PEERS_ROOT}/NAME/dicom-web, and ${known}`,
      };
    }
    if (!Object.hasOwn(peers, name)) {
      return { problem: "UnknownPeer", detail: unknownName("configured peer", name, Object.keys(peers), onTheWeb) };
    }
    if (!onTheWeb.includes(name)) {
      const detail = `The peer ${name} is not on the web: expected \`web: true\` in its configuration (peers.${name})`;
      return { problem: "UnknownPeer", detail };
    }
    const detail = `No route has this path: the peer ${name} has DICOMweb at ${PEERS_ROOT}/${name}/dicom-web`;
    return { problem: "NotFound", detail };
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
