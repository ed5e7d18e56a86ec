import {
  Activity,
  Cable,
  KeyRound,
  MessageSquareText,
  ScrollText,
  Server,
  ShieldCheck,
  UserCog,
  Webhook,
} from "lucide-react";
import type { Who } from "../../../api/session";
import type { Area } from "../../../app/areas";
import { areaNames, pages } from "../../../text/pages";
import { textOf } from "../../../text/words";

const may = (permission: Who["permissions"][number]) => (who: Who) =>
  who.permissions.includes(permission);

/** Running the gateway: for administrators. */
export const operations: Area = {
  name: "operations",
  title: () => textOf(areaNames, "operations"),
  routes: [
    {
      path: "system",
      load: () => import("./system/SystemPage"),
      isFor: may("system.read"),
      link: {
        text: () => textOf(pages, "system"),
        icon: Activity,
        key: "i",
        onPhone: true,
      },
    },
    {
      path: "nodes",
      load: () => import("./nodes/NodesPage"),
      isFor: may("system.read"),
      link: { text: () => textOf(pages, "nodes"), icon: Server },
    },
    {
      path: "trunks",
      load: () => import("./trunks/TrunksPage"),
      isFor: may("system.read"),
      link: { text: () => textOf(pages, "trunks"), icon: Cable, key: "x", onPhone: true },
    },
    {
      path: "calls/:callId/sip",
      load: () => import("./trunks/LadderPage"),
      isFor: may("calls.trace"),
    },
    {
      path: "users/:userId?",
      load: () => import("./users/UsersPage"),
      isFor: may("users"),
      link: { text: () => textOf(pages, "users"), icon: UserCog, key: "u" },
    },
    {
      path: "keys/:keyId?",
      load: () => import("./keys/KeysPage"),
      isFor: may("keys"),
      link: { text: () => textOf(pages, "keys"), icon: KeyRound, key: "y" },
    },
    {
      path: "webhooks",
      load: () => import("./webhooks/WebhooksPage"),
      isFor: may("webhooks"),
      link: { text: () => textOf(pages, "webhooks"), icon: Webhook, key: "w" },
    },
    {
      path: "webhooks/:webhookId",
      load: () => import("./webhooks/WebhookPage"),
      isFor: may("webhooks"),
    },
    {
      path: "audit/:position?",
      load: () => import("./audit/AuditPage"),
      isFor: may("audit.read"),
      link: { text: () => textOf(pages, "audit"), icon: ScrollText, key: "z" },
    },
    {
      path: "messages",
      load: () => import("./audit/MessagesPage"),
      isFor: may("system.read"),
      link: { text: () => textOf(pages, "messages"), icon: MessageSquareText },
    },
    {
      path: "integrity",
      load: () => import("./audit/IntegrityPage"),
      isFor: may("audit.read"),
      link: { text: () => textOf(pages, "integrity"), icon: ShieldCheck },
    },
  ],
};
