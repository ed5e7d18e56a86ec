import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { Problem, problemFrom } from "../../../api/problem";
import { Page } from "../../../kit/Page";
import { Failed, Skeleton } from "../../../kit/States";
import { FlowDesk } from "./FlowDesk";
import { flowQuery } from "./flows";

/** One flow: its drawing, its text, its versions. A name that no flow has is a new one's. */
export default function FlowPage() {
  const { name = "" } = useParams();
  const { data, error, refetch } = useQuery({
    ...flowQuery(name),
    // While somebody types, what is being typed counts.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const problem = problemFrom(error);
  const isNew = problem instanceof Problem && problem.status === 404;
  if (data !== undefined || isNew) return <FlowDesk key={name} name={name} read={data ?? null} />;
  return (
    <Page title={name}>
      {problem === null ? (
        <Skeleton rows={8} height="4rem" />
      ) : (
        <Failed problem={problem} onRetry={() => void refetch()} />
      )}
    </Page>
  );
}
