/**
 * Access rules: which peers may associate.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { AllowedCertificate, AllowRule } from "../generated/model.ts";

/** Keys of a rule's `certificate`. */
export const certificateKeys = {
  subject: { type: "line", example: "CT1", description: "Common name of its subject" },
  name: { type: "line", example: "ct1.example", description: "One of its alternative names" },
  fingerprint: {
    type: "fingerprint",
    example: "5f1d7a0b2c3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8",
    description: "Its SHA-256 fingerprint",
  },
} as const satisfies Keys;

const certificateSection: OptionalSection<AllowedCertificate> = {
  type: "section",
  typeName: "AllowedCertificate",
  optional: true,
  atLeastOne: true,
  description: "Client certificate; needs tls.clientCa",
  keys: certificateKeys,
};

/** Keys of a rule of `dicom.allow`. */
export const allowRuleKeys = {
  aeTitle: { type: "aeTitle", example: "CT1", description: "Calling AE title" },
  calledAeTitle: { type: "aeTitle", example: "GANTRY", description: "Called AE title" },
  address: { type: "address", example: "10.1.0.0/16", description: "IP address or network" },
  certificate: certificateSection,
  users: {
    type: "list",
    items: { type: "line", description: "Name of a user" },
    or: "any",
    expected: "any, or a list of usernames",
    nonEmpty: "any, or a list of usernames",
    example: ["ct1", "ct2"],
    description: "Users of dicom.users; any for all of them",
  },
  may: {
    type: "list",
    items: {
      type: "choice",
      choices: ["echo", "store", "find", "retrieve", "worklist", "mpps", "commit", "other"],
      description: "A service",
    },
    expected: "a list of echo, store, find, retrieve, worklist, mpps, commit and other",
    nonEmpty: "at least one of echo, store, find, retrieve, worklist, mpps, commit and other",
    example: ["echo", "store"],
    description: "Services that the peer may use; all without this key",
    details:
      "find is C-FIND, retrieve C-MOVE and C-GET, commit Storage Commitment, other every service without a name here. Presentation " +
      "contexts of other services are refused. A peer that matches several rules may use the services of all of them.",
  },
} as const satisfies Keys;

/** One item of `dicom.allow`. */
export const allowRuleSection: Section<AllowRule> = {
  type: "section",
  typeName: "AllowRule",
  atLeastOne: true,
  description: "A rule matches when all of its keys do; leave out what does not matter",
  keys: allowRuleKeys,
};
