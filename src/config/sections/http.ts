/**
 * The HTTP sidecar.
 *
 * @module
 */

import { needsToken } from "../needs_token.ts";
import type { Keys, OptionalSection, Section } from "../entry.ts";
import type { HttpConfig, HttpTlsConfig, HttpTokenConfig, OidcConfig } from "../generated/model.ts";

/** This machine: without a token the sidecar listens here only. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

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

/** Keys of a value of `http.tokens`. */
export const httpTokenKeys = {
  token: {
    type: "token",
    secret: true,
    example: "${VIEWER_TOKEN}",
    description: "The token, at least 16 characters; or set sha256 instead",
  },
  sha256: {
    type: "fingerprint",
    inExamples: ["RESEARCH"],
    example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    description: "SHA-256 digest of the token in hexadecimal digits, instead of token",
  },
  scopes: {
    type: "list",
    required: true,
    items: { type: "choice", choices: ["read", "write", "delete", "admin"], description: "A scope" },
    expected: "a list of read, write, delete and admin",
    inExamples: ["VIEWER", "RESEARCH"],
    nonEmpty: "at least one of read, write, delete and admin",
    example: ["read"],
    description: "Scopes of the bearer: read, write, delete, admin",
    details: "None includes another. admin is for associations, metrics, C-ECHO and storage commitment.",
  },
} as const satisfies Keys;

const httpTokenSection: Section<HttpTokenConfig> = {
  type: "section",
  typeName: "HttpTokenConfig",
  description: "A bearer token with a name and scopes",
  keys: httpTokenKeys,
  rules: [
    ({ token, sha256 }) =>
      (token === undefined) === (sha256 === undefined)
        ? { path: [], expected: "token or sha256, one of them" }
        : undefined,
  ],
};

/** Keys of `http.oidc`. */
export const oidcKeys = {
  issuer: {
    type: "line",
    required: true,
    example: "https://login.example/realms/clinic",
    description: "Issuer of the tokens: the exact value of the claim iss",
  },
  audience: {
    type: "line",
    required: true,
    example: "gantry",
    description: "Audience of the tokens: a value of the claim aud",
  },
  jwks: {
    type: "url",
    required: true,
    example: "https://login.example/realms/clinic/protocol/openid-connect/certs",
    description: "URL of the issuer's public keys, a JSON Web Key Set",
    details: "If the gateway can't fetch newer keys, it uses old ones for up to an hour.",
  },
  scopeClaim: {
    type: "line",
    default: "scope",
    description: "Claim that has the scopes: words with spaces between them, or a list",
    details: "Dots lead into objects, as in realm_access.roles.",
  },
  scopePrefix: {
    type: "line",
    example: "gantry.",
    description: "Prefix of the scopes in that claim; none without this key",
  },
  clockSkew: { type: "duration", default: "30s", description: "Tolerated difference between clocks" },
} as const satisfies Keys;

const oidcSection: OptionalSection<OidcConfig> = {
  type: "section",
  typeName: "OidcConfig",
  optional: true,
  description: "Access tokens of an identity provider, in the form of JSON Web Tokens (OpenID Connect, RFC 9068)",
  keys: oidcKeys,
  rules: [
    ({ jwks }) =>
      /^https:/.test(jwks) || LOOPBACK.test(new URL(jwks).hostname.replace(/^\[(.*)\]$/, "$1"))
        ? undefined
        : { path: ["jwks"], expected: "https, or a loopback address: who can change the keys can make tokens" },
  ],
};

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
    description: "Bearer token of at least 16 characters, with all scopes",
    details: "If token, tokens or oidc is set, every request except for health needs a token.",
  },
  tokens: {
    type: "map",
    values: httpTokenSection,
    expected: "a mapping of names to tokens",
    exampleName: "VIEWER",
    description:
      "Bearer tokens by the names of their bearers. The gateway records the name in the log and with the instances that the bearer stores",
  },
  oidc: oidcSection,
  tls: httpTlsSection,
  proxies: {
    type: "list",
    items: { type: "address", description: "IP address or network" },
    expected: "a list of IP addresses and networks",
    default: [],
    example: ["192.0.2.20", "10.9.0.0/24"],
    description: "Reverse proxies whose headers Forwarded and X-Forwarded-* the gateway trusts",
    details: "URLs in answers begin with the address in these headers; otherwise with the header Host.",
  },
  viewer: {
    type: "path",
    access: "read",
    words: { ohif: VIEWER_PACKAGE },
    example: "ohif",
    description: "Viewer to serve at /ohif/: ohif for the package @ohif/app, or the folder of its dist",
    details: "The gateway looks for the package in node_modules beside the configuration.",
  },
  allowAdHocEcho: {
    type: "boolean",
    default: false,
    permits: "net",
    description: "Whether POST /echo may name any host, not just a configured peer",
  },
} as const satisfies Keys;

/** Section `http`. */
export const httpSection: Section<HttpConfig> = {
  type: "section",
  typeName: "HttpConfig",
  description: "The HTTP API: health, associations, metrics, C-ECHO on request",
  keys: httpKeys,
  rules: [
    (http) =>
      needsToken(http) || LOOPBACK.test(http.host)
        ? undefined
        : { path: ["host"], expected: "a loopback address such as 127.0.0.1, or http.token, tokens or oidc as well" },
  ],
};
