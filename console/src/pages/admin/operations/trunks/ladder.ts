import type { Schema } from "../../../../api/client";

export type Message = Schema<"TracedMessageView">;

/** A lane of the ladder: one leg of the call; the gateway stands between the two sides. */
export interface Lane {
  /** The leg's id; null: the gateway. */
  leg: string | null;
  role: Schema<"LegRole"> | null;
  /** The trunk's name, or `phone`. */
  peer: string | null;
}

export interface Step {
  message: Message;
  /** Milliseconds since the first message. */
  afterMs: number;
  /** Places of the lanes that the arrow goes from and to. */
  from: number;
  to: number;
  /** An answer of 4xx to 6xx; asking for a password is none. */
  isFailure: boolean;
}

export interface Ladder {
  lanes: readonly Lane[];
  steps: readonly Step[];
}

const CHALLENGES = new Set([401, 407]);

/** The messages of a call as lanes and arrows: managers' legs, the gateway, customers' legs. */
export function ladderOf(messages: readonly Message[]): Ladder {
  const legs = new Map<string, Lane>();
  for (const { leg, role, peer } of messages) {
    if (!legs.has(leg)) legs.set(leg, { leg, role, peer });
  }
  const of = (role: Schema<"LegRole">) => [...legs.values()].filter((lane) => lane.role === role);
  const gateway: Lane = { leg: null, role: null, peer: null };
  const lanes = [...of("manager"), gateway, ...of("customer")];
  const middle = lanes.indexOf(gateway);
  const begin = Date.parse(messages[0]?.at ?? "");
  const steps = messages.map((message) => {
    const far = lanes.findIndex((lane) => lane.leg === message.leg);
    const [from, to] = message.direction === "in" ? [far, middle] : [middle, far];
    return {
      message,
      afterMs: Date.parse(message.at) - begin,
      from,
      to,
      isFailure: isFailure(message.summary),
    };
  });
  return { lanes, steps };
}

/** Where a lane stands, as a share of the width. */
export function placeOf(lane: number, lanes: number): number {
  return (lane + 0.5) / lanes;
}

function isFailure(summary: string): boolean {
  const status = Number(/^(?:SIP\/2\.0 )?(\d{3})\b/.exec(summary)?.[1] ?? 0);
  return status >= 400 && !CHALLENGES.has(status);
}
