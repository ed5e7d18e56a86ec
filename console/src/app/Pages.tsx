import { type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { useWho } from "../api/session";
import { Skeleton } from "../kit/States";
import { AREAS, homeOf, type PageRoute } from "./areas";
import { CatchFault } from "./CatchFault";
import { NoPage } from "./Lost";
import { Shell } from "./Shell";
import styles from "./Shell.module.css";

const AccountPage = lazy(() => import("./account/AccountPage"));

/** Each page is a file of its own, read when it is first opened. */
const PAGES: readonly { route: PageRoute; Content: ComponentType }[] = AREAS.flatMap((area) =>
  area.routes.map((route) => ({ route, Content: lazy(route.load) })),
);

/** Every page of the console, by its path. */
export function Pages() {
  const { pathname } = useLocation();
  return (
    <Shell>
      {/* A fault stays in its part of the console: another part begins anew. */}
      <CatchFault key={pathname.split("/")[1]}>
        <Suspense fallback={<Coming />}>
          <Routes>
            <Route index element={<Home />} />
            <Route path="account" element={<AccountPage />} />
            {PAGES.map(({ route, Content }) => (
              <Route
                key={route.path}
                path={route.path}
                element={
                  <Guarded route={route}>
                    <Content />
                  </Guarded>
                }
              />
            ))}
            <Route path="*" element={<NoPage />} />
          </Routes>
        </Suspense>
      </CatchFault>
    </Shell>
  );
}

/** Stands where the page will. */
function Coming() {
  return (
    <div className={styles.coming}>
      <Skeleton rows={8} />
    </div>
  );
}

function Home() {
  return <Navigate to={homeOf(useWho())} replace />;
}

/** Others than those it is for read that there is none, as the API would say. */
function Guarded({ route, children }: { route: PageRoute; children: ReactNode }) {
  return route.isFor(useWho()) ? children : <NoPage />;
}
