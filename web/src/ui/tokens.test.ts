import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { contrast, inkOn, palettes, stageColours } from "./tokens";

const css = (file: string) => readFileSync(`src/${file}`, "utf8").toLowerCase();

it("can be read: text has 4.5 : 1 on whatever it stands on", () => {
  for (const [mode, p] of Object.entries(palettes)) {
    for (const [text, on] of [
      ["ink", "page"],
      ["ink", "card"],
      ["ink", "tint"],
      ["ink", "hover"],
      ["ink", "badTint"],
      ["ink", "warnTint"],
      ["quiet", "page"],
      ["quiet", "card"],
      ["quiet", "hover"],
      ["quiet", "tint"],
      ["quiet", "badTint"],
      ["brand", "page"],
      ["brand", "card"],
      ["brand", "tint"],
      ["brand", "hover"],
      ["good", "card"],
      ["bad", "card"],
      ["bad", "page"],
      ["warn", "card"],
      ["brandInk", "brand"],
    ] as const) {
      expect(contrast(p[text], p[on]), `${mode}: ${text} on ${on}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

it("numbers in coloured cells and marks can be read", () => {
  const text = css("overview/overview.css");
  const cells = [...text.matchAll(/\.s\d\s*\{\s*background: (#\w{6});\s*color: (#\w{6})/g)];
  expect(cells).toHaveLength(12);
  for (const [, back = "", ink = ""] of cells)
    expect(contrast(ink, back), `${ink} on ${back}`).toBeGreaterThanOrEqual(4.5);
  for (const c of Object.values(stageColours)) expect(contrast(inkOn(c), c)).toBeGreaterThanOrEqual(4.5);
});

it("is the same in style sheets", () => {
  const text = css("ui/theme.css");
  for (const [mode, p] of Object.entries(palettes)) {
    const block = new RegExp(`\\[data-theme="${mode}"\\] \\{([^}]*)`).exec(text)?.[1] ?? "";
    for (const [name, value] of Object.entries(p)) {
      if (typeof value !== "string") continue;
      const kebab = name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
      expect(block, `${mode} ${name}`).toContain(`--${kebab}: ${value.toLowerCase()};`);
    }
  }
});
