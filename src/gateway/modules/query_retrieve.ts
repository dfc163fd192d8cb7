/**
 * C-FIND, C-MOVE and C-GET, answered by the archive, by peers, or by several of them.
 *
 * @module
 */

import { nearestFirst } from "../../nearest.ts";
import { findScp } from "../../services/find_scp.ts";
import { getScp } from "../../services/get_scp.ts";
import { moveScp } from "../../services/move_scp.ts";
import type { SourceFace } from "../../services/source_face.ts";
import type { Transcoding } from "../../services/transcoding.ts";
import type { AssociationInfo } from "../../upper_layer/events.ts";
import type { Answering } from "../answering.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";

/** How the gateway sends instances. */
export interface QueryRetrieveOptions {
  /** Converts instances into transfer syntaxes that a peer takes. Default: none, so that sending such instances fails. */
  readonly transcoding?: Transcoding | undefined;
}

/** Answers queries and retrievals by the called AE title, and moves instances to peers of the configuration. */
export function queryRetrieveModule(
  context: GatewayContext,
  answering: Answering,
  { transcoding }: QueryRetrieveOptions = {},
): GatewayModule {
  const face: SourceFace = {
    sourceFor: ({ calledAeTitle }) => answering.sourceFor(calledAeTitle),
    dialectFor: ({ callingAeTitle }) => answering.dialectFor(callingAeTitle),
  };
  const { peers, dicom } = context.config;
  return {
    name: "query-retrieve",
    services: [
      findScp({ ...face, retrieveAeTitleFor: ({ calledAeTitle }: AssociationInfo) => calledAeTitle }),
      moveScp({
        ...{ ...face, transcoding },
        destinationFor: (aeTitle) => answering.destinationFor(aeTitle),
        nearestTo: (aeTitle) => nearestFirst(aeTitle, Object.values(peers).flatMap((peer) => peer.aeTitle ?? [])),
      }),
      ...getScp({ ...face, transcoding, sopClasses: dicom.unknownSopClasses === "accept" ? "any" : "standard" }),
    ],
  };
}
