import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemFrom } from "../../../api/problem";
import { Dialog } from "../../../kit/Dialog";
import { Failed, Skeleton } from "../../../kit/States";

/** A sheet while the thing that it shows is being read, or can't be. */
export function ReadingSheet<View>({
  title,
  query,
  onClose,
  children,
}: {
  title: string;
  query: UseQueryResult<View>;
  onClose(): void;
  children(view: View): ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  const problem = problemFrom(query.error);
  return (
    <Dialog title={title} isOpen onClose={onClose} shape="sheet">
      {problem === null ? (
        <Skeleton rows={8} height="3.25rem" />
      ) : (
        <Failed problem={problem} onRetry={() => void query.refetch()} />
      )}
    </Dialog>
  );
}
