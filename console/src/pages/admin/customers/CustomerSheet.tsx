import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Contact, Ellipsis, History, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Customer } from "../../../api/directory";
import { useManagers } from "../../../api/directory";
import { useMay } from "../../../api/session";
import { Button } from "../../../kit/Button";
import { Confirm } from "../../../kit/Confirm";
import type { Versioned } from "../../../kit/editor/conflict";
import { useEditor } from "../../../kit/editor/useEditor";
import { useFormProblem } from "../../../kit/editor/useFormProblem";
import { Menu } from "../../../kit/Menu";
import { toast } from "../../../kit/toast";
import { common } from "../../../text/common";
import { directoryText } from "../../../text/directory";
import { useText } from "../../../text/words";
import { EditSheet } from "../editor/EditSheet";
import { ReadingSheet } from "../editor/Reading";
import { NEW } from "../editor/useEdited";
import { CustomerFields, useCustomerLabels } from "./CustomerFields";
import { CUSTOMER_FIELDS, customerBody, customerDraft } from "./customerDraft";
import { CUSTOMERS, customerQuery, deleteCustomer, readCustomer, writeCustomer } from "./customers";
import { OwnershipDialog } from "./Ownership";

/** One customer, or a new one (`id` is `NEW`), to be written. */
export function CustomerSheet({ id, onClose }: { id: string; onClose(): void }) {
  const t = useText(directoryText);
  const query = useQuery({ ...customerQuery(id), enabled: id !== NEW });
  if (id === NEW) return <Form read={null} onClose={onClose} />;
  return (
    <ReadingSheet title={t("editCustomer")} query={query} onClose={onClose}>
      {(read) => <Form read={read} onClose={onClose} />}
    </ReadingSheet>
  );
}

function Form({ read, onClose }: { read: Versioned<Customer> | null; onClose(): void }) {
  const t = useText(directoryText);
  const client = useQueryClient();
  const mayWrite = useMay("directory.write");
  const customer = read?.data ?? null;
  const id = customer?.id ?? null;
  const editor = useEditor({
    key: `customer:${id ?? NEW}`,
    read,
    draftOf: customerDraft,
    save: (draft, tag, before, headerFor) =>
      writeCustomer(id, customerBody(draft, before), tag, headerFor),
    reread: () => readCustomer(id ?? ""),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: CUSTOMERS });
      toast({ text: t("customerSaved") });
      onClose();
    },
  });
  const { problem, errorOf } = useFormProblem(editor.error, CUSTOMER_FIELDS);
  const labels = useCustomerLabels();
  return (
    <EditSheet
      title={id === null ? t("newCustomer") : t("editCustomer")}
      onClose={onClose}
      editor={editor}
      problem={problem}
      labelOf={labels.labelOf}
      shownOf={labels.shownOf}
      isReadOnly={!mayWrite}
      more={customer !== null && <More customer={customer} onGone={onClose} />}
    >
      <CustomerFields editor={editor} errorOf={errorOf} before={customer} />
    </EditSheet>
  );
}

/** What else can be done with a customer. */
function More({ customer, onGone }: { customer: Customer; onGone(): void }) {
  const t = useText(directoryText);
  const c = useText(common);
  const navigate = useNavigate();
  const client = useQueryClient();
  const mayWrite = useMay("directory.write");
  const { nameOf } = useManagers();
  const [shown, setShown] = useState<"history" | "delete" | null>(null);
  const close = (): void => setShown(null);
  return (
    <>
      <Menu
        label={t("more")}
        trigger={
          <Button icon={Ellipsis} iconOnly look="quiet">
            {t("more")}
          </Button>
        }
        entries={[
          {
            id: "card",
            text: t("card"),
            icon: Contact,
            run: () => void navigate(`/customers/${customer.id}`),
          },
          { id: "history", text: t("ownership"), icon: History, run: () => setShown("history") },
          {
            id: "delete",
            text: c("delete"),
            icon: Trash2,
            isDisabled: !mayWrite,
            run: () => setShown("delete"),
          },
        ]}
      />
      {shown === "history" && (
        <OwnershipDialog customerId={customer.id} nameOf={nameOf} onClose={close} />
      )}
      <Confirm
        title={t("deleteCustomer")}
        action={c("delete")}
        isOpen={shown === "delete"}
        onClose={close}
        onConfirm={async () => {
          await deleteCustomer(customer.id);
          await client.invalidateQueries({ queryKey: CUSTOMERS });
          toast({ text: t("customerDeleted") });
          onGone();
        }}
      >
        <p>
          <strong>{customer.name}</strong>
        </p>
        <p>{t("deleteCustomerDetail")}</p>
      </Confirm>
    </>
  );
}
