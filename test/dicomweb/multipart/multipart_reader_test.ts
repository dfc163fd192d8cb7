import assert from "node:assert/strict";
import fc from "fast-check";
import { MultipartError } from "../../../src/dicomweb/multipart/multipart_error.ts";
import { type MultipartLimits, readMultipart } from "../../../src/dicomweb/multipart/multipart_reader.ts";
import { LimitError } from "../../../src/errors.ts";
import { inPieces, joined, latin1, streamOfChunks } from "./messages.ts";

interface Read {
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of body) text += Array.from(chunk, (byte) => String.fromCharCode(byte)).join("");
  return text;
}

async function readAll(chunks: Iterable<Uint8Array>, boundary = "b", limits: MultipartLimits = {}): Promise<Read[]> {
  const read: Read[] = [];
  for await (const { headers, body } of readMultipart(streamOfChunks(chunks).stream, boundary, limits)) {
    read.push({ headers: Object.fromEntries(headers), body: await textOf(body) });
  }
  return read;
}

const dicom = (body: string): Read => ({ headers: { "content-type": "application/dicom" }, body });
const HEADER = "Content-Type: application/dicom\r\n\r\n";

const MESSAGES: readonly (readonly [what: string, message: string, expected: readonly Read[]])[] = [
  ["two parts", `--b\r\n${HEADER}one\r\n--b\r\n${HEADER}two\r\n--b--\r\n`, [dicom("one"), dicom("two")]],
  ["a CRLF in front, as dicomweb-client sends it", `\r\n--b\r\n${HEADER}one\r\n--b--`, [dicom("one")]],
  ["a preamble and an epilogue", `hello\r\n--b\r\n${HEADER}one\r\n--b--\r\nbye\r\n--b\r\nno`, [dicom("one")]],
  ["padding behind boundaries", `--b \t\r\n${HEADER}one\r\n--b  \r\n${HEADER}2\r\n--b-- \r\n`, [
    dicom("one"),
    dicom("2"),
  ]],
  ["no bytes", `--b\r\n${HEADER}\r\n--b--\r\n`, [dicom("")]],
  ["no bytes and no CRLF of their own", `--b\r\n${HEADER}--b\r\n${HEADER}x\r\n--b--`, [dicom(""), dicom("x")]],
  ["no headers", "--b\r\n\r\none\r\n--b--", [{ headers: {}, body: "one" }]],
  ["no parts", "--b--\r\n", []],
  ["bytes like delimiters", `--b\r\n${HEADER}\r\n--bc\r\n--b-\r\n-\r\r\n--\r\n--b--`, [
    dicom("\r\n--bc\r\n--b-\r\n-\r\r\n--"),
  ]],
  ["line ends that are bytes", `--b\r\n${HEADER}\r\n\n\r\r\n\r\n--b--`, [dicom("\r\n\n\r\r\n")]],
  ["headers that are folded, or come twice", "--b\r\nA:  1\r\n 2 \r\nb : 3\r\nB: 4\r\n\r\n\r\n--b--", [
    { headers: { a: "1 2", b: "3, 4" }, body: "" },
  ]],
  ["headers in lines of LF", "--b\nContent-Type: application/dicom\n\none\r\n--b--", [dicom("one")]],
];

Deno.test("readMultipart() reads parts, however the message comes", async (t) => {
  for (const [what, message, expected] of MESSAGES) {
    await t.step(what, async () => {
      const bytes = latin1(message);
      assert.deepEqual(await readAll([bytes]), expected, "whole");
      assert.deepEqual(await readAll(inPieces(bytes, [1])), expected, "byte by byte");
      for (let cut = 1; cut < bytes.length; cut++) {
        assert.deepEqual(await readAll([bytes.slice(0, cut), bytes.slice(cut)]), expected, `cut at ${cut}`);
      }
    });
  }
});

Deno.test("readMultipart() reads any bytes at any splits", async () => {
  const pieces = fc.array(fc.constantFrom("\r", "\n", "-", "--", "b", "\r\n--b", "\r\n--bound", "\0", "\xff", "x"));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    pieces.map((texts) => latin1(texts.join(""))),
  );
  const boundary = "boundary-of_0f3cf5c0.70e0";
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      async (bodies, lengths) => {
        const parts = bodies.flatMap((bytes) => [`\r\n--${boundary}\r\n${HEADER}`, bytes]);
        const message = joined(...parts, `\r\n--${boundary}--`);
        const read = await readAll(inPieces(message, lengths), boundary);
        assert.deepEqual(read, bodies.map((bytes) => dicom(String.fromCharCode(...bytes))));
      },
    ),
    { seed: 42, numRuns: 300 },
  );
});

const REFUSED: readonly (readonly [what: string, message: string, problem: RegExp])[] = [
  ["an empty message", "", /ends after 0 bytes, expected the boundary/],
  ["no boundary", "hello", /ends after 5 bytes, expected the boundary/],
  ["an end within headers", "--b\r\nContent-Type: a", /expected the end of the headers of part 1/],
  ["an end within a part", `--b\r\n${HEADER}one`, /expected the boundary/],
  ["an end within a boundary", `--b\r\n${HEADER}one\r\n--`, /expected the boundary/],
  ["an end behind a boundary", `--b\r\n${HEADER}one\r\n--b`, /expected a line end or --/],
  ["no header", "--b\r\nhello\r\n\r\n\r\n--b--", /in part 1: found a line among its headers that is no header/],
  [
    "a header with a NUL",
    "--b\r\nA: \0\r\n\r\n\r\n--b--",
    /in part 1: found a line among its headers that is no header/,
  ],
  [
    "a message within",
    "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--",
    /it is a multipart message/,
  ],
  ["Base64", "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==\r\n--b--", /Content-Transfer-Encoding/],
];

Deno.test("readMultipart() refuses what is no multipart message", async (t) => {
  for (const [what, message, problem] of REFUSED) {
    await t.step(what, async () => {
      for (const chunks of [[latin1(message)], [...inPieces(latin1(message), [1])]]) {
        await assert.rejects(readAll(chunks), (error) => {
          assert(error instanceof MultipartError);
          assert.match(error.message, problem);
          return true;
        });
      }
    });
  }
});

Deno.test("readMultipart() refuses a boundary that is none", async () => {
  for (const boundary of ["", "x".repeat(201), "a\r\nb", "é"]) {
    const { stream, cancelled } = streamOfChunks([latin1("--b--")]);
    await assert.rejects(readMultipart(stream, boundary).next(), MultipartError);
    assert(cancelled());
  }
});

/** A message that never ends, by what it repeats. */
function* endless(start: string, again: string): Generator<Uint8Array> {
  yield latin1(start);
  for (;;) yield latin1(again);
}

const ENDLESS: readonly (readonly [limit: keyof MultipartLimits, start: string, again: string, MultipartLimits])[] = [
  ["maxHeaderLength", "", "preamble ", {}],
  ["maxHeaderLength", "--b\r\nA: ", "x".repeat(100), {}],
  ["maxHeaderLength", "--b\r\n", "A: b\r\n", { maxHeaders: 1_000_000 }],
  ["maxParts", "", "--b\r\n\r\n\r\n", { maxParts: 1000 }],
  ["maxLength", `--b\r\n${HEADER}`, "x".repeat(100), { maxLength: 10_000 }],
];

Deno.test("readMultipart() bounds what never ends, and cancels it", async (t) => {
  for (const [limit, start, again, limits] of ENDLESS) {
    await t.step(`${limit}: ${again.slice(0, 8)}`, async () => {
      const { stream, cancelled } = streamOfChunks(endless(start, again));
      const reading = async () => {
        for await (const { body } of readMultipart(stream, "b", limits)) await textOf(body);
      };
      await assert.rejects(reading(), (error) => error instanceof LimitError && error.limit === limit);
      assert(cancelled());
    });
  }
});

Deno.test("readMultipart() refuses more headers than maxHeaders", async () => {
  const message = latin1(`--b\r\n${"A: b\r\n".repeat(65)}\r\n\r\n--b--`);
  await assert.rejects(readAll([message]), { name: "LimitError", message: /its part 1 has more headers than 64/ });
  assert.equal((await readAll([message], "b", { maxHeaders: 65 })).length, 1);
});

Deno.test("readMultipart() goes on behind a part that is too long, unread, or given up", async () => {
  const message = joined(
    ...["123456", "two", "three", "four"].map((body) => `\r\n--b\r\n${HEADER}${body}`),
    "\r\n--b--",
  );
  const outcomes: string[] = [];
  const { stream } = streamOfChunks(inPieces(message, [3]));
  let unread: ReadableStream<Uint8Array> | undefined;
  for await (const { number, body, settled } of readMultipart(stream, "b", { maxPartLength: 5 })) {
    if (number === 2) unread = body;
    else if (number === 3) await body.cancel();
    else outcomes.push(await textOf(body).catch((error) => error.limit));
    if (number !== 2) await settled;
  }
  assert.deepEqual(outcomes, ["maxPartLength", "four"]);
  await assert.rejects(textOf(unread!), /the next one was asked for/);
});

Deno.test("readMultipart() pulls no more than is read", async () => {
  const { stream, pulled, cancelled } = streamOfChunks(endless(`--b\r\n${HEADER}`, "x".repeat(1000)));
  for await (const { body } of readMultipart(stream, "b")) {
    const reader = body.getReader();
    for (let read = 0; read < 5; read++) await reader.read();
    assert(pulled() <= 7, `${pulled()} pulled`);
    break;
  }
  assert(cancelled());
});

Deno.test("readMultipart() passes on what the message fails with, and keeps the parts before", async () => {
  const failure = new Error("The connection is gone");
  const chunks = function* () {
    yield latin1(`--b\r\n${HEADER}one\r\n--b\r\n${HEADER}two`);
    throw failure;
  };
  const parts = readMultipart(streamOfChunks(chunks()).stream, "b");
  assert.equal(await textOf((await parts.next()).value!.body), "one");
  await assert.rejects(textOf((await parts.next()).value!.body), failure);
  await assert.rejects(parts.next(), failure);
});

Deno.test("readMultipart() can be left while a sender is silent", async () => {
  const silent = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(latin1(`--b\r\n${HEADER}`)),
  });
  for await (const { body } of readMultipart(silent, "b")) {
    const reading = body.getReader().read();
    reading.catch(() => {});
    break;
  }
});
