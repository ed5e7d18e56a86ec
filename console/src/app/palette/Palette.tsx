import { Search } from "lucide-react";
import { useState } from "react";
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
} from "react-aria-components";
import { useNavigate } from "react-router";
import { Kbd } from "../../kit/Kbd";
import type { MenuEntry } from "../../kit/Menu";
import { shell } from "../../text/shell";
import { useText } from "../../text/words";
import {
  type Found,
  recentlyFound,
  remember,
  useCustomersFound,
  useManagersFound,
  usePagesFound,
} from "./found";
import styles from "./Palette.module.css";

interface Section {
  id: string;
  title: string;
  items: readonly Offer[];
}

type Offer = MenuEntry & { detail?: string };

/** Everything by its name, from everywhere: pages, customers, managers, things to do. */
export default function Palette({
  entries,
  onClose,
}: {
  entries: readonly MenuEntry[];
  onClose(): void;
}) {
  const t = useText(shell);
  const [text, setText] = useState("");
  const sections = useSections(text, entries, onClose);
  return (
    <ModalOverlay
      isOpen
      isDismissable
      className={styles.overlay}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Modal className={styles.modal}>
        <Dialog aria-label={t("search")} className={styles.dialog}>
          <Autocomplete inputValue={text} onInputChange={setText}>
            <SearchField autoFocus aria-label={t("goTo")} className={styles.search}>
              <Search size={18} aria-hidden />
              <Input className={styles.input} placeholder={t("goTo")} />
              <Kbd keys="Escape" />
            </SearchField>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: items are never focused themselves */}
            <section aria-label={t("found")} tabIndex={0} className={styles.list}>
              <Menu
                aria-label={t("search")}
                className={styles.menu}
                items={sections}
                renderEmptyState={() => <p className={styles.nothing}>{t("nothing", { text })}</p>}
              >
                {(section) => (
                  <MenuSection>
                    <Header className={styles.heading}>{section.title}</Header>
                    {section.items.map((item) => (
                      <Item key={item.id} item={item} />
                    ))}
                  </MenuSection>
                )}
              </Menu>
            </section>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Item({ item: { id, text, detail, icon: Icon, hint, run } }: { item: Offer }) {
  return (
    <MenuItem id={id} textValue={text} onAction={run} className={styles.item}>
      {Icon && <Icon size={18} aria-hidden />}
      <span className={styles.text}>{text}</span>
      {detail !== undefined && <span className={styles.detail}>{detail}</span>}
      {hint !== undefined && <Kbd keys={hint} />}
    </MenuItem>
  );
}

function useSections(
  text: string,
  entries: readonly MenuEntry[],
  onClose: () => void,
): readonly Section[] {
  const t = useText(shell);
  const navigate = useNavigate();
  const pages = usePagesFound(text);
  const customers = useCustomersFound(text);
  const managers = useManagersFound(text);
  const wanted = text.trim().toLowerCase();
  const offers = (found: readonly Found[], kind = ""): Offer[] =>
    found.map(({ address, ...one }) => ({
      ...one,
      id: `${kind}${one.id}`,
      run: () => {
        remember({ address, ...one });
        onClose();
        void navigate(address);
      },
    }));
  const own = entries
    .filter((entry) => entry.text.toLowerCase().includes(wanted))
    .map((entry) => ({
      ...entry,
      run: () => {
        onClose();
        entry.run();
      },
    }));
  const all: Section[] = [
    {
      id: "recent",
      title: t("recent"),
      items: wanted === "" ? offers(recentlyFound(), "recent:") : [],
    },
    { id: "customers", title: t("customers"), items: offers(customers) },
    { id: "managers", title: t("managers"), items: offers(managers) },
    { id: "pages", title: t("pages"), items: offers(pages) },
    { id: "actions", title: t("actions"), items: own },
  ];
  return all.filter(({ items }) => items.length > 0);
}
