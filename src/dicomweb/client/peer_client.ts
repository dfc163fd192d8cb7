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

/** The server as a source and a sink. `timeout` is the longest time in which a request comes no further, in milliseconds. */
export function webSourceOf(
  { url, aeTitle, token, oauth2 }: WebPeer,
  options: Pick<DicomwebClientOptions, "timeout" | "retries">,
): WebSource {
  const bearer = oauth2 === undefined ? token : clientCredentials(oauth2);
  return new WebSource({ client: new DicomwebClient({ ...options, url, token: bearer }), aeTitle });
}
