// JSON with NaN, server-sent events in pieces, URLs with what needs quoting.
import { describe, expect, it } from "vitest";
import { path, urlOf } from "./client";
import { parseJson } from "./json";
import { EventReader } from "./live";

describe("parseJson", () => {
  it("reads the tokens that JSON does not have", () => {
    expect(parseJson('{"a": NaN, "b": [Infinity, -Infinity, -1.5], "c": {"d": NaN}}')).toEqual({
      a: NaN,
      b: [Infinity, -Infinity, -1.5],
      c: { d: NaN },
    });
  });

  it("leaves them alone in texts", () => {
    const text = '{"a": "NaN \\" -Infinity", "NaN": NaN}';
    expect(parseJson(text)).toEqual({ a: 'NaN " -Infinity', NaN: NaN });
  });

  it("refuses what is no JSON in either way", () => {
    expect(() => parseJson('{"a": NaNo}')).toThrow();
    expect(() => parseJson("<html>")).toThrow();
  });
});

describe("EventReader", () => {
  const stream =
    'event: hello\ndata: {"revision": 1}\n\n: still here\n\nevent: runs\r\ndata: {}\r\n\r\n';
  const expected = [
    { event: "hello", data: '{"revision": 1}' },
    { event: "runs", data: "{}" },
  ];

  it("reads events however the bytes were cut", () => {
    for (let size = 1; size <= stream.length; ++size) {
      const reader = new EventReader();
      const found = [];
      for (let at = 0; at < stream.length; at += size)
        found.push(...reader.push(stream.slice(at, at + size)));
      expect(found).toEqual(expected);
    }
  });

  it("waits for the end of an event", () => {
    const reader = new EventReader();
    expect(reader.push("data: a\n")).toEqual([]);
    expect(reader.push("data: b\n\n")).toEqual([{ event: "message", data: "a\nb" }]);
  });
});

describe("URLs", () => {
  it("quote names", () => {
    expect(path`/projects/${"a/b c"}/runs/${"#1"}`).toBe("/projects/a%2Fb%20c/runs/%231");
  });

  it("leave out what is not said, and join lists", () => {
    const params = {
      filter: "a = 'x&y'",
      sort: "",
      columns: ["name", "state"],
      cursor: 0,
      none: null,
    };
    expect(urlOf("/runs", params)).toBe(
      "/api/v1/runs?filter=a%20%3D%20'x%26y'&columns=name%2Cstate&cursor=0",
    );
  });
});
