import { Download } from "lucide-react";
import { Suspense, useRef, useState } from "react";
import type { Selection } from "react-aria-components";
import { useNavigate } from "react-router";
import { api, dataOf } from "../../api/client";
import { useManagers } from "../../api/directory";
import { usePages } from "../../api/pages";
import { useMay } from "../../api/session";
import { Button } from "../../kit/Button";
import { DataTable } from "../../kit/DataTable";
import { later } from "../../kit/later";
import { Page } from "../../kit/Page";
import { Empty, Failed, Skeleton } from "../../kit/States";
import { useShortcut } from "../../kit/shortcuts";
import { listText } from "../../text/reviewList";
import { useText } from "../../text/words";
import { RecordingCard, useColumns } from "./list/columns";
import { Filters } from "./list/Filters";
import styles from "./list/List.module.css";
import { useFilters } from "./list/useFilters";
import { keys, type Recording } from "./queries";

const ExportDialog = later(async () => ({
  default: (await import("./list/ExportDialog")).ExportDialog,
}));

/** Every recording that one may hear, found by what was said and what was found. */
export default function RecordingsPage() {
  const t = useText(listText);
  const navigate = useNavigate();
  const { filter, query } = useFilters();
  const managers = useManagers();
  const columns = useColumns(query.q !== undefined);
  const table = useRef<HTMLDivElement>(null);
  const mayExport = useMay("recordings.export");
  const [selected, setSelected] = useState<Selection>(new Set());
  const [exports, setExports] = useState(false);
  const recordings = usePages<Recording>(keys.recordings(query), (cursor, signal) =>
    dataOf(
      api.GET("/v1/recordings", {
        params: { query: { ...query, limit: 100, ...(cursor && { cursor }) } },
        signal,
      }),
    ),
  );
  const [hasAnswer, setHasAnswer] = useState(false);
  if (!recordings.isPending && !hasAnswer) setHasAnswer(true);
  useRowKeys(table);
  const chosen = recordings.items
    .map(({ id }) => id)
    .filter((id) => selected === "all" || selected.has(id));
  const open = (recording: Recording): void => {
    const at = recording.matches?.[0]?.start_s;
    void navigate(
      `/recordings/${encodeURIComponent(recording.id)}${at === undefined ? "" : `?t=${at.toFixed(1)}`}`,
    );
  };
  return (
    <Page
      fills
      title={t("title")}
      tools={<Filters filter={filter} hasRows={hasAnswer} />}
      actions={
        mayExport && (
          <Button icon={Download} isDisabled={chosen.length === 0} onPress={() => setExports(true)}>
            {chosen.length === 0 ? t("export") : t("exportCount", { count: chosen.length })}
          </Button>
        )
      }
    >
      {recordings.problem !== null ? (
        <Failed problem={recordings.problem} onRetry={recordings.retry} />
      ) : recordings.isPending ? (
        <Skeleton rows={10} />
      ) : (
        <div ref={table} className={styles.table}>
          <DataTable
            label={t("title")}
            columns={columns}
            items={recordings.items}
            idOf={(recording) => recording.id}
            textOf={(recording) => managers.nameOf(recording.manager_id)}
            onOpen={open}
            {...(mayExport ? { selected, onSelect: setSelected } : {})}
            card={(recording) => <RecordingCard recording={recording} />}
            onMore={recordings.more}
            isLoadingMore={recordings.isLoadingMore}
            empty={<Empty title={t("empty")}>{t("emptyDetail")}</Empty>}
          />
        </div>
      )}
      <Suspense>
        {exports && <ExportDialog ids={chosen} onClose={() => setExports(false)} />}
      </Suspense>
    </Page>
  );
}

/** j and k do as the arrow keys do, wherever the focus is. */
function useRowKeys(table: React.RefObject<HTMLDivElement | null>): void {
  const t = useText(listText);
  const press = (key: "ArrowDown" | "ArrowUp"): void => {
    const grid = table.current?.querySelector<HTMLElement>('[role="grid"], [role="treegrid"]');
    const active = document.activeElement;
    if (grid && active instanceof HTMLElement && grid.contains(active)) {
      active.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    } else {
      grid?.querySelector<HTMLElement>('[role="row"][data-key]')?.focus();
    }
  };
  useShortcut("j", t("rowNext"), () => press("ArrowDown"));
  useShortcut("k", t("rowBefore"), () => press("ArrowUp"));
}
