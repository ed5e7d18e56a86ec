import { FileUp, X } from "lucide-react";
import { type ComponentProps, useState } from "react";
import { DropZone, FileTrigger, isFileDropItem, Text } from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { Button } from "./Button";
import styles from "./FileDrop.module.css";
import { useFormat } from "./format";

type Dropped = Parameters<NonNullable<ComponentProps<typeof DropZone>["onDrop"]>>[0];

export interface FileDropProps {
  label: string;
  /** What it may be, and what it should hold. */
  help?: string;
  file: File | null;
  onFile(file: File | null): void;
  /** Ends of names that are taken: `[".csv", ".xlsx"]`. */
  accept: readonly string[];
  maxBytes?: number;
  /** What the server said of it. */
  error?: string | undefined;
}

/** A file: dropped, pasted or chosen. Its name is shown here only, and kept nowhere. */
export function FileDrop({ label, help, file, onFile, accept, maxBytes, error }: FileDropProps) {
  const t = useText(kit);
  const format = useFormat();
  const [refused, setRefused] = useState<string>();
  const faultOf = ({ name, size }: File): string | undefined => {
    if (!accept.some((end) => name.toLowerCase().endsWith(end))) return t("fileWrongKind");
    if (maxBytes !== undefined && size > maxBytes) {
      return t("fileTooLarge", { size: format.bytes(maxBytes) });
    }
    return undefined;
  };
  const take = (next: File | undefined): void => {
    if (next === undefined) return;
    const fault = faultOf(next);
    setRefused(fault);
    if (fault === undefined) onFile(next);
  };
  const drop = async (event: Dropped): Promise<void> =>
    take(await event.items.find(isFileDropItem)?.getFile());
  const shown = refused ?? error;
  return (
    <div className={styles.field}>
      <DropZone className={styles.zone} onDrop={(event) => void drop(event)}>
        <FileUp size={24} aria-hidden />
        {file === null ? (
          <>
            <Text slot="label" className={styles.label}>
              {label}
            </Text>
            <div className={styles.line}>
              <span className={styles.byPointer}>{t("dropFile")}</span>
              <FileTrigger
                acceptedFileTypes={accept}
                onSelect={(files) => take(files?.item(0) ?? undefined)}
              >
                <Button>{t("chooseFile")}</Button>
              </FileTrigger>
            </div>
          </>
        ) : (
          <div className={styles.line}>
            <Text slot="label" className={styles.name}>
              {file.name}
            </Text>
            <span className={styles.size}>{format.bytes(file.size)}</span>
            <Button icon={X} iconOnly look="quiet" onPress={() => onFile(null)}>
              {t("removeFile")}
            </Button>
          </div>
        )}
        {help !== undefined && <p className={styles.help}>{help}</p>}
      </DropZone>
      {shown !== undefined && (
        <p className={styles.error} role="alert">
          {shown}
        </p>
      )}
    </div>
  );
}
