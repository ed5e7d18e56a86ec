import type { ReactNode } from "react";
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from "react-aria-components";
import styles from "./Tabs.module.css";

export interface TabOf<Id extends string> {
  id: Id;
  text: string;
  /** How many there are of it. */
  count?: number;
  content: ReactNode;
}

export interface TabsProps<Id extends string> {
  label: string;
  tabs: readonly TabOf<Id>[];
  value: Id;
  onChange(id: Id): void;
}

/** Several views of one thing, one at a time; arrow keys go between them. */
export function Tabs<Id extends string>({ label, tabs, value, onChange }: TabsProps<Id>) {
  return (
    <AriaTabs
      className={styles.tabs}
      selectedKey={value}
      onSelectionChange={(key) => {
        const chosen = tabs.find((tab) => tab.id === key);
        if (chosen !== undefined) onChange(chosen.id);
      }}
    >
      <TabList aria-label={label} className={styles.list}>
        {tabs.map((tab) => (
          <Tab
            key={tab.id}
            ref={tab.id === value ? intoSight : null}
            id={tab.id}
            className={styles.tab}
          >
            {tab.text}
            {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className={styles.panel}>
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}

/** On a phone there are more than fit: the one that is open is in sight. */
function intoSight(tab: HTMLElement | null): void {
  const list = tab?.parentElement;
  if (!tab || !list) return;
  const past = tab.getBoundingClientRect().right - list.getBoundingClientRect().right;
  if (past > 0) list.scrollLeft += past;
}
