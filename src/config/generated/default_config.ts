// Written by `deno task docs:config` from the keys in `src/config/sections/`: change them there.

/**
 * What holds where a configuration says nothing.
 *
 * @module
 */

import { freeze } from "../tree.ts";
import type { Config } from "./model.ts";

/** What holds where a configuration says nothing. */
export const defaultConfig: Config = /* @__PURE__ */ freeze({
  aeTitle: "GANTRY",
  dicom: {
    host: "0.0.0.0",
    port: 11112,
    maxAssociations: 100,
    maxAssociationsPerAeTitle: 50,
    maxAssociationsPerAddress: 50,
    maxUnassociated: 200,
    maxUnassociatedPerAddress: 50,
    maxMemory: 2147483648,
    maxPduLength: 131072,
    maxDataSetLength: 34359738368,
    proxies: [],
    requireCalledAeTitle: false,
    unknownSopClasses: "accept",
    allow: [],
    timeouts: {
      connect: 10000,
      associate: 30000,
      response: 60000,
      idle: 60000,
      release: 10000,
      drain: 10000,
    },
  },
  http: {
    host: "127.0.0.1",
    port: 8080,
    tokens: {},
    proxies: [],
    allowAdHocEcho: false,
  },
  archive: {
    path: "./data",
    durable: true,
    reserve: 268435456,
    onExisting: "keep-first",
    unreadable: "keep",
    retain: "always",
    retainDays: 30,
    keepFree: 1073741824,
    index: {
      attributes: [],
    },
  },
  dicomweb: {
    delete: false,
    origins: [],
    bulkDataAbove: 1024,
    emptyAs204: false,
    maxRequestLength: 68719476736,
    maxRetrievals: 64,
    maxStores: 32,
    retrieved: {
      maxSize: 8589934592,
      maxAge: 3600000,
    },
  },
  peers: {},
  answers: {},
  commitment: {
    enabled: true,
    sameAssociation: [],
    maxReferences: 50000,
    keepDays: 7,
  },
  worklist: {
    offerEnded: false,
    keepDays: 30,
    keepEndedDays: 7,
    maxItems: 100000,
  },
  mpps: {
    forward: [],
    keepDays: 90,
  },
  destinations: {},
  routes: [],
  routing: {
    match: "all",
    otherwise: "keep",
    acknowledgeWithin: 30000,
    maxUnacknowledged: 10000,
    units: {
      quiet: 60000,
      cap: 3600000,
    },
  },
  queue: {
    keepDays: 30,
  },
});
