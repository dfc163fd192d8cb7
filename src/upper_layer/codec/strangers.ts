/**
 * What else knocks at a DICOM port, so that a log line can say more than "unrecognized PDU".
 *
 * @module
 */

/** First bytes, as Latin-1 text of at most six characters, and what begins like that. */
const STRANGERS: readonly (readonly [start: string, name: string])[] = [
  ["GET ", "an HTTP request"],
  ["HEAD ", "an HTTP request"],
  ["POST ", "an HTTP request"],
  ["PUT ", "an HTTP request"],
  ["DELETE", "an HTTP request"],
  ["OPTION", "an HTTP request"],
  ["PATCH ", "an HTTP request"],
  ["CONNEC", "an HTTP request"],
  ["TRACE ", "an HTTP request"],
  ["PRI * ", "an HTTP/2 request"],
  ["HTTP/", "an HTTP response"],
  ["\x16\x03", "a TLS handshake"],
  ["\x15\x03", "a TLS alert"],
  ["SSH-", "an SSH greeting"],
  ["PROXY ", "a PROXY protocol header"],
  ["\r\n\r\n\0\r", "a PROXY protocol header"],
  ["\x0bMSH", "an HL7 message (MLLP)"],
];

/** What the first six bytes of a connection look like, such as `an HTTP request`; undefined when nobody knows. */
export function strangerName(start: Uint8Array): string | undefined {
  const text = String.fromCharCode(...start.subarray(0, 6));
  return STRANGERS.find(([prefix]) => text.startsWith(prefix))?.[1];
}
