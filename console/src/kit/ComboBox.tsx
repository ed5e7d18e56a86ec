import { keepPreviousData, type QueryKey, useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useEffect, useState } from "react";
import {
  ComboBox as AriaComboBox,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from "react-aria-components";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import styles from "./ComboBox.module.css";
import type { Option } from "./Field";
import fieldStyles from "./Field.module.css";

export interface ComboBoxProps {
  label: string;
  value: Option<string> | null;
  onChange(value: Option<string> | null): void;
  /** What the search is of, for its cache: `["customers", "pick"]`. */
  searchKey: QueryKey;
  /** Find what has `text` in it, the best first, at most some twenty; "" is what to offer first. */
  search(text: string, signal: AbortSignal): Promise<readonly Option<string>[]>;
  placeholder?: string;
  help?: string;
  error?: string | undefined;
  hideLabel?: boolean;
  isDisabled?: boolean;
  isRequired?: boolean;
  autoFocus?: boolean;
}

const TYPED_MS = 180;

/** One of many, searched for while it is typed; arrow keys and Enter choose. */
export function ComboBox({
  label,
  value,
  onChange,
  searchKey,
  search,
  placeholder,
  help,
  error,
  hideLabel = false,
  ...rest
}: ComboBoxProps) {
  const t = useText(kit);
  const [typed, setTyped] = useState(value?.text ?? "");
  // Chosen elsewhere: a form that was emptied, a link that names one.
  const [known, setKnown] = useState(value);
  if (known?.id !== value?.id) {
    setKnown(value);
    setTyped(value?.text ?? "");
  } else if (known !== null && value !== null && known.text !== value.text) {
    // Its name is read later than its id: shown, unless something is being typed instead.
    setKnown(value);
    if (typed === known.text) setTyped(value.text);
  }
  const wanted = useSettled(typed === value?.text ? "" : typed.trim());
  const found = useQuery({
    queryKey: [...searchKey, wanted],
    queryFn: ({ signal }) => search(wanted, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const offered = found.data ?? [];
  const items = withChosen(offered, value);
  const choose = (key: string | number | null): void => {
    const option = items.find((one) => one.id === key) ?? null;
    setKnown(option);
    setTyped(option?.text ?? "");
    onChange(option);
  };
  return (
    <AriaComboBox
      {...rest}
      className={fieldStyles.field}
      defaultItems={items}
      inputValue={typed}
      onInputChange={setTyped}
      value={value?.id ?? null}
      onChange={choose}
      validationBehavior="aria"
      isInvalid={error !== undefined}
      allowsEmptyCollection
      // The search has chosen them; only the one that is known besides is left out of the list.
      defaultFilter={(text) => offered.some((one) => one.text === text)}
      menuTrigger="focus"
    >
      <Label className={hideLabel ? "sr-only" : fieldStyles.label}>{label}</Label>
      <div className={styles.box}>
        <Input className={fieldStyles.input} placeholder={placeholder ?? t("typeToSearch")} />
        <Button className={styles.arrow}>
          <ChevronDown size={16} aria-hidden />
        </Button>
      </div>
      {help !== undefined && (
        <Text slot="description" className={fieldStyles.help}>
          {help}
        </Text>
      )}
      <FieldError className={fieldStyles.error}>{error}</FieldError>
      <Popover className={fieldStyles.popover}>
        <ListBox<Option<string>>
          className={fieldStyles.list}
          renderEmptyState={() => (
            <p className={styles.nothing}>
              {found.isError
                ? t("searchFailed")
                : t(found.isPending ? "searching" : "nothingFound")}
            </p>
          )}
        >
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.text} className={fieldStyles.option}>
              <Text slot="label">{option.text}</Text>
              {option.detail !== undefined && (
                <Text slot="description" className={fieldStyles.help}>
                  {option.detail}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaComboBox>
  );
}

/** The one that is chosen stays an item, or the field would forget its name. */
function withChosen(
  offered: readonly Option<string>[],
  chosen: Option<string> | null,
): readonly Option<string>[] {
  const isKnown = chosen === null || offered.some((one) => one.id === chosen.id);
  return isKnown ? offered : [chosen, ...offered];
}

/** What is typed, once the fingers rest. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
