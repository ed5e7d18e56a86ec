import { Users } from "lucide-react";
import type { Area } from "../../app/areas";
import { adminText } from "../../text/admin";
import { textOf } from "../../text/words";

export const admin: Area = {
  name: "admin",
  title: () => textOf(adminText, "area"),
  routes: [
    {
      path: "customers",
      load: () => import("./CustomersPage"),
      isFor: (who) => who.permissions.includes("directory.read"),
      link: { text: () => textOf(adminText, "customers"), icon: Users, key: "c", onPhone: true },
    },
  ],
};
