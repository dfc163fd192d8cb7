/**
 * TLS as it is configured, for `node:tls`: checked before anything listens, put into its words, and held to once a
 * handshake is done, since not every runtime's `node:tls` heeds all of it.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { versions } from "node:process";
import type { TlsOptions, TLSSocket } from "node:tls";
import { TransportError } from "../errors.ts";
import type { TlsInfo } from "../upper_layer/connection.ts";
import { isForHost, readPemCertificates, tlsInfoOf } from "./certificate.ts";
import { type Certificate, chainProblem, isOwnOrFromAuthority, shownBy } from "./node_certificate_chain.ts";
import type { TlsIdentity, TlsProfile, TlsServerSettings } from "./listener.ts";

/** What a profile allows to be negotiated. Neither allows anything below TLS 1.2. */
interface ProfileRules {
  /** Cipher suites as OpenSSL calls them. */
  readonly ciphers: readonly string[];
  readonly maxVersion: "TLSv1.2" | "TLSv1.3";
}

/** Authenticated encryption with keys that are thrown away afterwards; the order is that of preference. */
const PROFILES: Readonly<Record<TlsProfile, ProfileRules>> = {
  // RFC 9325 4.2.
  "bcp195": {
    ciphers: [
      ...["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
      ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384"],
      ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"],
      ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
    ],
    maxVersion: "TLSv1.3",
  },
  // PS3.15 B.11, which allows no other suites, and so no TLS 1.3.
  "bcp195-extended": {
    ciphers: [
      ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384"],
      ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"],
    ],
    maxVersion: "TLSv1.2",
  },
};

/** Throws TransportError, "Cannot `what`", when a certificate, its key or the authorities can't be used. */
export function checkIdentity({ cert, key, clientCa }: TlsIdentity, what: string): void {
  readable(what, "the certificate", () => readPemCertificates(cert));
  if (/ENCRYPTED/.test(key)) throw refuse(what, "the private key is encrypted, expected one without a passphrase");
  const privateKey = readable(what, "the private key", () => createPrivateKey(key));
  const matches = readable(what, "the certificate", () => new X509Certificate(cert).checkPrivateKey(privateKey));
  if (!matches) throw refuse(what, "the private key is not that of the certificate");
  if (clientCa !== undefined) checkAuthorities(clientCa, what);
}

/** Throws TransportError, "Cannot `what`", when there are no authorities in a PEM text. */
export function checkAuthorities(pem: string, what: string): void {
  readable(what, "the list of authorities", () => readPemCertificates(pem));
}

function readable<Result>(what: string, name: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const { message } = cause as Error;
    throw new TransportError(`Cannot ${what}: ${name} can't be read (${message})`, { phase: "tls", cause });
  }
}

/** As `checkIdentity`, of all settings; `before` are those that they are to replace. */
export function checkSettings(settings: TlsServerSettings, what: string, before: TlsServerSettings = settings): void {
  checkIdentity(settings, what);
  const { clientCa, clientCertificates } = settings;
  if (clientCertificates !== undefined && clientCa === undefined) {
    throw refuse(what, "client certificates are asked for, and no authorities are given to check them (clientCa)");
  }
  if ((clientCa === undefined) !== (before.clientCa === undefined)) {
    throw refuse(what, "whether clients are asked for certificates can't change while it listens");
  }
}

function refuse(what: string, problem: string): TransportError {
  return new TransportError(`Cannot ${what}: ${problem}`, { phase: "tls" });
}

/** Options of a server whose identity `checkIdentity` found to be right. */
export function serverOptions(settings: TlsServerSettings): TlsOptions {
  const { cert, key, clientCa, profile = "bcp195" } = settings;
  const { ciphers, maxVersion } = PROFILES[profile];
  const clients: TlsOptions = clientCa === undefined ? {} : {
    ca: clientCa,
    requestCert: true,
    // `verifyPeer` refuses, and knows why.
    rejectUnauthorized: false,
  };
  // BoringSSL has no DHE, and throws when it is told to choose its parameters.
  const dhe: TlsOptions = "boringssl" in versions ? {} : { dhparam: "auto" };
  return { cert, key, minVersion: "TLSv1.2", maxVersion, ciphers: ciphers.join(":"), ...dhe, ...clients };
}

/**
 * Holds the peer of a finished handshake to the settings, before anything is read from it or written to it. Throws
 * TransportError, "Cannot `what`".
 */
export async function verifyPeer(socket: TLSSocket, settings: TlsServerSettings, what: string): Promise<TlsInfo> {
  const { clientCa, clientCertificates = "required", profile = "bcp195" } = settings;
  const { name } = socket.getCipher();
  if (!PROFILES[profile].ciphers.includes(name)) {
    throw refuse(what, `the peer chose ${name}, which the profile ${profile} doesn't allow`);
  }
  if (clientCa === undefined) return {};
  const shown = readable(what, "the peer's certificate", () => shownBy(socket));
  const [own] = shown;
  if (own === undefined) {
    if (clientCertificates === "optional") return {};
    throw refuse(what, "the peer showed no certificate");
  }
  if (!socket.authorized) throw refuse(what, `the peer's certificate ${whyNot(own, socket)}`);
  if (!isOwnOrFromAuthority(shown, clientCa)) {
    throw refuse(
      what,
      "the peer's certificate is not trusted: what issued it is listed, but not an authority (CA:FALSE)",
    );
  }
  return await tlsInfoOf(own.der);
}

/**
 * Holds the server of a finished handshake to its certificate, which `caCerts` or the runtime's own authorities are to
 * vouch for, and which is to carry this name if there is one, before anything is read from it or written to it. Throws
 * TransportError, "Cannot `what`".
 */
export function verifyServer(
  socket: TLSSocket,
  caCerts: readonly string[],
  name: string | undefined,
  what: string,
): void {
  const shown = readable(what, "the certificate", () => shownBy(socket));
  const [own] = shown;
  if (own === undefined) throw refuse(what, "the peer showed no certificate");
  // No runtime checks the certificate of a session that is taken up again.
  if (socket.isSessionReused()) throw refuse(what, "the peer took up an old session");
  const { version, notBefore, notAfter } = own;
  // With an older one, Deno takes the peer's word for having its key.
  if (version !== 3) throw refuse(what, `the certificate is of version ${version}, expected 3`);
  if (Date.now() > notAfter) throw refuse(what, "the certificate has expired");
  if (Date.now() < notBefore) throw refuse(what, "the certificate is not valid yet");
  if (!socket.authorized) {
    const problem = "the certificate is not from an authority that is trusted here, or it isn't for servers";
    throw refuse(what, `${problem} (${socket.authorizationError})`);
  }
  const problem = chainProblem(shown, caCerts);
  if (problem !== undefined) throw refuse(what, problem);
  if (name !== undefined && !isForHost(own, name)) {
    throw refuse(what, `the certificate is for another host, expected ${name}`);
  }
}

/** The runtime may have but one word for all that can be wrong. */
function whyNot({ notBefore, notAfter }: Certificate, { authorizationError }: TLSSocket): string {
  if (Date.now() > notAfter) return `has expired, on ${new Date(notAfter).toISOString().slice(0, 10)}`;
  if (Date.now() < notBefore) return "is not valid yet";
  return `is not trusted: no authority in clientCa issued it, or it isn't for clients (${authorizationError})`;
}
