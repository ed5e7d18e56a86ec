import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useRequestKey } from "./useRequestKey";

describe("the key of a request", () => {
  it("stays while its body is the same, and is another one for another body", () => {
    const { result, rerender } = renderHook(() => useRequestKey());
    const first = result.current.headerFor({ name: "Anna" });
    rerender();
    expect(result.current.headerFor({ name: "Anna" })).toEqual(first);
    expect(result.current.headerFor({ name: "Berta" })).not.toEqual(first);
    // Sent, changed, and changed back: it may have been made the first time.
    expect(result.current.headerFor({ name: "Anna" })).toEqual(first);
  });

  it("is another one once what was asked for is made, or the form is opened again", () => {
    const { result, rerender } = renderHook((isOpen: boolean) => useRequestKey(isOpen), {
      initialProps: true,
    });
    const first = result.current.headerFor({});
    result.current.renew();
    const second = result.current.headerFor({});
    rerender(false);
    expect(result.current.headerFor({})).toEqual(second);
    rerender(true);
    const third = result.current.headerFor({});
    expect(new Set([first, second, third].map((one) => one["idempotency-key"])).size).toBe(3);
  });
});
