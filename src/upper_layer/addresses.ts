/**
 * IP addresses, and the networks they are in.
 *
 * @module
 */

import ipaddr from "ipaddr.js";

const { isValid, parse, parseCIDR } = ipaddr;

type Address = ReturnType<typeof parse>;

/**
 * Whether an address is one of `networks`: IP addresses, or networks such as `10.0.0.0/8`. A name is in none, and an IPv4
 * address within IPv6 (`::ffff:10.0.0.1`) is IPv4. Throws TypeError for a network that is none.
 *
 * @example
 * ```ts
 * import { createScp, inNetworks, verification } from "@gantry/dicom";
 * import { listenTcp } from "@gantry/dicom/deno";
 *
 * const scp = createScp({ services: [verification()] });
 * const isProxy = inNetworks(["10.0.0.5", "2001:db8:1::/64"]);
 * for await (const connection of listenTcp({ port: 11112, isProxy })) scp.accept(connection);
 * ```
 */
export function inNetworks(networks: readonly string[]): (address: string | undefined) => boolean {
  const ranges = networks.map(parseNetwork);
  return (text) => {
    if (text === undefined || !isValid(text)) return false;
    const address = withoutMapping(parse(text));
    return ranges.some(([range, bits]) => address.kind() === range.kind() && address.match(range, bits));
  };
}

function parseNetwork(text: string): ReturnType<typeof parseCIDR> {
  try {
    if (text.includes("/")) return parseCIDR(text);
    const address = withoutMapping(parse(text));
    return [address, address.kind() === "ipv4" ? 32 : 128] as ReturnType<typeof parseCIDR>;
  } catch (cause) {
    throw new TypeError(`Cannot use the address ${JSON.stringify(text)}: expected an IP address or a network`, {
      cause,
    });
  }
}

function withoutMapping(address: Address): Address {
  return "isIPv4MappedAddress" in address && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
