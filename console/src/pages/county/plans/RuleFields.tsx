import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { Group } from "react-aria-components";
import { useGroups } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import { TextField } from "../../../kit/Field";
import { common } from "../../../text/common";
import { planningText } from "../../../text/planning";
import { useText } from "../../../text/words";
import { CadenceFields } from "./CadenceFields";
import { type Cadence, moved, newCadence, type RuleDraft } from "./planDraft";
import styles from "./plans.module.css";

export interface RuleListProps {
  rules: readonly RuleDraft[];
  onChange(rules: readonly RuleDraft[]): void;
  /** What is wrong with a field, by its name in the API: `rules.0.cadences.1.every.count`. */
  errorOf(field: string): string | undefined;
}

/** The rules of a plan in their order, which counts: moved by buttons, added, removed. */
export function RuleList({ rules, onChange, errorOf }: RuleListProps) {
  const t = useText(planningText);
  const change = (place: number, changes: Partial<RuleDraft>): void =>
    onChange(rules.map((rule, at) => (at === place ? { ...rule, ...changes } : rule)));
  const add = (): void =>
    onChange([...rules, { classes: "", tiers: "", group_ids: [], cadences: [newCadence(rules)] }]);
  return (
    <div className={styles.ruleList}>
      {rules.map((rule, place) => (
        <RuleFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place
          key={place}
          rule={rule}
          place={place}
          isLast={place === rules.length - 1}
          fresh={() => newCadence(rules)}
          onChange={(changes) => change(place, changes)}
          onMove={(by) => onChange(moved(rules, place, by))}
          onRemove={() => onChange(rules.filter((_, at) => at !== place))}
          errorOf={(field) => errorOf(`rules.${place}.${field}`)}
        />
      ))}
      <div>
        <Button icon={Plus} onPress={add}>
          {t("addRule")}
        </Button>
      </div>
    </div>
  );
}

interface RuleFieldsProps {
  rule: RuleDraft;
  place: number;
  isLast: boolean;
  fresh(): Cadence;
  onChange(changes: Partial<RuleDraft>): void;
  onMove(by: -1 | 1): void;
  onRemove(): void;
  errorOf(field: string): string | undefined;
}

function RuleFields({
  rule,
  place,
  isLast,
  fresh,
  onChange,
  onMove,
  onRemove,
  errorOf,
}: RuleFieldsProps) {
  const t = useText(planningText);
  const c = useText(common);
  const { nameOf } = useGroups();
  const { cadences, group_ids } = rule;
  const named = { place: place + 1 };
  return (
    <Group className={styles.rule} aria-label={t("rule", named)}>
      <header className={styles.ruleHead}>
        <h3>{t("rule", named)}</h3>
        {group_ids.length > 0 && (
          <span className={styles.note}>
            {t("onlyGroups", { groups: group_ids.map((id) => nameOf(id)).join(c("comma")) })}
          </span>
        )}
        <span className={styles.ruleTools}>
          <Button
            icon={ArrowUp}
            iconOnly
            look="quiet"
            isDisabled={place === 0}
            onPress={() => onMove(-1)}
          >
            {t("earlier", named)}
          </Button>
          <Button
            icon={ArrowDown}
            iconOnly
            look="quiet"
            isDisabled={isLast}
            onPress={() => onMove(1)}
          >
            {t("later", named)}
          </Button>
          <Button icon={Trash2} iconOnly look="quiet" onPress={onRemove}>
            {t("removeRule", named)}
          </Button>
        </span>
      </header>
      <div className={styles.who}>
        <TextField
          label={t("classes")}
          help={t("classesHelp")}
          value={rule.classes}
          onChange={(classes) => onChange({ classes })}
          error={errorOf("who.classes")}
        />
        <TextField
          label={t("tiers")}
          help={t("tiersHelp")}
          value={rule.tiers}
          onChange={(tiers) => onChange({ tiers })}
          error={errorOf("who.tiers")}
        />
      </div>
      {cadences.length === 0 && <p className={styles.note}>{t("noCadence")}</p>}
      {cadences.map((cadence, at) => (
        <CadenceFields
          key={cadence.name}
          cadence={cadence}
          place={at + 1}
          onChange={(changes) =>
            onChange({
              cadences: cadences.map((one, of) => (of === at ? { ...one, ...changes } : one)),
            })
          }
          onRemove={() => onChange({ cadences: cadences.filter((_, of) => of !== at) })}
          errorOf={(field) => errorOf(`cadences.${at}.${field}`)}
        />
      ))}
      <div>
        <Button
          icon={Plus}
          look="quiet"
          onPress={() => onChange({ cadences: [...cadences, fresh()] })}
        >
          {t("addCadence")}
        </Button>
      </div>
    </Group>
  );
}
