/**
 * The HTTP sidecar.
 *
 * @module
 */

import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { HttpConfig, HttpTlsConfig } from "../generated/model.ts";

/** Keys of `http.tls`. */
export const httpTlsKeys = {
  certificate: {
    type: "path",
    access: "read",
    required: true,
    example: "sidecar.crt",
    description: "Certificate chain, the sidecar's own certificate first",
  },
  key: {
    type: "path",
    access: "read",
    required: true,
    example: "sidecar.key",
    description: "Its private key, without a passphrase",
  },
} as const satisfies Keys;

const httpTlsSection: OptionalSection<HttpTlsConfig> = {
  type: "section",
  typeName: "HttpTlsConfig",
  optional: true,
  description: "With this section the sidecar speaks HTTPS",
  keys: httpTlsKeys,
};

/** Where npm puts the viewer. */
export const VIEWER_PACKAGE = "node_modules/@ohif/app/dist";

/** Keys of `http`. */
export const httpKeys = {
  host: {
    type: "host",
    default: "127.0.0.1",
    description: "Address to listen on; any but a loopback address needs a token",
  },
  port: { type: "port", min: 0, default: 8080, description: "Port to listen on; 0 lets the system choose" },
  token: {
    type: "token",
    secret: true,
    example: "${GANTRY_TOKEN}",
    description: "Bearer token of at least 16 characters; every request except for health needs it",
  },
  tls: httpTlsSection,
  proxies: {
    type: "list",
    items: { type: "address", description: "IP address or network" },
    expected: "a list of IP addresses and networks",
    default: [],
    example: ["192.0.2.20", "10.9.0.0/24"],
    description: "Reverse proxies, whose headers Forwarded and X-Forwarded-* tell what clients have asked for",
    details: "URLs in answers begin with what these headers say; otherwise with the header Host.",
  },
  viewer: {
    type: "path",
    access: "read",
    words: { ohif: VIEWER_PACKAGE },
    example: "ohif",
    description: "Viewer to serve at /ohif/: ohif for the package @ohif/app, or the folder of its dist",
    details: "The package is looked for in node_modules beside the configuration.",
  },
  allowAdHocEcho: {
    type: "boolean",
    default: false,
    permits: "net",
    description: "Whether POST /echo may name any host, not just a configured peer",
  },
} as const satisfies Keys;

/** Without a token the sidecar listens here only. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Section `http`. */
export const httpSection: Section<HttpConfig> = {
  type: "section",
  typeName: "HttpConfig",
  description: "The HTTP API: health, associations, metrics, C-ECHO on request",
  keys: httpKeys,
  rules: [
    ({ host, token }) =>
      token !== undefined || LOOPBACK.test(host)
        ? undefined
        : { path: ["host"], expected: "a loopback address such as 127.0.0.1, or http.token as well" },
  ],
};
