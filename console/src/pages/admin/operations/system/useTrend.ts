import { useState } from "react";
import { appended } from "../parts/sparkline-path";

/** Five minutes at one answer in five seconds. */
const MOST = 60;

/** The last values of a figure, one an answer; `at` tells answers apart. They live with the page. */
export function useTrend(value: number, at: string): readonly number[] {
  const [trend, setTrend] = useState({ at, values: [value] });
  if (trend.at !== at) setTrend({ at, values: appended(trend.values, value, MOST) });
  return trend.values;
}
