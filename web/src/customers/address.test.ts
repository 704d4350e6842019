import { expect, it } from "vitest";
import { after } from "../account/entrance";
import { conditions, customersAt, read } from "./address";

it("leads to a list and is read back as it was written", () => {
  const where = [
    ["stage", "in", "decline", "lost"],
    ["clv_12", "at_least", "500"],
    ["next_due", "known"],
    ["store", "is", "静安:一店"],
  ] as const;
  const url = new URL(customersAt(where, "-clv_12"), "http://x");
  expect(url.searchParams.getAll("where").map(read)).toEqual(where);
  expect(url.searchParams.get("sort")).toBe("-clv_12");
  expect(conditions(where)[0]).toBe("stage:in:decline,lost");
  expect(customersAt([])).toBe("/customers");
});

it("goes nowhere else after logging in", () => {
  expect(
    ["/customers?where=stage:is:lost", "//evil.example", "/\\evil.example", "https://evil.example", "/login", null].map(
      after,
    ),
  ).toEqual(["/customers?where=stage:is:lost", "/", "/", "/", "/", "/"]);
});
