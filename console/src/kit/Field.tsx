import { Check, ChevronDown } from "lucide-react";
import type { HTMLInputTypeAttribute } from "react";
import {
  Checkbox as AriaCheckbox,
  Select as AriaSelect,
  Switch as AriaSwitch,
  TextField as AriaTextField,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
  TextArea,
} from "react-aria-components";
import styles from "./Field.module.css";

interface Named {
  label: string;
  /** What to enter, below the field. */
  help?: string;
  /** What is wrong with it; see `useProblem`. */
  error?: string | undefined;
  isDisabled?: boolean;
  isRequired?: boolean;
  /** The label is only read out. */
  hideLabel?: boolean;
}

export interface TextFieldProps extends Named {
  value: string;
  onChange(value: string): void;
  type?: HTMLInputTypeAttribute;
  name?: string;
  placeholder?: string;
  autoComplete?: string;
  autoFocus?: boolean;
  inputMode?: "text" | "numeric" | "tel" | "search" | "decimal";
  maxLength?: number;
  /** More than one line. */
  rows?: number;
  /** Somebody has left it. */
  onBlur?(): void;
}

/** One line of text, or several. */
export function TextField({
  label,
  help,
  error,
  hideLabel,
  rows,
  value,
  placeholder,
  ...rest
}: TextFieldProps) {
  return (
    <AriaTextField
      {...rest}
      // With the browser's own way a field that the server refused would keep the form from being
      // sent once more.
      validationBehavior="aria"
      value={value}
      isInvalid={error !== undefined}
      className={styles.field}
    >
      <Label className={hideLabel ? "sr-only" : styles.label}>{label}</Label>
      {rows === undefined ? (
        <Input className={styles.input} placeholder={placeholder} />
      ) : (
        <TextArea className={styles.input} placeholder={placeholder} rows={rows} />
      )}
      {help !== undefined && (
        <Text slot="description" className={styles.help}>
          {help}
        </Text>
      )}
      <FieldError className={styles.error}>{error}</FieldError>
    </AriaTextField>
  );
}

export interface Option<Id extends string> {
  id: Id;
  text: string;
  /** More about it, smaller. */
  detail?: string;
}

export interface SelectProps<Id extends string> extends Named {
  options: readonly Option<Id>[];
  value: Id | null;
  onChange(value: Id): void;
  placeholder?: string;
}

/** One of a few; for many, search in a list. */
export function Select<Id extends string>({
  label,
  help,
  error,
  hideLabel,
  options,
  value,
  onChange,
  placeholder,
  ...rest
}: SelectProps<Id>) {
  return (
    <AriaSelect
      {...rest}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.id === key);
        if (chosen !== undefined) onChange(chosen.id);
      }}
      validationBehavior="aria"
      isInvalid={error !== undefined}
      className={styles.field}
      {...(placeholder === undefined ? {} : { placeholder })}
    >
      <Label className={hideLabel ? "sr-only" : styles.label}>{label}</Label>
      <Button className={styles.select}>
        <SelectValue className={styles.value} />
        <ChevronDown size={16} aria-hidden />
      </Button>
      {help !== undefined && (
        <Text slot="description" className={styles.help}>
          {help}
        </Text>
      )}
      <FieldError className={styles.error}>{error}</FieldError>
      <Popover className={styles.popover}>
        <ListBox items={options} className={styles.list}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.text} className={styles.option}>
              <Text slot="label">{option.text}</Text>
              {option.detail !== undefined && (
                <Text slot="description" className={styles.help}>
                  {option.detail}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

export interface ToggleProps {
  label: string;
  isSelected: boolean;
  onChange(isSelected: boolean): void;
  isIndeterminate?: boolean;
  isDisabled?: boolean;
  hideLabel?: boolean;
}

/** Chosen or not, effective when the form is saved. */
export function Checkbox({ label, hideLabel, ...rest }: ToggleProps) {
  return (
    <AriaCheckbox
      {...rest}
      {...(hideLabel ? { "aria-label": label } : {})}
      className={styles.toggle}
    >
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className={styles.box} aria-hidden>
            {isIndeterminate ? "–" : isSelected && <Check size={14} />}
          </span>
          {!hideLabel && label}
        </>
      )}
    </AriaCheckbox>
  );
}

/** On or off, effective at once. */
export function Switch({ label, hideLabel, isIndeterminate: _, ...rest }: ToggleProps) {
  return (
    <AriaSwitch {...rest} {...(hideLabel ? { "aria-label": label } : {})} className={styles.toggle}>
      <span className={styles.track} aria-hidden />
      {!hideLabel && label}
    </AriaSwitch>
  );
}
