import { useState } from "react";
import type { Editor } from "../../../kit/editor/useEditor";
import { kindsText } from "../../../text/kinds";
import { useText } from "../../../text/words";
import { NEW } from "../editor/useEdited";
import { SLUG } from "./kinds";

/**
 * An editor that saves a new thing only under a name that may be one and is nobody's: to put
 * something under a name that there is would change that.
 */
export function useNewName<Draft extends { name: string }>(
  editor: Editor<Draft>,
  taken: readonly string[] | null,
): { editor: Editor<Draft>; nameError: string | undefined } {
  const t = useText(kindsText);
  const [isTried, setIsTried] = useState(false);
  if (taken === null) return { editor, nameError: undefined };
  const name = editor.draft.name.trim();
  const error = taken.includes(name)
    ? t("codeTaken")
    : SLUG.test(name) && name !== NEW
      ? undefined
      : t("codeWrong");
  return {
    editor: {
      ...editor,
      submit: () => {
        setIsTried(true);
        if (error === undefined) editor.submit();
      },
    },
    nameError: isTried ? error : undefined,
  };
}
