import assert from "node:assert/strict";
import { baseUrl } from "../../../src/dicomweb/server/base_url.ts";
import { inNetworks } from "../../../src/ip_address.ts";

const OWN = "http://gateway:8080";

function url(headers: Record<string, string>, remoteAddress?: string): string {
  const request = new Request(`${OWN}/dicom-web/studies`, { headers });
  return baseUrl({ request, remoteAddress, isProxy: inNetworks(["10.0.0.0/8", "2001:db8::/32"]) });
}

Deno.test("headers of proxies count when they come from a proxy, and from nobody else", () => {
  const headers = {
    forwarded: "for=192.0.2.1;host=evil.example;proto=https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-prefix": "/evil",
  };
  assert.equal(url(headers), OWN);
  assert.equal(url(headers, "192.0.2.1"), OWN);
  assert.equal(url(headers, "10.0.0.1"), "https://evil.example/evil");
});

Deno.test("X-Forwarded-* say scheme, host, port and prefix", () => {
  const cases: [Record<string, string>, string][] = [
    [{ host: "pacs.example", proto: "https" }, "https://pacs.example"],
    [{ host: "pacs.example", proto: "https", port: "8443" }, "https://pacs.example:8443"],
    [{ host: "pacs.example:81", port: "8443" }, "http://pacs.example:81"],
    [{ host: "pacs.example", proto: "https", port: "443" }, "https://pacs.example"],
    [{ proto: "https" }, "https://gateway:8080"],
    [{ host: "pacs.example", prefix: "/imaging/" }, "http://pacs.example/imaging"],
    [{ host: "forged.example, pacs.example", proto: "ftp, https" }, "https://pacs.example"],
  ];
  for (const [given, expected] of cases) {
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [`x-forwarded-${name}`, value]));
    assert.equal(url(headers, "10.0.0.1"), expected, JSON.stringify(given));
  }
});

Deno.test("Forwarded counts before X-Forwarded-*, and the element of the proxy that spoke to the client", () => {
  const cases: [string, string][] = [
    ["host=pacs.example;proto=https", "https://pacs.example"],
    ['for="[2001:db8::1]:4711";host="pacs.example:444";proto=https', "https://pacs.example:444"],
    // The client made the first one up; the proxy added the second.
    ["host=forged.example, for=192.0.2.1;host=pacs.example", "http://pacs.example"],
    // Two proxies in a row: the first one of them spoke to the client.
    [
      "host=forged.example, for=192.0.2.1;host=pacs.example;proto=https, for=10.0.0.2;host=inner",
      "https://pacs.example",
    ],
  ];
  for (const [forwarded, expected] of cases) {
    assert.equal(url({ forwarded, "x-forwarded-host": "other.example" }, "10.0.0.1"), expected, forwarded);
  }
});

Deno.test("what is no host, scheme or prefix counts as nothing", () => {
  for (const host of ["", "a b", "a/b", "user@host", "host:999999", "<script>", "a".repeat(300), "[zz]"]) {
    assert.equal(url({ "x-forwarded-host": host, forwarded: `host="${host}"` }, "10.0.0.1"), OWN, host);
  }
  for (const prefix of ["x", "//evil.example", "/a/../b", "/a b", "/a?b", '/a"b']) {
    assert.equal(url({ "x-forwarded-prefix": prefix }, "10.0.0.1"), OWN, prefix);
  }
  assert.equal(url({ "x-forwarded-proto": "javascript" }, "10.0.0.1"), OWN);
});
