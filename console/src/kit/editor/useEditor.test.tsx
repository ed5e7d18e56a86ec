import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it } from "vitest";
import { Problem } from "../../api/problem";
import type { RequestKeyHeader } from "../useRequestKey";
import { useEditor } from "./useEditor";

interface Person {
  name: string;
}

function Within({ children }: { children: ReactNode }) {
  return <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>;
}

it("sends what was changed after an answer was lost as another request", async () => {
  const sent: [string, RequestKeyHeader][] = [];
  const lost: Problem[] = [];
  const saved: Person[] = [];
  const { result } = renderHook(
    () =>
      useEditor<Person, Person>({
        key: "person:new",
        read: null,
        draftOf: () => ({ name: "" }),
        save: async (draft, _tag, _before, headerFor) => {
          sent.push([draft.name, headerFor(draft)]);
          if (draft.name === "Berta") return draft;
          const problem = Problem.unreachable();
          lost.push(problem);
          throw problem;
        },
        reread: () => Promise.reject(Problem.unreachable()),
        onSaved: (person) => saved.push(person),
      }),
    { wrapper: Within },
  );
  act(() => result.current.change({ name: "Anna" }));
  for (const count of [1, 2]) {
    act(() => result.current.submit());
    await expect.poll(() => lost.length).toBe(count);
    await expect.poll(() => result.current.error).toBe(lost.at(-1));
  }
  act(() => result.current.change({ name: "Berta" }));
  act(() => result.current.submit());
  await expect.poll(() => saved).toEqual([{ name: "Berta" }]);
  const [first, again, changed] = sent;
  expect(again).toEqual(first);
  expect(changed?.[0]).toBe("Berta");
  expect(changed?.[1]).not.toEqual(first?.[1]);
});
