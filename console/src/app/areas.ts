import type { LucideIcon } from "lucide-react";
import type { ComponentType } from "react";
import { matchPath } from "react-router";
import type { Who } from "../api/session";
import { operations } from "../pages/admin/operations/routes";
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
export const AREAS: readonly Area[] = [manager, county, review, admin, operations];

/** Whose work areas are; they come first for them, and they begin there. */
const OWN: Readonly<Record<string, readonly Area[]>> = {
  manager: [manager],
  county_manager: [county],
  qa_reviewer: [review],
  admin: [operations, admin],
};

/** An area with those of its links that somebody may follow. */
export interface AreaLinks {
  area: Area;
  links: readonly PageRoute[];
}

/** The navigation of whoever is logged in, the own areas first. */
export function linksOf(who: Who): readonly AreaLinks[] {
  const own = OWN[who.role] ?? [];
  const sorted = [...own, ...AREAS.filter((area) => !own.includes(area))];
  return sorted
    .map((area) => ({
      area,
      links: area.routes.filter((route) => route.link !== undefined && route.isFor(who)),
    }))
    .filter(({ links }) => links.length > 0);
}

/** Where a link leads: the path without its optional parts (`customers/:customerId?`). */
export function addressOf({ path }: PageRoute): string {
  return `/${path.split("/:", 1)[0] ?? ""}`;
}

/** Where somebody begins. */
export function homeOf(who: Who): string {
  const first = linksOf(who)[0]?.links[0];
  return first === undefined ? "/account" : addressOf(first);
}

/** The page at an address, for whomever it is. */
export function pageAt(address: string): PageRoute | undefined {
  return AREAS.flatMap((area) => area.routes).find(
    (route) => matchPath(`/${route.path}`, address) !== null,
  );
}

/** Whether there is a page at this address for whoever is logged in: before a link to it is shown. */
export function isPageFor(who: Who, address: string): boolean {
  return AREAS.some((area) =>
    area.routes.some((route) => matchPath(`/${route.path}`, address) !== null && route.isFor(who)),
  );
}
