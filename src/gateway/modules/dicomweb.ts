/**
 * DICOMweb, answered by the same sources as queries and retrievals.
 *
 * @module
 */

import { DEFAULT_ROOT } from "../../dicomweb/server/face.ts";
import { dicomwebPart } from "../../dicomweb/server/part.ts";
import type { Workflow } from "../../dicomweb/workflow/workflow.ts";
import type { FrameCodecs } from "../../pixel_data/frame_codecs.ts";
import { LimitError } from "../../errors.ts";
import { limitRequests } from "../../http/limited_requests.ts";
import { dataScopes, type ScopeRule } from "../../http/scopes.ts";
import type { InstanceSource } from "../../query/instance_source.ts";
import { takesSopClass } from "../../services/storage.ts";
import type { Answering } from "../answering.ts";
import type { GatewayArchive } from "../gateway_archive.ts";
import { dicomwebLimits, loadMetrics } from "../dicomweb_limits.ts";
import type { GatewayUnits } from "./units.ts";
import type { GatewayContext, GatewayEvent, GatewayModule } from "../module.ts";

/** The parts that DICOMweb serves. */
export interface DicomwebParts extends GatewayArchive {
  /** The archive as a source. */
  readonly own: InstanceSource;
  /** Storage commitment, worklist and performed steps. */
  readonly workflow: Workflow;
  /** Decodes, encodes and renders. Default: as of `GatewayOptions`. */
  readonly codecs: FrameCodecs | undefined;
  /** Series and studies that routes send as one; undefined without such routes. */
  readonly units: Pick<GatewayUnits, "storing"> | undefined;
}

/** A client that may ask for commitment may read the result. */
const COMMITMENT_SCOPES: ScopeRule = {
  path: `${DEFAULT_ROOT}/commitment-requests`,
  scopes: { GET: "write", POST: "write" },
};

/** Resources below `/dicom-web`. Clients can delete what `own`, the archive, has where the configuration allows it. */
export function dicomwebModule(
  context: GatewayContext,
  answering: Answering,
  { archive, acknowledgements, store, own, codecs, workflow, units }: DicomwebParts,
): GatewayModule {
  const { config: { dicomweb, http, dicom }, version, onError, statistics, notify } = context;
  const sopClasses = dicom.unknownSopClasses === "accept" ? "any" : "standard";
  const part = dicomwebPart({
    version,
    source: () => answering.sourceFor(),
    proxies: http.proxies,
    origins: dicomweb.origins,
    bulkDataAbove: dicomweb.bulkDataAbove,
    ...(dicomweb.delete && { deletable: { source: own, delete: (uids) => archive.delete(uids) } }),
    sink: {
      async keep(instance) {
        const kept = await archive.keep(instance);
        return { ...kept, acknowledged: acknowledgements?.wait(kept) };
      },
      create: () => store.create(),
      ...(units !== undefined && { begin: (sender) => units.storing(sender) }),
      takesSopClass: (uid) => takesSopClass(uid, sopClasses),
      shortage: () => store.shortage?.(),
      refused: (event) => notify(event),
      limitPassed: (error) => statistics.limitPassed(error, "failed"),
    },
    codecs,
    workflow,
    maxRequestLength: dicomweb.maxRequestLength,
    emptyAs204: dicomweb.emptyAs204,
    onError,
  });
  const observe = (event: GatewayEvent) => {
    if (event.type !== "instance-kept") return;
    const { instance, existing } = event.kept;
    for (const one of existing === undefined ? [instance] : [instance, existing]) {
      part.changed(one.studyInstanceUid, one.seriesInstanceUid);
    }
  };
  const limits = dicomwebLimits(dicomweb, DEFAULT_ROOT);
  const limited = limitRequests(part, DEFAULT_ROOT, limits, (limit, maximum) => {
    const error = new LimitError("Cannot answer: too many such requests are under way", { limit, maximum });
    statistics.limitPassed(error, "rejected");
  });
  return {
    ...limited,
    name: "dicomweb",
    scopes: [dataScopes(DEFAULT_ROOT), COMMITMENT_SCOPES],
    metrics: () => loadMetrics(limited.load()),
    observers: [observe],
  };
}
