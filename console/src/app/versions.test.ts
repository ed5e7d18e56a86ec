import { describe, expect, it } from "vitest";
import { cachesToDrop, kindOf } from "../../sw/plan";
import { isOld } from "./versions";

const ORIGIN = "https://voice.example.net";
const FILES = ["/index.html", "/assets/index-a1.js", "/icon.svg"];

function kind(path: string, mode = "cors", method = "GET"): string | null {
  const url = path.startsWith("http") ? path : ORIGIN + path;
  return kindOf({ method, mode, url }, ORIGIN, FILES);
}

describe("the service worker", () => {
  it("never touches what the API answers, however it is asked for", () => {
    for (const path of ["/v1", "/v1/session", "/v1/events?after=1", "/r/abc", "/docs"]) {
      expect(kind(path)).toBeNull();
      expect(kind(path, "navigate")).toBeNull();
    }
    expect(kind("/icon.svg", "cors", "POST")).toBeNull();
    expect(kind("https://elsewhere.example/icon.svg")).toBeNull();
  });

  it("answers for the console's own files and addresses", () => {
    expect(kind("/assets/index-a1.js")).toBe("file");
    expect(kind("/assets/other.js")).toBeNull();
    expect(kind("/icon.svg?x=1")).toBeNull();
    expect(kind("/customers/cus_1?state=open", "navigate")).toBe("page");
  });

  it("keeps this version and the one before it", () => {
    expect(cachesToDrop(["v1", "v2", "v3"], "v3")).toEqual(["v1"]);
    expect(cachesToDrop(["v3"], "v3")).toEqual([]);
  });
});

describe("isOld", () => {
  it("knows a page whose script is of another version", () => {
    expect(isOld(`${ORIGIN}/assets/index-a1.js`, FILES)).toBe(false);
    expect(isOld(`${ORIGIN}/assets/index-00.js`, FILES)).toBe(true);
  });
});
