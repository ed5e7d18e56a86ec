import { type ComponentType, lazy, Suspense } from "react";
import { useWho } from "../api/session";
import { AREAS, type Docked } from "./areas";
import { CatchFault } from "./CatchFault";

const DOCKS: readonly { docked: Docked; Content: ComponentType }[] = AREAS.flatMap(({ dock }) =>
  dock === undefined ? [] : [{ docked: dock, Content: lazy(dock.load) }],
);

/** What stays at the lower edge while pages change: the call that runs. */
export function Dock() {
  const who = useWho();
  return DOCKS.filter(({ docked }) => docked.isFor(who)).map(({ Content }, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the list of areas never changes
    <CatchFault key={place}>
      <Suspense fallback={null}>
        <Content />
      </Suspense>
    </CatchFault>
  ));
}
