import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import { common } from "../../../text/common";
import { useText } from "../../../text/words";

export interface DeleteButtonProps {
  /** A question. */
  title: string;
  /** What follows from it. */
  detail: string;
  /** Of what is deleted. */
  name: string;
  onDelete(): Promise<unknown>;
}

/** Deletes what a sheet is about, after saying what follows. */
export function DeleteButton({ title, detail, name, onDelete }: DeleteButtonProps) {
  const t = useText(common);
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button icon={Trash2} iconOnly look="quiet" onPress={() => setIsOpen(true)}>
        {t("delete")}
      </Button>
      <Confirm
        title={title}
        action={t("delete")}
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        onConfirm={onDelete}
      >
        <p>
          <strong>{name}</strong>
        </p>
        <p>{detail}</p>
      </Confirm>
    </>
  );
}
