import {
  ArrowRightLeft,
  BellRing,
  CalendarRange,
  ChartColumn,
  ClipboardList,
  LayoutDashboard,
  PhoneCall,
  Split,
} from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { areaNames, pages } from "../../text/pages";
import { textOf } from "../../text/words";

/** Managers read their own figures on their own pages: these are for who looks after a county. */
function seesCounty(who: Who): boolean {
  return who.permissions.includes("reports.read") && who.scope.manager_id === null;
}

/** Whoever may give tasks to others; a manager may make own ones only. */
function assigns(who: Who): boolean {
  return who.permissions.includes("tasks.assign") && who.scope.manager_id === null;
}

export const county: Area = {
  name: "county",
  title: () => textOf(areaNames, "county"),
  routes: [
    {
      path: "board",
      load: () => import("./BoardPage"),
      isFor: seesCounty,
      link: {
        text: () => textOf(pages, "board"),
        icon: LayoutDashboard,
        key: "b",
        onPhone: true,
      },
    },
    {
      path: "reports/:report?",
      load: () => import("./ReportPage"),
      isFor: seesCounty,
      link: {
        text: () => textOf(pages, "reports"),
        icon: ChartColumn,
        key: "p",
        onPhone: true,
      },
    },
    {
      path: "group-tasks/:taskId?",
      load: () => import("./GroupTasksPage"),
      isFor: seesCounty,
      link: {
        text: () => textOf(pages, "groupTasks"),
        icon: ClipboardList,
        key: "k",
        onPhone: true,
      },
    },
    {
      path: "triggers/:triggerId?",
      load: () => import("./TriggersPage"),
      isFor: seesCounty,
      link: { text: () => textOf(pages, "triggers"), icon: BellRing },
    },
    {
      path: "plans/:planId?",
      load: () => import("./PlansPage"),
      isFor: seesCounty,
      link: { text: () => textOf(pages, "plans"), icon: CalendarRange, key: "n" },
    },
    {
      path: "manager-sheets/:managerId",
      load: () => import("./ManagerSheetPage"),
      isFor: seesCounty,
    },
    {
      path: "report-months/:month",
      load: () => import("./ReportMonthPage"),
      isFor: seesCounty,
    },
    { path: "report-schedules", load: () => import("./SchedulesPage"), isFor: seesCounty },
    {
      path: "calls",
      load: () => import("./CallsPage"),
      isFor: seesCounty,
      link: { text: () => textOf(pages, "calls"), icon: PhoneCall, key: "l" },
    },
    { path: "calls/:callId", load: () => import("./CallPage"), isFor: seesCounty },
    {
      path: "assign",
      load: () => import("./assign/AssignPage"),
      isFor: assigns,
      link: { text: () => textOf(pages, "assign"), icon: Split, key: "a", onPhone: true },
    },
    {
      path: "handovers/:handoverId?",
      load: () => import("./handover/HandoversPage"),
      isFor: (who) => who.permissions.includes("handover"),
      link: { text: () => textOf(pages, "handovers"), icon: ArrowRightLeft, key: "h" },
    },
  ],
};
