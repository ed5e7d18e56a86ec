import { Users } from "lucide-react";
import type { Area } from "../../app/areas";
import { adminText } from "../../text/admin";
import { directoryText } from "../../text/directory";
import { textOf } from "../../text/words";

export const admin: Area = {
  name: "admin",
  title: () => textOf(adminText, "area"),
  routes: [
    {
      path: "customers",
      load: () => import("./customers/CustomersPage"),
      isFor: (who) => who.permissions.includes("directory.read"),
      link: {
        text: () => textOf(directoryText, "customers"),
        icon: Users,
        key: "c",
        onPhone: true,
      },
    },
  ],
};
