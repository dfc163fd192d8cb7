import assert from "node:assert/strict";
import { findAttribute, parseTag } from "../../../src/dicom/dictionary.ts";
import type { InstanceSource, Match } from "../../../src/query/instance_source.ts";
import { MemorySource } from "../../../src/query/memory_source.ts";
import { RETURNED } from "../../../src/dicomweb/server/returned_attributes.ts";
import { type Attributes, dataSetOf } from "../../query/data_sets.ts";
import { grayImage } from "./pictures.ts";
import { archiveOf, assertProblem, find, instanceOf, type JsonAnswer, ROOT, serverOf, valuesOf } from "./support.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";

/** An instance with all that a search returns or matches. */
function instance(study: number, series = 1, number = 1, more: Attributes = {}): Attributes {
  return {
    SpecificCharacterSet: "ISO_IR 100",
    SOPClassUID: CT,
    SOPInstanceUID: `1.2.${study}.${series}.${number}`,
    StudyInstanceUID: `1.2.${study}`,
    SeriesInstanceUID: `1.2.${study}.${series}`,
    StudyDate: `2025010${study}`,
    StudyTime: "101500",
    AccessionNumber: `A${study}`,
    Modality: series === 1 ? "CT" : "SR",
    ReferringPhysicianName: "Röntgen^Wilhelm",
    PatientName: `Müller^Jörg${study}`,
    PatientID: `P${study}`,
    PatientBirthDate: "19700131",
    PatientSex: "M",
    StudyID: `S${study}`,
    StudyDescription: `Thorax ${study}`,
    SeriesDescription: "Axial",
    SeriesNumber: String(series),
    InstanceNumber: String(number),
    PerformedProcedureStepStartDate: "20250102",
    PerformedProcedureStepStartTime: "1016",
    RequestAttributesSequence: [{
      ScheduledProcedureStepID: "SPS1",
      RequestedProcedureID: "RP1",
      CommentsOnTheScheduledProcedureStep: "x",
    }],
    Rows: [512],
    Columns: [256],
    BitsAllocated: [16],
    NumberOfFrames: "3",
    TimezoneOffsetFromUTC: "+0100",
    ...more,
  };
}

/** 3 studies of 2 series of 2 instances. */
const INSTANCES = [1, 2, 3].flatMap((study) =>
  [1, 2].flatMap((series) => [1, 2].map((number) => instance(study, series, number)))
);
const source = new MemorySource(INSTANCES.map((attributes) => dataSetOf(attributes)), { availability: "ONLINE" });
const app = serverOf(source);

function tagOf(keyword: string): string {
  return parseTag(keyword.split(".")[0]!)!.toString(16).toUpperCase().padStart(8, "0");
}

Deno.test("QIDO-RS: every path of PS3.18 Table 10.6.1-1", async () => {
  const cases: [path: string, count: number, url: string][] = [
    ["/studies", 3, "/studies/1.2.3"],
    ["/studies/1.2.1/series", 2, "/studies/1.2.1/series/1.2.1.1"],
    ["/series", 6, "/studies/1.2.3/series/1.2.3.1"],
    ["/studies/1.2.1/series/1.2.1.2/instances", 2, "/studies/1.2.1/series/1.2.1.2/instances/1.2.1.2.1"],
    ["/studies/1.2.1/instances", 4, "/studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"],
    ["/series/1.2.1.2/instances", 2, "/studies/1.2.1/series/1.2.1.2/instances/1.2.1.2.1"],
    ["/instances", 12, "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1"],
    ["/studies/9.9/series", 0, ""],
  ];
  for (const [path, count, url] of cases) {
    const answers = await find(app, path);
    assert.equal(answers.length, count, path);
    if (count > 0) assert.equal(answers[0]!["00081190"]?.Value?.[0], ROOT + url);
    assert.ok(answers.every((answer) => answer["00080052"] === undefined), "no Query/Retrieve Level");
  }
});

for (
  const [level, path, above] of [
    ["STUDY", "/studies", []],
    ["SERIES", "/studies/1.2.1/series", []],
    ["SERIES", "/series", ["STUDY"]],
    ["IMAGE", "/studies/1.2.1/series/1.2.1.1/instances", []],
    ["IMAGE", "/studies/1.2.1/instances", ["SERIES"]],
    ["IMAGE", "/instances", ["STUDY", "SERIES"]],
  ] as const
) {
  Deno.test(`QIDO-RS: ${path} returns all of PS3.18 Tables 10.6.3-3 to 10.6.3-5 for it, with values`, async () => {
    const [answer] = await find(app, path);
    for (const one of [level, ...above]) {
      for (const keyword of RETURNED[one]) {
        if (keyword === "AvailableTransferSyntaxUID") continue; // An archive knows it, a source of data sets does not.
        const [first, inner] = keyword.split(".");
        const found = answer![tagOf(first!)];
        assert.equal(found?.vr, findAttribute(parseTag(first!)!)!.vr, keyword);
        assert.ok(found?.Value !== undefined && found.Value.length > 0, `${keyword} has a value`);
        if (inner !== undefined) assert.ok((found.Value[0] as JsonAnswer)[tagOf(inner)]?.Value, keyword);
      }
    }
    const request = answer!["00400275"]?.Value?.[0] as JsonAnswer | undefined;
    assert.equal(request?.["00400400"], undefined, "of items, what is asked for");
    assert.deepEqual(answer!["00080005"]?.Value ?? ["ISO_IR 192"], ["ISO_IR 192"]);
  });
}

const MATCHING: Readonly<Record<string, [matches: string, others: string]>> = {
  StudyDate: ["20250101-20250101", "19990101"],
  StudyTime: ["10-11", "11-12"],
  AccessionNumber: ["A?", "A"],
  ModalitiesInStudy: ["CT", "MR"],
  ReferringPhysicianName: ["röntgen*", "Curie*"],
  PatientName: ["*jörg1", "Nobody"],
  PatientID: ["P1", "p1"],
  StudyInstanceUID: ["1.2.1", "1.2.9"],
  StudyID: ["S*", "T*"],
  Modality: ["CT", "MR"],
  SeriesInstanceUID: ["1.2.1.1", "1.2.9"],
  SeriesNumber: ["1", "9"],
  PerformedProcedureStepStartDate: ["20250102", "20250103"],
  PerformedProcedureStepStartTime: ["1000-1100", "1200-"],
  "RequestAttributesSequence.ScheduledProcedureStepID": ["SPS1", "SPS2"],
  "RequestAttributesSequence.RequestedProcedureID": ["RP?", "XX"],
  SOPClassUID: [CT, "1.2"],
  SOPInstanceUID: ["1.2.1.1.1", "1.2"],
  InstanceNumber: ["1", "7"],
};

/** Keywords that a search can match, by level (PS3.18 Table 10.6.1-5). */
const MATCHABLE: Readonly<Record<"STUDY" | "SERIES" | "IMAGE", readonly string[]>> = {
  STUDY: ["StudyDate", "StudyTime", "AccessionNumber", "ModalitiesInStudy", "ReferringPhysicianName"].concat(
    ["PatientName", "PatientID", "StudyInstanceUID", "StudyID"],
  ),
  SERIES: [
    ...["Modality", "SeriesInstanceUID", "SeriesNumber", "PerformedProcedureStepStartDate"],
    ...["PerformedProcedureStepStartTime", "RequestAttributesSequence.ScheduledProcedureStepID"],
    "RequestAttributesSequence.RequestedProcedureID",
  ],
  IMAGE: ["SOPClassUID", "SOPInstanceUID", "InstanceNumber"],
};

Deno.test("QIDO-RS: every attribute of PS3.18 Table 10.6.1-5 is matched, by keyword and by tag", async () => {
  const paths = { STUDY: "/studies", SERIES: "/series", IMAGE: "/instances" } as const;
  const levels = ["STUDY", "SERIES", "IMAGE"] as const;
  for (const [index, level] of levels.entries()) {
    for (const keyword of levels.slice(0, index + 1).flatMap((one) => MATCHABLE[one])) {
      const [matches, others] = MATCHING[keyword]!;
      for (const name of [keyword, keyword.split(".").map(tagOf).join(".")]) {
        const ask = async (value: string) => await find(app, `${paths[level]}?${name}=${encodeURIComponent(value)}`);
        const found = await ask(matches);
        assert.ok(found.length > 0, `${name} at ${level}`);
        assert.deepEqual(await ask(others), [], `${name} at ${level}`);
        assert.ok(found[0]![tagOf(keyword)]?.Value, `${name} is returned`);
      }
    }
  }
});

Deno.test("QIDO-RS: lists of UIDs and modalities, by comma, backslash and repeated parameters", async () => {
  const queries = [
    "StudyInstanceUID=1.2.1,1.2.3",
    "StudyInstanceUID=1.2.1%5C1.2.3",
    "StudyInstanceUID=1.2.1&StudyInstanceUID=1.2.3",
    "0020000D=1.2.1,1.2.3,1.2.9",
  ];
  for (const query of queries) {
    assert.deepEqual(valuesOf(await find(app, `/studies?${query}`), "0020000D"), ["1.2.3", "1.2.1"], query);
  }
  for (const query of ["Modality=MR,SR", "ModalitiesInStudy=MR%5CSR", "Modality=SR&Modality=MR"]) {
    const [answer, ...others] = await find(app, `/studies?${query}`);
    assert.equal(others.length, 2, query);
    assert.ok(answer!["00080061"]?.Value?.includes("SR"));
  }
});

Deno.test("QIDO-RS: includefield in all its forms", async () => {
  const forms = [
    "includefield=StudyDescription&includefield=00081050",
    "includefield=00081030,00081050",
    "includefield=StudyDescription,%2000081050,",
    "includeField=StudyDescription,PerformingPhysicianName",
  ];
  for (const form of forms) {
    const [answer] = await find(app, `/studies?${form}`);
    assert.equal(answer!["00081030"]?.Value?.[0], "Thorax 3", form);
  }
  const [series] = await find(
    app,
    "/series?includefield=RequestAttributesSequence.CommentsOnTheScheduledProcedureStep",
  );
  const item = series!["00400275"]?.Value?.[0] as JsonAnswer;
  assert.equal(item["00400400"]?.Value?.[0], "x");
  assert.equal(item["00400009"]?.Value?.[0], "SPS1");
  const [byTag] = await find(app, "/series?includefield=00400275.00400400");
  assert.ok((byTag!["00400275"]?.Value?.[0] as JsonAnswer)["00400400"]);
  const [both] = await find(app, "/studies?PatientID=P1&includefield=PatientID,all,all");
  assert.equal(both!["00100020"]?.Value?.[0], "P1");
});

Deno.test("QIDO-RS: includefield=all is all of the level and those above, and nothing of below", async () => {
  const [study] = await find(app, "/studies?includefield=all");
  assert.equal(study!["00081030"]?.Value?.[0], "Thorax 3");
  assert.equal(study!["0008103E"], undefined);
  const [series] = await find(app, "/series?includefield=all");
  assert.ok(series!["0008103E"]?.Value && series!["00081030"]?.Value);
  assert.equal(series!["00280010"], undefined);
  const [image] = await find(app, "/instances?includefield=all");
  assert.ok(image!["00280010"]?.Value && image!["00400275"]?.Value);
});

Deno.test("QIDO-RS: fuzzymatching, emptyvaluematching and multiplevaluematching", async () => {
  const lacking = new MemorySource([
    dataSetOf(instance(1, 1, 1, { StudyDescription: "", ReferringPhysicianName: "A\\B" })),
    dataSetOf(instance(2)),
  ]);
  const server = serverOf(lacking);
  const count = async (query: string) => (await find(server, `/studies?${query}`)).length;
  assert.equal(await count("PatientName=jorg1"), 0);
  assert.equal(await count("PatientName=jorg1&fuzzymatching=true"), 1);
  assert.equal(await count("PatientName=jorg1&fuzzymatching=false"), 0);
  assert.equal(await count("PatientName=MULLER%20JORG&fuzzymatching=true"), 2);
  assert.equal(await count('StudyDescription=""'), 0);
  assert.equal(await count('StudyDescription=""&emptyvaluematching=true'), 1);
  assert.equal(await count("ModalitiesInStudy=CT%5CMR"), 2);
  assert.equal(await count("ModalitiesInStudy=CT%5CMR&multiplevaluematching=true"), 0);
});

Deno.test("QIDO-RS: what a source doesn't do is a Warning, in the words of the standard", async () => {
  const peer: InstanceSource = {
    unheeded: ["fuzzyNames", "emptyValue", "multipleValue"],
    find: (query) => source.find(query),
    retrieve: (query) => source.retrieve(query),
  };
  const ask = async (query: string) => {
    const response = await serverOf(peer).request(`${ROOT}/studies?${query}`);
    await response.body?.cancel();
    return response.headers.get("warning");
  };
  assert.equal(
    await ask("fuzzymatching=true"),
    '299 gantry/dicom-web "The fuzzymatching parameter is not supported. Only literal matching has been performed"',
  );
  assert.match(await ask("emptyvaluematching=true") ?? "", /^299 .*emptyvaluematching parameter is not supported"$/);
  assert.match(await ask("multiplevaluematching=true") ?? "", /^299 .*multiplevaluematching parameter/);
  assert.equal(await ask("fuzzymatching=false&PatientID=P1"), null);
  assert.match(await ask("_=17&orderby=x") ?? "", /parameters were ignored: '_', 'orderby'/);
  assert.match(await ask("SeriesNumber=1") ?? "", /attributes were not matched: SeriesNumber \(0020,0011\)/);
});

Deno.test("QIDO-RS: the latest study first; pages by offset and by cursor, counted", async () => {
  const ask = async (url: string) => {
    const response = await app.request(url);
    const link = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    const warning = response.headers.get("warning");
    const studies = valuesOf(await response.json(), "0020000D").map((uid) => String(uid).slice(4)).join("");
    return { studies, total: response.headers.get("x-total-count"), link, warning };
  };
  assert.deepEqual(await ask(`${ROOT}/studies`), { studies: "321", total: "3", link: undefined, warning: null });
  const first = await ask(`${ROOT}/studies?limit=1&offset=1&PatientID=P*&includefield=00081030`);
  assert.equal(first.studies, "2");
  assert.equal(first.total, "3");
  assert.match(first.warning ?? "", /^299 gantry\/dicom-web "There are additional results that can be requested"$/);
  assert.match(
    first.link ?? "",
    /^http:\/\/pacs\.example\/dicom-web\/studies\?limit=1&PatientID=P\*&includefield=00081030&cursor=/,
  );
  const second = await ask(first.link!);
  assert.deepEqual(second, { studies: "1", total: "3", link: undefined, warning: null });
  assert.equal((await ask(`${ROOT}/studies?offset=3`)).studies, "");
  assert.equal((await ask(`${ROOT}/studies?limit=0`)).studies, "");
});

Deno.test("QIDO-RS: nothing found is 200 with an empty list, also where nobody answers", async () => {
  for (const server of [app, serverOf(undefined), serverOf(new MemorySource())]) {
    const response = await server.request(`${ROOT}/studies?PatientID=nobody`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-length") ?? "2", "2");
    assert.equal(response.headers.get("x-total-count"), "0");
    assert.equal(await response.text(), "[]");
  }
});

Deno.test("QIDO-RS: JSON and XML by Accept, the first that there is of a mixed list", async () => {
  const cases: [accept: string | undefined, type: RegExp][] = [
    [undefined, /^application\/dicom\+json$/],
    ["*/*", /^application\/dicom\+json$/],
    ["application/json", /^application\/json$/],
    ["application/dicom+json, application/json", /^application\/dicom\+json$/],
    ['multipart/related; type="application/dicom+json", application/json', /^application\/json$/],
    ["multipart/related; type=application/octet-stream, application/dicom+json", /^application\/dicom\+json$/],
    [
      "multipart/related; type=application/dicom+xml",
      /^multipart\/related; type="application\/dicom\+xml"; boundary=\w{40,}$/,
    ],
    ['text/html, multipart/related;type="application/dicom+xml";q=0.5', /^multipart\/related/],
    ["application/dicom+xml", /^multipart\/related/],
    ["application/dicom+json;q=0.1, multipart/related; type=application/dicom+xml", /^multipart\/related/],
  ];
  for (const [accept, type] of cases) {
    const response = await app.request(`${ROOT}/studies`, { headers: accept === undefined ? {} : { accept } });
    assert.equal(response.status, 200, accept);
    assert.match(response.headers.get("content-type") ?? "", type, accept);
    await response.body?.cancel();
  }
  const wrong = await app.request(`${ROOT}/studies`, { headers: { accept: "text/html, application/dicom+json;q=0" } });
  await assertProblem(
    wrong,
    406,
    /found Accept "text\/html, application\/dicom\+json;q=0", expected application\/dicom\+json/,
  );
});

Deno.test("QIDO-RS: XML is a part for each answer", async () => {
  const response = await app.request(`${ROOT}/studies?accept=application/dicom%2Bxml`);
  const boundary = /boundary=(\w+)/.exec(response.headers.get("content-type")!)![1]!;
  const parts = (await response.text()).split(`--${boundary}`);
  assert.equal(parts[0], "");
  assert.equal(parts.at(-1), "--\r\n");
  assert.equal(parts.length, 5);
  for (const part of parts.slice(1, -1)) {
    assert.match(part, /^\r\nContent-Type: application\/dicom\+xml\r\n\r\n<\?xml[^]*<\/NativeDicomModel>\n\r\n$/);
  }
  assert.match(parts[1]!, /keyword="PatientName"[^]*Müller/);
});

Deno.test("QIDO-RS: questions that can't be understood are told what is wrong, without their values", async () => {
  const cases: [path: string, status: number, detail: RegExp][] = [
    [
      "/studies?NoSuchKeyword=secret",
      400,
      /parameter "NoSuchKeyword": found "NoSuchKeyword", expected keywords of PS3\.6 or tags/,
    ],
    ["/studies?includefield=Nonsense", 400, /"includefield": found "Nonsense"/],
    ["/studies?PatientNam=secret", 400, /found "PatientNam", .* \(did you mean PatientName\?\)$/],
    ["/studies?includefield=studydat", 400, /found "studydat", .* \(did you mean StudyDate\?\)$/],
    ["/series?RequestAttributeSequence.StudyID=1", 400, /did you mean RequestAttributesSequence\?/],
    ["/studies?StudyDate=secret", 400, /StudyDate \(0008,0020\): its value is no DA, expected YYYYMMDD/],
    ["/studies?limit=-1", 400, /limit: found "-1", expected a whole number from 0 to 999999999$/],
    ["/studies?limit=1e9", 400, /limit: found "1e9", expected a whole number/],
    ["/studies?offset=99999999999999999999", 400, /offset: found "9{20}", expected a whole number/],
    ["/studies?fuzzymatching=maybe", 400, /fuzzymatching: found "maybe", expected true or false/],
    ["/studies?cursor=secret", 400, /found no cursor/],
    [
      "/studies?PixelData=secret",
      400,
      /"PixelData": found a value of 6 characters, expected an attribute that can be matched/,
    ],
    ["/instances?Rows=secret", 400, /"Rows": found a value of \d characters, expected numbers \(US\)/],
    ["/instances?Rows=99999999", 400, /"Rows": found a value of \d characters, expected numbers \(US\)/],
    ["/series?RequestAttributesSequence=secret", 400, /an attribute of an item/],
    ["/studies?PatientID.PatientName=secret", 400, /a sequence at \(0010,0020\)/],
    [`/studies?${"RequestAttributesSequence.".repeat(40)}StudyDate=2`, 400, /41 attributes within each other/],
    [`/studies?${"a=1&".repeat(3000)}`, 414, /3000 parameters/],
    [`/studies?PatientID=${"x".repeat(100_000)}`, 414, /\d+ characters; expected at most 65536/],
    ["/studies/a%20b/series", 400, /Cannot find the study: found "a b" in the path, which is no UID/],
    [`/studies/${"1".repeat(65)}/series`, 400, /no UID/],
    ["/studies/..%2f..%2fetc/series", 400, /no UID/],
    ["/studies/1/series/%00/instances", 400, /Cannot find the series/],
  ];
  for (const [path, status, detail] of cases) {
    const response = await app.request(ROOT + path);
    const body = await response.clone().text();
    assert.ok(!body.replace(/"instance":"[^"]*"/, "").includes("secret"), body);
    await assertProblem(response, status, detail);
  }
});

Deno.test("QIDO-RS: a long list comes as a stream, and one that is broken off ends the search", async () => {
  let given = 0;
  let ended = false;
  const endless: InstanceSource = {
    find: () => matches(),
    page: () => Promise.resolve({ total: 1e6, matches: matches() }),
    retrieve: () => source.retrieve({} as never),
  };
  async function* matches(): AsyncGenerator<Match> {
    const attributes = dataSetOf(instance(1));
    try {
      for (;;) {
        given++;
        yield { attributes, unmatched: [] };
      }
    } finally {
      ended = true;
    }
  }
  const response = await serverOf(endless).request(`${ROOT}/studies`);
  const reader = response.body!.getReader();
  for (let chunks = 0; chunks < 3; chunks++) assert.ok((await reader.read()).value!.length > 10_000);
  assert.ok(given < 1000, `${given} answers were made`);
  await reader.cancel();
  assert.ok(ended);
});

Deno.test("QIDO-RS: URLs are those of the proxy that the client asked", async () => {
  const server = serverOf(source, { proxies: ["10.0.0.0/8"] });
  const headers = { "x-forwarded-host": "web.example", "x-forwarded-proto": "https", "x-forwarded-prefix": "/pacs" };
  const ask = async (remoteAddress: string) => {
    const response = await server.request(`${ROOT}/studies?limit=1`, { headers }, { remoteAddress });
    const [study] = await response.json();
    return [study["00081190"].Value[0], response.headers.get("link")!.split("?")[0]];
  };
  assert.deepEqual(await ask("10.1.2.3"), [
    "https://web.example/pacs/dicom-web/studies/1.2.3",
    "<https://web.example/pacs/dicom-web/studies",
  ]);
  assert.deepEqual(await ask("192.0.2.1"), [`${ROOT}/studies/1.2.3`, `<${ROOT}/studies`]);
});

Deno.test("QIDO-RS: what lacks a UID of its path has no Retrieve URL that leads nowhere", async () => {
  const withoutStudy = instanceOf(grayImage(), undefined, { study: "", instance: "1.2.9.7.7" });
  const { app } = await archiveOf([withoutStudy, instanceOf(grayImage())]);
  const answers = await find(app, "/instances?SOPInstanceUID=1.2.9.7.7,1.2.9.1.1");
  const urls = answers.map((answer) => [answer["00080018"]?.Value?.[0], answer["00081190"]?.Value?.[0]]);
  assert.deepEqual(urls.sort(), [
    ["1.2.9.1.1", `${ROOT}/studies/1.2.9/series/1.2.9.1/instances/1.2.9.1.1`],
    ["1.2.9.7.7", undefined],
  ]);
});

Deno.test("QIDO-RS: nothing found is 204 for who has configured that", async () => {
  const { source } = await archiveOf([instanceOf(grayImage())]);
  const server = serverOf(source, { emptyAs204: true });
  const none = await server.request(`${ROOT}/studies?PatientID=NOBODY`);
  assert.deepEqual([none.status, await none.text(), none.headers.get("x-total-count")], [204, "", "0"]);
  assert.equal((await find(server, "/studies")).length, 1);
});
