/**
 * Admission by rule: calling and called AE titles, addresses, certificates, users.
 *
 * @module
 */

import { formatIpAddressInFull, inNetworks, parseIpAddress } from "../ip_address.ts";
import { accept, type Admit, reject, type Rejection } from "../upper_layer/admission.ts";
import type { TlsInfo } from "../upper_layer/connection.ts";
import { limitServices } from "./limit_services.ts";
import { type ServiceName, serviceNameOf } from "./service_names.ts";
import type { IdentifiedUser, Identify } from "./user_identity.ts";

/** A rule fits a request when everything that it names does. AE titles are compared without padding, case and all. */
export interface AccessRule {
  /** Calling AE title. */
  readonly aeTitle?: string;
  /** Called AE title. */
  readonly calledAeTitle?: string;
  /** IP address or network, such as `10.0.0.0/8`. */
  readonly address?: string;
  /** The peer's certificate, which TLS has verified. */
  readonly certificate?: CertificateRule;
  /** Names of users, or `any` for every user that was identified. */
  readonly users?: "any" | readonly string[];
  /**
   * Services that a matching peer may use. Default: all. A peer that matches several rules may use the services of
   * each.
   */
  readonly may?: readonly ServiceName[];
}

/** A rule fits a certificate when everything that it names does. */
export interface CertificateRule {
  /** Common name of its subject. */
  readonly subject?: string;
  /** One of its subject alternative names: a DNS name, an IP address or a URI. */
  readonly name?: string;
  /** SHA-256 fingerprint in hexadecimal, with or without colons. */
  readonly fingerprint?: string;
}

/** What holds for every request. */
export interface AccessOptions {
  /** What every request must call, whatever the rules say. */
  readonly calledAeTitle?: string;
  /**
   * Checks user identities. The gateway rejects an association whose user identity is wrong, whatever the rules say.
   * Without this option it ignores user identities, and rules that name users match no peer.
   */
  readonly identify?: Identify;
  /** The service that an abstract syntax belongs to, for rules that say what one may do. Default: `serviceNameOf`. */
  readonly serviceOf?: (abstractSyntax: string) => ServiceName;
}

/**
 * Accepts the requests that at least one rule fits, all when there are no rules. A request that no rule fits is rejected:
 * as calling-ae-title-not-recognized because of its calling AE title, address or certificate, as
 * called-ae-title-not-recognized because of its called AE title, and with no reason given because of its user. Users are
 * identified only when everything else fits. Rules with `may` narrow what is negotiated.
 *
 * Throws TypeError for an invalid address or fingerprint.
 */
export function admitByRules(rules: readonly AccessRule[], options: AccessOptions = {}): Admit {
  const { calledAeTitle, identify, serviceOf = serviceNameOf } = options;
  const checks = rules.map((rule) => ({
    ...rule,
    holdsAddress: rule.address === undefined ? () => true : inNetworks([rule.address]),
    holdsCertificate: certificateCheck(rule.certificate),
  }));
  return async (request, connection) => {
    const { callingAeTitle, calledAeTitle: called, userInformation: { userIdentity } } = request;
    const { remote, tls } = connection;
    if (calledAeTitle !== undefined && called !== calledAeTitle) return reject("called-ae-title-not-recognized");
    const known = checks.filter(({ aeTitle, holdsAddress, holdsCertificate }) =>
      (aeTitle === undefined || aeTitle === callingAeTitle) && holdsAddress(remote?.hostname) && holdsCertificate(tls)
    );
    if (checks.length > 0 && known.length === 0) return reject("calling-ae-title-not-recognized");
    const fitting = known.filter((rule) => rule.calledAeTitle === undefined || rule.calledAeTitle === called);
    if (checks.length > 0 && fitting.length === 0) return reject("called-ae-title-not-recognized");

    let user: IdentifiedUser | undefined;
    if (identify !== undefined && userIdentity !== undefined) {
      user = await identify(userIdentity, request, connection);
      if (user === undefined) return refuseUser("the user identity is wrong, or of a type that is not checked here");
    }
    const matching = fitting.filter(({ users }) => mayUser(user, users));
    if (checks.length > 0 && matching.length === 0) {
      return refuseUser(user === undefined ? "it needs a user identity" : "the user is not allowed in");
    }
    const allowed = allowedServices(matching);
    return accept({
      ...(user && { user: user.name, userIdentityResponse: user.response ?? new Uint8Array() }),
      ...(allowed && { narrow: limitServices(request, allowed, serviceOf) }),
    });
  };
}

/** What these rules let one do together; undefined for everything. */
function allowedServices(rules: readonly AccessRule[]): ReadonlySet<ServiceName> | undefined {
  if (rules.length === 0 || rules.some(({ may }) => may === undefined)) return undefined;
  return new Set(rules.flatMap(({ may = [] }) => may));
}

/** PS3.7 D.3.3.7 has no reason of its own for users; the log says it. */
function refuseUser(detail: string): Rejection {
  return { ...reject("no-reason-given"), detail };
}

function mayUser(user: IdentifiedUser | undefined, users: AccessRule["users"]): boolean {
  if (users === undefined) return true;
  return user !== undefined && (users === "any" || users.includes(user.name));
}

/**
 * DNS names are compared without regard to case (RFC 4343): transports give them in lower case, as they give IPv6 addresses
 * unabbreviated.
 */
function certificateCheck(rule: CertificateRule | undefined): (tls: TlsInfo | undefined) => boolean {
  if (rule === undefined) return () => true;
  const { subject } = rule;
  const address = rule.name === undefined ? undefined : parseIpAddress(rule.name);
  const name = address === undefined ? rule.name : formatIpAddressInFull(address);
  const fingerprint = rule.fingerprint === undefined ? undefined : parseFingerprint(rule.fingerprint);
  return (tls) => {
    if (tls?.peerFingerprint === undefined) return false;
    const { peerFingerprint, peerSubject, peerNames = [] } = tls;
    return (subject === undefined || subject === peerSubject) &&
      (name === undefined || peerNames.includes(name) || peerNames.includes(name.toLowerCase())) &&
      (fingerprint === undefined || fingerprint === peerFingerprint);
  };
}

function parseFingerprint(text: string): string {
  const digits = text.replaceAll(":", "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new TypeError(`Cannot use the fingerprint ${JSON.stringify(text)}: expected SHA-256, 64 hexadecimal digits`);
}
