import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import { Button } from "./Button";
import { Confirm } from "./Confirm";
import { Dialog } from "./Dialog";

afterEach(cleanup);

/** A list and a sheet over one of its rows, in which that is deleted. */
function List({ isGrid }: { isGrid: boolean }) {
  const [rows, setRows] = useState(["Anna", "Berta"]);
  const [edited, setEdited] = useState<string | null>(null);
  const [isAsked, setIsAsked] = useState(false);
  const remove = async () => {
    setRows((all) => all.filter((row) => row !== edited));
    setEdited(null);
  };
  const buttons = rows.map((row) => (
    <Button key={row} onPress={() => setEdited(row)}>
      {row}
    </Button>
  ));
  return (
    <main id="content" tabIndex={-1}>
      <h1 tabIndex={-1}>Customers</h1>
      {isGrid ? (
        // biome-ignore lint/a11y/useSemanticElements: as the console draws its tables
        <div role="grid" aria-label="customers" tabIndex={-1}>
          {buttons}
        </div>
      ) : (
        buttons
      )}
      {edited !== null && (
        <Dialog title={`Edit ${edited}`} isOpen onClose={() => setEdited(null)}>
          <Button onPress={() => setIsAsked(true)}>remove</Button>
          <Confirm
            title="Remove?"
            action="do remove"
            isOpen={isAsked}
            onClose={() => setIsAsked(false)}
            onConfirm={remove}
          >
            It is gone then.
          </Confirm>
        </Dialog>
      )}
    </main>
  );
}

function draw(isGrid: boolean): void {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <List isGrid={isGrid} />
    </QueryClientProvider>,
  );
}

async function deleteAnna(): Promise<void> {
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Anna" }));
  await user.click(await screen.findByRole("button", { name: "remove" }));
  await user.click(await screen.findByRole("button", { name: "do remove" }));
  await expect.poll(() => screen.queryByRole("dialog")).toBeNull();
}

it("goes on in the list of what was deleted, which knows its next row", async () => {
  draw(true);
  await deleteAnna();
  await expect.poll(() => document.activeElement?.getAttribute("role")).toBe("grid");
});

it("goes to the title of the page where there is no such list", async () => {
  draw(false);
  await deleteAnna();
  await expect.poll(() => document.activeElement?.tagName).toBe("H1");
});

it("returns to what opened the dialog, where that is still there", async () => {
  const user = userEvent.setup();
  draw(true);
  await user.click(screen.getByRole("button", { name: "Berta" }));
  await screen.findByRole("dialog");
  await user.keyboard("{Escape}");
  await expect.poll(() => document.activeElement?.textContent).toBe("Berta");
});
