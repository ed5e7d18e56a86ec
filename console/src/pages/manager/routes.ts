import { ListTodo, ListVideo, PhoneMissed } from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { areaNames, pages } from "../../text/pages";
import { textOf } from "../../text/words";

/** Whoever works on the own tasks: others have no list of their own. */
function isManager(who: Who): boolean {
  return who.scope.manager_id !== null && who.permissions.includes("tasks.work");
}

export const manager: Area = {
  name: "manager",
  title: () => textOf(areaNames, "manager"),
  routes: [
    {
      path: "tasks",
      load: () => import("./tasks/TasksPage"),
      isFor: isManager,
      link: { text: () => textOf(pages, "tasks"), icon: ListTodo, key: "t", onPhone: true },
    },
    {
      path: "missed",
      load: () => import("./missed/MissedPage"),
      isFor: isManager,
      link: {
        text: () => textOf(pages, "missed"),
        icon: PhoneMissed,
        key: "m",
        onPhone: true,
      },
    },
    {
      path: "dialling",
      load: () => import("./dialling/DiallingPage"),
      isFor: isManager,
      link: { text: () => textOf(pages, "dialling"), icon: ListVideo, key: "l" },
    },
    {
      path: "customers/:customerId",
      load: () => import("./customer/CustomerPage"),
      isFor: isManager,
    },
  ],
  dock: { load: () => import("./call/CallDock"), isFor: isManager },
};
