/**
 * What a certificate says of its holder: the few fields of X.509 (RFC 5280 4.1) that admission looks at.
 *
 * They are read from the certificate's own bytes, since the texts that runtimes make of names can be ambiguous.
 *
 * @module
 */

import { parseIpAddress } from "../ip_address.ts";
import type { TlsInfo } from "../upper_layer/connection.ts";

/** Of a certificate. */
export interface CertificateFields {
  /** 3, but for very old ones, which have no extensions. */
  readonly version: number;
  /** Subject and issuer: the bytes of both names, which are compared as they are. */
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  /** Whether it may issue others (RFC 5280 4.2.1.9). */
  readonly isAuthority: boolean;
  /** Common name of the subject, where there is exactly one. */
  readonly commonName: string | undefined;
  /** DNS names in lower case, IP addresses and URIs of the subject alternative name. */
  readonly names: readonly string[];
  /** Which of them are DNS names, and which IP addresses. */
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** When it begins and ends to be valid, in milliseconds since the epoch; both are within. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Tags of DER (ITU-T X.690), and of the choices of a GeneralName (RFC 5280 4.2.1.6). */
const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  octetString: 0x04,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xA0,
  extensions: 0xA3,
  dnsName: 0x82,
  uri: 0x86,
  ipAddress: 0x87,
} as const;

/** Contents of the object identifiers that are looked for: 2.5.4.3, 2.5.29.17 and 2.5.29.19. */
const COMMON_NAME = "55 04 03";
const SUBJECT_ALTERNATIVE_NAME = "55 1d 11";
const BASIC_CONSTRAINTS = "55 1d 13";

/** What the values of extensions begin with that TLS implementations look at: usage, names, constraints, revocation. */
const EXTENSION_TAGS: Readonly<Record<string, number>> = {
  "55 1d 0f": Tag.bitString,
  [SUBJECT_ALTERNATIVE_NAME]: Tag.sequence,
  [BASIC_CONSTRAINTS]: Tag.sequence,
  "55 1d 1e": Tag.sequence,
  "55 1d 1f": Tag.sequence,
  "55 1d 25": Tag.sequence,
};

/** Character sets of string types. Others don't occur, and are no names. */
const CHARSETS: Readonly<Record<number, string>> = {
  0x0C: "utf-8",
  0x13: "ascii",
  0x14: "latin1",
  0x16: "ascii",
  0x1E: "utf-16be",
};

/** Reads a certificate in DER. Throws SyntaxError when it isn't one. */
export function readCertificate(der: Uint8Array): CertificateFields {
  const [tbs] = children(only(der, Tag.sequence));
  const fields = children(expectTag(tbs, Tag.sequence));
  // The serial number, signature algorithm, issuer, validity, subject and key follow the version, which may be absent.
  const version = fields[0]?.tag === Tag.version ? fields.shift() : undefined;
  const [, , issuer, validity, subject, key, ...more] = fields;
  const [notBefore, notAfter] = children(expectTag(validity, Tag.sequence)).map(readTime);
  if (notBefore === undefined || notAfter === undefined) throw refuse("it has no validity");
  const commonNames = readCommonNames(expectTag(subject, Tag.sequence));
  checkKey(expectTag(key, Tag.sequence));
  const extensions = readExtensions(more);
  const names = readAlternativeNames(extensions.get(SUBJECT_ALTERNATIVE_NAME));
  const textsOf = (of: number) => names.filter(({ tag }) => tag === of).map(({ text }) => text);
  return {
    version: version === undefined ? 1 : 1 + (only(version.content, Tag.integer)[0] ?? 0),
    subject: expectTag(subject, Tag.sequence),
    issuer: expectTag(issuer, Tag.sequence),
    isAuthority: readIsAuthority(extensions.get(BASIC_CONSTRAINTS)),
    commonName: commonNames.length === 1 ? commonNames[0] : undefined,
    names: names.map(({ text }) => text),
    dnsNames: textsOf(Tag.dnsName),
    addresses: textsOf(Tag.ipAddress),
    notBefore,
    notAfter,
  };
}

/**
 * Whether a server's certificate is for a host name or IP address (RFC 9525 6.3): by its alternative names alone, since a
 * common name proves nothing. `*` stands for the whole first label of a name.
 */
export function isForHost({ dnsNames, addresses }: CertificateFields, host: string): boolean {
  const address = parseIpAddress(host)?.join();
  if (address !== undefined) return addresses.some((text) => parseIpAddress(text)?.join() === address);
  const name = host.toLowerCase().replace(/\.$/, "");
  const anyName = name.replace(/^[^.]+(?=\.[^.]+\.)/, "*");
  return dnsNames.includes(name) || dnsNames.includes(anyName);
}

/** What admission learns of a peer from its certificate, which TLS has verified. Throws SyntaxError when it isn't one. */
export async function tlsInfoOf(der: Uint8Array): Promise<TlsInfo> {
  const { commonName, names } = readCertificate(der);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(der)));
  return {
    peerFingerprint: hexadecimal(digest, ""),
    ...(commonName !== undefined && { peerSubject: commonName }),
    peerNames: names,
  };
}

/** The certificates of a PEM text, in DER. Throws SyntaxError when it holds none, or an invalid one. */
export function readPemCertificates(pem: string): Uint8Array[] {
  const blocks = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) throw new SyntaxError("Cannot read the certificates: found none in PEM format");
  return blocks.map(([, base64 = ""]) => {
    const der = fromBase64(base64);
    readCertificate(der);
    return der;
  });
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));
  } catch {
    throw refuse("it isn't Base64");
  }
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements that follow each other in `bytes`. */
function children(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const tag = bytes[offset] ?? 0;
    let length = bytes[offset + 1] ?? 0x80;
    let start = offset + 2;
    if (length >= 0x80) {
      const digits = length & 0x7F;
      if (digits === 0 || digits > 3) throw refuse("it has a length that makes no sense");
      length = bytes.subarray(start, start + digits).reduce((sum, digit) => sum * 256 + digit, 0);
      if (length < 0x80 || length < 256 ** (digits - 1)) throw refuse("it has a length that isn't DER");
      start += digits;
    }
    if (start + length > bytes.length) throw refuse("it ends early");
    elements.push({ tag, content: bytes.subarray(start, start + length) });
    offset = start + length;
  }
  return elements;
}

/** Content of the one element that `bytes` is. */
function only(bytes: Uint8Array, tag: number): Uint8Array {
  const [element, more] = children(bytes);
  if (more !== undefined) throw refuse("something follows it");
  return expectTag(element, tag);
}

function expectTag(element: Element | undefined, tag: number): Uint8Array {
  if (element?.tag === tag) return element.content;
  throw refuse("its fields aren't those of X.509");
}

function readCommonNames(subject: Uint8Array): string[] {
  const attributes = children(subject).flatMap((set) => children(expectTag(set, Tag.set)));
  return attributes.flatMap((attribute) => {
    const [type, value] = children(expectTag(attribute, Tag.sequence));
    const charset = value === undefined ? undefined : CHARSETS[value.tag];
    if (charset === undefined || hexadecimal(expectTag(type, Tag.oid)) !== COMMON_NAME) return [];
    return [new TextDecoder(charset).decode(value?.content)];
  });
}

/** An alternative name, and which choice of GeneralName it is. */
interface AlternativeName {
  readonly tag: number;
  readonly text: string;
}

/** An algorithm, and a key in its form. */
function checkKey(key: Uint8Array): void {
  const [algorithm, bits] = children(key);
  expectTag(algorithm, Tag.sequence);
  expectTag(bits, Tag.bitString);
}

/** The values of extensions, by their object identifiers; nothing else may follow the key. */
function readExtensions([extensions, more]: readonly Element[]): ReadonlyMap<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  if (extensions === undefined) return values;
  if (more !== undefined) throw refuse("something follows its extensions");
  for (const extension of children(only(expectTag(extensions, Tag.extensions), Tag.sequence))) {
    const fields = children(expectTag(extension, Tag.sequence));
    const [id, value] = [hexadecimal(expectTag(fields[0], Tag.oid)), expectTag(fields.at(-1), Tag.octetString)];
    const tag = EXTENSION_TAGS[id];
    if (tag !== undefined) only(value, tag);
    if (values.has(id)) throw refuse("it has an extension twice");
    values.set(id, value);
  }
  return values;
}

function readIsAuthority(constraints: Uint8Array | undefined): boolean {
  if (constraints === undefined) return false;
  const [first] = children(only(constraints, Tag.sequence));
  return first?.tag === Tag.boolean && first.content[0] !== 0;
}

function readAlternativeNames(names: Uint8Array | undefined): AlternativeName[] {
  if (names === undefined) return [];
  return children(only(names, Tag.sequence)).flatMap<AlternativeName>(({ tag, content }) => {
    if (tag === Tag.dnsName) return [{ tag, text: new TextDecoder("ascii").decode(content).toLowerCase() }];
    if (tag === Tag.uri) return [{ tag, text: new TextDecoder("ascii").decode(content) }];
    return tag === Tag.ipAddress ? [{ tag, text: addressText(content) }] : [];
  });
}

/** IPv6 as eight groups without abbreviation. */
function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups = Array.from({ length: bytes.length >> 1 }, (_, index) => view.getUint16(2 * index).toString(16));
  return groups.join(":");
}

/** UTCTime `YYMMDDHHMMSSZ`, whose years go from 1950 to 2049, or GeneralizedTime `YYYYMMDDHHMMSSZ`. */
function readTime({ tag, content }: Element): number {
  const text = new TextDecoder("ascii").decode(content);
  const century = tag !== Tag.utcTime ? "" : text < "5" ? "20" : "19";
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(century + text) ?? [];
  const [year = NaN, month = NaN, day, hour, minute, second] = parts.map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  if (Number.isNaN(time)) throw refuse("it has a time that makes no sense");
  return time;
}

function hexadecimal(bytes: Uint8Array, separator = " "): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(separator);
}

function refuse(problem: string): SyntaxError {
  return new SyntaxError(`Cannot read the certificate: ${problem}`);
}
