import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import formStyles from "../../../kit/Form.module.css";
import { ProblemNote } from "../../../kit/States";
import { common } from "../../../text/common";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { PresentPrompt } from "./PresentPrompt";
import { NewPromptFields, SoundFields } from "./PromptFields";
import { PROMPTS, usesQuery } from "./prompts";
import { TakeBack } from "./TakeBack";
import { usePromptForm, type Wanted } from "./usePromptForm";

/** Puts a recording, or a text that is spoken, under a new name or in place of another prompt. */
export function PromptSheet({ wanted, onClose }: { wanted: Wanted; onClose(): void }) {
  const t = useText(flowsText);
  const c = useText(common);
  const client = useQueryClient();
  const form = usePromptForm(wanted, onClose);
  const { isKnown, present, saving, way } = form;
  return (
    <Dialog
      title={isKnown ? wanted.name : t("newPrompt")}
      isOpen
      onClose={onClose}
      shape="sheet"
      actions={
        <>
          {present?.source === "store" && (
            <div className={editorStyles.more}>
              <TakeBack
                prompt={present}
                onDone={async () => {
                  // Whoever opens it again sees what is heard then.
                  await client.invalidateQueries({ queryKey: PROMPTS });
                  onClose();
                }}
              />
            </div>
          )}
          <Button onPress={onClose}>{c(saving.isSuccess ? "close" : "cancel")}</Button>
          <Button
            look="primary"
            isPending={saving.isPending}
            isDisabled={!form.isComplete}
            onPress={() => saving.mutate()}
          >
            {way === "text" ? t("speak") : t(isKnown ? "replace" : "upload")}
          </Button>
        </>
      }
    >
      <div className={formStyles.form}>
        {present !== undefined && <PresentPrompt key={present.digest} prompt={present} />}
        {!isKnown && <NewPromptFields form={form} />}
        <SoundFields form={form} />
        <Uses of={form.name} />
        <ProblemNote problem={form.problem} />
      </div>
    </Dialog>
  );
}

function Uses({ of }: { of: string }) {
  const t = useText(flowsText);
  const { data: uses } = useQuery(usesQuery);
  const flows = uses?.get(of) ?? [];
  return (
    <p className={editorStyles.help}>
      {flows.length === 0 ? t("usedInNone") : `${t("usedInFlows")}: ${flows.join("、")}`}
    </p>
  );
}
