/**
 * Application entities that can be called.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { DialectConfig, Oauth2Config, PeerConfig, PeerTlsConfig } from "../generated/model.ts";

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
    details: "Without this key the gateway checks the name.",
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
    description:
      "Whether to refuse queries that break the hierarchy, unless the association negotiated relational queries",
  },
  names: {
    type: "choice",
    choices: ["literal", "component-prefix"],
    example: "component-prefix",
    description: "Whether a name matches as a whole, or by the beginning of each component",
  },
  characterSet: {
    type: "list",
    items: { type: "line", description: "A defined term of Specific Character Set" },
    example: ["ISO_IR 100"],
    nonEmpty: "at least one defined term, such as ISO_IR 192",
    expected: "a list of defined terms such as [ISO_IR 100]",
    description: "Character set of answers to the peer; without this key that of its query",
  },
  combinedDateTime: {
    type: "boolean",
    example: true,
    description: "Whether a range of dates and a range of times are one range of date and time",
  },
  universalAsterisk: {
    type: "boolean",
    example: false,
    description: "Whether a lone * means any value for every VR, UIDs and dates too",
  },
  inferLevel: {
    type: "boolean",
    example: false,
    description: "Whether to infer the level from the keys if (0008,0052) is missing or unknown",
  },
  lenientDates: {
    type: "boolean",
    example: false,
    description: "Whether to accept dates such as 2025-01-31, 202501 and 2025",
  },
  universalUid: {
    type: "choice",
    choices: ["empty", "asterisk"],
    example: "asterisk",
    description: "How to query the peer for any value of a unique key",
  },
  pendingInterval: {
    type: "duration",
    example: "1s",
    description: "Longest time between responses to a C-MOVE or C-GET of the peer; 2s without this key",
  },
} as const satisfies Keys;

const dialectSection: OptionalSection<DialectConfig> = {
  type: "section",
  typeName: "DialectConfig",
  optional: true,
  description:
    "How the peer deviates from the standard in queries; without a key the gateway tolerates what it can interpret",
  keys: dialectKeys,
};

/** Keys of `oauth2` of a peer. */
export const oauth2Keys = {
  tokenUrl: {
    type: "url",
    required: true,
    example: "https://login.example/token",
    description: "Token endpoint of the authorization server",
  },
  clientId: { type: "line", required: true, example: "gantry", description: "Name of the client" },
  clientSecret: {
    type: "bearerToken",
    required: true,
    secret: true,
    example: "${LAKE_SECRET}",
    description: "Secret of the client",
  },
  scope: { type: "line", example: "dicom", description: "Scope to request" },
} as const satisfies Keys;

const oauth2Section: OptionalSection<Oauth2Config> = {
  type: "section",
  typeName: "Oauth2Config",
  optional: true,
  inExamples: ["LAKE"],
  description: "Client credentials of OAuth 2.0 for tokens for url (RFC 6749 4.4)",
  keys: oauth2Keys,
};

/** Keys of a value of `peers`. */
export const peerKeys = {
  aeTitle: {
    type: "aeTitle",
    example: "ORTHANC",
    description: "AE title to call; with url, the AE title that stands for the server",
    details: "Instances that are stored at or moved to this AE title go to url.",
  },
  host: { type: "host", example: "192.0.2.10", description: "Host name or IP address, without brackets" },
  port: { type: "port", min: 1, example: 4242, description: "TCP port" },
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
    description: "Maximum number of concurrent associations with the peer",
    details: "Without this key a C-MOVE uses 1 to send to the peer, and queries and retrievals use up to 8.",
  },
  retrieve: {
    type: "choice",
    choices: ["get", "move"],
    example: "move",
    description: "How to retrieve from the peer: by C-GET, or by C-MOVE to the gateway; get without this key",
    details: "For C-MOVE the peer has to know the gateway's AE title, host and port.",
  },
  web: {
    type: "boolean",
    example: true,
    description:
      "Whether the gateway offers the peer as DICOMweb, at /peers/NAME/dicom-web of the HTTP API; false without this key",
  },
  dialect: dialectSection,
  url: {
    type: "url",
    inExamples: ["CLOUD", "LAKE"],
    example: "https://cloud.example/dicom-web",
    description: "Base URL of DICOMweb services, instead of host and port",
  },
  token: {
    type: "bearerToken",
    secret: true,
    inExamples: ["CLOUD"],
    example: "${CLOUD_TOKEN}",
    description: "Bearer token for url",
  },
  oauth2: oauth2Section,
  maxBatch: {
    type: "integer",
    min: 1,
    max: 1000,
    unit: "instances",
    inExamples: ["CLOUD"],
    example: 16,
    description: "Maximum number of instances in one request of a route to url; 32 without this key",
  },
  maxBatchBytes: {
    type: "size",
    min: "1KiB",
    max: "64GiB",
    inExamples: ["CLOUD"],
    example: "16MiB",
    description: "Maximum size of the instances in one such request; 64 MiB without this key",
    details: "The gateway sends a longer instance in a request of its own.",
  },
  conflict: {
    type: "choice",
    choices: ["dead", "duplicate"],
    inExamples: ["CLOUD"],
    example: "duplicate",
    description: "State of the job when url refuses an instance with 409 and no reason; dead without this key",
    details:
      "Some servers answer this way when they have another instance with that UID. duplicate counts the instance " +
      "as delivered.",
  },
} as const satisfies Keys;

/** What goes with `url`, and what goes with `host`. */
const OF_DICOMWEB = ["token", "oauth2", "maxBatch", "maxBatchBytes", "conflict"] as const;
const OF_DIMSE = ["host", "port", "callingAeTitle", "tls", "user", "passcode", "retrieve", "dialect"] as const;

/** A value of `peers`. */
export const peerSection: Section<PeerConfig> = {
  type: "section",
  typeName: "PeerConfig",
  description: "An application entity, or a DICOMweb server, that can be called",
  keys: peerKeys,
  rules: [
    (peer) => {
      if (peer.url === undefined) {
        const lacking = (["aeTitle", "host", "port"] as const).filter((key) => peer[key] === undefined);
        const alien = OF_DICOMWEB.filter((key) => peer[key] !== undefined);
        return [
          ...lacking.map((key) => ({ path: [key], expected: `${WANTED[key]}, or url for a DICOMweb server` })),
          ...alien.map((key) => ({ path: [key], expected: "url as well, or nothing" })),
        ];
      }
      const alien = OF_DIMSE.filter((key) => peer[key] !== undefined);
      return alien.map((key) => ({ path: [key], expected: "nothing beside url" }));
    },
    ({ token, oauth2 }) =>
      token === undefined || oauth2 === undefined
        ? undefined
        : { path: ["token"], expected: "token or oauth2, not both" },
    ({ user, passcode }) =>
      passcode === undefined || user !== undefined
        ? undefined
        : { path: ["user"], expected: "the user whose passcode it is" },
  ],
};

const WANTED = {
  aeTitle: "the AE title to call",
  host: "a host name or an IP address (without brackets)",
  port: "a whole number from 1 to 65535",
} as const;
