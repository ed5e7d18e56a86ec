import { describe, expect, it } from "vitest";
import { type Call, owesResult, phaseOf } from "./phase";

type Leg = Call["legs"][number];

const AT = "2026-11-22T08:00:00Z";

function leg(more: Partial<Leg>): Leg {
  const bare = { role: "manager", ringing_at: null, answered_at: null };
  return { ...bare, ...more } as Leg; // the other fields are not looked at
}

function call(more: Partial<Call>): Call {
  const bare = { status: "ringing", direction: "click_to_dial", legs: [], plan: [], task_id: null };
  const times = { ended_at: null, bridged_at: null, held_by: null, disposition: null };
  return { ...bare, ...times, ...more } as Call;
}

describe("phaseOf", () => {
  it("follows a call from the first ring to its end", () => {
    expect(phaseOf(call({ status: "queued" }))).toBe("starting");
    expect(phaseOf(call({ legs: [leg({ ringing_at: AT })] }))).toBe("managerRinging");
    const answered = leg({ ringing_at: AT, answered_at: AT });
    expect(phaseOf(call({ legs: [answered] }))).toBe("customerRinging");
    const customer = leg({ role: "customer", ringing_at: AT });
    expect(phaseOf(call({ legs: [answered, customer] }))).toBe("customerRinging");
    expect(phaseOf(call({ status: "in-progress", bridged_at: AT }))).toBe("talking");
    expect(phaseOf(call({ status: "in-progress", bridged_at: AT, held_by: "api" }))).toBe("held");
    expect(phaseOf(call({ status: "completed", bridged_at: AT, ended_at: AT }))).toBe("ended");
  });

  it("tells a customer who calls from one who is called", () => {
    const legs = [leg({ role: "customer", answered_at: AT })];
    expect(phaseOf(call({ direction: "inbound", legs }))).toBe("incoming");
  });

  it("knows that a colleague is asked", () => {
    const plan = [{ step: "transfer", result: "consulting", reason: null, target: null }];
    const asked = call({ status: "in-progress", bridged_at: AT, plan: plan as Call["plan"] });
    expect(phaseOf(asked)).toBe("consulting");
  });
});

describe("owesResult", () => {
  const talk = call({ status: "completed", bridged_at: AT, ended_at: AT, task_id: "tsk_1" });

  it("is owed of a talk until it is told of its task", () => {
    expect(owesResult(talk, [{ id: "tsk_1", state: "dialled" }])).toBe(true);
    expect(owesResult(talk, [{ id: "tsk_1", state: "call_again" }])).toBe(false);
    expect(owesResult(talk, [])).toBe(false);
  });

  it("is owed of a talk without a task until it is told of the call", () => {
    expect(owesResult({ ...talk, task_id: null }, [])).toBe(true);
    expect(owesResult({ ...talk, task_id: null, bridged_at: null }, [])).toBe(false);
  });
});
