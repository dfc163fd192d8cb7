/**
 * What certificates prove, beyond what `node:tls` says of them.
 *
 * Under Deno it takes a server's certificate for verified when it can't read one that came along, or when one is of version
 * 1; and there a client trusted by its own certificate may issue certificates to others. So neither is left to it alone.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import tls, { type TLSSocket } from "node:tls";
import { type CertificateFields, readCertificate, readPemCertificates } from "./certificate.ts";

/** A certificate in DER, and what it says. */
export interface Certificate extends CertificateFields {
  /** All of it. */
  readonly der: Uint8Array;
}

function certificateOf(der: Uint8Array): Certificate {
  return { der, ...readCertificate(der) };
}

/**
 * What the peer of a finished handshake has shown: its own certificate, and those that came along. A runtime may add the
 * authority. Throws when one can't be read.
 */
export function shownBy(socket: TLSSocket): Certificate[] {
  const shown = new Map<object, Certificate>();
  let certificate = socket.getPeerCertificate(true);
  while (certificate?.raw !== undefined && !shown.has(certificate)) {
    shown.set(certificate, certificateOf(certificate.raw));
    certificate = certificate.issuerCertificate;
  }
  return [...shown.values()];
}

/**
 * What keeps a server's certificate from being proven by those that came along, each of which must have issued the one
 * before it (RFC 5246 7.4.2), and by authorities that are trusted: `caCerts` in PEM, and the runtime's own. Undefined when
 * it is proven.
 */
export function chainProblem(chain: readonly Certificate[], caCerts: readonly string[]): string | undefined {
  const given = readAll(caCerts);
  // The runtime's own are many, and take time to read.
  return problemOf(chain, given) && problemOf(chain, [...given, ...runtimesOwn()]);
}

function problemOf(chain: readonly Certificate[], anchors: readonly Certificate[]): string | undefined {
  const isAnchor = ({ der }: Certificate) => anchors.some((anchor) => equal(anchor.der, der));
  for (const [index, certificate] of chain.entries()) {
    const { version, notBefore, notAfter, isAuthority } = certificate;
    if (version !== 3) return `a certificate of its chain is of version ${version}, expected 3`;
    if (Date.now() > notAfter || Date.now() < notBefore) return "a certificate of its chain is not valid at present";
    if (index > 0 && !isAuthority) return "a certificate of its chain is not an authority's";
    if (isAnchor(certificate) || anchors.some((anchor) => hasIssued(anchor, certificate))) {
      // Nothing may be left that is not looked at, but for the authority itself.
      return chain.slice(index + 1).every(isAnchor) ? undefined : "a certificate of its chain leads nowhere";
    }
    const issuer = chain[index + 1];
    if (issuer === undefined || !hasIssued(issuer, certificate)) break;
  }
  return "the certificate is not from an authority that is trusted here";
}

function hasIssued(issuer: Certificate, { der, issuer: name }: Certificate): boolean {
  return equal(issuer.subject, name) && new X509Certificate(der).verify(new X509Certificate(issuer.der).publicKey);
}

let own: readonly Certificate[] | undefined;

/** The authorities that the runtime trusts, but for those that can't be read. */
function runtimesOwn(): readonly Certificate[] {
  return own ??= tls.getCACertificates("default").flatMap((pem) => {
    try {
      return readAll([pem]);
    } catch {
      return [];
    }
  });
}

function readAll(pems: readonly string[]): Certificate[] {
  return pems.flatMap(readPemCertificates).map(certificateOf);
}

/** A list of authorities may be long, and each handshake asks for it. */
let lastRead: { readonly clientCa: string; readonly listed: readonly Certificate[] } | undefined;

/**
 * Whether a client's certificate, the first that was shown, is itself among those of `clientCa`, or issued by none of those
 * that aren't an authority's: a client trusted by its own certificate speaks for no other. One of version 1 is taken for an
 * authority's.
 */
export function isOwnOrFromAuthority(shown: readonly Certificate[], clientCa: string): boolean {
  if (lastRead?.clientCa !== clientCa) lastRead = { clientCa, listed: readAll([clientCa]) };
  const { listed } = lastRead;
  const [own] = shown;
  if (own !== undefined && listed.some(({ der }) => equal(der, own.der))) return true;
  const individuals = listed.filter(({ version, isAuthority }) => version > 1 && !isAuthority);
  return shown.every(({ issuer }) => !individuals.some(({ subject }) => equal(subject, issuer)));
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
