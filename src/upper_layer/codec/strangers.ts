/**
 * What else knocks at a DICOM port, so that a log line can say more than "unrecognized PDU".
 *
 * @module
 */

/** What may begin a connection, and its first bytes, as Latin-1 text of at most six characters. */
const STRANGERS: readonly (readonly [name: string, ...starts: string[]])[] = [
  ["an HTTP request", "GET ", "HEAD ", "POST ", "PUT ", "DELETE", "OPTION", "PATCH ", "CONNEC", "TRACE "],
  ["an HTTP/2 request", "PRI * "],
  ["an HTTP response", "HTTP/"],
  ["a TLS handshake", "\x16\x03"],
  ["a TLS alert", "\x15\x03"],
  ["an SSH greeting", "SSH-"],
  ["a PROXY protocol header", "PROXY ", "\r\n\r\n\0\r"],
  ["an HL7 message (MLLP)", "\x0bMSH"],
];

/** What the first six bytes of a connection look like, such as `an HTTP request`; undefined for unknown bytes. */
export function strangerName(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 6));
  return STRANGERS.find(([, ...starts]) => starts.some((start) => text.startsWith(start)))?.[0];
}
