/**
 * Application entities that can be called.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { DialectConfig, PeerConfig, PeerTlsConfig } from "../generated/model.ts";

/** Keys of `tls` of a peer. */
export const peerTlsKeys = {
  ca: {
    type: "path",
    access: "read",
    example: "authorities.pem",
    description: "Certificate authorities to trust besides those of the system",
  },
  certificate: {
    type: "path",
    access: "read",
    example: "us.crt",
    description: "Certificate chain for a peer that asks for one; needs key",
  },
  key: {
    type: "path",
    access: "read",
    example: "us.key",
    description: "Private key of that certificate, without a passphrase",
  },
  serverName: {
    type: "host",
    example: "pacs.example",
    description: "Name expected in the peer's certificate, if it differs from the host",
  },
  verifyName: {
    type: "boolean",
    example: true,
    description: "false accepts any name in a certificate of a trusted authority",
    details: "Without this key the name is checked.",
  },
} as const satisfies Keys;

const peerTlsSection: OptionalSection<PeerTlsConfig> = {
  type: "section",
  typeName: "PeerTlsConfig",
  optional: true,
  description: "With this section the gateway calls the peer over TLS; {} trusts the system's certificate authorities",
  expected: "a mapping: {} trusts the system, { ca: FILE } a file of authorities",
  keys: peerTlsKeys,
  rules: [
    ({ certificate, key }) =>
      (certificate === undefined) === (key === undefined)
        ? undefined
        : { path: [], expected: "certificate and key, or neither" },
  ],
};

/** Keys of `dialect` of a peer. */
export const dialectKeys = {
  strict: {
    type: "boolean",
    example: true,
    description: "Refuse queries that break the hierarchy where nothing else was negotiated",
  },
  names: {
    type: "choice",
    choices: ["literal", "component-prefix"],
    example: "component-prefix",
    description: "Whether names match as a whole, or their components by beginnings",
  },
  characterSet: {
    type: "list",
    items: { type: "line", description: "A defined term of Specific Character Set" },
    example: ["ISO_IR 100"],
    nonEmpty: "at least one defined term, such as ISO_IR 192",
    expected: "a list of defined terms such as [ISO_IR 100]",
    description: "Character set of what it is sent; that of its question without this key",
  },
  combinedDateTime: {
    type: "boolean",
    example: true,
    description: "Take a range of dates and one of times as one range of moments",
  },
  universalAsterisk: {
    type: "boolean",
    example: false,
    description: "Whether a lone * means any value for every VR, UIDs and dates too",
  },
  inferLevel: {
    type: "boolean",
    example: false,
    description: "Whether the level is found from the keys where (0008,0052) is missing or unknown",
  },
  lenientDates: {
    type: "boolean",
    example: false,
    description: "Whether 2025-01-31, 202501 and 2025 are read as what they mean",
  },
  universalUid: {
    type: "choice",
    choices: ["empty", "asterisk"],
    example: "asterisk",
    description: "How it wants to be asked for any value of a unique key",
  },
  pendingInterval: {
    type: "duration",
    example: "1s",
    description: "Longest time without a response while it waits for a C-MOVE or C-GET; 2s without this key",
  },
} as const satisfies Keys;

const dialectSection: OptionalSection<DialectConfig> = {
  type: "section",
  typeName: "DialectConfig",
  optional: true,
  description: "How the peer asks and wants to be asked; without a key whatever can be understood is taken",
  keys: dialectKeys,
};

/** Keys of a value of `peers`. */
export const peerKeys = {
  aeTitle: { type: "aeTitle", required: true, example: "ORTHANC", description: "AE title to call" },
  host: {
    type: "host",
    required: true,
    example: "192.0.2.10",
    description: "Host name or IP address, without brackets",
  },
  port: { type: "port", min: 1, required: true, example: 4242, description: "TCP port" },
  callingAeTitle: {
    type: "aeTitle",
    example: "GW1",
    description: "Calling AE title to use with this peer, if not the gateway's",
  },
  tls: peerTlsSection,
  user: { type: "line", example: "gantry", description: "User identity to send (PS3.7 D.3.3.7)" },
  passcode: {
    type: "line",
    secret: true,
    example: "${PACS_PASSCODE}",
    description: "Passcode of that user; sent in the clear without TLS",
  },
  maxAssociations: {
    type: "integer",
    min: 1,
    max: 100,
    unit: "associations",
    example: 4,
    description: "Most associations at the same time that a C-MOVE sends to it over; 1 without this key",
  },
  dialect: dialectSection,
} as const satisfies Keys;

/** A value of `peers`. */
export const peerSection: Section<PeerConfig> = {
  type: "section",
  typeName: "PeerConfig",
  description: "An application entity that can be called",
  keys: peerKeys,
  rules: [
    ({ user, passcode }) =>
      passcode === undefined || user !== undefined
        ? undefined
        : { path: ["user"], expected: "the user whose passcode it is" },
  ],
};
