import type { UseQueryResult } from "@tanstack/react-query";
import { Plus, ScrollText } from "lucide-react";
import { useNavigate } from "react-router";
import { problemFrom } from "../../../api/problem";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { DataTable } from "../../../kit/DataTable";
import { Page } from "../../../kit/Page";
import { Badge, Empty, Failed, Skeleton } from "../../../kit/States";
import { rulesText } from "../../../text/reviewRules";
import { useText } from "../../../text/words";
import styles from "./Rules.module.css";

interface Rule {
  id: string;
  name: string;
  version: number;
  active: boolean;
}

/** Scripts or scorecards as rows; pressing one edits it. */
export function RuleList<One extends Rule>({
  title,
  add,
  path,
  rules,
  holds,
}: {
  title: string;
  /** The name of the button that makes one. */
  add: string;
  path: string;
  rules: UseQueryResult<{ items: One[] }>;
  /** What is in it, in short. */
  holds(rule: One): string;
}) {
  const t = useText(rulesText);
  const navigate = useNavigate();
  const mayWrite = useMay("quality.write");
  const problem = problemFrom(rules.error);
  const make = mayWrite && (
    <Button icon={Plus} look="primary" onPress={() => void navigate(`${path}/new`)}>
      {add}
    </Button>
  );
  return (
    <Page fills title={title} actions={make}>
      {problem !== null && <Failed problem={problem} onRetry={() => void rules.refetch()} />}
      {rules.isPending && <Skeleton rows={5} />}
      {rules.data !== undefined && (
        <div className={styles.table}>
          <DataTable<One>
            label={title}
            items={rules.data.items}
            idOf={({ id }) => id}
            textOf={({ name }) => name}
            onOpen={({ id }) => void navigate(`${path}/${encodeURIComponent(id)}`)}
            columns={[
              { id: "name", title: t("name"), width: "2fr", cell: ({ name }) => name },
              {
                id: "active",
                title: t("state"),
                width: 110,
                cell: ({ active }) => (
                  <Badge tone={active ? "good" : "neutral"}>{t(active ? "active" : "draft")}</Badge>
                ),
              },
              { id: "holds", title: t("contents"), width: "2fr", cell: holds },
              {
                id: "version",
                title: t("versionTitle"),
                width: 120,
                align: "end",
                cell: ({ version }) => t("version", { version }),
              },
            ]}
            empty={
              <Empty icon={ScrollText} title={t("none")} action={make}>
                {t("noneDetail")}
              </Empty>
            }
          />
        </div>
      )}
    </Page>
  );
}
