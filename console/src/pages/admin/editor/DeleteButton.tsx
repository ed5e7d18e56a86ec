import { type LucideIcon, Trash2 } from "lucide-react";
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
  /** What it does, where it is not quite to delete. */
  action?: string;
  icon?: LucideIcon;
}

/** Deletes what a sheet is about, after saying what follows. */
export function DeleteButton({
  title,
  detail,
  name,
  onDelete,
  action,
  icon = Trash2,
}: DeleteButtonProps) {
  const t = useText(common);
  const [isOpen, setIsOpen] = useState(false);
  const does = action ?? t("delete");
  return (
    <>
      <Button icon={icon} iconOnly look="quiet" onPress={() => setIsOpen(true)}>
        {does}
      </Button>
      <Confirm
        title={title}
        action={does}
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
