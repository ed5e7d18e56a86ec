import { useState } from "react";
import { TextField } from "./Field";

export interface AmountFieldProps {
  label: string;
  help?: string;
  value: number;
  onChange(value: number): void;
  error?: string | undefined;
}

/** A whole amount; while it is none, what is typed stays, and nothing is taken. */
export function AmountField({ value, onChange, ...rest }: AmountFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const amountOf = (text: string): number | null =>
    /^\d{1,6}$/.test(text.trim()) ? Number(text) : null;
  return (
    <TextField
      {...rest}
      onBlur={() => setTyped(null)}
      inputMode="numeric"
      value={typed ?? String(value)}
      onChange={(text) => {
        setTyped(text);
        const amount = amountOf(text);
        if (amount !== null) onChange(amount);
      }}
    />
  );
}
