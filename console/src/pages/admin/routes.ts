import {
  AudioLines,
  FileUp,
  Network,
  PhoneIncoming,
  Route,
  Shapes,
  UserRound,
  Users,
  Workflow,
} from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { adminText } from "../../text/admin";
import { directoryText } from "../../text/directory";
import { flowsText } from "../../text/flows";
import { importText } from "../../text/importing";
import { kindsText } from "../../text/kinds";
import { textOf } from "../../text/words";

export const admin: Area = {
  name: "admin",
  title: () => textOf(adminText, "area"),
  routes: [
    {
      path: "customers",
      load: () => import("./customers/CustomersPage"),
      isFor: may("directory.read"),
      link: {
        text: () => textOf(directoryText, "customers"),
        icon: Users,
        key: "c",
        onPhone: true,
      },
    },
    {
      path: "managers",
      load: () => import("./people/ManagersPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(directoryText, "managers"), icon: UserRound, key: "j" },
    },
    {
      path: "groups",
      load: () => import("./people/GroupsPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(directoryText, "groups"), icon: Network, key: "o" },
    },
    {
      path: "hotlines",
      load: () => import("./hotlines/HotlinesPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(directoryText, "hotlines"), icon: PhoneIncoming, key: "q" },
    },
    {
      path: "flows",
      load: () => import("./flows/FlowsPage"),
      isFor: may("flows.write"),
      link: { text: () => textOf(flowsText, "flows"), icon: Workflow, key: "f" },
    },
    {
      path: "flows/:name",
      load: () => import("./flows/FlowPage"),
      isFor: may("flows.write"),
    },
    {
      path: "prompts",
      load: () => import("./prompts/PromptsPage"),
      isFor: may("prompts.write"),
      link: { text: () => textOf(flowsText, "prompts"), icon: AudioLines, key: "d" },
    },
    {
      path: "kinds",
      load: () => import("./kinds/KindsPage"),
      isFor: may("task-types.write"),
      link: { text: () => textOf(kindsText, "title"), icon: Shapes },
    },
    {
      path: "import",
      load: () => import("./import/ImportPage"),
      isFor: may("imports"),
      link: { text: () => textOf(importText, "title"), icon: FileUp },
    },
    {
      path: "explain",
      load: () => import("./flows/ExplainPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(flowsText, "explain"), icon: Route, key: "e" },
    },
  ],
};

/** For whoever has a permission. */
function may(permission: string): (who: Who) => boolean {
  return (who) => who.permissions.includes(permission);
}
