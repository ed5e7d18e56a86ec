import { words } from "./words";

/** Words of the area "county". */
export const countyText = words("county", {
  area: ["县区", "County"],
  board: ["实时看板", "Live board"],
});
