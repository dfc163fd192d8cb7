/**
 * DICOMweb (PS3.18): the client, and multipart messages. The server is a part of every gateway.
 *
 * @example
 * ```ts
 * import { DicomwebClient } from "@gantry/dicom/dicomweb";
 *
 * const client = new DicomwebClient({ url: "http://127.0.0.1:8080/dicom-web" });
 * for await (const study of client.search({ level: "studies" })) console.log(study["0020000D"]?.Value?.[0]);
 * ```
 *
 * @module
 */

export { DicomwebClient, type DicomwebClientOptions } from "../src/dicomweb/client/client.ts";
export type { ResourcePath } from "../src/dicomweb/client/resource_path.ts";
export type { RetrievedBytes, WebRetrieveOptions } from "../src/dicomweb/client/retrieve.ts";
export type { Search, WebSearchOptions } from "../src/dicomweb/client/search.ts";
export type { WebStoreOptions } from "../src/dicomweb/client/store.ts";
export type { WebStoreResult } from "../src/dicomweb/client/store_answer.ts";
export { type ClientCredentials, clientCredentials, type Token } from "../src/dicomweb/client/token.ts";
export type { CallerOptions } from "../src/dicomweb/client/web_caller.ts";
export { DicomwebError } from "../src/dicomweb/client/web_error.ts";
export { type MediaRange, parseMediaRange } from "../src/dicomweb/media_range.ts";
export { MultipartError } from "../src/dicomweb/multipart/multipart_error.ts";
export { type MultipartLimits, type MultipartPart, readMultipart } from "../src/dicomweb/multipart/multipart_reader.ts";
export type { PartHeaders } from "../src/dicomweb/multipart/part_headers.ts";
export type { HeldInstance } from "../src/query/instance_source.ts";
