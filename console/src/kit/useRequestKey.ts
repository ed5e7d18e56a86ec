import { useEffect, useRef } from "react";

/** The header by which the API knows a request that it has seen before. */
export interface RequestKeyHeader {
  "idempotency-key": string;
}

/** The header of a request with this body: the same for the same body. */
export type HeaderFor = (body: unknown) => RequestKeyHeader;

export interface RequestKey {
  headerFor: HeaderFor;
  /** Begin another one, though it be of the same body: what was asked for is made. */
  renew(): void;
}

/**
 * Keys for what a form sends: however often the same body is sent, after a broken connection say,
 * what it makes is made once. A body that has changed is another request, with a key of its own:
 * under the key of the first the API would refuse it. A form that stays mounted while it is closed
 * gives `isOpen`: each opening begins anew.
 */
export function useRequestKey(isOpen = true): RequestKey {
  // Of every body that was sent: whoever changes it back may have had it made the first time.
  const keys = useRef(new Map<string, string>());
  useEffect(() => {
    if (isOpen) keys.current.clear();
  }, [isOpen]);
  return {
    headerFor: (body) => {
      const text = JSON.stringify(body);
      const key = keys.current.get(text) ?? newRequestKey();
      keys.current.set(text, key);
      return { "idempotency-key": key };
    },
    renew: () => keys.current.clear(),
  };
}

/** 128 random bits as text; `crypto.randomUUID` is there on pages by https only. */
export function newRequestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
