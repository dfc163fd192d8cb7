/**
 * How associations are accepted and kept.
 *
 * @module
 */

import type { Keys, Section } from "../entry.ts";
import type { DicomConfig, TimeoutConfig } from "../generated/model.ts";
import { allowRuleSection } from "./allow.ts";

/** Keys of `dicom.timeouts`. */
export const timeoutKeys = {
  connect: {
    type: "duration",
    default: "10s",
    description: "Connecting to a peer, a TLS handshake, or a PROXY protocol header",
  },
  associate: {
    type: "duration",
    default: "30s",
    description: "A-ASSOCIATE-RQ on a new connection, the decision on it, or the answer to one of ours",
  },
  response: { type: "duration", default: "60s", description: "A peer's response to a DIMSE request" },
  idle: {
    type: "duration",
    default: "60s",
    description:
      "Silence of a peer on an established association while it owes a message; a requestor owes its next request",
  },
  release: {
    type: "duration",
    default: "10s",
    description: "Waiting for an A-RELEASE-RP, and for a peer to close a connection that has ended",
  },
  drain: {
    type: "duration",
    default: "10s",
    description: "Time from SIGTERM to the end of the process; associations have until two seconds before that",
  },
} as const satisfies Keys;

const timeoutSection: Section<TimeoutConfig> = {
  type: "section",
  typeName: "TimeoutConfig",
  description: "Time limits",
  keys: timeoutKeys,
};

/** Keys of `dicom`. */
export const dicomKeys = {
  host: {
    type: "host",
    default: "0.0.0.0",
    description: 'Address to listen on: 127.0.0.1 for this machine alone, "::" for IPv6 as well',
  },
  port: { type: "port", min: 0, default: 11112, description: "Port to listen on; 0 lets the system choose" },
  maxAssociations: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "associations",
    default: 100,
    description: "Associations at the same time",
    details: "The gateway rejects more, with the reason local-limit-exceeded.",
  },
  maxAssociationsPerAeTitle: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "associations",
    default: 50,
    description: "Associations with one calling AE title at the same time",
  },
  maxAssociationsPerAddress: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "associations",
    default: 50,
    description: "Associations from one address (IPv6: one /64) at the same time",
  },
  maxUnassociated: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "connections",
    default: 200,
    description: "Connections without an association at the same time",
    details: "TLS handshakes are among them. The gateway closes any more as soon as they open.",
  },
  maxUnassociatedPerAddress: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "connections",
    default: 50,
    description: "Connections without an association from one address at the same time",
  },
  maxMemory: {
    type: "size",
    min: "0",
    max: "1024TiB",
    default: "2GiB",
    description: "Memory of the process above which the gateway rejects new associations; 0 for no limit",
    details: "The reason of the rejection is temporary-congestion.",
  },
  maxPduLength: {
    type: "size",
    min: "4KiB",
    max: "16MiB",
    default: "128KiB",
    was: "maximumPduLength",
    description: "Longest P-DATA-TF variable field to receive",
    details: "The gateway announces it to every peer (PS3.8 D.1).",
  },
  maxDataSetLength: {
    type: "size",
    min: "1MiB",
    max: "1024TiB",
    default: "32GiB",
    was: "maximumDataSetLength",
    description: "Longest data set to receive",
    details: "The gateway aborts the association of a peer that sends a longer one.",
  },
  proxies: {
    type: "list",
    items: { type: "address", description: "IP address or network" },
    expected: "a list of IP addresses and networks",
    default: [],
    example: ["192.0.2.20", "10.9.0.0/24"],
    description:
      "Load balancers, whose connections must begin with a PROXY protocol header; other connections must not",
    details: "The gateway reads versions 1 and 2 of the protocol, before TLS.",
  },
  requireCalledAeTitle: {
    type: "boolean",
    default: false,
    description: "Whether peers must call the gateway by its aeTitle",
    details: "Otherwise any called AE title will do.",
  },
  unknownSopClasses: {
    type: "choice",
    choices: ["accept", "refuse"],
    default: "accept",
    description: "Whether to accept private SOP classes and those newer than this version",
  },
  allow: {
    type: "list",
    items: allowRuleSection,
    expected: "a list of rules",
    nonEmpty: "at least one rule; without allow, anybody may associate",
    default: [],
    description: "Access rules: a peer must match one of them; without rules any peer may associate",
  },
  users: {
    type: "path",
    access: "read",
    example: "users.txt",
    description: "File of users and hashes of their passcodes; add one with: gantry passwd USER >> users.txt",
    details: "Without it, the gateway ignores user identities.",
  },
  timeouts: timeoutSection,
} as const satisfies Keys;

/** Section `dicom`. */
export const dicomSection: Section<DicomConfig> = {
  type: "section",
  typeName: "DicomConfig",
  description: "The DICOM port: its address, access rules, limits and timeouts",
  keys: dicomKeys,
};
