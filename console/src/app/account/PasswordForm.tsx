import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useWho } from "../../api/session";
import { Button } from "../../kit/Button";
import { TextField } from "../../kit/Field";
import { ProblemNote } from "../../kit/States";
import { toast } from "../../kit/toast";
import { useProblem } from "../../kit/useProblem";
import { account } from "../../text/account";
import { useText } from "../../text/words";
import styles from "./Account.module.css";
import { changePassword, noteWho } from "./account";

const FIELDS = ["current", "new"] as const;
const SHORTEST = 10;
const NONE = { current: "", next: "", again: "" };

/** Another password. What is typed is kept by this form only, and gone when it is taken. */
export function PasswordForm({ autoFocus = false }: { autoFocus?: boolean }) {
  const t = useText(account);
  const client = useQueryClient();
  const who = useWho();
  const [typed, setTyped] = useState(NONE);
  const [isSent, setIsSent] = useState(false);
  const attempt = useMutation({
    mutationFn: () => changePassword({ current: typed.current, new: typed.next }),
    onSuccess: (next) => {
      setTyped(NONE);
      setIsSent(false);
      noteWho(client, next);
      toast({ text: t("changed") });
    },
  });
  const { problem, errorOf } = useProblem(attempt.error, FIELDS);
  const own = isSent ? faultsOf(typed) : {};
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setIsSent(true);
    if (Object.keys(faultsOf(typed)).length === 0) attempt.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <p className={styles.about}>{t("passwordDetail")}</p>
      {/* Password managers need to know whose it is. */}
      <input type="text" hidden readOnly autoComplete="username" value={who.login ?? ""} />
      <TextField
        label={t("current")}
        type="password"
        autoComplete="current-password"
        value={typed.current}
        onChange={(current) => setTyped({ ...typed, current })}
        error={errorOf("current")}
        autoFocus={autoFocus}
        isRequired
      />
      <TextField
        label={t("next")}
        type="password"
        autoComplete="new-password"
        value={typed.next}
        onChange={(next) => setTyped({ ...typed, next })}
        error={own.next === undefined ? errorOf("new") : t(own.next)}
        isRequired
      />
      <TextField
        label={t("again")}
        type="password"
        autoComplete="new-password"
        value={typed.again}
        onChange={(again) => setTyped({ ...typed, again })}
        error={own.again === undefined ? undefined : t(own.again)}
        isRequired
      />
      <ProblemNote problem={problem} />
      <Button type="submit" look="primary" isPending={attempt.isPending}>
        {t("change")}
      </Button>
    </form>
  );
}

interface Faults {
  next?: "tooShort";
  again?: "differs";
}

/** What the page itself can tell; everything else the API does. */
function faultsOf({ next, again }: typeof NONE): Faults {
  return {
    ...(next.length < SHORTEST ? { next: "tooShort" } : {}),
    ...(next === again ? {} : { again: "differs" }),
  };
}
