import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useWho, whoQuery } from "../../api/session";
import { Button } from "../../kit/Button";
import { Card } from "../../kit/Card";
import { Dialog } from "../../kit/Dialog";
import { TextField } from "../../kit/Field";
import { Badge, ProblemNote } from "../../kit/States";
import { toast } from "../../kit/toast";
import { useProblem } from "../../kit/useProblem";
import { account } from "../../text/account";
import { useText } from "../../text/words";
import styles from "./Account.module.css";
import { noteWho, removeFactor } from "./account";
import { FactorSetup } from "./FactorSetup";

/** Below it one should make new recovery codes. */
const FEW_CODES = 3;

/** Whether logging in takes a code, and how to change that. */
export function FactorCard() {
  const t = useText(account);
  const who = useWho();
  const [open, setOpen] = useState<"on" | "off" | null>(null);
  const client = useQueryClient();
  const close = (): void => {
    setOpen(null);
    // It may be on already: whoever put the recovery codes away without a word has them seen.
    void client.invalidateQueries({ queryKey: whoQuery.queryKey });
  };
  const left = who.recovery_codes_left ?? 0;
  return (
    <Card title={t("factor")}>
      <div className={styles.form}>
        <p className={styles.about}>{t("factorOff")}</p>
        {who.has_second_factor ? (
          <>
            <p className={styles.state}>
              <Badge tone="good">{t("factorOn")}</Badge>
              <Badge tone={left <= FEW_CODES ? "warn" : "neutral"}>
                {t("codesLeft", { count: left })}
              </Badge>
            </p>
            <Button onPress={() => setOpen("off")}>{t("turnOff")}</Button>
          </>
        ) : (
          <>
            <p className={styles.state}>
              <Badge tone="warn">{t("factorNot")}</Badge>
            </p>
            <Button look="primary" onPress={() => setOpen("on")}>
              {t("turnOn")}
            </Button>
          </>
        )}
      </div>
      <Dialog title={t("turnOn")} isOpen={open === "on"} onClose={close}>
        <FactorSetup onDone={close} />
      </Dialog>
      <Dialog title={t("turnOff")} isOpen={open === "off"} onClose={close}>
        <Removal onDone={close} />
      </Dialog>
    </Card>
  );
}

const FIELDS = ["totp"] as const;

function Removal({ onDone }: { onDone(): void }) {
  const t = useText(account);
  const client = useQueryClient();
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const removing = useMutation({
    mutationFn: () => removeFactor({ password, totp }),
    onSuccess: (who) => {
      noteWho(client, who);
      toast({ text: t("turnedOff") });
      onDone();
    },
  });
  const { problem, errorOf } = useProblem(removing.error, FIELDS);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    removing.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <p>{t("turnOffDetail")}</p>
      <TextField
        label={t("password")}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        autoFocus
        isRequired
      />
      <TextField
        label={t("codeOrRecovery")}
        autoComplete="one-time-code"
        value={totp}
        onChange={setTotp}
        error={errorOf("totp")}
        isRequired
      />
      <ProblemNote problem={problem} />
      <Button type="submit" look="danger" isPending={removing.isPending}>
        {t("turnOff")}
      </Button>
    </form>
  );
}
