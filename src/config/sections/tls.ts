/**
 * How the DICOM port speaks TLS.
 *
 * @module
 */

import type { Keys, OptionalSection } from "../entry.ts";
import type { TlsConfig } from "../generated/model.ts";

/** Keys of `tls`. */
export const tlsKeys = {
  certificate: {
    type: "path",
    access: "read",
    required: true,
    example: "gateway.crt",
    description: "Certificate chain, the gateway's own certificate first",
  },
  key: {
    type: "path",
    access: "read",
    required: true,
    example: "gateway.key",
    description: "Its private key, without a passphrase",
  },
  clientCa: {
    type: "path",
    access: "read",
    example: "clients.crt",
    description: "Certificate authorities of clients; setting it makes the gateway ask clients for a certificate",
  },
  clientCertificates: {
    type: "choice",
    choices: ["required", "optional"],
    example: "required",
    description: "With clientCa, whether clients must show a certificate; if they do, it must be valid",
    details: "Without this key they must.",
  },
  profile: {
    type: "choice",
    choices: ["bcp195", "bcp195-extended"],
    default: "bcp195",
    description: "TLS 1.2 and later, or TLS 1.2 with AES-GCM alone",
  },
  native: {
    type: "boolean",
    default: false,
    description: "Deno's own TLS: faster, but it can't disconnect a client that never completes its handshake",
    details: "It doesn't go together with `clientCa`, `dicom.proxies` or the profile `bcp195-extended`.",
  },
} as const satisfies Keys;

/** Section `tls`. */
export const tlsSection: OptionalSection<TlsConfig> = {
  type: "section",
  typeName: "TlsConfig",
  optional: true,
  description: "With this section the DICOM port speaks TLS. The gateway rereads the PEM files when they change",
  keys: tlsKeys,
  rules: [
    ({ clientCa, clientCertificates }) =>
      clientCertificates === undefined || clientCa !== undefined
        ? undefined
        : { path: ["clientCertificates"], expected: "tls.clientCa as well, the authorities to check them against" },
  ],
};
