import { useState } from "react";
import { Button } from "../../../kit/Button";
import { Checkbox, TextField } from "../../../kit/Field";
import { ProblemNote } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useProblem } from "../../../kit/useProblem";
import { common } from "../../../text/common";
import { scoreText } from "../../../text/reviewScore";
import { useText } from "../../../text/words";
import type { Review } from "../queries";
import { useDraft } from "../useDraft";
import styles from "./Score.module.css";
import type { Reviewing } from "./useReview";

/** The manager's word against the score: once, in time. */
export function AppealForm({
  review,
  reviewing: { appeal },
}: {
  review: Review;
  reviewing: Reviewing;
}) {
  const t = useText(scoreText);
  const c = useText(common);
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useDraft(`appeal ${review.id}`);
  const [items, setItems] = useState<ReadonlyMap<string, string>>(new Map());
  const { problem, errorOf } = useProblem(appeal.error, ["text"]);
  if (!isOpen) return <Button onPress={() => setOpen(true)}>{t("appeal")}</Button>;
  const change = (id: string, value: string | null): void =>
    setItems((before) => {
      const after = new Map(before);
      if (value === null) after.delete(id);
      else after.set(id, value);
      return after;
    });
  const send = (): void =>
    appeal.mutate(
      { text, items: Object.fromEntries([...items].filter(([, value]) => value.trim() !== "")) },
      {
        onSuccess: () => {
          setText("");
          toast({ text: t("appealSent") });
        },
      },
    );
  return (
    <section className={styles.form} aria-label={t("appeal")}>
      <h3>{t("appeal")}</h3>
      <TextField
        label={t("appealText")}
        help={t("appealHelp")}
        rows={3}
        value={text}
        onChange={setText}
        error={errorOf("text")}
        autoFocus
      />
      {review.scorecard.items.map(({ id, text: question }) => (
        <div key={id}>
          <Checkbox
            label={question}
            isSelected={items.has(id)}
            onChange={(on) => change(id, on ? "" : null)}
          />
          {items.has(id) && (
            <TextField
              label={t("appealItem", { item: question })}
              hideLabel
              value={items.get(id) ?? ""}
              onChange={(value) => change(id, value)}
            />
          )}
        </div>
      ))}
      <ProblemNote problem={problem} />
      <div className={styles.actions}>
        <Button look="quiet" onPress={() => setOpen(false)}>
          {c("cancel")}
        </Button>
        <Button
          look="primary"
          isDisabled={text.trim() === ""}
          isPending={appeal.isPending}
          onPress={send}
        >
          {t("appealSend")}
        </Button>
      </div>
    </section>
  );
}
