import { ListTodo } from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { managerText } from "../../text/manager";
import { textOf } from "../../text/words";

/** Whoever works on the own tasks: others have no list of their own. */
function isManager(who: Who): boolean {
  return who.scope.manager_id !== null && who.permissions.includes("tasks.work");
}

export const manager: Area = {
  name: "manager",
  title: () => textOf(managerText, "area"),
  routes: [
    {
      path: "tasks",
      load: () => import("./tasks/TasksPage"),
      isFor: isManager,
      link: { text: () => textOf(managerText, "tasks"), icon: ListTodo, key: "t", onPhone: true },
    },
  ],
  dock: { load: () => import("./call/CallDock"), isFor: isManager },
};
