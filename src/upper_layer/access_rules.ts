/**
 * Admission by rule: calling and called AE titles and addresses.
 *
 * @module
 */

import ipaddr from "ipaddr.js";
import { accept, type Admit, reject } from "./admission.ts";

const { isValid, parse, parseCIDR } = ipaddr;

/** A rule fits a request when everything that it names does. AE titles are compared without padding, case and all. */
export interface AccessRule {
  /** Calling AE title. */
  readonly aeTitle?: string;
  /** Called AE title. */
  readonly calledAeTitle?: string;
  /** IP address or network, such as `10.0.0.0/8`. */
  readonly address?: string;
}

/**
 * Accepts the requests that at least one rule fits, all when there are no rules. A request that no rule fits is rejected as
 * called-ae-title-not-recognized when only its called AE title is wrong, else as calling-ae-title-not-recognized.
 * `calledAeTitle` is what every request must call, whatever the rules say.
 *
 * Throws TypeError for an address that is none.
 */
export function admitByRules(rules: readonly AccessRule[], { calledAeTitle }: { calledAeTitle?: string } = {}): Admit {
  const checks = rules.map((rule) => ({ ...rule, holdsAddress: addressCheck(rule.address) }));
  return ({ callingAeTitle, calledAeTitle: called }, { remote }) => {
    if (calledAeTitle !== undefined && called !== calledAeTitle) return reject("called-ae-title-not-recognized");
    if (checks.length === 0) return accept();
    const known = checks.filter(({ aeTitle, holdsAddress }) =>
      (aeTitle === undefined || aeTitle === callingAeTitle) && holdsAddress(remote?.hostname)
    );
    if (known.length === 0) return reject("calling-ae-title-not-recognized");
    const fits = known.some((rule) => rule.calledAeTitle === undefined || rule.calledAeTitle === called);
    return fits ? accept() : reject("called-ae-title-not-recognized");
  };
}

/** A connection without an IP address is in no network. IPv4 addresses within IPv6 (`::ffff:10.0.0.1`) are IPv4. */
function addressCheck(network: string | undefined): (address: string | undefined) => boolean {
  if (network === undefined) return () => true;
  const [range, bits] = parseNetwork(network);
  return (text) => {
    if (text === undefined || !isValid(text)) return false;
    const address = withoutMapping(parse(text));
    return address.kind() === range.kind() && address.match(range, bits);
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

function withoutMapping(address: ReturnType<typeof parse>): ReturnType<typeof parse> {
  return "isIPv4MappedAddress" in address && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
