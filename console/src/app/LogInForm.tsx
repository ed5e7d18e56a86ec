import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemFrom } from "../api/problem";
import { logIn, type Who, whoQuery } from "../api/session";
import { Button } from "../kit/Button";
import { TextField } from "../kit/Field";
import { ProblemNote } from "../kit/States";
import { shell } from "../text/shell";
import { useText } from "../text/words";
import styles from "./LogIn.module.css";

/** Login and password, and the code once it is asked for. */
export function LogInForm({
  login: known = "",
  onDone,
}: {
  login?: string;
  onDone?: (who: Who) => void;
}) {
  const t = useText(shell);
  const client = useQueryClient();
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const attempt = useMutation({
    mutationFn: logIn,
    onSuccess: (who) => {
      onDone?.(who);
      client.setQueryData(whoQuery.queryKey, who);
    },
  });
  const problem = problemFrom(attempt.error);
  const [asksForCode, setAsksForCode] = useState(false);
  if (problem?.code === "second-factor-needed" && !asksForCode) setAsksForCode(true);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (login === "" || password === "") return;
    attempt.mutate({ login, password, ...(totp === "" ? {} : { totp }) });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label={t("login")}
        name="login"
        value={login}
        onChange={setLogin}
        autoComplete="username"
        autoFocus={known === ""}
        isRequired
      />
      <TextField
        label={t("password")}
        name="password"
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        autoFocus={known !== ""}
        isRequired
      />
      {asksForCode && (
        <TextField
          label={t("totp")}
          name="totp"
          value={totp}
          onChange={setTotp}
          help={t("totpHelp")}
          autoComplete="one-time-code"
          autoFocus
        />
      )}
      <ProblemNote problem={problem} />
      <Button type="submit" look="primary" size="l" isPending={attempt.isPending}>
        {t("logIn")}
      </Button>
    </form>
  );
}
