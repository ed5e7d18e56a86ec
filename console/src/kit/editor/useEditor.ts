import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../../api/problem";
import { type HeaderFor, useRequestKey } from "../useRequestKey";
import { useSaved } from "../useSaved";
import { type Difference, differenceOf, isSame, type Versioned } from "./conflict";

export interface EditorOptions<Draft extends object, View> {
  /** Names form and thing; what was typed is kept under it while the tab is open. */
  key: string;
  /** The thing as it was read; null: a new one. */
  read: Versioned<View> | null;
  /** What the form holds of a thing; of null what a new one begins with. */
  draftOf(view: View | null): Draft;
  /**
   * Write it; with `tag` only if it is still what was read. `before` is the thing as it was then:
   * what the form does not show has to be sent as it is there. `headerFor` is for a new one: the
   * same body is made once.
   */
  save(draft: Draft, tag: string | null, before: View | null, headerFor: HeaderFor): Promise<View>;
  /** Read it again, after somebody else has changed it. */
  reread(): Promise<Versioned<View>>;
  onSaved(view: View): void;
}

/** What somebody else saved meanwhile. */
export interface Conflict<Draft> extends Difference<Draft> {
  theirs: Draft;
}

export interface Editor<Draft extends object> {
  draft: Draft;
  change(changes: Partial<Draft>): void;
  /** Whether something differs from what is saved. */
  isChanged: boolean;
  submit(): void;
  isSaving: boolean;
  /** What the last try to save failed with; a conflict is told by `conflict` instead. */
  error: Error | null;
  conflict: Conflict<Draft> | null;
  /** Decide one field of a conflict. */
  decide(field: keyof Draft & string, whose: "mine" | "theirs"): void;
  /** Forget what was typed. */
  discard(): void;
}

/** What each form that holds something was typed over: it is kept as long as what was typed. */
const bases = new Map<string, unknown>();

/** What was typed over, where a form was left and comes back; else what was read. */
function baseOf<View>(key: string, read: Versioned<View> | null): Versioned<View> | null {
  // Only the form with this key puts something under it.
  return bases.has(key) ? (bases.get(key) as Versioned<View> | null) : read;
}

/**
 * A form over one thing that others may change at the same moment. When somebody else was first
 * (412), theirs is read, everything that only they changed is taken over, and what both changed
 * waits for a decision; nothing that was typed is lost.
 */
export function useEditor<Draft extends object, View>({
  key,
  read,
  draftOf,
  save,
  reread,
  onSaved,
}: EditorOptions<Draft, View>): Editor<Draft> {
  const [base, setBase] = useState(() => baseOf(key, read));
  const [seen, setSeen] = useState(read);
  const [conflict, setConflict] = useState<Conflict<Draft> | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const initial = draftOf(base?.data ?? null);
  const { draft, ...saved } = useSaved(key, initial);
  const isChanged = !isSame(draft, initial);
  const forget = (): void => {
    bases.delete(key);
    saved.forget();
  };
  const change = (changes: Partial<Draft>): void => {
    if (isSame({ ...draft, ...changes }, initial)) {
      forget();
      return;
    }
    bases.set(key, base);
    saved.change(changes);
  };
  if (read !== seen) {
    setSeen(read);
    // Where nothing was typed, there is nothing that could be lost by going on with the newest.
    if (!isChanged && conflict === null) setBase(read);
  }
  const request = useRequestKey();
  const saving = useMutation({
    mutationFn: () => {
      setFailure(null);
      return save(draft, base?.tag ?? null, base?.data ?? null, request.headerFor);
    },
    onSuccess: (view) => {
      request.renew();
      forget();
      setConflict(null);
      onSaved(view);
    },
    onError: async (error) => {
      if (!isStale(error)) return;
      try {
        const theirs = await reread();
        const theirDraft = draftOf(theirs.data);
        setConflict({ ...differenceOf(initial, draft, theirDraft), theirs: theirDraft });
        setBase(theirs);
        bases.set(key, theirs);
      } catch (reason) {
        // Without theirs there is nothing to choose from; saving again tries it again.
        setFailure(reason instanceof Error ? reason : error);
      }
    },
  });
  return {
    draft,
    change,
    isChanged,
    submit: () => {
      if (!saving.isPending) saving.mutate();
    },
    isSaving: saving.isPending,
    error: isStale(saving.error) ? failure : saving.error,
    conflict,
    decide: (field, whose) => {
      if (conflict === null) return;
      if (whose === "theirs") change(pick(conflict.theirs, field));
      const conflicts = conflict.conflicts.filter((one) => one !== field);
      setConflict({ ...conflict, conflicts });
    },
    discard: () => {
      forget();
      setConflict(null);
      setFailure(null);
      saving.reset();
    },
  };
}

function isStale(error: unknown): boolean {
  return error instanceof Problem && error.status === 412;
}

function pick<Draft extends object>(of: Draft, field: keyof Draft & string): Partial<Draft> {
  const one: Partial<Draft> = {};
  one[field] = of[field];
  return one;
}
