import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem, problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useSaved } from "../../../kit/useSaved";
import { common } from "../../../text/common";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import type { Versioned } from "../editor/conflict";
import { DeleteButton } from "../editor/DeleteButton";
import editorStyles from "../editor/editor.module.css";
import { ReadingSheet } from "../editor/Reading";
import {
  documentQuery,
  KINDS,
  type KindOf,
  readDocument,
  restoreDocument,
  writeDocument,
} from "./kinds";
import styles from "./kinds.module.css";

interface KindSheetProps {
  of: KindOf;
  name: string;
  onClose(): void;
}

/** The document of one type or kind. */
export function KindSheet(props: KindSheetProps) {
  const query = useQuery(documentQuery(props.of, props.name));
  return (
    <ReadingSheet title={props.name} query={query} onClose={props.onClose}>
      {(read) => <Form {...props} read={read} />}
    </ReadingSheet>
  );
}

function Form({ of, name, onClose, read }: KindSheetProps & { read: Versioned<string> }) {
  const t = useText(kindsText);
  const c = useText(common);
  const client = useQueryClient();
  const mayWrite = useMay("task-types.write");
  const [base, setBase] = useState(read);
  const { draft, change, forget } = useSaved(`kind:${of}:${name}`, { text: base.data });
  const changed = async (): Promise<void> => {
    forget();
    await client.invalidateQueries({ queryKey: KINDS });
    toast({ text: t("saved") });
    onClose();
  };
  const saving = useMutation({
    mutationFn: () => writeDocument(of, name, draft.text, base.tag),
    onSuccess: changed,
    onError: async (error) => {
      if (!(error instanceof Problem && error.status === 412)) return;
      // What is typed stays, also where it only was read until now.
      change({ text: draft.text });
      setBase(await readDocument(of, name));
    },
  });
  const problem = problemFrom(saving.error);
  const isStale = problem?.status === 412;
  const wrong = faultOf(draft.text);
  return (
    <Dialog
      title={name}
      isOpen
      onClose={onClose}
      shape="wide"
      actions={
        mayWrite && (
          <>
            <div className={editorStyles.more}>
              <DeleteButton
                title={t("restoreTitle")}
                detail={t("restoreDetail")}
                name={name}
                onDelete={async () => {
                  await restoreDocument(of, name);
                  await changed();
                }}
              />
            </div>
            <Button
              look="primary"
              isPending={saving.isPending}
              isDisabled={wrong !== null || draft.text === base.data}
              onPress={() => saving.mutate()}
            >
              {c("save")}
            </Button>
          </>
        )
      }
    >
      <div className={`${editorStyles.form} ${styles.text}`}>
        <TextField
          label={t("document")}
          help={t("documentHelp")}
          rows={22}
          value={draft.text}
          onChange={(text) => change({ text })}
          isDisabled={!mayWrite}
          error={wrong === null ? undefined : t("notJson", { why: wrong })}
        />
        {isStale && (
          <div role="alert">
            <p>{t("changedMeanwhile")}</p>
            <pre className={styles.theirs}>{base.data}</pre>
          </div>
        )}
        {!isStale && <ProblemNote problem={problem} />}
        <ul>
          {problem?.errors.map((one) => (
            <li key={`${one.field} ${one.message}`}>
              <code>{one.field}</code>: {one.message}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

/** Why a text is no JSON; null where it is. */
function faultOf(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
