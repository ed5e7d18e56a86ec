import { Plus, X } from "lucide-react";
import { Group } from "react-aria-components";
import { type Customer, useGroups, useManagers } from "../../../api/directory";
import { Button } from "../../../kit/Button";
import type { Editor } from "../../../kit/editor/useEditor";
import { Switch, TextField } from "../../../kit/Field";
import { useFormat } from "../../../kit/format";
import { PickManager } from "../../../kit/pick";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import editorStyles from "../editor/editor.module.css";
import { TextList } from "../editor/TextList";
import { PickGroup } from "../PickGroup";
import type { Attribute, CustomerDraft } from "./customerDraft";
import styles from "./customers.module.css";

export interface CustomerFieldsProps {
  editor: Editor<CustomerDraft>;
  errorOf(field: string): string | undefined;
  before: Customer | null;
}

/** Every field of a customer. */
export function CustomerFields({ editor, errorOf, before }: CustomerFieldsProps) {
  const t = useText(directoryText);
  const { draft, change } = editor;
  const text = (field: TextName) => ({
    value: draft[field],
    onChange: (value: string) => change({ [field]: value }),
    error: errorOf(field),
  });
  return (
    <>
      <TextField label={t("name")} isRequired autoFocus={before === null} {...text("name")} />
      <TextList
        label={t("numbers")}
        help={t("numbersHelp")}
        itemLabel={(place) => t("numberPlace", { place })}
        addLabel={t("addNumber")}
        inputMode="tel"
        values={draft.numbers}
        onChange={(numbers) => change({ numbers })}
        errorOf={(place) => errorOf(`numbers.${place}`)}
        error={
          draft.numbers.some((_, place) => errorOf(`numbers.${place}`))
            ? undefined
            : errorOf("numbers")
        }
      />
      <div className={editorStyles.pair}>
        <PickGroup
          isRequired
          value={draft.group_id}
          onChange={(group_id) => change({ group_id })}
          error={errorOf("group_id")}
        />
        <Owner draft={draft} change={change} error={errorOf("owner_id")} />
      </div>
      {draft.owner_id !== (before?.owner_id ?? null) && before !== null && (
        <TextField label={t("ownerWhy")} help={t("ownerWhyHelp")} {...text("owner_why")} />
      )}
      <div className={editorStyles.pair}>
        <TextField label={t("class")} {...text("class")} />
        <TextField label={t("tier")} {...text("tier")} />
      </div>
      <Peace draft={draft} change={change} error={errorOf("do_not_call")} before={before} />
      <div className={`${editorStyles.pair} ${editorStyles.ruled}`}>
        <TextField label={t("externalId")} help={t("externalIdHelp")} {...text("external_id")} />
        <TextField label={t("code")} help={t("codeHelp")} inputMode="numeric" {...text("code")} />
      </div>
      <Attributes
        attributes={draft.attributes}
        onChange={(attributes) => change({ attributes })}
        error={errorOf("attributes")}
      />
    </>
  );
}

type TextName = "name" | "owner_why" | "class" | "tier" | "external_id" | "code";
type PartProps = Pick<Editor<CustomerDraft>, "draft" | "change"> & { error: string | undefined };

function Owner({ draft, change, error }: PartProps) {
  const t = useText(directoryText);
  const { nameOf } = useManagers();
  return (
    <PickManager
      label={t("owner")}
      placeholder={t("noOwner")}
      value={draft.owner_id === null ? null : { id: draft.owner_id, text: nameOf(draft.owner_id) }}
      onChange={(one) => change({ owner_id: one?.id ?? null })}
      error={error}
    />
  );
}

function Peace({ draft, change, error, before }: PartProps & { before: Customer | null }) {
  const t = useText(directoryText);
  const format = useFormat();
  const since = before?.do_not_call?.since;
  return (
    <div className={editorStyles.part}>
      <Switch
        label={t("doNotCallLong")}
        isSelected={draft.wantsPeace}
        onChange={(wantsPeace) => change({ wantsPeace })}
      />
      {draft.wantsPeace && (
        <TextField
          label={t("doNotCallReason")}
          isRequired
          value={draft.do_not_call}
          onChange={(do_not_call) => change({ do_not_call })}
          error={error}
          {...(since === undefined
            ? {}
            : { help: t("doNotCallSince", { date: format.date(since) }) })}
        />
      )}
    </div>
  );
}

function Attributes({
  attributes,
  onChange,
  error,
}: {
  attributes: readonly Attribute[];
  onChange(attributes: readonly Attribute[]): void;
  error: string | undefined;
}) {
  const t = useText(directoryText);
  const put = (place: number, changes: Partial<Attribute>): void =>
    onChange(attributes.map((one, at) => (at === place ? { ...one, ...changes } : one)));
  return (
    <Group className={editorStyles.part} aria-label={t("attributes")}>
      <h3 className={editorStyles.partTitle}>{t("attributes")}</h3>
      {attributes.map((one, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: names change while they are typed
        <div key={place} className={styles.attribute}>
          <TextField
            hideLabel
            label={t("attributeName")}
            placeholder={t("attributeName")}
            value={one.name}
            onChange={(name) => put(place, { name })}
          />
          <TextField
            hideLabel
            label={one.name || t("attributeText")}
            placeholder={t("attributeText")}
            value={one.text}
            onChange={(text) => put(place, { text })}
          />
          <Button
            icon={X}
            iconOnly
            look="quiet"
            onPress={() => onChange(attributes.filter((_, at) => at !== place))}
          >
            {t("remove")}
          </Button>
        </div>
      ))}
      {error !== undefined && <p role="alert">{error}</p>}
      <div className={editorStyles.toStart}>
        <Button
          icon={Plus}
          look="quiet"
          onPress={() => onChange([...attributes, { name: "", text: "" }])}
        >
          {t("addAttribute")}
        </Button>
      </div>
    </Group>
  );
}

/** How a field is called and what it holds, where two versions are shown. */
export function useCustomerLabels() {
  const t = useText(directoryText);
  const { nameOf: managerOf } = useManagers();
  const { nameOf: groupOf } = useGroups();
  const labels: Record<keyof CustomerDraft & string, string> = {
    name: t("name"),
    numbers: t("numbers"),
    group_id: t("group"),
    owner_id: t("owner"),
    owner_why: t("ownerWhy"),
    class: t("class"),
    tier: t("tier"),
    external_id: t("externalId"),
    code: t("code"),
    wantsPeace: t("doNotCall"),
    do_not_call: t("doNotCallReason"),
    attributes: t("attributes"),
  };
  const shownOf = (field: keyof CustomerDraft & string, draft: CustomerDraft): string => {
    if (field === "owner_id")
      return draft.owner_id === null ? t("noOwner") : managerOf(draft.owner_id);
    if (field === "group_id") return groupOf(draft.group_id);
    if (field === "numbers") return draft.numbers.join("\n");
    if (field === "wantsPeace") return draft.wantsPeace ? t("doNotCall") : t("mayBeCalled");
    if (field === "attributes") {
      return draft.attributes.map(({ name, text }) => `${name}: ${text}`).join("\n");
    }
    return draft[field];
  };
  return { labelOf: (field: keyof CustomerDraft & string) => labels[field], shownOf };
}
