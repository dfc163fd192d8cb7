/**
 * C-STORE into the archive.
 *
 * @module
 */

import { createArchive } from "../../archive/archive.ts";
import type { ObjectStore } from "../../archive/object_store.ts";
import type { HealthCheck } from "../../http/health_format.ts";
import { storage } from "../../services/storage.ts";
import type { GatewayContext, GatewayModule, HealthChecks } from "../module.ts";

/** Keeps what peers send in `store`, which stays the host's to close. */
export function storageModule({ config, onError }: GatewayContext, store: ObjectStore): GatewayModule {
  const { dicom, archive: { onExisting } } = config;
  const limits = { maximumInstanceLength: dicom.maxDataSetLength };
  const archive = createArchive({ store, onExisting, limits });
  const service = storage(async (instance) => {
    const { sopClassUid, sopInstanceUid, transferSyntax, dataSet, association } = instance;
    const sourceAeTitle = association.callingAeTitle;
    await archive.keep({ sopClassUid, sopInstanceUid, transferSyntax, dataSet, sourceAeTitle });
  }, { sopClasses: dicom.unknownSopClasses === "accept" ? "any" : "standard" });
  return {
    name: "storage",
    services: [service],
    health: healthOf(store, onError),
    shortage() {
      const detail = store.shortage?.();
      return detail === undefined ? undefined : { limit: "reserve", detail };
    },
  };
}

/** Tells what is wrong with the archive once, when it begins, and only to the operator: anybody can read health. */
function healthOf(store: ObjectStore, onError: (error: unknown) => void): () => Promise<HealthChecks> {
  let told: string | undefined;
  return async () => {
    const { writable, freeBytes, problem } = await store.check();
    if (problem !== undefined && problem !== told) onError(new Error(`Cannot write to the archive: ${problem}`));
    told = problem;
    const archive: HealthCheck = {
      componentType: "datastore",
      observedValue: writable,
      status: writable ? "pass" : "fail",
      ...(!writable && { output: "The archive cannot be written to; the log says why" }),
    };
    const free: HealthCheck = {
      componentType: "datastore",
      ...(freeBytes !== undefined && { observedValue: freeBytes }),
      observedUnit: "bytes",
      status: "pass",
    };
    return { "archive:writable": [archive], ...(freeBytes !== undefined && { "archive:free": [free] }) };
  };
}
