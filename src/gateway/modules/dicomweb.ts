/**
 * DICOMweb, answered as queries and retrievals are.
 *
 * @module
 */

import type { Deletable } from "../../dicomweb/server/face.ts";
import { dicomwebPart } from "../../dicomweb/server/part.ts";
import type { Answering } from "../answering.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "../module.ts";

/** Resources below `/dicom-web`. What can be deleted is deleted where the configuration allows it. */
export function dicomwebModule(context: GatewayContext, answering: Answering, deletable: Deletable): GatewayModule {
  const { config: { dicomweb, http }, version, onError } = context;
  const { changed, ...part } = dicomwebPart({
    version,
    source: () => answering.sourceFor(),
    proxies: http.proxies,
    origins: dicomweb.origins,
    bulkDataAbove: dicomweb.bulkDataAbove,
    ...(dicomweb.delete && { deletable }),
    onError,
  });
  const observe = (event: GatewayEvent) => {
    if (event.type !== "instance-kept") return;
    const { instance, existing } = event.kept;
    for (const one of existing === undefined ? [instance] : [instance, existing]) {
      changed(one.studyInstanceUid, one.seriesInstanceUid);
    }
  };
  return { ...part, name: "dicomweb", observers: [observe] };
}
