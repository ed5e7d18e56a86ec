import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { I18nProvider } from "react-aria-components";
import { BrowserRouter } from "react-router";
import { live } from "../api/live";
import { Problem } from "../api/problem";
import { whoQuery } from "../api/session";
import { localeOf, useLanguage } from "../text/words";
import { pageAt } from "./areas";
import { Gate } from "./Gate";
import { Pages } from "./Pages";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What is asked for without a network fails at once and says so. Kept until the network is
      // back it would leave pages empty, and ring a customer whom nobody thinks of any more.
      networkMode: "always",
      staleTime: 15_000,
      // What was refused is refused again; what did not answer may answer soon.
      retry: (failures, error) =>
        failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500),
    },
    mutations: { networkMode: "always" },
  },
});
// Asked for before anything is drawn: who is there and, meanwhile, the page that was opened.
void client.prefetchQuery(whoQuery);
void pageAt(location.pathname)
  ?.load()
  .catch(() => undefined); // whoever draws it is told
// Lists were not told what happened while the stream was broken.
live.onResumed(() => void client.invalidateQueries());

export function App() {
  const locale = localeOf(useLanguage());
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <I18nProvider locale={locale}>
      <QueryClientProvider client={client}>
        <Gate>
          <BrowserRouter>
            <Pages />
          </BrowserRouter>
        </Gate>
      </QueryClientProvider>
    </I18nProvider>
  );
}
