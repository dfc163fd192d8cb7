/**
 * What went wrong with a socket, in words that help.
 *
 * @module
 */

import { DeadlineError, TransportError } from "../errors.ts";

/** Errors of the system by their code, in the order of how often they are met. */
const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ETIMEDOUT: "the peer did not answer (timed out)",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ECONNRESET: "the peer reset the connection",
  EPIPE: "the peer closed the connection",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be looked up at present",
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "the address is not one of this machine",
  EACCES: "the system does not permit this port (one below 1024 takes a privilege: CAP_NET_BIND_SERVICE on Linux)",
  EMFILE: "too many files and sockets are open (see ulimit -n)",
  ENFILE: "too many files and sockets are open on this machine",
};

/** Codes that some errors of the runtime have in words alone. */
const codeInWords: readonly (readonly [RegExp, string])[] = [
  [/failed to lookup address|getaddrinfo/i, "ENOTFOUND"],
  [/connection refused/i, "ECONNREFUSED"],
];

/** What TLS implementations say, and what it means. The first that matches counts. */
const byMessage: readonly (readonly [RegExp, string])[] = [
  [
    /InvalidContentType|corrupt message|wrong version number|unexpected message|packet length too long|http.request/i,
    "the peer does not speak TLS there",
  ],
  [/CertNotValidForName|not valid for name|altnames|ERR_TLS_CERT_ALTNAME/i, "the certificate is for another host"],
  [/received fatal alert.*(CertificateRequired)|certificate required/i, "the peer asks for a client certificate"],
  [/received fatal alert.*UnknownCA|alert unknown ca/i, "the peer does not trust our certificate's authority"],
  [/received fatal alert.*(Certificate|Decrypt)|alert (bad|certificate)/i, "the peer refuses our certificate"],
  [/Expired|has expired/i, "the certificate has expired"],
  [/NotValidYet|not yet valid/i, "the certificate is not valid yet"],
  [/UnsupportedCertVersion/, "a certificate is not of version 3"],
  [/CaUsedAsEndEntity/, "the certificate is that of an authority (CA:TRUE), expected one of a server"],
  [
    /UnknownIssuer|self-signed|unable to (get|verify)/i,
    "the certificate is not from an authority that is trusted here",
  ],
  [
    /HandshakeFailure|handshake failure|no shared cipher|unsupported protocol|peer is incompatible|ProtocolVersion/i,
    "no TLS version and cipher suite is common to both sides",
  ],
  [/unexpected end of file|UnexpectedEof|socket disconnected|socket hang up/i, "the peer closed the connection"],
];

/** The cause in words, followed by the runtime's own message where that adds something. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const text = byCode[code] ?? byCode[codeInWords.find(([pattern]) => pattern.test(cause.message))?.[1] ?? ""];
  if (text !== undefined) return text;
  const known = byMessage.find(([pattern]) => pattern.test(cause.message) || pattern.test(code));
  const said = cause.message.trim() || cause.name;
  return known === undefined ? said : `${known[1]} (${said})`;
}

/** The error that says "Cannot `what`", and why. */
export function transportError(what: string, phase: TransportError["phase"], cause: unknown): TransportError {
  return new TransportError(`Cannot ${what}: ${causeText(cause)}`, { phase, cause });
}

/** Throws what a socket reports as a `transportError()`; made for `promise.catch()`. */
export function failTo(what: string, phase: TransportError["phase"]): (cause: unknown) => never {
  return (cause) => {
    throw transportError(what, phase, cause);
  };
}

/** Throws a deadline's passing as a `transportError()`, which says whose handshake it was; made for `promise.catch()`. */
export function failToEnd(what: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof DeadlineError)) throw error;
    const message = `Cannot ${what}: the handshake didn't end within ${error.milliseconds} ms`;
    throw new TransportError(message, { phase: "tls", cause: error });
  };
}
