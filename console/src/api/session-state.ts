/** Whether the session is known to be over, told from outside of React by whoever saw a 401. */
type Listener = () => void;

let over = false;
const listeners = new Set<Listener>();

function tell(value: boolean): void {
  if (over === value) return;
  over = value;
  for (const listener of listeners) listener();
}

/** Some request was answered 401: whoever sits here has to log in again. */
export function sessionEnded(): void {
  tell(true);
}

/** Somebody logged in. */
export function sessionBegan(): void {
  tell(false);
}

/** For `useSyncExternalStore`. */
export const sessionState = {
  isOver: (): boolean => over,
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
