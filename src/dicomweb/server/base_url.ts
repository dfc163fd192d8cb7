/**
 * The base of the URLs in answers, from the header `Host`, or from what trusted proxies have forwarded (RFC 7239, and the
 * `X-Forwarded-` headers).
 *
 * @module
 */

import { parseIpAddress } from "../../ip_address.ts";

/** A request, and the host that sent it. */
export interface ForwardedRequest {
  /** The request as it arrived. */
  readonly request: Request;
  /** IP address of the connected host. */
  readonly remoteAddress?: string | undefined;
  /** Whether an address is that of a proxy whose headers are trusted. */
  readonly isProxy: (address: string | undefined) => boolean;
}

/** The known parts of the URL that a client requested. */
interface Asked {
  readonly host?: string | undefined;
  readonly scheme?: string | undefined;
  readonly prefix?: string | undefined;
}

/** A name or address, and a port. */
const HOST = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
const PREFIX = /^(?:\/[\w.~%-]+)+$/;

/** The URL of the server as its client knows it, without a slash at the end: `https://pacs.example/imaging`. */
export function baseUrl({ request, remoteAddress, isProxy }: ForwardedRequest): string {
  const own = new URL(request.url);
  if (!isProxy(remoteAddress)) return own.origin;
  const { headers } = request;
  const forwarded = headers.get("forwarded");
  const { host, scheme, prefix = "" } = {
    ...fromXForwarded(headers),
    ...(forwarded !== null && defined(fromForwarded(forwarded, isProxy))),
  };
  const url = `${scheme ?? own.protocol.slice(0, -1)}://${host ?? own.host}`;
  return URL.canParse(url) ? new URL(url).origin + prefix : own.origin;
}

/** The IP address of the client: of the connected host, or as a trusted proxy says (`for`, or `X-Forwarded-For`). */
export function clientAddress({ request: { headers }, remoteAddress, isProxy }: ForwardedRequest): string | undefined {
  if (!isProxy(remoteAddress)) return remoteAddress;
  const elements = headers.get("forwarded")?.split(",").map((element) =>
    /(?:^|;)\s*for\s*=\s*"?([^";,]*)/i.exec(element)?.[1] ?? ""
  );
  // The nearest address that is no trusted proxy's is the client's; the client may have made up the ones before it.
  for (const node of (elements ?? headers.get("x-forwarded-for")?.split(",") ?? []).reverse()) {
    const address = addressOf(node.trim());
    if (address === "") break;
    if (!isProxy(address)) return address;
  }
  return remoteAddress;
}

function defined(asked: Asked): Asked {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function fromXForwarded(headers: Headers): Asked {
  const host = hostOf(lastOf(headers.get("x-forwarded-host")));
  const port = lastOf(headers.get("x-forwarded-port"));
  const scheme = schemeOf(lastOf(headers.get("x-forwarded-proto")));
  const needsPort = host !== undefined && !/:\d+$/.test(host) && port !== undefined && /^\d{1,5}$/.test(port);
  return {
    host: needsPort ? `${host}:${port}` : host,
    scheme,
    prefix: prefixOf(lastOf(headers.get("x-forwarded-prefix"))),
  };
}

/** The last element of a list is the one that the proxy itself has added. */
function lastOf(list: string | null): string | undefined {
  return list?.split(",").at(-1)?.trim();
}

/** The element of the last trusted proxy in the row, counted from the nearest one back: it spoke to the client. */
function fromForwarded(text: string, isProxy: ForwardedRequest["isProxy"]): Asked {
  let found: Asked = {};
  for (const element of text.split(",").reverse()) {
    const pairs = new Map(
      element.split(";").map((pair) => {
        const [name = "", value = ""] = pair.split("=", 2);
        return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")] as const;
      }),
    );
    found = { host: hostOf(pairs.get("host")) ?? found.host, scheme: schemeOf(pairs.get("proto")) ?? found.scheme };
    if (!isProxy(addressOf(pairs.get("for") ?? ""))) break;
  }
  return found;
}

/** `192.0.2.1:80` and `[2001:db8::1]:80` without their ports. */
function addressOf(node: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(node)?.[1];
  const address = bracketed ?? (/^[\d.]+:\d+$/.test(node) ? node.slice(0, node.indexOf(":")) : node);
  return parseIpAddress(address) === undefined ? "" : address;
}

function hostOf(text: string | undefined): string | undefined {
  return text !== undefined && HOST.test(text) ? text : undefined;
}

function schemeOf(text: string | undefined): string | undefined {
  const scheme = text?.toLowerCase();
  return scheme === "http" || scheme === "https" ? scheme : undefined;
}

function prefixOf(text: string | undefined): string | undefined {
  const prefix = text?.replace(/\/+$/, "");
  return prefix !== undefined && PREFIX.test(prefix) && !prefix.includes("..") ? prefix : undefined;
}
