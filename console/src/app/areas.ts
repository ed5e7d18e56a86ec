import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import type { Who } from "../api/session";
import { admin } from "../pages/admin/routes";
import { county } from "../pages/county/routes";
import { manager } from "../pages/manager/routes";
import { review } from "../pages/review/routes";

/** What a lazily loaded page module gives. */
export interface PageModule {
  default: ComponentType;
}

export interface PageRoute {
  /** As react-router has it, without a leading slash: `customers/:customerId`. */
  path: string;
  load(): Promise<PageModule>;
  /** Whoever may not, sees no link and the page that says so. */
  isFor(who: Who): boolean;
  /** Without it the page is reached from others only. */
  link?: PageLink;
}

export interface PageLink {
  /** In the page's language; called at each drawing. */
  text(): string;
  icon: LucideIcon;
  /** `g` and this letter go there. */
  key?: string;
  /** Also at the thumb's bar of a phone: at most four of a role. */
  onPhone?: boolean;
}

/** What stays below every page, whichever is open. */
export interface Docked {
  load(): Promise<PageModule>;
  isFor(who: Who): boolean;
}

/** A part of the console that belongs to a role's work. */
export interface Area {
  name: string;
  /** Heading of its links; empty for none. */
  title(): string;
  routes: readonly PageRoute[];
  /** Survives navigation, as pages don't. */
  dock?: Docked;
}

/** Every area, in the order of the navigation. */
export const AREAS: readonly Area[] = [manager, county, review, admin];

/** Where somebody begins: the first link that is for them. */
export function homeOf(who: Who): string {
  const routes = AREAS.flatMap((area) => area.routes);
  const found = routes.find((route) => route.link !== undefined && route.isFor(who));
  return `/${found?.path ?? "account"}`;
}
