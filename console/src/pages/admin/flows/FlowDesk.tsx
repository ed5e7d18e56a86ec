import { CircleAlert, CircleCheck } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { problemFrom } from "../../../api/problem";
import { Button } from "../../../kit/Button";
import type { Versioned } from "../../../kit/editor/conflict";
import { Page } from "../../../kit/Page";
import { Badge, Failed, ProblemNote, Skeleton } from "../../../kit/States";
import { useShortcut } from "../../../kit/shortcuts";
import { Tabs } from "../../../kit/Tabs";
import { flowsText } from "../../../text/flows";
import { useText } from "../../../text/words";
import { DeleteFlow } from "./DeleteFlow";
import { FlowConflict } from "./FlowConflict";
import { FlowGraph } from "./FlowGraph";
import { FlowUse } from "./FlowUse";
import { FlowVersions } from "./FlowVersions";
import type { Flow } from "./flows";
import styles from "./flows.module.css";
import { type FlowDeskState, useFlowDesk } from "./useFlowDesk";
import { type ToldProblem, useToldProblems } from "./useToldProblems";

const YamlEditor = lazy(() => import("./YamlEditor"));

type FlowTab = "text" | "versions" | "use";

/** The drawing beside the text; both show the same problems. */
export function FlowDesk({ name, read }: { name: string; read: Versioned<Flow> | null }) {
  const t = useText(flowsText);
  const desk = useFlowDesk(name, read);
  const [goTo, setGoTo] = useState<{ line: number } | null>(null);
  const [tab, setTab] = useState<FlowTab>("text");
  const maySave = desk.mayWrite && desk.isChanged && desk.problems.length === 0 && !desk.isChecking;
  useShortcut("mod+s", t("saveFlow"), desk.save, maySave);
  const show = (line: number | null): void => {
    if (line === null) return;
    setTab("text");
    setGoTo({ line });
  };
  const checkProblem = problemFrom(desk.checkError);
  const problems = useToldProblems(desk.problems);
  return (
    <Page
      title={name}
      fills
      detail={<State desk={desk} />}
      actions={
        desk.mayWrite && (
          <>
            {desk.version !== null && (
              <DeleteFlow name={name} tag={desk.tag} onGone={desk.forget} />
            )}
            <Button
              look="primary"
              hint="mod+s"
              isPending={desk.isSaving}
              isDisabled={!maySave}
              onPress={desk.save}
            >
              {t("saveFlow")}
            </Button>
          </>
        )
      }
    >
      <div className={styles.desk}>
        <section className={styles.side} aria-label={t("drawing")}>
          {checkProblem !== null && <Failed problem={checkProblem} />}
          {checkProblem === null && desk.drawing === null && <Skeleton rows={8} height="3rem" />}
          {checkProblem === null && desk.drawing !== null && (
            <FlowGraph
              drawing={desk.drawing}
              problems={problems}
              onStep={(box) => show(box.line)}
            />
          )}
        </section>
        <section className={styles.side} aria-label={t("editor")}>
          {desk.theirs !== null && <FlowConflict desk={desk} />}
          <Tabs<FlowTab>
            label={t("editor")}
            value={tab}
            onChange={setTab}
            tabs={[
              {
                id: "text",
                text: t("text"),
                content: (
                  <div className={styles.textPart}>
                    <Suspense fallback={<Skeleton rows={10} />}>
                      <YamlEditor
                        label={t("editor")}
                        value={desk.source}
                        onChange={desk.setSource}
                        problems={problems}
                        goTo={goTo}
                        isReadOnly={!desk.mayWrite}
                      />
                    </Suspense>
                    <Problems problems={problems} onShow={show} />
                    <ProblemNote problem={problemFrom(desk.error)} />
                  </div>
                ),
              },
              {
                id: "versions",
                text: t("versions"),
                content: <FlowVersions name={name} desk={desk} onLoaded={() => setTab("text")} />,
              },
              { id: "use", text: t("use"), content: <FlowUse name={name} /> },
            ]}
          />
        </section>
      </div>
    </Page>
  );
}

/** Which version it is, and whether it may be used. */
function State({ desk }: { desk: FlowDeskState }) {
  const t = useText(flowsText);
  return (
    <span className={styles.state}>
      {desk.version !== null && <Badge>{t("versionOf", { version: desk.version })}</Badge>}
      {desk.isChanged && desk.mayWrite && <Badge tone="accent">{t("unsaved")}</Badge>}
      {!desk.mayWrite && <Badge>{t("readOnly")}</Badge>}
      <span role="status">
        {desk.problems.length > 0 ? (
          <Badge tone="bad">{t("problems", { count: desk.problems.length })}</Badge>
        ) : (
          <Badge tone="good">{desk.isChecking ? t("checking") : t("noProblems")}</Badge>
        )}
      </span>
    </span>
  );
}

/** What is wrong, each with its line and its mend; pressing one goes there. */
function Problems({
  problems,
  onShow,
}: {
  problems: readonly ToldProblem[];
  onShow(line: number): void;
}) {
  const t = useText(flowsText);
  if (problems.length === 0) {
    return (
      <p className={styles.sound}>
        <CircleCheck size={16} aria-hidden /> {t("noProblems")}
      </p>
    );
  }
  return (
    <ul className={styles.problems}>
      {problems.map((one) => (
        <li key={`${one.line} ${one.text}`}>
          <button type="button" className={styles.problem} onClick={() => onShow(one.line)}>
            <CircleAlert size={16} aria-hidden />
            <span className={styles.problemLine}>{t("line", { line: one.line })}</span>
            <span>
              {one.text}
              {one.mend !== null && (
                <span className={styles.mend}>{t("mend", { mend: one.mend })}</span>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
