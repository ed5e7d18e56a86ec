import { useRef, useState } from "react";

/** The header by which the API knows a request that it has seen before. */
export interface RequestKeyHeader {
  "idempotency-key": string;
}

export interface RequestKey {
  header: RequestKeyHeader;
  /** Begin another one: what was asked for is made. */
  renew(): void;
}

/**
 * One key for a form from its opening on: however often it is sent, after a broken connection say,
 * what it makes is made once. A form that stays mounted while it is closed gives `isOpen`.
 */
export function useRequestKey(isOpen = true): RequestKey {
  const [key, setKey] = useState(newRequestKey);
  const [wasOpen, setWasOpen] = useState(isOpen);
  if (isOpen !== wasOpen) {
    setWasOpen(isOpen);
    if (isOpen) setKey(newRequestKey());
  }
  return { header: { "idempotency-key": key }, renew: () => setKey(newRequestKey()) };
}

export interface RequestKeys {
  /** The header of a request of this content: the same as before while its content is the same. */
  headerFor(content: unknown): RequestKeyHeader;
  /** Begin another one, though it be of the same content: what was asked for is made. */
  renew(): void;
}

/**
 * A key for what is sent, where it may change between two attempts or has no form of its own: what
 * is sent again as it was is made once, and something else is another request.
 */
export function useRequestKeys(): RequestKeys {
  const last = useRef<{ content: string; key: string } | null>(null);
  return {
    headerFor: (content) => {
      const text = JSON.stringify(content);
      if (last.current?.content !== text) last.current = { content: text, key: newRequestKey() };
      return { "idempotency-key": last.current.key };
    },
    renew: () => {
      last.current = null;
    },
  };
}

/** 128 random bits as text; `crypto.randomUUID` is there on pages by https only. */
export function newRequestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
