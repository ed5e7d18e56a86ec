import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, dataOf } from "../../../../api/client";
import { problemFrom } from "../../../../api/problem";
import { Button } from "../../../../kit/Button";
import { useFormat } from "../../../../kit/format";
import { ProblemNote, Skeleton } from "../../../../kit/States";
import { useMutationToast } from "../../../../kit/useMutationToast";
import { accessText } from "../../../../text/access";
import { useText } from "../../../../text/words";
import parts from "../parts/parts.module.css";
import { keys } from "../queries";
import type { User } from "./user";

/** Where somebody is logged in; all of it ends at once. */
export function UserSessions({ user }: { user: User }) {
  const t = useText(accessText);
  const format = useFormat();
  const client = useQueryClient();
  const params = { path: { user_id: user.id } };
  const { data, error } = useQuery({
    queryKey: keys.userSessions(user.id),
    queryFn: ({ signal }) => dataOf(api.GET("/v1/users/{user_id}/sessions", { params, signal })),
  });
  const end = useMutationToast({
    mutationFn: () => api.DELETE("/v1/users/{user_id}/sessions", { params }),
    done: () => t("ended"),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.userSessions(user.id) }),
  });
  return (
    <section className={parts.stack}>
      <h3>{t("sessions")}</h3>
      <ProblemNote problem={problemFrom(error)} />
      {data === undefined && error === null && <Skeleton rows={1} height="1.5rem" />}
      {data?.items.length === 0 && <p className={parts.muted}>{t("noSessions")}</p>}
      <ul className={parts.stackSmall}>
        {data?.items.map((one) => (
          <li key={one.id} className={parts.cardLine}>
            <span className={parts.mono}>{one.address}</span>
            <span className={parts.muted}>{format.relative(one.last_seen_at)}</span>
          </li>
        ))}
      </ul>
      {data !== undefined && data.items.length > 0 && (
        <div className={parts.bar}>
          <Button isPending={end.isPending} onPress={() => end.mutate()}>
            {t("endSessions")}
          </Button>
        </div>
      )}
    </section>
  );
}
