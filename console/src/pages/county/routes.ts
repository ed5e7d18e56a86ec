import {
  ArrowRightLeft,
  CalendarRange,
  ChartColumn,
  ClipboardList,
  LayoutDashboard,
  PhoneCall,
  Split,
} from "lucide-react";
import type { Who } from "../../api/session";
import type { Area } from "../../app/areas";
import { countyNav } from "../../text/county-nav";
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
  title: () => textOf(countyNav, "area"),
  routes: [
    {
      path: "board",
      load: () => import("./BoardPage"),
      isFor: seesCounty,
      link: {
        text: () => textOf(countyNav, "board"),
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
        text: () => textOf(countyNav, "reports"),
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
        text: () => textOf(countyNav, "groupTasks"),
        icon: ClipboardList,
        key: "k",
        onPhone: true,
      },
    },
    {
      path: "plans/:planId?",
      load: () => import("./PlansPage"),
      isFor: seesCounty,
      link: { text: () => textOf(countyNav, "plans"), icon: CalendarRange, key: "n" },
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
      link: { text: () => textOf(countyNav, "calls"), icon: PhoneCall, key: "l" },
    },
    { path: "calls/:callId", load: () => import("./CallPage"), isFor: seesCounty },
    {
      path: "assign",
      load: () => import("./assign/AssignPage"),
      isFor: assigns,
      link: { text: () => textOf(countyNav, "assign"), icon: Split, key: "a", onPhone: true },
    },
    {
      path: "handovers/:handoverId?",
      load: () => import("./handover/HandoversPage"),
      isFor: (who) => who.permissions.includes("handover"),
      link: { text: () => textOf(countyNav, "handovers"), icon: ArrowRightLeft, key: "h" },
    },
  ],
};
