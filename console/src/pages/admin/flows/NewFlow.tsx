import { useState } from "react";
import { useNavigate } from "react-router";
import { Button } from "../../../kit/Button";
import { Dialog } from "../../../kit/Dialog";
import { TextField } from "../../../kit/Field";
import { common } from "../../../text/common";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** Paths of the API, not flows. */
const RESERVED = ["schema", "check"];

/** Asks what a new flow is to be called; it is kept when its text is saved. */
export function NewFlow({ taken, onClose }: { taken: readonly string[]; onClose(): void }) {
  const t = useText(flowsText);
  const c = useText(common);
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [isTried, setIsTried] = useState(false);
  const error = taken.includes(name)
    ? t("flowNameTaken")
    : NAME.test(name) && !RESERVED.includes(name)
      ? undefined
      : t("flowNameWrong");
  const create = (): void => {
    setIsTried(true);
    if (error === undefined) void navigate(`/flows/${name}`);
  };
  return (
    <Dialog
      title={t("newFlow")}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button look="primary" onPress={create}>
            {t("create")}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <TextField
          label={t("flowName")}
          help={t("flowNameHelp")}
          autoFocus
          value={name}
          onChange={setName}
          error={isTried ? error : undefined}
        />
      </form>
    </Dialog>
  );
}

/** What the text of a new flow begins with: a flow that may be saved as it is. */
export function firstText(name: string): string {
  return `flow: ${name}
description: ""
languages: [zh]
start: main
steps:
  main:
    do: menu
    prompts: [main_menu]
    keys: {1: owner, 2: bye}
    otherwise: bye
  owner: {do: route, to: owner, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
`;
}
