import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Ban, RefreshCw } from "lucide-react";
import { useState } from "react";
import { api, dataOf } from "../../../../api/client";
import { problemFrom } from "../../../../api/problem";
import { Button } from "../../../../kit/Button";
import { Facts } from "../../../../kit/Card";
import { Confirm } from "../../../../kit/Confirm";
import { useFormat } from "../../../../kit/format";
import { Badge, Failed, Skeleton } from "../../../../kit/States";
import { accessText, grantNames, keyStates, roleNames } from "../../../../text/access";
import { permissionNames } from "../../../../text/permissions";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { Reach } from "../parts/Reach";
import { RotateDialog } from "../parts/RotateDialog";
import { keys } from "../queries";
import { KeyForm } from "./KeyForm";
import { keyQuery } from "./key";
import { type ApiKey, KEY_TONES, stateOf } from "./keys-of";

/** One key: what it may, when it was used, and how it is replaced or ended. */
export function KeyDetails({ id, onSecret }: { id: string; onSecret(secret: string): void }) {
  const t = useText(accessText);
  const client = useQueryClient();
  const [asked, setAsked] = useState<"rotate" | "revoke" | null>(null);
  const { data: read, error, refetch } = useQuery(keyQuery(id));
  const path = { key_id: id };
  const changed = () => client.invalidateQueries({ queryKey: keys.apiKeys });
  const problem = problemFrom(error);
  if (read === undefined) {
    if (problem !== null) return <Failed problem={problem} onRetry={() => void refetch()} />;
    return <Skeleton rows={8} height="1.5rem" />;
  }
  const { data } = read;
  return (
    <div className={parts.stack}>
      <KeyFacts apiKey={data} />
      {stateOf(data) !== "revoked" && (
        <div className={parts.bar}>
          <Button icon={RefreshCw} onPress={() => setAsked("rotate")}>
            {t("rotate")}
          </Button>
          <Button icon={Ban} look="danger" onPress={() => setAsked("revoke")}>
            {t("revoke")}
          </Button>
        </div>
      )}
      {stateOf(data) !== "revoked" && <KeyForm key={data.id} read={read} />}
      <RotateDialog
        title={t("rotate")}
        text={t("rotateKeyText")}
        isOpen={asked === "rotate"}
        onClose={() => setAsked(null)}
        onRotate={async (overlap_s) => {
          const made = await dataOf(
            api.POST("/v1/keys/{key_id}/rotate", { params: { path }, body: { overlap_s } }),
          );
          onSecret(made.key);
          await changed();
        }}
      />
      <Confirm
        title={t("revokeTitle", { name: data.name || data.prefix })}
        action={t("revoke")}
        isOpen={asked === "revoke"}
        onClose={() => setAsked(null)}
        onConfirm={async () => {
          await api.DELETE("/v1/keys/{key_id}", { params: { path } });
          await changed();
        }}
      >
        {t("revokeText")}
      </Confirm>
    </div>
  );
}

function KeyFacts({ apiKey: one }: { apiKey: ApiKey }) {
  const t = useText(accessText);
  const state = useText(keyStates);
  const role = useText(roleNames);
  const grant = useText(grantNames);
  const permission = useText(permissionNames);
  const format = useFormat();
  const scopes = one.scopes?.map((scope) => permission(scope)).join("、");
  return (
    <Facts
      facts={[
        {
          label: t("state"),
          value: <Badge tone={KEY_TONES[stateOf(one)]}>{state(stateOf(one))}</Badge>,
        },
        { label: t("prefix"), value: <code className={parts.mono}>{one.prefix}…</code> },
        { label: t("role"), value: role(one.role) },
        {
          label: t("group"),
          value: <Reach groupId={one.group_id} managerId={one.manager_id} />,
        },
        { label: t("scopes"), value: scopes ?? t("allScopes") },
        { label: t("grants"), value: one.grants.map((name) => grant(name)).join("、") || "–" },
        { label: t("createdAt"), value: format.dateTime(one.created_at) },
        {
          label: t("lastUsed"),
          value: one.last_used_at === null ? t("neverUsed") : format.dateTime(one.last_used_at),
        },
        {
          label: t("expiresAt"),
          value: one.expires_at === null ? t("neverExpires") : format.dateTime(one.expires_at),
        },
        ...(one.previous_until === null
          ? []
          : [{ label: t("previousUntil"), value: format.dateTime(one.previous_until) }]),
      ]}
    />
  );
}
