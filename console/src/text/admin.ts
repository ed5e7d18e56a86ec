import { words } from "./words";

/** Words of the area "admin". */
export const adminText = words("admin", {
  area: ["管理", "Administration"],
  customers: ["客户", "Customers"],
});
