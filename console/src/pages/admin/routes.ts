import {
  AudioLines,
  FileUp,
  MessageSquareText,
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
import { areaNames, pages } from "../../text/pages";
import { textOf } from "../../text/words";

export const admin: Area = {
  name: "admin",
  title: () => textOf(areaNames, "admin"),
  routes: [
    {
      path: "customers",
      load: () => import("./customers/CustomersPage"),
      isFor: may("directory.read"),
      link: {
        text: () => textOf(pages, "customers"),
        icon: Users,
        key: "c",
        onPhone: true,
      },
    },
    {
      path: "managers",
      load: () => import("./people/ManagersPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(pages, "managers"), icon: UserRound, key: "j" },
    },
    {
      path: "groups",
      load: () => import("./people/GroupsPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(pages, "groups"), icon: Network, key: "o" },
    },
    {
      path: "hotlines",
      load: () => import("./hotlines/HotlinesPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(pages, "hotlines"), icon: PhoneIncoming, key: "q" },
    },
    {
      path: "flows",
      load: () => import("./flows/FlowsPage"),
      isFor: may("flows.write"),
      link: { text: () => textOf(pages, "flows"), icon: Workflow, key: "f" },
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
      link: { text: () => textOf(pages, "prompts"), icon: AudioLines, key: "d" },
    },
    {
      path: "kinds",
      load: () => import("./kinds/KindsPage"),
      isFor: may("task-types.write"),
      link: { text: () => textOf(pages, "kinds"), icon: Shapes },
    },
    {
      path: "texts",
      load: () => import("./texts/TextsPage"),
      isFor: may("task-types.write"),
      link: { text: () => textOf(pages, "texts"), icon: MessageSquareText },
    },
    {
      path: "import",
      load: () => import("./import/ImportPage"),
      isFor: may("imports"),
      link: { text: () => textOf(pages, "imports"), icon: FileUp },
    },
    {
      path: "explain",
      load: () => import("./flows/ExplainPage"),
      isFor: may("directory.write"),
      link: { text: () => textOf(pages, "explain"), icon: Route, key: "e" },
    },
  ],
};

/** For whoever has a permission. */
function may(permission: string): (who: Who) => boolean {
  return (who) => who.permissions.includes(permission);
}
