import { render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { expect, it } from "vitest";
import { later, useReadAhead } from "./later";

function Content({ text }: { text: string }) {
  return <p>{text}</p>;
}

function Shell({ isBusy }: { isBusy: boolean }) {
  useReadAhead();
  return (
    <main id="content" aria-label="page">
      <h1>Today</h1>
      <div aria-busy={isBusy} />
    </main>
  );
}

it("is read when it is drawn, and ahead once the page is there", async () => {
  let reads = 0;
  const load = async () => {
    reads += 1;
    return { default: Content };
  };
  const Early = later(load);
  render(
    <Suspense fallback="…">
      <Early text="drawn" />
    </Suspense>,
  );
  expect(await screen.findByText("drawn")).toBeTruthy();
  expect(reads).toBe(1);

  const Ahead = later(load);
  const { rerender } = render(<Shell isBusy />);
  rerender(<Shell isBusy={false} />);
  // Drawn, and both ahead.
  await expect.poll(() => reads, { timeout: 5_000 }).toBe(3);
  await Promise.resolve();
  // It is there at once: nothing is waited for.
  render(<Ahead text="at once" />);
  expect(screen.getByText("at once")).toBeTruthy();
});
