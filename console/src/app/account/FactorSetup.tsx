import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { whoQuery } from "../../api/session";
import { Button } from "../../kit/Button";
import { Copy } from "../../kit/Copy";
import { TextField } from "../../kit/Field";
import { ProblemNote } from "../../kit/States";
import { useProblem } from "../../kit/useProblem";
import { account } from "../../text/account";
import { useText } from "../../text/words";
import styles from "./Account.module.css";
import { beginFactor, confirmFactor } from "./account";
import { Qr } from "./Qr";
import { RecoveryCodes } from "./RecoveryCodes";

/** Three steps: the password, the code of the app, the recovery codes to keep. */
export function FactorSetup({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const begun = useMutation({ mutationFn: beginFactor });
  const confirmed = useMutation({ mutationFn: confirmFactor });
  const finish = (): void => {
    // Only now: the page that a duty stands before would take the codes away with itself.
    void client.invalidateQueries({ queryKey: whoQuery.queryKey });
    onDone();
  };
  if (confirmed.data !== undefined) return <RecoveryCodes codes={confirmed.data} onDone={finish} />;
  if (begun.data === undefined) {
    return <PasswordStep onSubmit={begun.mutate} error={begun.error} isPending={begun.isPending} />;
  }
  const { otpauth_uri: uri, secret } = begun.data;
  return (
    <CodeStep
      uri={uri}
      secret={secret}
      onSubmit={confirmed.mutate}
      error={confirmed.error}
      isPending={confirmed.isPending}
    />
  );
}

interface StepProps {
  onSubmit(typed: string): void;
  error: Error | null;
  isPending: boolean;
}

function PasswordStep({ onSubmit, error, isPending }: StepProps) {
  const t = useText(account);
  const [password, setPassword] = useState("");
  const { problem } = useProblem(error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit(password);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label={t("current")}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        autoFocus
        isRequired
      />
      <ProblemNote problem={problem} />
      <Button type="submit" look="primary" isPending={isPending}>
        {t("proceed")}
      </Button>
    </form>
  );
}

const FIELDS = ["totp"] as const;

function CodeStep({
  uri,
  secret,
  onSubmit,
  error,
  isPending,
}: StepProps & { uri: string; secret: string }) {
  const t = useText(account);
  const [code, setCode] = useState("");
  const { problem, errorOf } = useProblem(error, FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit(code.replaceAll(/\s/g, ""));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <h3>{t("scan")}</h3>
      <Qr text={uri} label={t("qr")} />
      <p className={styles.about}>{t("orType")}</p>
      <div className={styles.secret} translate="no">
        <span>{secret.match(/.{1,4}/g)?.join(" ")}</span>
        <Copy text={secret} />
      </div>
      <h3>{t("enterCode")}</h3>
      <TextField
        label={t("code")}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={setCode}
        error={errorOf("totp")}
        autoFocus
        isRequired
      />
      <ProblemNote problem={problem} />
      <Button type="submit" look="primary" isPending={isPending}>
        {t("confirm")}
      </Button>
    </form>
  );
}
