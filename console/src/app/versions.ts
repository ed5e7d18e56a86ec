import { toast } from "../kit/toast";
import { common } from "../text/common";
import { shell } from "../text/shell";
import { textOf } from "../text/words";

const CHECK_MS = 30 * 60_000;

/** Whether the page that runs is none of the current version: its script is not among the files. */
export function isOld(script: string, files: readonly string[]): boolean {
  return !files.includes(new URL(script).pathname);
}

/**
 * Have the service worker keep the console's files, and tell when there is a new version: it is
 * used from the next loading on, which whoever sits here chooses, for something may be half typed.
 */
export function keepVersions(): void {
  const script = document.querySelector<HTMLScriptElement>("script[type=module]")?.src;
  if (!("serviceWorker" in navigator) || script === undefined) return;
  const workers = navigator.serviceWorker;
  let isTold = false;
  workers.addEventListener("message", ({ data }) => {
    if (isTold || !isFiles(data) || !isOld(script, data.files)) return;
    isTold = true;
    tell();
  });
  // After what the page needs itself.
  addEventListener("load", () => void register(workers), { once: true });
}

async function register(workers: ServiceWorkerContainer): Promise<void> {
  try {
    const registered = await workers.register("/sw.js");
    workers.startMessages();
    workers.controller?.postMessage("files");
    setInterval(() => void registered.update().catch(() => undefined), CHECK_MS);
  } catch {
    // Without it the console needs the network to open; nothing else.
  }
}

function tell(): void {
  toast({
    text: textOf(shell, "updated"),
    action: { text: textOf(common, "reload"), run: () => location.reload() },
    isKept: true,
  });
}

function isFiles(data: unknown): data is { files: readonly string[] } {
  return typeof data === "object" && data !== null && "files" in data && Array.isArray(data.files);
}
