import type { ReactNode } from "react";
import { useLocation, useNavigate } from "react-router";
import { Dialog } from "./Dialog";

export interface RouteSheetProps {
  title: string;
  /** Whether the address names what it shows: `isOpen={id !== undefined}`. */
  isOpen: boolean;
  /** The address without it, such as `/customers`; the filters in the query stay. */
  backTo: string;
  children: ReactNode;
  actions?: ReactNode;
  shape?: "sheet" | "wide";
}

/**
 * A sheet above a list that has an address of its own: the page's path ends in an optional part
 * (`customers/:customerId?`), so that the list stays as it is below. Back closes it.
 */
export function RouteSheet({ backTo, shape = "sheet", ...rest }: RouteSheetProps) {
  const navigate = useNavigate();
  const { search } = useLocation();
  return <Dialog {...rest} shape={shape} onClose={() => void navigate(`${backTo}${search}`)} />;
}
