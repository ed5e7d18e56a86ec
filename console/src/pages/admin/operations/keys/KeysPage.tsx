import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api, dataOf } from "../../../../api/client";
import { usePages } from "../../../../api/pages";
import { Button } from "../../../../kit/Button";
import { Select } from "../../../../kit/Field";
import { FilterBar } from "../../../../kit/FilterBar";
import { FilterSelect } from "../../../../kit/FilterSelect";
import { Page } from "../../../../kit/Page";
import { RouteSheet } from "../../../../kit/RouteSheet";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { useShortcut } from "../../../../kit/shortcuts";
import { useFilter } from "../../../../kit/useFilter";
import { accessText, keyStates, roleNames } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { optionsOf } from "../parts/options";
import { SecretOnce } from "../parts/SecretOnce";
import { keys, pageQuery } from "../queries";
import { KeyDetails } from "./KeyDetails";
import { KeyTable } from "./KeyTable";
import { NewKey } from "./NewKey";

const FILTERS = ["state", "role"] as const;

/** Keys of programs: who has which, for what, until when. */
export default function KeysPage() {
  const t = useText(accessText);
  const state = useText(keyStates);
  const role = useText(roleNames);
  const { keyId } = useParams();
  const navigate = useNavigate();
  const filter = useFilter(FILTERS);
  const [isNew, setIsNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  useShortcut("n", t("newKey"), () => setIsNew(true));
  const states = optionsOf(keyStates, state);
  const roles = optionsOf(roleNames, role);
  const wanted = {
    state: states.find((one) => one.id === filter.values.state)?.id ?? "valid",
    role: roles.find((one) => one.id === filter.values.role)?.id,
  };
  const query = {
    state: wanted.state,
    ...(wanted.role === undefined ? {} : { role: wanted.role }),
  };
  const pages = usePages([...keys.apiKeys, query], (cursor, signal) =>
    dataOf(api.GET("/v1/keys", { params: { query: { ...query, ...pageQuery(cursor) } }, signal })),
  );
  const shown = pages.items.find((one) => one.id === keyId);
  return (
    <Page
      title={t("keys")}
      fills
      actions={
        <Button look="primary" icon={Plus} hint="n" onPress={() => setIsNew(true)}>
          {t("newKey")}
        </Button>
      }
      tools={
        <FilterBar filter={filter}>
          <Select
            label={t("state")}
            hideLabel
            options={states}
            value={wanted.state}
            onChange={(id) => filter.set("state", id === "valid" ? "" : id)}
          />
          <FilterSelect
            label={t("role")}
            any={t("anyRole")}
            options={roles}
            value={wanted.role ?? ""}
            onChange={(id) => filter.set("role", id)}
          />
        </FilterBar>
      }
    >
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={10} />
      ) : (
        <KeyTable
          pages={pages}
          onOpen={(one) => void navigate(`/keys/${one.id}${location.search}`)}
          empty={
            <Empty icon={KeyRound} title={t("noKeys")}>
              {t("noKeysDetail")}
            </Empty>
          }
        />
      )}
      <NewKey isOpen={isNew} onClose={() => setIsNew(false)} onMade={setSecret} />
      <RouteSheet
        title={shown?.name || shown?.prefix || t("key")}
        isOpen={keyId !== undefined}
        backTo="/keys"
      >
        {keyId !== undefined && <KeyDetails id={keyId} onSecret={setSecret} />}
      </RouteSheet>
      <SecretOnce title={t("keyMade")} secret={secret} onClose={() => setSecret(null)}>
        <p>{t("keyHelp")}</p>
      </SecretOnce>
    </Page>
  );
}
