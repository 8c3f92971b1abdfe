import { describe, expect, it } from "vitest";
import { readRoute, writeRoute, type Route } from "./route";

describe("route", () => {
  it("comes back as it was written, whatever the document is called", () => {
    const route: Route = {
      screen: "search",
      query: "연차 휴가 & 100%",
      opened: { kb: "handbook", doc: "규정/도서관 이용?=#.pdf", chunk: 3, page: 2, quote: "“7권까지”", as_of: "지난 판" },
    };
    expect(readRoute(writeRoute(route))).toEqual(route);
  });

  it("begins with asking", () => {
    expect(readRoute("").screen).toBe("ask");
    expect(readRoute("#/nowhere").screen).toBe("ask");
  });

  it("takes no chunk that is not a number", () => {
    expect(readRoute("#/ask?kb=a&doc=b&chunk=-1e9").opened?.chunk).toBeUndefined();
  });

  it("opens nothing without a document", () => {
    expect(readRoute("#/ask?kb=a").opened).toBeUndefined();
  });
});
