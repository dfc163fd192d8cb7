/**
 * DICOMweb, answered as queries and retrievals are.
 *
 * @module
 */

import { dicomwebPart } from "../../dicomweb/server/part.ts";
import type { Answering } from "../answering.ts";
import type { GatewayContext, GatewayModule } from "../module.ts";

/** Resources below `/dicom-web`. */
export function dicomwebModule(context: GatewayContext, answering: Answering): GatewayModule {
  const { config: { dicomweb, http }, version, onError } = context;
  return {
    ...dicomwebPart({
      version,
      source: () => answering.sourceFor(),
      proxies: http.proxies,
      origins: dicomweb.origins,
      bulkDataAbove: dicomweb.bulkDataAbove,
      onError,
    }),
    name: "dicomweb",
  };
}
