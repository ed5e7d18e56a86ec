import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useManagers } from "../../../api/directory";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import { Choice } from "../../../kit/Choice";
import { DateTimeField } from "../../../kit/DateField";
import { Dialog } from "../../../kit/Dialog";
import { Switch, TextField } from "../../../kit/Field";
import { PickManager } from "../../../kit/pick";
import { ProblemNote, Skeleton } from "../../../kit/States";
import { toast } from "../../../kit/toast";
import { useRequestKey } from "../../../kit/useRequestKey";
import { useSaved } from "../../../kit/useSaved";
import { common } from "../../../text/common";
import { handoverText } from "../../../text/handover";
import { useText } from "../../../text/words";
import { type Handover, handOver, keys, type Preview, usePreview, type Wish } from "./handover";
import styles from "./handover.module.css";
import { Recipients } from "./Recipients";
import { Shares } from "./Shares";
import { type Draft, KINDS, NEW, wishOf } from "./wish";

/** Whose customers, to whom, when; what that will change is shown before it is asked for. */
export function HandoverWizard({
  onClose,
  onBegun,
}: {
  onClose(): void;
  onBegun(handover: Handover): void;
}) {
  const t = useText(handoverText);
  const c = useText(common);
  const client = useQueryClient();
  const { managers } = useManagers();
  const { draft, change, forget } = useSaved<Draft>("handover", NEW);
  const giver = managers.find(({ id }) => id === draft.managerId);
  const wish = wishOf(draft, giver?.group_id ?? null);
  const preview = usePreview(withoutWhy(wish));
  const request = useRequestKey();
  const asking = useMutation({
    mutationFn: (wanted: Wish) => handOver(wanted, request.headerFor(wanted)),
    onSuccess: (begun) => {
      forget();
      toast({ text: t("begun") });
      void client.invalidateQueries({ queryKey: keys.all });
      onClose();
      onBegun(begun);
    },
  });
  const shown = wish === null ? undefined : preview.data;
  return (
    <Dialog
      title={t("start")}
      isOpen
      shape="wide"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{c("cancel")}</Button>
          <Button
            look="primary"
            isDisabled={wish === null || shown === undefined || shown.customers === 0}
            isPending={asking.isPending}
            onPress={() => wish !== null && asking.mutate(wish)}
          >
            {t("confirm")}
          </Button>
        </>
      }
    >
      <div className={styles.told}>
        <PickManager
          label={draft.kind === "back" ? t("whoBack") : t("whose")}
          value={giver === undefined ? null : { id: giver.id, text: giver.name }}
          onChange={(option) => change({ managerId: option?.id ?? null })}
          withDeparted
          autoFocus
        />
        <Choice
          label={t("to")}
          look="cards"
          options={KINDS.map((id) => ({ id, text: t(id), detail: t(`${id}Detail`) }))}
          value={draft.kind}
          onChange={(kind) => change({ kind })}
        />
        <Recipients draft={draft} giver={giver} change={change} />
        <When draft={draft} change={change} />
        <PreviewPart preview={shown} isWanted={wish !== null} isFetching={preview.isFetching} />
        <ProblemNote problem={wish === null ? null : problemFrom(preview.error)} />
        <ProblemNote problem={problemFrom(asking.error)} />
      </div>
    </Dialog>
  );
}

/** Why is no matter of how many: typing it asks for no new preview. */
function withoutWhy(wish: Wish | null): Wish | null {
  return wish === null ? null : { ...wish, why: "" };
}

function When({ draft, change }: { draft: Draft; change(changes: Partial<Draft>): void }) {
  const t = useText(handoverText);
  return (
    <div className={styles.when}>
      <Choice
        label={t("when")}
        options={[
          { id: "now", text: t("now") },
          { id: "later", text: t("later") },
        ]}
        value={draft.isLater ? "later" : "now"}
        onChange={(id) => change({ isLater: id === "later" })}
      />
      {draft.isLater && (
        <DateTimeField label={t("moment")} value={draft.at} onChange={(at) => change({ at })} />
      )}
      <TextField
        label={t("why")}
        help={t("whyHelp")}
        value={draft.why}
        onChange={(why) => change({ why })}
        maxLength={200}
      />
      <Switch
        label={t("introduce")}
        isSelected={draft.introduce}
        onChange={(introduce) => change({ introduce })}
      />
      <Switch
        label={t("matters")}
        isSelected={draft.moveMatters}
        onChange={(moveMatters) => change({ moveMatters })}
      />
    </div>
  );
}

function PreviewPart({
  preview,
  isWanted,
  isFetching,
}: {
  preview: Preview | undefined;
  isWanted: boolean;
  isFetching: boolean;
}) {
  const t = useText(handoverText);
  if (!isWanted) return null;
  if (preview === undefined) return isFetching ? <Skeleton rows={3} height="2rem" /> : null;
  return (
    <section className={styles.preview} aria-busy={isFetching} aria-label={t("preview")}>
      <h3>{t("preview")}</h3>
      <p>{preview.customers === 0 ? t("nothing") : t("willMove", { count: preview.customers })}</p>
      <Shares shares={preview.shares} left={preview.left_out} />
    </section>
  );
}
