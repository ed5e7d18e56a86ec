import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useRequestKey } from "../../../kit/useRequestKey";
import { type Head, headOf, type Kind, type Meaning, mappingOf, meaningsOf } from "./columns";
import { hasEnded, type ImportRequest, importQuery, mappingQuery, startImport } from "./imports";

export type Step = "file" | "columns" | "check" | "import";

/** What is known of the file, what was said of its columns, and the two runs over it. */
export function useImportWizard(kind: Kind, onDone: () => void) {
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [head, setHead] = useState<Head | null>(null);
  const [said, setSaid] = useState<Record<string, Meaning>>({});
  const [introduces, setIntroduces] = useState(false);
  const known = useQuery(mappingQuery(kind));
  const reading = useMutation({ mutationFn: headOf, onSuccess: setHead });
  const dryRun = useRun(() => {});
  const realRun = useRun(() => {
    void client.invalidateQueries();
    onDone();
  });
  const meanings =
    head === null || known.data === undefined
      ? {}
      : { ...meaningsOf(head.titles, known.data), ...said };
  const start = (isDryRun: boolean): void => {
    if (file === null || known.data === undefined) return;
    // Whatever was kept before counts on unless it is said otherwise.
    const mapping = { ...known.data.mapping, ...mappingOf(meanings, known.data) };
    (isDryRun ? dryRun : realRun).start({ kind, file, mapping, isDryRun, introduces });
  };
  const step: Step =
    realRun.id !== null
      ? "import"
      : dryRun.id !== null
        ? "check"
        : head !== null
          ? "columns"
          : "file";
  return {
    step,
    file,
    take: (next: File | null) => {
      setFile(next);
      setHead(null);
      setSaid({});
      reading.reset();
      dryRun.reset();
      realRun.reset();
      if (next !== null) reading.mutate(next);
    },
    isUnreadable: reading.isError,
    head,
    known,
    meanings,
    say: (title: string, meaning: Meaning) => setSaid({ ...said, [title]: meaning }),
    introduces,
    setIntroduces,
    dryRun,
    realRun,
    check: () => start(true),
    run: () => start(false),
    back: () => dryRun.reset(),
  };
}

export type Wizard = ReturnType<typeof useImportWizard>;
export type Run = Wizard["dryRun"];

/** One run over the file, from being sent until it has ended. */
function useRun(onEnded: () => void) {
  const [id, setId] = useState<string | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const keys = useRequestKey();
  const sending = useMutation({
    mutationFn: (request: ImportRequest) => {
      const { name, size, lastModified } = request.file;
      return startImport(request, keys.headerFor([request, name, size, lastModified]));
    },
    onSuccess: (started) => {
      keys.renew();
      setId(started.id);
    },
  });
  const running = useQuery({ ...importQuery(id ?? ""), enabled: id !== null });
  const ended = running.data !== undefined && hasEnded(running.data) ? running.data : null;
  if (ended !== null && told !== ended.id) {
    setTold(ended.id);
    // After the drawing that finds it: what it sets off draws others.
    queueMicrotask(onEnded);
  }
  return {
    id,
    start: sending.mutate,
    isSending: sending.isPending,
    error: sending.error ?? running.error,
    /** How far it is; undefined until the first answer. */
    progress: running.data,
    ended,
    reset: () => {
      setId(null);
      sending.reset();
    },
  };
}
