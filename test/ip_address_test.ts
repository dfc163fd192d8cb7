import assert from "node:assert/strict";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { formatIpAddress, formatIpAddressInFull, inNetworks, parseIpAddress } from "../src/ip_address.ts";

const forms: Readonly<Record<string, [short: string, full: string]>> = {
  "10.0.0.1": ["10.0.0.1", "10.0.0.1"],
  "255.255.255.255": ["255.255.255.255", "255.255.255.255"],
  "::": ["::", "0:0:0:0:0:0:0:0"],
  "::1": ["::1", "0:0:0:0:0:0:0:1"],
  "2001:DB8:0:0:0:0:0:1": ["2001:db8::1", "2001:db8:0:0:0:0:0:1"],
  "2001:0db8::0001:0": ["2001:db8::1:0", "2001:db8:0:0:0:0:1:0"],
  "fe80::1%eth0": ["fe80::1", "fe80:0:0:0:0:0:0:1"],
  "::ffff:10.0.0.1": ["10.0.0.1", "10.0.0.1"],
  "::FFFF:a00:1": ["10.0.0.1", "10.0.0.1"],
  "64:ff9b::192.0.2.33": ["64:ff9b::c000:221", "64:ff9b:0:0:0:0:c000:221"],
};

for (const [text, [short, full]] of Object.entries(forms)) {
  Deno.test(`parseIpAddress() reads ${text}`, () => {
    const bytes = parseIpAddress(text)!;
    assert.deepEqual([formatIpAddress(bytes), formatIpAddressInFull(bytes)], [short, full]);
  });
}

const none = [
  ...[
    "",
    "localhost",
    "10.1",
    "010.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "256.0.0.1",
    "1.2.3.4.",
    ".1.2.3.4",
    "1.2.3.4.5",
  ],
  ...[" 10.0.0.1", "10.0.0.1\n", "10.0.0.1:80", ":", ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7", "[::1]"],
  ...["1:2:3:4:5:6:7:8:9", "::256.0.0.1", "::1]:80/[x", "::1%", "::1%a/b", "::1/64", "user@::1", "::1#", "::1?"],
];

for (const text of none) {
  Deno.test(`parseIpAddress() doesn't take ${JSON.stringify(text)}`, () => {
    assert.equal(parseIpAddress(text), undefined);
    assert.equal(inNetworks(["0.0.0.0/0", "::/0"])(text), false);
  });
}

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

Deno.test("parseIpAddress() takes what Node takes, and nothing else", () => {
  const text = fc.oneof(ipv4, ipv6, fc.string({ unit: fc.constantFrom(..."0123459af:.%"), maxLength: 20 }));
  fc.assert(
    fc.property(text, (text) => {
      assert.equal(parseIpAddress(text) !== undefined, isIPv4(text) || isIPv6(text), text);
    }),
    { seed: 42, numRuns: 5000 },
  );
});

Deno.test("inNetworks() tells what Node's BlockList tells", () => {
  const near = (byte: number) => fc.oneof(fc.constant(byte), fc.nat(255));
  const v4 = fc.tuple(near(10), near(0), near(0), near(1)).map((bytes) => bytes.join("."));
  const v6 = fc.tuple(near(0), near(1), near(0), near(255)).map(([a, b, c, d]) =>
    `2001:db8:${a.toString(16)}::${b.toString(16)}:${c}:${d}`
  );
  const cases = fc.oneof(fc.tuple(v4, v4, fc.nat(32)), fc.tuple(v6, v6, fc.nat(128)));
  fc.assert(
    fc.property(cases, ([base, address, bits]) => {
      const family = isIPv4(base) ? "ipv4" : "ipv6";
      const list = new BlockList();
      list.addSubnet(base, bits, family);
      assert.equal(inNetworks([`${base}/${bits}`])(address), list.check(address, family), `${address} ${base}/${bits}`);
    }),
    { seed: 42, numRuns: 2000 },
  );
});

Deno.test("inNetworks() knows addresses, and IPv4 within IPv6", () => {
  const known = inNetworks(["192.0.2.7", "2001:db8::/32", "::ffff:10.0.0.0/104"]);
  for (const address of ["192.0.2.7", "::ffff:192.0.2.7", "2001:DB8:0::1", "10.1.2.3", "::ffff:10.9.9.9"]) {
    assert.equal(known(address), true, address);
  }
  for (const address of ["192.0.2.8", "2001:db9::1", "11.0.0.1", "::10.0.0.1", undefined]) {
    assert.equal(known(address), false, address);
  }
});

for (
  const text of ["", "host", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8/8", "::ffff:10.0.0.0/8"]
) {
  Deno.test(`inNetworks() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => inNetworks([text]), {
      name: "TypeError",
      message: `Cannot use the address ${JSON.stringify(text)}: expected an IP address or a network`,
    });
  });
}
