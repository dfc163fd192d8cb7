/**
 * A DICOMweb server of the configuration, as a source and a sink.
 *
 * @module
 */

import { DicomwebClient, type DicomwebClientOptions } from "./client.ts";
import { type ClientCredentials, clientCredentials } from "./token.ts";
import { WebSource } from "./web_source.ts";

/** What a configuration says of a server. */
export interface WebPeer {
  /** Base URL of its services. */
  readonly url: string;
  /** AE title that stands for it; none by default. */
  readonly aeTitle?: string;
  /** Its bearer token; none by default. */
  readonly token?: string;
  /** How tokens are had; not at all by default. */
  readonly oauth2?: ClientCredentials;
}

/** How the server is called. `timeout` is the longest time in which a request comes no further, in milliseconds. */
type CallOptions = Pick<DicomwebClientOptions, "timeout" | "retries">;

/** A client of the server. */
export function webClientOf({ url, token, oauth2 }: WebPeer, options: CallOptions): DicomwebClient {
  return new DicomwebClient({ ...options, url, token: oauth2 === undefined ? token : clientCredentials(oauth2) });
}

/** The server as a source and a sink. */
export function webSourceOf(peer: WebPeer, options: CallOptions): WebSource {
  return new WebSource({ client: webClientOf(peer, options), aeTitle: peer.aeTitle });
}
