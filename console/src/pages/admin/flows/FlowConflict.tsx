import { Button } from "../../../kit/Button";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { DiffView } from "./DiffView";
import styles from "./flows.module.css";
import type { FlowDeskState } from "./useFlowDesk";

/** Somebody else has saved a version meanwhile: how both texts differ, and which one is to hold. */
export function FlowConflict({ desk }: { desk: FlowDeskState }) {
  const t = useText(flowsText);
  if (desk.theirs === null) return null;
  const { version, source } = desk.theirs.data;
  return (
    <section className={styles.conflict} role="alert">
      <p>{t("conflict", { version })}</p>
      <DiffView before={source} after={desk.source} />
      <div className={styles.buttons}>
        <Button onPress={desk.takeTheirs}>{t("takeTheirs")}</Button>
        <Button look="primary" isPending={desk.isSaving} onPress={desk.saveOver}>
          {t("saveOver")}
        </Button>
      </div>
    </section>
  );
}
