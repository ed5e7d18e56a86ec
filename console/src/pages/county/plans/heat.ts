/** How full a month is: a row a manager, a column a day. */
export interface Heat {
  days: readonly string[];
  rows: readonly HeatRow[];
  /** Of all managers together, by day. */
  totals: readonly number[];
}

export interface HeatRow {
  managerId: string;
  /** Beside `Heat.days`. */
  tasks: readonly number[];
  total: number;
}

interface ManagerDay {
  manager_id: string;
  day: string;
  tasks: number;
}

/** Lay a run's days out as a table; whoever has most stands first. */
export function heatOf(of: readonly ManagerDay[]): Heat {
  const days = [...new Set(of.map((one) => one.day))].sort();
  const byManager = new Map<string, ManagerDay[]>();
  for (const one of of) {
    const own = byManager.get(one.manager_id);
    if (own === undefined) byManager.set(one.manager_id, [one]);
    else own.push(one);
  }
  const rows = [...byManager].map(([managerId, own]): HeatRow => {
    const counts = new Map(own.map((one) => [one.day, one.tasks]));
    const tasks = days.map((day) => counts.get(day) ?? 0);
    return { managerId, tasks, total: sum(tasks) };
  });
  rows.sort((a, b) => b.total - a.total);
  const totals = days.map((_, place) => sum(rows.map((row) => row.tasks[place] ?? 0)));
  return { days, rows, totals };
}

/** From 0 (nothing) to 4 (at the day's capacity, or beyond). */
export function levelOf(tasks: number, capacity: number): number {
  if (tasks === 0) return 0;
  return Math.min(4, Math.max(1, Math.ceil((tasks / Math.max(capacity, 1)) * 4)));
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}
