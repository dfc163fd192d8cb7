/**
 * Problem details for HTTP (RFC 9457).
 *
 * @module
 */

import type { Context } from "hono";

/** What all occurrences of a problem share. */
export interface ProblemKind {
  /** HTTP status code. */
  readonly status:
    | 400
    | 401
    | 403
    | 404
    | 405
    | 406
    | 409
    | 413
    | 414
    | 415
    | 416
    | 421
    | 422
    | 429
    | 500
    | 502
    | 503
    | 504
    | 507;
  readonly title: string;
  /** When the sidecar answers it, for the OpenAPI document. */
  readonly description: string;
}

/** Name of a problem: the last segment of its `type`, and its name among the responses of the OpenAPI document. */
export type ProblemName =
  | "MalformedBody"
  | "InvalidRequest"
  | "Unauthorized"
  | "CrossSiteRequest"
  | "InsufficientScope"
  | "AdHocEchoNotAllowed"
  | "NotFound"
  | "UnknownAssociation"
  | "UnknownCommitment"
  | "UnknownLane"
  | "UnknownJob"
  | "UnknownPeer"
  | "UnknownWorklistItem"
  | "UnknownProcedureStep"
  | "UnknownResource"
  | "MethodNotAllowed"
  | "CommitmentNotWaiting"
  | "ResourceConflict"
  | "WorklistFile"
  | "NotAcceptable"
  | "BodyTooLarge"
  | "AddressTooLong"
  | "TooManyAnswers"
  | "UnsupportedMediaType"
  | "RangeNotSatisfiable"
  | "HostNotAllowed"
  | "InvalidEchoRequest"
  | "InvalidCommitmentRequest"
  | "InvalidWorklistItem"
  | "InvalidFilter"
  | "InvalidJobRequest"
  | "AdHocEchoBusy"
  | "EchoBusy"
  | "InternalError"
  | "OutOfResources"
  | "TooManyRenderings"
  | "TokenNotChecked"
  | "TooBusy"
  | "PeerFailed"
  | "CommitmentRefused"
  | "SourceFailed"
  | "PeerTimedOut"
  | "CommitmentTimedOut"
  | "WorklistFull";

/** Every problem that the sidecar answers. */
export const PROBLEMS: Readonly<Record<ProblemName, ProblemKind>> = {
  MalformedBody: {
    status: 400,
    title: "The body is malformed",
    description: "The body does not match its media type, or ended early.",
  },
  InvalidRequest: {
    status: 400,
    title: "Bad Request",
    description: "A path segment, a parameter or a header is invalid; `detail` says which.",
  },
  Unauthorized: {
    status: 401,
    title: "Unauthorized",
    description: "The bearer token is missing or wrong.",
  },
  CrossSiteRequest: {
    status: 403,
    title: "Cross-site request",
    description: "No token is set, and a page of another origin sent the request.",
  },
  InsufficientScope: {
    status: 403,
    title: "Insufficient scope",
    description: "The bearer token does not have the scope that `detail` and `WWW-Authenticate` name.",
  },
  AdHocEchoNotAllowed: {
    status: 403,
    title: "Ad-hoc targets are not allowed",
    description: "The request names a target that is not configured, and `http.allowAdHocEcho` is off.",
  },
  NotFound: { status: 404, title: "Not Found", description: "No route has this path." },
  UnknownAssociation: {
    status: 404,
    title: "Unknown association",
    description: "No active association has this id.",
  },
  UnknownCommitment: {
    status: 404,
    title: "Unknown transaction",
    description: "The gateway remembers no request for storage commitment with this Transaction UID.",
  },
  UnknownLane: {
    status: 404,
    title: "Unknown destination",
    description: "The gateway sends instances to no destination of this name.",
  },
  UnknownJob: { status: 404, title: "Unknown job", description: "No job has this id." },
  UnknownPeer: {
    status: 404,
    title: "Unknown peer",
    description: "No configured peer has this name, or the peer is not on the web.",
  },
  UnknownWorklistItem: { status: 404, title: "Unknown worklist item", description: "No worklist item has this key." },
  UnknownProcedureStep: {
    status: 404,
    title: "Unknown performed procedure step",
    description: "No performed procedure step has this SOP Instance UID.",
  },
  UnknownResource: {
    status: 404,
    title: "Unknown resource",
    description: "No study, series, instance, frame or value of the archive is at this path.",
  },
  MethodNotAllowed: {
    status: 405,
    title: "Method Not Allowed",
    description: "The path exists, but not with this method; `Allow` lists those that it has.",
  },
  CommitmentNotWaiting: {
    status: 409,
    title: "No report is waiting",
    description: "The report of this request is not ready, or is delivered.",
  },
  ResourceConflict: {
    status: 409,
    title: "Conflict",
    description: "The request conflicts with the present state; `detail` says why.",
  },
  WorklistFile: {
    status: 409,
    title: "The worklist item is a file",
    description: "The item is a file of the worklist's folder: change it there.",
  },
  NotAcceptable: {
    status: 406,
    title: "Not Acceptable",
    description: "The resource has no media type or transfer syntax that the request accepts.",
  },
  BodyTooLarge: { status: 413, title: "Content Too Large", description: "The body is longer than the limit." },
  TooManyAnswers: {
    status: 413,
    title: "Too many answers",
    description:
      "More matches than a source without pages can be asked for, or more metadata than is made at a time; ask for fewer.",
  },
  AddressTooLong: {
    status: 414,
    title: "URI Too Long",
    description: "The query has more characters or parameters than the limit.",
  },
  UnsupportedMediaType: {
    status: 415,
    title: "Unsupported Media Type",
    description:
      "The body has a media type or a coding that is not taken here, nor, where it is a data set, `application/dicom+json`.",
  },
  RangeNotSatisfiable: {
    status: 416,
    title: "Range Not Satisfiable",
    description: "The resource has none of the bytes that `Range` names; `Content-Range` says how many it has.",
  },
  HostNotAllowed: {
    status: 421,
    title: "Misdirected Request",
    description: "The Host header names no host, or not the sidecar; this stops DNS rebinding.",
  },
  InvalidEchoRequest: {
    status: 422,
    title: "The C-ECHO request is invalid",
    description: "The body is JSON but not a C-ECHO request; `errors` lists what was found and what was expected.",
  },
  InvalidCommitmentRequest: {
    status: 422,
    title: "The request for storage commitment is invalid",
    description: "The body is JSON but not a request for storage commitment; `detail` says what is wrong.",
  },
  InvalidWorklistItem: {
    status: 422,
    title: "The worklist item is invalid",
    description: "The body is JSON but no worklist item; `errors` lists what was found and what was expected.",
  },
  InvalidFilter: {
    status: 400,
    title: "The filter is invalid",
    description: "A parameter of the query is invalid; `errors` lists what was expected.",
  },
  InvalidJobRequest: {
    status: 422,
    title: "The request about jobs is invalid",
    description: "A condition or the change is invalid; `detail` says what is wrong.",
  },
  AdHocEchoBusy: {
    status: 429,
    title: "Too Many Requests",
    description: "Another C-ECHO to an unconfigured target is running; only one runs at a time.",
  },
  EchoBusy: {
    status: 429,
    title: "Too Many Requests",
    description: "Four C-ECHOs to this peer are running; no more run at a time.",
  },
  InternalError: {
    status: 500,
    title: "Internal Server Error",
    description: "A fault of the gateway; its log says more.",
  },
  OutOfResources: {
    status: 503,
    title: "Service Unavailable",
    description: "The archive has no room at the moment; `Retry-After` says when to try again.",
  },
  TooManyRenderings: {
    status: 503,
    title: "Too many frames are asked for",
    description: "Other requests wait for frames to be decoded or rendered; `Retry-After` says when to try again.",
  },
  TokenNotChecked: {
    status: 503,
    title: "The token can't be checked",
    description:
      "The gateway cannot get the keys of the token's issuer at the moment; `Retry-After` says when to try again.",
  },
  TooBusy: {
    status: 503,
    title: "Too busy",
    description:
      "As many such requests are under way as there may be, and others wait; `Retry-After` says when to try again.",
  },
  PeerFailed: {
    status: 502,
    title: "The peer failed",
    description: "The C-ECHO did not succeed; `phase` and `reason` say where and why.",
  },
  CommitmentRefused: {
    status: 502,
    title: "The peer gave no commitment",
    description: "The peer could not be called, or refused the request; `detail` says why.",
  },
  SourceFailed: {
    status: 502,
    title: "A source failed",
    description: "A peer did not give the answer that the gateway requested; the log says why.",
  },
  PeerTimedOut: {
    status: 504,
    title: "The peer did not answer in time",
    description: "The C-ECHO ran into a deadline; `phase` says where.",
  },
  CommitmentTimedOut: {
    status: 504,
    title: "The report did not come in time",
    description: "The peer sent no report in time, whether or not it took the request for storage commitment.",
  },
  WorklistFull: {
    status: 507,
    title: "The worklist is full",
    description: "The worklist has as many items as it may have (`worklist.maxItems`).",
  },
};

/** Media type of a problem. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** A URI reference that names the problem and leads to its description in the sidecar's OpenAPI document. */
export function problemType(name: ProblemName): string {
  return `/openapi.json#/components/responses/${name}`;
}

/** An answer with a problem; `members` are extension members, `headers` are added. */
export function problem(
  c: Context,
  name: ProblemName,
  detail: string,
  options: { readonly members?: object; readonly headers?: Record<string, string> } = {},
): Response {
  const { status, title } = PROBLEMS[name];
  const body = { type: problemType(name), title, status, detail, instance: c.req.path, ...options.members };
  return c.body(JSON.stringify(body), status, { ...options.headers, "Content-Type": PROBLEM_MEDIA_TYPE });
}
