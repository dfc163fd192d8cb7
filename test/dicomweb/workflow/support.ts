/** A gateway whose workflow services are asked over HTTP, for tests. */

import { parseConfig } from "../../../src/config.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../../src/gateway/gateway.ts";
import { createMemoryIndex } from "../../../src/index/memory_index.ts";
import { createMemoryStore } from "../../../src/objects/memory_store.ts";
import type { JsonAnswer } from "../server/support.ts";

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How to ask. */
export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  /** The JSON of a body, in place of `body`. */
  readonly json?: unknown;
}

/** A gateway in memory. */
export class WorkflowServer implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly errors: unknown[] = [];

  private constructor(options: GatewayOptions) {
    this.gateway = createGateway({ ...options, onError: (error) => this.errors.push(error) });
  }

  static async of(yaml = "worklist: { keepDays: 0 }", options: Partial<GatewayOptions> = {}): Promise<WorkflowServer> {
    const server = new WorkflowServer({
      store: createMemoryStore(),
      index: createMemoryIndex(),
      config: await parseConfig(yaml),
      connect: () => Promise.reject(new Error("Nobody is called")),
      ...options,
    });
    await server.gateway.start();
    return server;
  }

  /** Asks below `/dicom-web`, or at another path of the gateway that begins with two slashes. */
  async ask(path: string, { method, headers = {}, body, json }: Asking = {}): Promise<Answer> {
    const url = path.startsWith("//") ? `http://localhost${path.slice(1)}` : `http://localhost/dicom-web${path}`;
    const sent = json === undefined ? body : JSON.stringify(json);
    const response = await this.gateway.fetch(
      new Request(url, {
        method: method ?? (sent === undefined ? "GET" : "POST"),
        headers: { ...(sent !== undefined && { "content-type": "application/dicom+json" }), ...headers },
        ...(sent !== undefined && { body: sent }),
      }),
      { remoteAddress: "192.0.2.7" },
    );
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
  }
}

/** The data sets of an answer in JSON. */
export function dataSetsOf({ text }: Answer): JsonAnswer[] {
  return JSON.parse(text);
}
