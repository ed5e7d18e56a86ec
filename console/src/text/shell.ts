import { words } from "./words";

/** Words around every page: navigation, log-in, session. */
export const shell = words("shell", {
  navigation: ["导航", "Navigation"],
  skip: ["跳到内容", "Skip to content"],
  account: ["我的账号", "My account"],
  language: ["English", "中文"],
  theme: ["外观", "Appearance"],
  themeAuto: ["跟随系统", "As the system"],
  themeLight: ["浅色", "Light"],
  themeDark: ["深色", "Dark"],
  logOut: ["退出登录", "Log out"],
  logIn: ["登录", "Log in"],
  login: ["账号", "Login"],
  password: ["密码", "Password"],
  totp: ["验证码", "Code"],
  totpHelp: [
    "身份验证器上的六位数字，或一个恢复码",
    "Six digits from your authenticator, or a recovery code",
  ],
  welcome: ["客户经理语音网关", "The account managers' voice gateway"],
  oidc: ["单位账号登录", "Log in with your organisation"],
  over: ["登录已过期", "Your session has ended"],
  overDetail: [
    "请重新登录。页面上已填写的内容不会丢失。",
    "Please log in again. What you have typed on this page is kept.",
  ],
  otherUser: [
    "换了账号登录，页面已重新加载。",
    "Somebody else logged in: the page was loaded anew.",
  ],
  offline: ["连接已断开，正在重新连接…", "The connection is lost. Connecting again…"],
  shortcuts: ["键盘快捷键", "Keyboard shortcuts"],
  noPage: ["没有这个页面", "There is no such page"],
  noPageDetail: [
    "链接可能已失效，或您无权查看。",
    "The link may be out of date, or you may not see it.",
  ],
  home: ["回到首页", "Go to the start"],
  broken: ["页面出错了", "Something went wrong on this page"],
  brokenDetail: [
    "请重新加载页面；如仍出错，请联系管理员。",
    "Load the page anew; if it happens again, tell an administrator.",
  ],
  updated: ["有新版本，刷新后生效。", "A new version is ready: reload to use it."],
  more: ["更多", "More"],
});
