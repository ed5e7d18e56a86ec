import { LayoutDashboard } from "lucide-react";
import type { Area } from "../../app/areas";
import { countyText } from "../../text/county";
import { textOf } from "../../text/words";

export const county: Area = {
  name: "county",
  title: () => textOf(countyText, "area"),
  routes: [
    {
      path: "board",
      load: () => import("./BoardPage"),
      isFor: (who) => who.permissions.includes("reports.read"),
      link: {
        text: () => textOf(countyText, "board"),
        icon: LayoutDashboard,
        key: "b",
        onPhone: true,
      },
    },
  ],
};
