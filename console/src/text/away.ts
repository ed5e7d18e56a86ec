import { words } from "./words";

/** Going away and coming back. */
export const awayText = words("manager-away", {
  goAway: ["离开", "Step away"],
  title: ["离开一会儿", "Step away"],
  intro: [
    "离开期间来电不再转给您，到时间会自动恢复。",
    "Calls don't ring you while you are away. At that time they do again by themselves.",
  ],
  howLong: ["离开至", "Away until"],
  hour: ["一小时后（{{time}}）", "In an hour ({{time}})"],
  today: ["今天结束", "End of today"],
  tomorrow: ["明天结束", "End of tomorrow"],
  open: ["直到我回来", "Until I am back"],
  own: ["其他时间", "Another time"],
  ownTime: ["回来的时间", "Back at"],
  ownInvalid: ["请选择将来一年以内的时间", "Choose a time within the next year"],
  deputy: ["代理人", "Deputy"],
  deputyHelp: [
    "您的客户来电时由代理人接听；不选则不转代理人。",
    "Answers when your customers call. Without one, nobody stands in.",
  ],
  standing: ["现有代理人", "The present deputy"],
  confirm: ["开始离开", "Step away"],
  awayOpen: ["您已离开，直到点击“我回来了”", "You are away until you say that you are back"],
  awayUntil: ["您已离开，至 {{time}}", "You are away until {{time}}"],
  byDeputy: ["来电由 {{name}} 代接", "{{name}} answers your calls"],
  bySomebody: ["来电由代理人代接", "Your deputy answers your calls"],
  noDeputy: ["没有代理人", "No deputy"],
  back: ["我回来了", "I'm back"],
  backDone: ["欢迎回来，来电会转给您", "Welcome back: calls ring you again"],
});
