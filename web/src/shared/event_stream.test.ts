import { describe, expect, it } from "vitest";
import { EventReader } from "./event_stream";

describe("EventReader", () => {
  it("gives the same events wherever the pieces end", () => {
    const stream = ": hello\n\nevent: evidence\r\ndata: {\"a\":1}\r\n\r\ndata: 한 줄\ndata: 둘째 줄\n\n";
    const whole = new EventReader().push(stream);
    expect(whole).toEqual([
      { name: "evidence", data: '{"a":1}' },
      { name: "message", data: "한 줄\n둘째 줄" },
    ]);
    for (let cut = 0; cut <= stream.length; ++cut) {
      const reader = new EventReader();
      expect([...reader.push(stream.slice(0, cut)), ...reader.push(stream.slice(cut))]).toEqual(whole);
    }
  });
});
