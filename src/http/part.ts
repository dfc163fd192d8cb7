/**
 * What a part of the gateway adds to the HTTP API.
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
  /** Finds the bearer of a token. */
  readonly recognize: RecognizeToken;
  /** URL of the issuer of tokens (OpenID Connect), if the gateway trusts one. */
  readonly issuer?: string;
}

/** A link on the page at `/`. */
export interface HttpLink {
  /** Such as `/metrics`. */
  readonly path: string;
  /** What the page behind the link shows, in a few words. */
  readonly about: string;
}

/** The explanation of a path that no route has. */
export interface UnknownPath {
  /** Name of the problem in the answer, with 404. */
  readonly problem: "NotFound" | "UnknownPeer";
  /** Says what was found, and what was expected. */
  readonly detail: string;
}

/** Routes, and their descriptions. */
export interface HttpPart {
  /** Adds the routes. They are protected, and answer errors, as all other routes are. */
  readonly routes?: (app: Hono) => void;
  /** Explains why no route has a path below those of the part; undefined for all other paths. Default: no explanations. */
  readonly explain?: (path: string) => UnknownPath | undefined;
  /** Path items of the OpenAPI document by path, such as `/associations/{id}`. */
  readonly paths?: (options: OpenApiOptions) => JsonObject;
  /** Schemas that these path items refer to, by name. */
  readonly schemas?: JsonObject;
  /** Links on the page at `/`. */
  readonly links?: readonly HttpLink[];
  /**
   * Adds routes that also answer clients without a token. They are added before the check of tokens, so that they open no other
   * route. Default: none.
   */
  readonly openRoutes?: (app: Hono) => void;
  /** The scope that a token needs, by path. Default: `admin`, for all paths of the part. */
  readonly scopes?: readonly ScopeRule[];
  /** Origins whose web pages may use paths of the part. Default: only the gateway's own. */
  readonly crossOrigin?: CrossOrigin;
}

/** Where a request came from: the `env` of every Hono context. */
export interface HttpSender {
  /** IP address of the connected host: a client, or a proxy in front of it. Default: unknown. */
  readonly remoteAddress?: string | undefined;
}
