import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { LucideIcon } from "lucide-react";
import { CircleUser, UserRound } from "lucide-react";
import { useEffect, useState } from "react";
import { findCustomers, isManagerOf, managersQuery } from "../../api/directory";
import { useWho } from "../../api/session";
import { addressOf, isPageFor, linksOf } from "../areas";

/** Something that the palette offers. */
export interface Found {
  id: string;
  text: string;
  /** What tells it from others of the name: a masked number, an area. */
  detail?: string;
  icon: LucideIcon;
  /** Keys that lead there, too. */
  hint?: string;
  /** The page that it leads to. */
  address: string;
}

const MOST_OF_A_KIND = 6;
const TYPED_MS = 150;

/** Pages of whoever is logged in whose name has `text` in it; all of them for none. */
export function usePagesFound(text: string): readonly Found[] {
  const wanted = text.trim().toLowerCase();
  return linksOf(useWho()).flatMap(({ area, links }) =>
    links.flatMap((route) => {
      const { link } = route;
      if (link === undefined || !link.text().toLowerCase().includes(wanted)) return [];
      const address = addressOf(route);
      return [
        {
          id: `page:${address}`,
          text: link.text(),
          detail: area.title(),
          icon: link.icon,
          address,
          ...(link.key === undefined ? {} : { hint: `g ${link.key}` }),
        },
      ];
    }),
  );
}

/** Customers whom the API finds, where there is a page that shows one. */
export function useCustomersFound(text: string): readonly Found[] {
  const who = useWho();
  const wanted = useSettled(text.trim());
  const isOn =
    wanted !== "" && who.permissions.includes("directory.read") && isPageFor(who, "/customers/x");
  const { data } = useQuery({
    queryKey: ["customers", "palette", wanted],
    queryFn: ({ signal }) => findCustomers(wanted, signal),
    placeholderData: keepPreviousData,
    // What was searched for is forgotten soon after the palette is closed.
    gcTime: 60_000,
    enabled: isOn,
  });
  if (!isOn) return [];
  return (data ?? []).slice(0, MOST_OF_A_KIND).map(({ id, name, numbers, external_id }) => ({
    id: `customer:${id}`,
    text: name,
    detail: [numbers[0]?.masked, external_id].filter(Boolean).join(" · "),
    icon: UserRound,
    address: `/customers/${id}`,
  }));
}

/** Managers by name or staff number, where there is a page that shows one. */
export function useManagersFound(text: string): readonly Found[] {
  const wanted = text.trim();
  const who = useWho();
  const isOn =
    wanted !== "" && who.permissions.includes("directory.read") && isPageFor(who, "/managers/x");
  const { data } = useQuery({ ...managersQuery, enabled: isOn });
  if (!isOn) return [];
  return (data ?? [])
    .filter((one) => isManagerOf(one, wanted))
    .slice(0, MOST_OF_A_KIND)
    .map(({ id, name, staff_no }) => ({
      id: `manager:${id}`,
      text: name,
      ...(staff_no === null ? {} : { detail: staff_no }),
      icon: CircleUser,
      address: `/managers/${id}`,
    }));
}

const MOST_RECENT = 5;
/** What was opened from here, the last one first; in memory only. */
let recent: readonly Found[] = [];

export function recentlyFound(): readonly Found[] {
  return recent;
}

export function remember(found: Found): void {
  recent = [found, ...recent.filter((one) => one.id !== found.id)].slice(0, MOST_RECENT);
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
