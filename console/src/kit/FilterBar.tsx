import { ListFilter, Search, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button as AriaButton, Input, SearchField } from "react-aria-components";
import { common } from "../text/common";
import { kit } from "../text/kit";
import { useText } from "../text/words";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import styles from "./FilterBar.module.css";
import { Kbd } from "./Kbd";
import { useShortcut } from "./shortcuts";
import type { Filter } from "./useFilter";
import { useIsPhone } from "./useMedia";

export interface FilterBarProps<Name extends string> {
  filter: Filter<Name>;
  /** What the search is for; without it there is none. */
  searchFor?: string;
  /** Selects, days, pickers; each sets its part of `filter`. */
  children?: ReactNode;
}

const TYPED_MS = 250;

/** Search and filters of a list: in a row, on a phone behind a button. `/` goes to the search. */
export function FilterBar<Name extends string>({
  filter,
  searchFor,
  children,
}: FilterBarProps<Name>) {
  const t = useText(kit);
  const isPhone = useIsPhone();
  const [isOpen, setIsOpen] = useState(false);
  const clear = filter.count > 0 && (
    <Button icon={X} look="quiet" onPress={filter.clear}>
      {t("clearFilters")}
    </Button>
  );
  return (
    <search className={styles.bar}>
      {searchFor !== undefined && (
        <SearchBox label={searchFor} value={filter.text} onChange={filter.setText} />
      )}
      {children !== undefined &&
        (isPhone ? (
          <>
            <Button icon={ListFilter} onPress={() => setIsOpen(true)}>
              {filter.count > 0 ? t("filtersOn", { count: filter.count }) : t("filters")}
            </Button>
            <Dialog
              title={t("filters")}
              shape="sheet"
              isOpen={isOpen}
              onClose={() => setIsOpen(false)}
              actions={
                <>
                  {clear}
                  <Button look="primary" onPress={() => setIsOpen(false)}>
                    {t("show")}
                  </Button>
                </>
              }
            >
              <div className={styles.stacked}>{children}</div>
            </Dialog>
          </>
        ) : (
          <>
            {children}
            {clear}
          </>
        ))}
    </search>
  );
}

/** A box to search with; `onChange` is told once the fingers rest, at once of Enter and Esc. */
export function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  const t = useText(common);
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => latest.current(text), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, value]);
  useShortcut("/", t("search"), () => input.current?.focus());
  return (
    <SearchField
      aria-label={label}
      className={styles.search}
      value={text}
      onChange={setText}
      onSubmit={onChange}
      onClear={() => onChange("")}
    >
      <Search size={16} aria-hidden />
      <Input ref={input} className={styles.input} placeholder={label} />
      {text === "" ? (
        <Kbd keys="/" />
      ) : (
        <AriaButton className={styles.clear}>
          <X size={16} aria-hidden />
        </AriaButton>
      )}
    </SearchField>
  );
}
