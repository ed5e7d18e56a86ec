import { useState } from "react";
import { Confirm } from "../../../../kit/Confirm";
import { Select } from "../../../../kit/Field";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";

const HOUR_S = 3_600;
const OVERLAPS = [
  { id: "0", word: "overlapNone" },
  { id: String(HOUR_S), word: "overlapHour" },
  { id: String(24 * HOUR_S), word: "overlapDay" },
  { id: String(7 * 24 * HOUR_S), word: "overlapWeek" },
] as const;

export interface RotateDialogProps {
  title: string;
  text: string;
  isOpen: boolean;
  onClose(): void;
  /** `overlapS`: for how many seconds the present secret goes on. */
  onRotate(overlapS: number): Promise<unknown>;
}

/** Another secret, and for how long the present one goes on beside it. */
export function RotateDialog({ title, text, isOpen, onClose, onRotate }: RotateDialogProps) {
  const t = useText(accessText);
  const [overlap, setOverlap] = useState<string>(String(24 * HOUR_S));
  return (
    <Confirm
      title={title}
      action={title}
      look="primary"
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={() => onRotate(Number(overlap))}
    >
      <p>{text}</p>
      <Select
        label={t("overlap")}
        options={OVERLAPS.map(({ id, word }) => ({ id, text: t(word) }))}
        value={overlap}
        onChange={setOverlap}
      />
    </Confirm>
  );
}
