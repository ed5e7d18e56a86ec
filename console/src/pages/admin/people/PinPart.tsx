import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Manager } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { Badge, ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { MANAGERS, putPin } from "./people";
import styles from "./people.module.css";

/** The PIN of a manager: set anew or removed at once; never shown. */
export function PinPart({ manager }: { manager: Manager }) {
  const t = useText(directoryText);
  const client = useQueryClient();
  const [pin, setPin] = useState("");
  const [hasPin, setHasPin] = useState(manager.has_pin);
  const saving = useMutation({
    // The PIN is no variable of it: those stay in the cache of mutations.
    mutationFn: (what: "set" | "remove") => putPin(manager.id, what === "set" ? pin : null),
    onSuccess: (_, what) => {
      setPin("");
      setHasPin(what === "set");
      toast({ text: t("pinSaved") });
      void client.invalidateQueries({ queryKey: [...MANAGERS, "all"] });
    },
  });
  const isPin = /^\d{4,12}$/.test(pin);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isPin && !saving.isPending) saving.mutate("set");
  };
  return (
    <form className={`${editorStyles.part} ${styles.apart}`} onSubmit={submit}>
      <h3 className={editorStyles.partTitle}>
        {t("pin")} <Badge>{hasPin ? t("pinSet") : t("pinNotSet")}</Badge>
      </h3>
      <TextField
        label={t("pinNew")}
        help={t("pinHelp")}
        type="password"
        autoComplete="new-password"
        inputMode="numeric"
        maxLength={12}
        value={pin}
        onChange={setPin}
      />
      <ProblemNote problem={problemFrom(saving.error)} />
      <div className={editorStyles.choiceActions}>
        <Button type="submit" isPending={saving.isPending} isDisabled={!isPin}>
          {t("pinSave")}
        </Button>
        {hasPin && (
          <Button look="quiet" onPress={() => saving.mutate("remove")}>
            {t("pinRemove")}
          </Button>
        )}
      </div>
    </form>
  );
}
