/**
 * The HTTP server on Node or Bun, in front of a handler that shows what Web requests and responses are like there. Prints its
 * port, and ends at SIGTERM.
 *
 * @module
 */

import process from "node:process";
import { serveHttp } from "../../../src/hosts/node_http_server.ts";

const PIECE = new Uint8Array(65_536);
const PIECES = 4096; // 256 MiB.

let produced = 0;
let received = 0;
let release = () => {};
const released = new Promise<void>((resolve) => release = resolve);
let aborted = 0;

/** A body that is made when it is asked for. */
function large(): ReadableStream<Uint8Array> {
  let left = PIECES;
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) return controller.close();
      produced += PIECE.length;
      controller.enqueue(PIECE);
    },
    cancel: () => void aborted++,
  }, { highWaterMark: 0 });
}

/** Resolves after as many milliseconds as a query names. */
function passed(search: string): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Number(search.slice(1))));
}

async function count(body: ReadableStream<Uint8Array>, wait: () => Promise<void>): Promise<number> {
  for await (const chunk of body) {
    received += chunk.length;
    await wait();
  }
  return received;
}

const server = await serveHttp({
  hostname: "127.0.0.1",
  port: 0,
  async handler(request) {
    const { pathname, search } = new URL(request.url);
    switch (pathname) {
      case "/request": {
        const { url, method, headers } = request;
        return Response.json({ url, method, headers: [...headers], hasBody: request.body !== null });
      }
      case "/echo":
        return new Response(request.body, {
          status: 201,
          headers: [["X-Search", search], ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]],
        });
      case "/large":
        return new Response(large());
      case "/sink":
        return new Response(String(await count(request.body!, () => released)));
      case "/length":
        return new Response(String((await request.arrayBuffer()).byteLength));
      case "/late":
        await passed(search);
        return new Response("late");
      case "/pause":
        return new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(new TextEncoder().encode("before, "));
              await passed(search);
              controller.enqueue(new TextEncoder().encode("after"));
              controller.close();
            },
          }),
        );
      case "/release":
        release();
        return new Response();
      case "/unread":
        return new Response("no", { status: 401 });
      case "/waits":
        return await new Promise<Response>((resolve) => {
          request.signal.addEventListener("abort", () => {
            aborted++;
            resolve(new Response());
          });
          console.log("waiting");
        });
      case "/broken":
        return new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode("half"));
            },
            pull(controller) {
              controller.error(new Error("Cannot go on: the source is gone"));
            },
          }),
        );
      case "/request-timeout": {
        // Node alone tells what it has open.
        const { _getActiveHandles: handles = () => [] } = process as { _getActiveHandles?: () => object[] };
        const timeouts = handles().map((handle) => (handle as { requestTimeout?: number }).requestTimeout);
        return Response.json(timeouts.filter((timeout) => timeout !== undefined));
      }
      default:
        return Response.json({ produced, received, aborted });
    }
  },
  onError: ({ message }) => console.log(message),
});
console.log(server.addr.port);
process.once("SIGTERM", async () => {
  await server[Symbol.asyncDispose]();
  console.log("closed");
});
