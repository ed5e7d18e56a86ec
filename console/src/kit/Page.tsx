import type { ReactNode } from "react";
import { useEffect } from "react";
import styles from "./Page.module.css";

export interface PageProps {
  title: string;
  /** Beside the title: how many, of when. */
  detail?: ReactNode;
  /** What can be done on this page, at the right. */
  actions?: ReactNode;
  /** Filters, below the title. */
  tools?: ReactNode;
  children: ReactNode;
  /** The content fills the window and scrolls by itself: tables, boards, players. */
  fills?: boolean;
}

/** A page: its title (the window's, too: never a customer's name or number), tools, content. */
export function Page({ title, detail, actions, tools, children, fills = false }: PageProps) {
  useEffect(() => {
    document.title = `${title} · voicegw`;
  }, [title]);
  return (
    <div className={`${styles.page} ${fills ? styles.fills : ""}`}>
      <header className={styles.header}>
        <div className={styles.title}>
          {/* Programs may put the focus here; Tab passes it by. */}
          <h1 tabIndex={-1}>{title}</h1>
          {detail !== undefined && <div className={styles.detail}>{detail}</div>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {tools !== undefined && <div className={styles.tools}>{tools}</div>}
      <div className={styles.content}>{children}</div>
    </div>
  );
}
