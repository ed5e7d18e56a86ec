import { expect, it } from "vitest";
import type { FlowProblem } from "./flows";
import { toldProblem } from "./useToldProblems";

const PROBLEM: FlowProblem = {
  line: 7,
  step: "main",
  field: "keys.1",
  message: "main: there is no step by",
  mend: "did you mean bye?",
  kind: "no-such-step",
  params: { near: "bye", name: "by" },
};

it("says where it is, and leaves the API's mend to what has no word of its own", () => {
  const said = toldProblem(PROBLEM, () => "没有步骤 by");
  expect(said).toEqual({ line: 7, step: "main", text: "main · keys.1: 没有步骤 by", mend: null });
  const whole = { ...PROBLEM, step: null, field: "" };
  expect(toldProblem(whole, () => "没有步骤 by").text).toBe("没有步骤 by");
  expect(toldProblem(PROBLEM, (one) => one.message)).toMatchObject({
    text: PROBLEM.message,
    mend: PROBLEM.mend,
  });
});
