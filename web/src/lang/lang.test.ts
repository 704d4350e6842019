import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en";
import zh from "./zh";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, under = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [k, v] of Object.entries(tree)) {
    if (typeof v === "string") out.set(under + k, v);
    else for (const [key, text] of flat(v, `${under}${k}.`)) out.set(key, text);
  }
  return out;
}

const sources = (readdirSync("src", { recursive: true }) as string[]).filter(
  (f) => /\.tsx?$/.test(f) && !f.endsWith(".d.ts"),
);

describe("the language files", () => {
  const [chinese, english] = [flat(zh), flat(en)];

  it("say the same things", () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  it("put the same values into each sentence", () => {
    const values = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
    for (const [key, text] of chinese) expect(values(english.get(key) ?? ""), key).toEqual(values(text));
  });

  it("put a space between Chinese and digits or Latin letters, and never 您", () => {
    for (const [key, text] of chinese) {
      expect(text, key).not.toContain("您");
      expect(text.replace(/\{\{\w+\}\}/g, ""), key).not.toMatch(
        /[\p{Script=Han}][A-Za-z0-9]|[A-Za-z0-9%][\p{Script=Han}]/u,
      );
    }
  });

  it("are the only place with Chinese", () => {
    // Numbers are written in format.ts with their units, and the charts' labels there.
    for (const file of sources.filter((f) => !f.startsWith("lang"))) {
      const code = readFileSync(join("src", file), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
      const found = code
        .match(/[^\n]*\p{Script=Han}[^\n]*/gu)
        ?.filter((l) => !l.includes("look.lang") && !file.endsWith(".test.ts"));
      expect(found ?? [], file).toEqual([]);
    }
  });

  it("hold nothing that no page says", () => {
    const code = sources
      .filter((f) => !/^lang\/(zh|en)/.test(f))
      .map((f) => readFileSync(join("src", f), "utf8"))
      .join("\n");
    // Keys that are put together from a code of the server's.
    const made =
      /^(stages|classes|ops|roles|theme|places|palette|define)\.|^work\.\w+\.|^account\.(title|do)\.|^repurchase\.(promoted|dimensions)\.|^customer\.(gone|here|closed)|^data\.(kinds|states|statuses|why)\.|^months\.figures\.|^wizard\.(take\.|(choose|columns|preview|run|monday|saturday|sunday)$)/;
    expect([...chinese.keys()].filter((k) => !made.test(k) && !code.includes(`"${k}"`))).toEqual([]);
  });
});
