/**
 * What the statement says of security.
 *
 * @module
 */

import type { Config } from "../../config.ts";
import { needsToken } from "../../config/needs_token.ts";
import { section } from "./markdown.ts";

type Tls = NonNullable<Config["tls"]>;

/** TLS versions by profile (PS3.15 Annex B). */
const PROFILES: Readonly<Record<Tls["profile"], string>> = {
  "bcp195": "BCP 195 (RFC 9325): TLS 1.2 with ECDHE and AES-GCM or ChaCha20, and TLS 1.3",
  "bcp195-extended":
    "Extended BCP 195 (PS3.15 B.11): TLS 1.2 with AES-GCM; DHE depends on the runtime, and Deno lacks it",
};

/** The section on security. */
export function securityProfile({ tls, dicom, http, peers }: Config): string {
  const peersByTls = Object.values(peers).filter((peer) => peer.tls !== undefined).length;
  return section(
    "## Security",
    `**Secure transport connections (PS3.15 Annex B).** ${
      describe(tls)
    } Peers that are called with TLS: ${peersByTls}.`,
    `**User identity (PS3.7 D.3.3.7).** ${
      dicom.users === undefined
        ? "No users are configured; the gateway ignores user identities."
        : "User names, with and without passcode, are checked. Kerberos, SAML and JWT are refused."
    }`,
    `**Access rules.** ${
      dicom.allow.length === 0
        ? "None: any AE may associate and use every service."
        : `${dicom.allow.length}, of which a peer must match one.`
    }`,
    `**HTTP.** The HTTP API ${needsToken(http) ? "needs a bearer token" : "is for this machine only"}.${
      http.oidc === undefined ? "" : " JSON Web Tokens of an identity provider are taken (RFC 9068)."
    }`,
  );
}

function describe(tls: Tls | undefined): string {
  const supported = Object.values(PROFILES).join("; ");
  if (tls === undefined) return `Not configured. Supported: ${supported}.`;
  const certificates = tls.clientCa === undefined
    ? "Clients are not asked for a certificate."
    : `Client certificates are ${tls.clientCertificates ?? "required"}.`;
  return `${PROFILES[tls.profile]}. ${certificates}`;
}
