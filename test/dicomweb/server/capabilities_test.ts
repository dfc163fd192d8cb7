import assert from "node:assert/strict";
import { createHttpApp } from "../../../src/http/app.ts";
import { dicomwebPart } from "../../../src/dicomweb/server/part.ts";

const app = createHttpApp({ version: "1.2.3", parts: [dicomwebPart({ version: "1.2.3", source: () => undefined })] });

Deno.test("capabilities come as WADL or JSON, by OPTIONS or GET", async () => {
  for (const method of ["OPTIONS", "GET"]) {
    const wadl = await app.request("http://pacs.example/dicom-web", { method });
    assert.equal(wadl.headers.get("content-type"), "application/vnd.sun.wadl+xml");
    assert.match(await wadl.text(), /<resources base="http:\/\/pacs\.example\/dicom-web\/">/);
    const headers = { accept: "application/json" };
    const json = await (await app.request("http://pacs.example/dicom-web/", { method, headers })).json();
    assert.equal(json.base, "http://pacs.example/dicom-web");
    assert.ok(json.resources.some(({ method, path }: Record<string, string>) => method === "OPTIONS" && path === ""));
  }
});

Deno.test("capabilities in another media type are a 406 that says which there are", async () => {
  const response = await app.request("/dicom-web", { headers: { accept: "text/html" } });
  assert.equal(response.status, 406);
  assert.match((await response.json()).detail, /application\/vnd\.sun\.wadl\+xml or application\/json/);
});

Deno.test("the parameter accept counts before the header Accept, its plus sign escaped or not", async () => {
  for (const accept of ["application/vnd.sun.wadl+xml", "application/vnd.sun.wadl%2Bxml"]) {
    const response = await app.request(`/dicom-web?accept=${accept}`, { headers: { accept: "application/json" } });
    assert.equal(response.headers.get("content-type"), "application/vnd.sun.wadl+xml");
    await response.body?.cancel();
  }
});
