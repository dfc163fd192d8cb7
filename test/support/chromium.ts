/**
 * A headless Chromium, by its DevTools protocol.
 *
 * @module
 */

import { temporaryFolder } from "./folders.ts";
import { find } from "./peers.ts";
import { Process } from "./process.ts";

/** A running browser with one page. */
export interface Browser extends AsyncDisposable {
  /** Loads an address. Resolves when the page and what it loads are there; answers its errors. */
  open(url: string): Promise<string[]>;
  /** The value of an expression in the page, as JSON has it; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** The value of an expression in the page as soon as it is true, and throws nothing; looked at before each frame. */
  until<T>(expression: string): Promise<T>;
  /** A picture of the page, as PNG. */
  screenshot(): Promise<Uint8Array>;
}

/** How long a page may take to come to what is waited for, in milliseconds. */
const PATIENCE = 60_000;

/** In a page without a graphics card, WebGL is drawn by the processor. */
const DRAWING = {
  none: ["--disable-gpu"],
  webgl: ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
};

/** Starts Chromium; pages that draw want WebGL. */
export async function startChromium({ drawing = "none" as keyof typeof DRAWING } = {}): Promise<Browser> {
  await using starting = new AsyncDisposableStack();
  const { path: profile } = starting.use(temporaryFolder());
  const child = starting.use(
    new Process(find("chromium") ?? "chromium", [
      ...["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900", ...DRAWING[drawing]],
      ...["--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    ], { timeout: 180_000 }),
  );
  const address = (await child.line(/DevTools listening on ws:\/\//)).replace(/^.*(?=ws:)/, "");
  const targets = await (await fetch(`http://${new URL(address).host}/json`)).json();
  const page = targets.find(({ type }: { type: string }) => type === "page");
  const socket = starting.adopt(new WebSocket(page.webSocketDebuggerUrl), closed);
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
  const session = new Session(socket);
  for (const domain of ["Page", "Runtime", "Log"]) await session.send(`${domain}.enable`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  };
  const running = starting.move();
  return {
    open: (url) => session.open(url),
    evaluate,
    until: (expression) => evaluate(untilTrue(expression)),
    async screenshot() {
      const { data } = await session.send("Page.captureScreenshot");
      return Uint8Array.fromBase64(data as string);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** An expression that looks at another before each frame until it is true, or for too long. */
function untilTrue(expression: string): string {
  return `new Promise((resolve, reject) => {
    const end = performance.now() + ${PATIENCE};
    let thrown;
    const look = () => {
      let value;
      try {
        value = (${expression});
      } catch (error) {
        thrown = error;
      }
      if (value) resolve(value);
      else if (performance.now() > end) {
        reject(new Error(${JSON.stringify(expression)} + " did not become true" + (thrown ? ": " + thrown : "")));
      } else requestAnimationFrame(look);
    };
    look();
  })`;
}

function closed(socket: WebSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.onclose = () => resolve();
  socket.close();
  return promise;
}

type Params = Readonly<Record<string, unknown>>;

/** Commands and events of one page. */
class Session {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: Params) => void>();
  #errors: string[] = [];
  #loaded: () => void = () => {};
  #id = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
  }

  send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#id;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async open(url: string): Promise<string[]> {
    this.#errors = [];
    const loaded = new Promise<void>((resolve) => this.#loaded = resolve);
    await this.send("Page.navigate", { url });
    await loaded;
    return this.#errors;
  }

  #take({ id, result, error, method, params }: Record<string, Params> & { id?: number; method?: string }): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(result ?? { exceptionDetails: error });
      this.#waiting.delete(id);
    } else if (method === "Page.loadEventFired") this.#loaded();
    else if (method === "Runtime.exceptionThrown") this.#errors.push(JSON.stringify(params));
    else if (method === "Log.entryAdded" && (params?.entry as Params).level === "error") {
      this.#errors.push(JSON.stringify(params?.entry));
    }
  }
}
