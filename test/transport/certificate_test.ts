import assert from "node:assert/strict";
import { isForHost, readCertificate, readPemCertificates, tlsInfoOf } from "../../src/transport/certificate.ts";

/**
 * Of `CN=CT1` with the alternative names DNS:CT1.example, IP:10.0.0.7, IP:fd00::7, URI:urn:oid:1.2.3 and
 * email:a@b.example, valid from 2020-01-01 to 2051-01-01, self-signed; made by OpenSSL.
 */
const PEM = `-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUEtEUjV0N8f/6v642x67pXtYH/scwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDQ1QxMCAXDTIwMDEwMTAwMDAwMFoYDzIwNTEwMTAxMDAwMDAw
WjAOMQwwCgYDVQQDDANDVDEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQD8R5V
Irm2UtigMR8m7Sf3Plr2+trsFwzirRzMMtN7c6TIQeu9uZNz2jZQd4yE/XsZCEy2
fZ9HKI6WEk9+yCovo20wazBKBgNVHREEQzBBggtDVDEuZXhhbXBsZYcECgAAB4cQ
/QAAAAAAAAAAAAAAAAAAB4YNdXJuOm9pZDoxLjIuM4ELYUBiLmV4YW1wbGUwHQYD
VR0OBBYEFEyYVWfsLhQVZSbcTjVgt5AqVyEIMAoGCCqGSM49BAMCA0kAMEYCIQD2
HwOz+iGpJre024e4KCnY1RIDrROfQhWLAsCu6AZ4bwIhAIsfbEcQ+mJgNr/ySmxH
GRfoCPoXjG+PZaEd+ElPjuJ7
-----END CERTIFICATE-----
`;

const [DER = new Uint8Array()] = readPemCertificates(`a comment\n${PEM}`);

/** SET { SEQUENCE { 2.5.4.3, UTF8String "CT1" } } */
const CT1 = Uint8Array.of(0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 0x43, 0x54, 0x31);

Deno.test("readCertificate() reads the subject, its names and the validity", () => {
  assert.deepEqual(readCertificate(DER), {
    version: 3,
    subject: CT1,
    issuer: CT1,
    isAuthority: false,
    commonName: "CT1",
    names: ["ct1.example", "10.0.0.7", "fd00:0:0:0:0:0:0:7", "urn:oid:1.2.3"],
    dnsNames: ["ct1.example"],
    addresses: ["10.0.0.7", "fd00:0:0:0:0:0:0:7"],
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2051, 0, 1), // a GeneralizedTime
  });
});

Deno.test("isForHost() goes by the alternative names of the certificate, each of its kind", () => {
  const dnsNames = ["ct1.example", "*.hospital.example", "*.example", "10.0.0.8", "evil.example, DNS:pacs.example"];
  const fields = { ...readCertificate(DER), dnsNames };
  for (const host of ["ct1.example", "CT1.Example.", "10.0.0.7", "fd00::7", "FD00::0007", "a.hospital.example"]) {
    assert.ok(isForHost(fields, host), host);
  }
  const others = ["CT1", "ct2.example", "pacs.example", "10.0.0.8", "fd00::8", "", ".", "urn:oid:1.2.3"];
  for (const host of [...others, "a.b.hospital.example", "hospital.example", ".hospital.example"]) {
    assert.ok(!isForHost(fields, host), host);
  }
});

Deno.test("tlsInfoOf() gives the fingerprint that OpenSSL shows", async () => {
  assert.deepEqual(await tlsInfoOf(DER), {
    peerFingerprint: "90d173e0b0d8d62f7484aa096bbc5357d0b5bb595815bb712926d7300c6d6a2e",
    peerSubject: "CT1",
    peerNames: ["ct1.example", "10.0.0.7", "fd00:0:0:0:0:0:0:7", "urn:oid:1.2.3"],
  });
});

/** Elements of DER, as far as they are needed here: short ones. */
const der = (
  tag: number,
  ...content: (number | number[])[]
): number[] => [tag, content.flat().length, ...content.flat()];

/** A certificate of nothing but what is read, with these attributes in its subject. */
function certificate(...subject: number[][]): Uint8Array {
  return certificateWith(subject);
}

/** The same, with this behind its key. */
function certificateWith(subject: number[][], ...more: number[][]): Uint8Array {
  const time = der(0x17, [...new TextEncoder().encode("200101000000Z")]);
  const none = der(0x30);
  const key = der(0x30, none, der(0x03, 0));
  const tbs = der(0x30, der(0x02, 1), none, none, der(0x30, time, time), der(0x30, ...subject), key, ...more);
  return Uint8Array.from(der(0x30, tbs, none, der(0x03, 0)));
}

/** Extensions, of 2.5.29. */
const extensions = (...of: [id: number, value: number[]][]) =>
  der(0xA3, der(0x30, ...of.map(([id, value]) => der(0x30, der(0x06, 0x55, 0x1D, id), der(0x04, value)))));

const commonName = (tag: number, ...bytes: number[]) =>
  der(0x31, der(0x30, der(0x06, 0x55, 0x04, 0x03), der(tag, bytes)));

Deno.test("readCertificate() reads a common name of each string type, and none where there are several", () => {
  const nameOf = (...subject: number[][]) => readCertificate(certificate(...subject)).commonName;
  assert.equal(nameOf(commonName(0x0C, 0xC3, 0xA9)), "é");
  assert.equal(nameOf(commonName(0x13, 0x41)), "A");
  assert.equal(nameOf(commonName(0x14, 0xE9)), "é");
  assert.equal(nameOf(commonName(0x1E, 0x00, 0x41)), "A");
  assert.equal(nameOf(commonName(0x02, 0x41)), undefined);
  assert.equal(nameOf(), undefined);
  assert.equal(nameOf(commonName(0x13, 0x41), commonName(0x13, 0x42)), undefined);
});

Deno.test("readCertificate() refuses what is none, and every truncation", () => {
  for (let length = 0; length < DER.length; length++) {
    assert.throws(() => readCertificate(DER.subarray(0, length)), SyntaxError, `${length} bytes`);
  }
  for (const bytes of [[0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x02, 0x01, 0x00], [...DER, 0]]) {
    assert.throws(() => readCertificate(Uint8Array.from(bytes)), SyntaxError);
  }
});

Deno.test("readCertificate() tells authorities from others", () => {
  const isAuthority = (...constraints: number[][]) =>
    readCertificate(certificateWith([], extensions([0x13, der(0x30, ...constraints)]))).isAuthority;
  assert.ok(isAuthority(der(0x01, 0xFF)));
  assert.ok(isAuthority(der(0x01, 0xFF), der(0x02, 0)));
  assert.ok(!isAuthority(der(0x01, 0x00)));
  assert.ok(!isAuthority());
  assert.ok(!readCertificate(certificate()).isAuthority);
});

Deno.test("readCertificate() refuses what TLS implementations can't read, and may take for proven then", () => {
  const wrong: number[][][] = [
    // An octet string for the purposes, null for name constraints, an octet string for the usage and for revocation.
    [extensions([0x25, der(0x04, 0x41)])],
    [extensions([0x1E, der(0x05)])],
    [extensions([0x0F, der(0x04, 0x41)])],
    [extensions([0x1F, der(0x04, 0x41)])],
    [extensions([0x0F, [0x03, 0x05, 0x00]])],
    // The same twice.
    [extensions([0x13, der(0x30)], [0x13, der(0x30, der(0x01, 0xFF))])],
    // A unique identifier of the issuer.
    [der(0x81, 0x00), extensions()],
    [extensions(), extensions()],
  ];
  for (const more of wrong) assert.throws(() => readCertificate(certificateWith([], ...more)), SyntaxError, `${more}`);
  assert.ok(readCertificate(certificateWith([], extensions([0x63, [0x41]]))), "others may hold anything");
  const [sequence = 0, length = 0, ...content] = certificate();
  assert.throws(() => readCertificate(Uint8Array.of(sequence, 0x81, length, ...content)), /a length that isn't DER/);
});

Deno.test("readCertificate() gives fields or a SyntaxError, whatever byte is changed", () => {
  for (let index = 0; index < DER.length; index++) {
    for (const byte of [0x00, 0x30, 0x7F, 0x80, 0xFF]) {
      try {
        readCertificate(DER.with(index, byte));
      } catch (error) {
        assert.ok(error instanceof SyntaxError, `${byte} at ${index}: ${error}`);
      }
    }
  }
});

Deno.test("readPemCertificates() reads all of a text, and refuses one without any", () => {
  assert.equal(readPemCertificates(PEM + PEM).length, 2);
  const empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
  for (const text of ["", "none", empty, PEM.replaceAll("CERTIFICATE", "PRIVATE KEY"), PEM.replace("M", "M=")]) {
    assert.throws(() => readPemCertificates(text), SyntaxError, text);
  }
});
