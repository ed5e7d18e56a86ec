import { Component, type ReactNode } from "react";
import { Broken } from "./Lost";

/** Shows that a page is broken instead of taking the whole console along. */
export class CatchFault extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    return this.state.isBroken ? <Broken /> : this.props.children;
  }
}
