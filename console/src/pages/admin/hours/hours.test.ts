import { describe, expect, it } from "vitest";
import { minutesOf, textOfWeek, weekOf } from "./hours";

const back = (text: string) => {
  const week = weekOf(text);
  return week === null ? null : textOfWeek(week);
};

describe("opening hours", () => {
  it.each([
    "Mo-Fr 08:30-12:00,14:00-18:00; Sa 09:00-12:00; PH off",
    "Mo-Su 00:00-24:00",
    "Fr 22:00-30:00; WW 09:00-12:00",
    "Mo-Su off",
  ])("come back as they were written: %s", (text) => {
    expect(back(text)).toBe(text);
  });

  it("are read as people write them", () => {
    const chinese = "周一至周五 8:30-12:00，14:00-18:00；周六 9-12；节假日休息";
    expect(back(chinese)).toBe("Mo-Fr 08:30-12:00,14:00-18:00; Sa 09:00-12:00; PH off");
    expect(back("周一至五 9-17")).toBe("Mo-Fr 09:00-17:00");
    expect(back("周六、日 9-12")).toBe("Sa-Su 09:00-12:00");
    expect(back("工作日 9-17; 周末休息")).toBe("Mo-Fr 09:00-17:00");
    expect(back("24/7")).toBe("Mo-Su 00:00-24:00");
    expect(back("Fr-Mo 22:00-06:00")).toBe("Mo 22:00-30:00; Fr-Su 22:00-30:00");
  });

  it("have the last rule of a day hold", () => {
    expect(back("Mo-Fr 9-17; We off")).toBe("Mo-Tu 09:00-17:00; Th-Fr 09:00-17:00");
  });

  it("stay text where a week can't say it", () => {
    expect(weekOf("Mo-Fr sometimes")).toBeNull();
    expect(weekOf("Xx 9-17")).toBeNull();
    expect(weekOf("PH-Mo 9-17")).toBeNull();
  });

  it("know a time of a day", () => {
    expect(minutesOf("8:30")).toBe(510);
    expect(minutesOf("8")).toBe(480);
    expect(minutesOf("8:75")).toBeNull();
    expect(minutesOf("x")).toBeNull();
  });
});
