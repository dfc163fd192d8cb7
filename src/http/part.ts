/**
 * What a part of the gateway brings to HTTP.
 *
 * @module
 */

import type { Hono } from "hono";
import type { RecognizeToken } from "../access/web/asker.ts";
import type { CrossOrigin } from "./cross_origin.ts";
import type { JsonObject } from "./openapi_schemas.ts";
import type { ScopeRule } from "./scopes.ts";

export type { Json, JsonObject } from "./openapi_schemas.ts";

/** What the OpenAPI document depends on. */
export interface OpenApiOptions {
  /** Version of Gantry. */
  readonly version: string;
  /** If set, all routes but health require this token, or one that `access` knows. At least one character. */
  readonly token?: string;
  /** Tokens with scopes; if set, all routes but health require a token. */
  readonly access?: HttpAccess;
}

/** Tokens with scopes. */
export interface HttpAccess {
  /** Says whose token it is. */
  readonly recognize: RecognizeToken;
  /** URL of the issuer of tokens (OpenID Connect), where there is one. */
  readonly issuer?: string;
}

/** A link on the page at `/`. */
export interface HttpLink {
  /** Such as `/metrics`. */
  readonly path: string;
  /** What one finds there, in a few words. */
  readonly about: string;
}

/** What is said of a path that no route has. */
export interface UnknownPath {
  /** Name of the problem that is answered, with 404. */
  readonly problem: "NotFound" | "UnknownPeer";
  /** Says what was found and what was expected. */
  readonly detail: string;
}

/** Routes, with what is told of them. */
export interface HttpPart {
  /** Adds the routes. They are protected, and answer errors, as all others do. */
  readonly routes?: (app: Hono) => void;
  /** Says why no route has a path that is below what the part serves; undefined for all others. Default: it says nothing. */
  readonly explain?: (path: string) => UnknownPath | undefined;
  /** Path items of the OpenAPI document by path, such as `/associations/{id}`. */
  readonly paths?: (options: OpenApiOptions) => JsonObject;
  /** Schemas that these path items refer to, by name. */
  readonly schemas?: JsonObject;
  /** Links on the page at `/`. */
  readonly links?: readonly HttpLink[];
  /**
   * Adds routes that answer those, too, who have no token: before anybody asks for one, so that no other route is opened with
   * them. Default: none.
   */
  readonly openRoutes?: (app: Hono) => void;
  /** What a token has to let its bearer do, by path. Default: `admin`, for all paths of the part. */
  readonly scopes?: readonly ScopeRule[];
  /** Whose web pages may use which of its paths. Default: none but the gateway's own. */
  readonly crossOrigin?: CrossOrigin;
}

/** Where a request came from: the `env` of every Hono context. */
export interface HttpSender {
  /** IP address of who is connected: a client, or a proxy in front of it. Default: unknown. */
  readonly remoteAddress?: string | undefined;
}
