/**
 * IP addresses, and the networks they are in. IPv6 is read and written by the URL parser that every runtime has.
 *
 * @module
 */

const IPV4 = /^(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}$/;

/** What the URL parser may be given, and a zone, which says nothing of the address. */
const IPV6 = /^([\da-f:.]*:[\da-f:.]*)(?:%[\w.~-]+)?$/i;

/**
 * The bytes of an IP address, 4 or 16; an IPv4 address within IPv6 (`::ffff:10.0.0.1`) is IPv4. Undefined for what is none,
 * short and octal forms of IPv4 among it.
 */
export function parseIpAddress(text: string): readonly number[] | undefined {
  if (IPV4.test(text)) return text.split(".").map(Number);
  const address = IPV6.exec(text)?.[1];
  if (address === undefined || !URL.canParse(`http://[${address}]`)) return undefined;
  const [before = [], after = []] = shortForm(address).split("::").map((part) => part === "" ? [] : part.split(":"));
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  const groups = [...before, ...zeros, ...after].map((group) => parseInt(group, 16));
  return withoutMapping(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** An IP address of 4 or 16 bytes as systems write it: IPv6 by RFC 5952, IPv4 within IPv6 as IPv4. */
export function formatIpAddress(bytes: readonly number[]): string {
  const address = withoutMapping(bytes);
  return address.length === 4 ? address.join(".") : shortForm(longForm(address));
}

/** As `formatIpAddress`, with all eight groups of IPv6. */
export function formatIpAddressInFull(bytes: readonly number[]): string {
  const address = withoutMapping(bytes);
  return address.length === 4 ? address.join(".") : longForm(address);
}

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
 * for await (const connection of await listenTcp({ port: 11112, isProxy })) scp.accept(connection);
 * ```
 */
export function inNetworks(networks: readonly string[]): (address: string | undefined) => boolean {
  const ranges = networks.map(parseNetwork);
  return (text) => {
    const address = text === undefined ? undefined : parseIpAddress(text);
    return address !== undefined && ranges.some((range) => isWithin(address, range));
  };
}

/** Addresses that begin with the same bits. */
interface Network {
  readonly address: readonly number[];
  readonly bits: number;
}

function parseNetwork(text: string): Network {
  const [, base = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseIpAddress(base);
  if (address !== undefined) {
    const length = address.length * 8;
    const mapped = length === 32 && base.includes(":") ? 96 : 0;
    const bits = prefix === undefined ? length : Number(prefix) - mapped;
    if (bits >= 0 && bits <= length) return { address, bits };
  }
  throw new TypeError(`Cannot use the address ${JSON.stringify(text)}: expected an IP address or a network`);
}

function isWithin(address: readonly number[], network: Network): boolean {
  if (address.length !== network.address.length) return false;
  return network.address.every((byte, index) => {
    const bits = Math.min(Math.max(network.bits - 8 * index, 0), 8);
    return ((byte ^ address[index]!) >> (8 - bits)) === 0;
  });
}

/** `::ffff:0:0/96` (RFC 4291 2.5.5.2). */
function withoutMapping(bytes: readonly number[]): readonly number[] {
  const mapped = bytes.length === 16 && bytes.every((byte, index) => index > 11 || byte === (index < 10 ? 0 : 0xff));
  return mapped ? bytes.slice(12) : bytes;
}

function shortForm(ipv6: string): string {
  return new URL(`http://[${ipv6}]`).hostname.slice(1, -1);
}

function longForm(bytes: readonly number[]): string {
  return Array.from({ length: 8 }, (_, index) => (bytes[2 * index]! << 8 | bytes[2 * index + 1]!).toString(16)).join(
    ":",
  );
}
