/**
 * A DICOMweb server of the configuration, as a source and a sink.
 *
 * @module
 */

import { DicomwebClient, type DicomwebClientOptions } from "./client.ts";
import { type ClientCredentials, clientCredentials } from "./token.ts";
import { WebSource } from "./web_source.ts";

/** A DICOMweb server, as the configuration describes it. */
export interface WebPeer {
  /** Base URL of its DICOMweb services. */
  readonly url: string;
  /** AE title that stands for the server; none by default. */
  readonly aeTitle?: string;
  /** Bearer token for the server; none by default. */
  readonly token?: string;
  /** How to request tokens; by default the client requests none. */
  readonly oauth2?: ClientCredentials;
}

/** How the client calls the server. `timeout` is the longest time without progress of a request, in milliseconds. */
type CallOptions = Pick<DicomwebClientOptions, "timeout" | "retries">;

/** A client of the server. */
export function webClientOf({ url, token, oauth2 }: WebPeer, options: CallOptions): DicomwebClient {
  return new DicomwebClient({ ...options, url, token: oauth2 === undefined ? token : clientCredentials(oauth2) });
}

/** The server as a source and a sink. */
export function webSourceOf(peer: WebPeer, options: CallOptions): WebSource {
  return new WebSource({ client: webClientOf(peer, options), aeTitle: peer.aeTitle });
}
