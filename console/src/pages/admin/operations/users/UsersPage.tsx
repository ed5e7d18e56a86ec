import { Plus, UserX } from "lucide-react";
import { useState } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { api, dataOf } from "../../../../api/client";
import { useGroups } from "../../../../api/directory";
import { usePages } from "../../../../api/pages";
import { Button } from "../../../../kit/Button";
import { FilterBar } from "../../../../kit/FilterBar";
import { FilterSelect } from "../../../../kit/FilterSelect";
import { Page } from "../../../../kit/Page";
import { RouteSheet } from "../../../../kit/RouteSheet";
import { Empty, Failed, Skeleton } from "../../../../kit/States";
import { useShortcut } from "../../../../kit/shortcuts";
import { useFilter } from "../../../../kit/useFilter";
import { accessText, roleNames } from "../../../../text/access";
import { useText } from "../../../../text/words";
import { optionsOf } from "../parts/options";
import { SecretOnce } from "../parts/SecretOnce";
import { keys, pageQuery } from "../queries";
import { NewUser } from "./NewUser";
import { UserDetails } from "./UserDetails";
import { UserTable } from "./UserTable";

const FILTERS = ["role", "status", "group"] as const;

/** Who may log in, as what, and to see whose things. */
export default function UsersPage() {
  const t = useText(accessText);
  const navigate = useNavigate();
  const { search } = useLocation();
  const { userId } = useParams();
  const [isNew, setIsNew] = useState(false);
  const [password, setPassword] = useState<string | null>(null);
  const filter = useFilter(FILTERS);
  useShortcut("n", t("newUser"), () => setIsNew(true));
  const query = useQueryOf(filter.values);
  const pages = usePages([...keys.users, "list", query], (cursor, signal) =>
    dataOf(api.GET("/v1/users", { params: { query: { ...query, ...pageQuery(cursor) } }, signal })),
  );
  return (
    <Page
      title={t("users")}
      fills
      actions={
        <Button look="primary" icon={Plus} hint="n" onPress={() => setIsNew(true)}>
          {t("newUser")}
        </Button>
      }
      tools={<Filters filter={filter} />}
    >
      {pages.problem !== null ? (
        <Failed problem={pages.problem} onRetry={pages.retry} />
      ) : pages.isPending ? (
        <Skeleton rows={10} />
      ) : (
        <UserTable
          pages={pages}
          onOpen={(one) => void navigate(`/users/${one.id}${search}`)}
          empty={
            <Empty icon={UserX} title={t("noUsers")}>
              {t("noUsersDetail")}
            </Empty>
          }
        />
      )}
      <NewUser isOpen={isNew} onClose={() => setIsNew(false)} onPassword={setPassword} />
      <RouteSheet title={t("user")} isOpen={userId !== undefined} backTo="/users">
        {userId !== undefined && (
          <UserDetails
            id={userId}
            onPassword={setPassword}
            onGone={() => void navigate(`/users${search}`)}
          />
        )}
      </RouteSheet>
      <SecretOnce title={t("oneTime")} secret={password} onClose={() => setPassword(null)}>
        <p>{t("oneTimeHelp")}</p>
      </SecretOnce>
    </Page>
  );
}

type Values = Readonly<Record<(typeof FILTERS)[number], string>>;

/** The filters as the API takes them; what is none of its words counts for nothing. */
function useQueryOf({ role, status, group }: Values) {
  const known = roleNames.names.find((one) => one === role);
  return {
    ...(known === undefined ? {} : { role: known }),
    ...(status === "active" || status === "disabled" ? ({ status } as const) : {}),
    ...(group === "" ? {} : { group_id: group }),
  };
}

function Filters({
  filter,
}: {
  filter: ReturnType<typeof useFilter<"role" | "status" | "group">>;
}) {
  const t = useText(accessText);
  const role = useText(roleNames);
  const { groups } = useGroups();
  const { values, set } = filter;
  return (
    <FilterBar filter={filter}>
      <FilterSelect
        label={t("role")}
        any={t("anyRole")}
        options={optionsOf(roleNames, role)}
        value={values.role}
        onChange={(id) => set("role", id)}
      />
      <FilterSelect
        label={t("state")}
        any={t("anyState")}
        options={[
          { id: "active", text: t("active") },
          { id: "disabled", text: t("disabled") },
        ]}
        value={values.status}
        onChange={(id) => set("status", id)}
      />
      <FilterSelect
        label={t("group")}
        any={t("everything")}
        options={groups.map(({ id, name }) => ({ id, text: name }))}
        value={values.group}
        onChange={(id) => set("group", id)}
      />
    </FilterBar>
  );
}
