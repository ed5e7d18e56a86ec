import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Power, Radio, RefreshCw, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api, dataOf } from "../../../../api/client";
import { Button } from "../../../../kit/Button";
import { Confirm } from "../../../../kit/Confirm";
import { Menu } from "../../../../kit/Menu";
import { useMutationToast } from "../../../../kit/useMutationToast";
import { accessText } from "../../../../text/access";
import { common } from "../../../../text/common";
import { useText } from "../../../../text/words";
import { RotateDialog } from "../parts/RotateDialog";
import { SecretOnce } from "../parts/SecretOnce";
import { keys } from "../queries";
import { EditWebhook } from "./EditWebhook";
import type { Hook } from "./hook";
import { ReplayDialog } from "./ReplayDialog";
import { replaceHook } from "./webhook";

type Asked = "edit" | "rotate" | "replay" | "delete";

/** What can be done with a webhook. */
export function WebhookActions({ hook }: { hook: Hook }) {
  const t = useText(accessText);
  const c = useText(common);
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const path = { webhook_id: hook.id };
  const close = (): void => setAsked(null);
  const changed = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: keys.webhooks });
    await client.invalidateQueries({ queryKey: keys.deliveries(hook.id) });
  };
  const ping = useMutationToast({
    mutationFn: () => api.POST("/v1/webhooks/{webhook_id}/ping", { params: { path } }),
    done: () => t("pinged"),
    onSuccess: changed,
  });
  const power = useMutationToast({
    mutationFn: () => replaceHook(hook, { enabled: !hook.enabled }),
    done: () => (hook.enabled ? t("off") : t("on")),
    onSuccess: changed,
  });
  return (
    <>
      <Button icon={Radio} isPending={ping.isPending} onPress={() => ping.mutate()}>
        {t("ping")}
      </Button>
      <Menu
        label={t("more")}
        trigger={<Button>{t("more")}</Button>}
        entries={[
          { id: "edit", text: c("edit"), icon: Pencil, run: () => setAsked("edit") },
          {
            id: "power",
            text: hook.enabled ? t("disable") : t("enable"),
            icon: Power,
            run: () => power.mutate(),
          },
          { id: "replay", text: t("replayRange"), icon: RotateCcw, run: () => setAsked("replay") },
          { id: "rotate", text: t("rotate"), icon: RefreshCw, run: () => setAsked("rotate") },
          { id: "delete", text: c("delete"), icon: Trash2, run: () => setAsked("delete") },
        ]}
      />
      {asked === "edit" && <EditWebhook hook={hook} onClose={close} />}
      <ReplayDialog hook={hook} isOpen={asked === "replay"} onClose={close} onDone={changed} />
      <RotateDialog
        title={t("rotate")}
        text={t("rotateHookText")}
        isOpen={asked === "rotate"}
        onClose={close}
        onRotate={async (overlap_s) => {
          const made = await dataOf(
            api.POST("/v1/webhooks/{webhook_id}/rotate", { params: { path }, body: { overlap_s } }),
          );
          setSecret(made.secret);
          await changed();
        }}
      />
      <Confirm
        title={t("deleteWebhook")}
        action={c("delete")}
        isOpen={asked === "delete"}
        onClose={close}
        onConfirm={async () => {
          await api.DELETE("/v1/webhooks/{webhook_id}", { params: { path } });
          await client.invalidateQueries({ queryKey: keys.webhooks, exact: true });
          void navigate("/webhooks");
        }}
      >
        {t("deleteWebhookText")}
      </Confirm>
      <SecretOnce title={t("rotate")} secret={secret} onClose={() => setSecret(null)}>
        <p>{t("secretHelp")}</p>
      </SecretOnce>
    </>
  );
}
