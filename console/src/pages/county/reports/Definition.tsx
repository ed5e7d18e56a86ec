import { CircleHelp } from "lucide-react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { countyText } from "../../../text/county";
import { definitions } from "../../../text/definitions";
import { isWord, useLanguage, useText } from "../../../text/words";
import { columnName } from "./figures";
import type { Column } from "./read";
import styles from "./reports.module.css";

/** What a figure counts, behind a question mark; nothing where nobody has written it down. */
export function Definition({ column }: { column: Column }) {
  const t = useText(countyText);
  const define = useText(definitions);
  const language = useLanguage();
  const name = columnName(column, language);
  if (!isWord(definitions, column.key)) return null;
  return (
    <DialogTrigger>
      <Button aria-label={t("whatIs", { name })} className={styles.help}>
        <CircleHelp size={15} aria-hidden />
      </Button>
      <Popover className={styles.popover} placement="bottom">
        <Dialog aria-label={t("whatIs", { name })} className={styles.definition}>
          <h3>{name}</h3>
          <p>{define(column.key)}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
