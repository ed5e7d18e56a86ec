import { ListTodo } from "lucide-react";
import type { Area } from "../../app/areas";
import { managerText } from "../../text/manager";
import { textOf } from "../../text/words";

export const manager: Area = {
  name: "manager",
  title: () => textOf(managerText, "area"),
  routes: [
    {
      path: "tasks",
      load: () => import("./TasksPage"),
      isFor: (who) => who.permissions.includes("tasks.work"),
      link: { text: () => textOf(managerText, "tasks"), icon: ListTodo, key: "t", onPhone: true },
    },
  ],
};
