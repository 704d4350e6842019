// The charts' library with the parts that the pages draw with. It is loaded with the
// first chart, never with the shell.
import { BarChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { font } from "../tokens";
import { type Look, type Mark, type Option, text } from "./look";

use([
  BarChart,
  LineChart,
  SankeyChart,
  ScatterChart,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  TitleComponent,
  TooltipComponent,
  LabelLayout,
  CanvasRenderer,
  SVGRenderer,
]);

export type Drawing = EChartsType;

/** The series of each drawing as they were given. */
const shown = new WeakMap<Drawing, { data?: Mark[] }[]>();

export function begin(box: HTMLElement, open: (to: string) => void): Drawing {
  const drawing = init(box, null, { renderer: "svg" });
  drawing.on("click", (e) => {
    // An area is clicked as a whole: its marks all lead to the same customers.
    const to = (e.data as Mark | undefined)?.to ?? shown.get(drawing)?.[e.seriesIndex ?? 0]?.data?.[0]?.to;
    if (to) open(to);
  });
  return drawing;
}

export function draw(drawing: Drawing, option: Option, look: Look, calm: boolean) {
  shown.set(drawing, option.series as { data?: Mark[] }[]);
  drawing.setOption(
    { animation: !calm, animationDuration: 180, animationDurationUpdate: 180, textStyle: text(look), ...option },
    true,
  );
}

/** Draws a chart with its title as a picture for slides: twice 1000 × 560 pixels. */
export async function picture(
  form: (look: Look) => Option,
  look: Look,
  title: string,
  subtitle: string,
): Promise<Blob | null> {
  const width = 1000;
  const height = 560;
  const box = document.createElement("div");
  const head = 72;
  const drawing = init(box, null, { renderer: "canvas", width, height, devicePixelRatio: 2 });
  const option = form({ ...look, width, height: height - head - 24, narrow: false });
  const lower = (g: unknown) => {
    const of = (g ?? {}) as Record<string, number>;
    return {
      ...of,
      left: (of.left ?? 0) + 20,
      right: (of.right ?? 0) + 20,
      top: (of.top ?? 0) + head,
      bottom: (of.bottom ?? 0) + 20,
    };
  };
  const series = (option.series as Record<string, unknown>[]).map((s) => (s.type === "sankey" ? lower(s) : s));
  drawing.setOption({
    ...option,
    series,
    ...(option.grid ? { grid: lower(option.grid) } : {}),
    animation: false,
    backgroundColor: look.card,
    textStyle: text(look),
    title: {
      left: 20,
      top: 16,
      text: title,
      subtext: subtitle,
      itemGap: 6,
      textStyle: {
        color: look.ink,
        fontFamily: font,
        fontSize: 18,
        fontWeight: 600,
        width: width - 40,
        overflow: "truncate",
      },
      subtextStyle: { color: look.quiet, fontFamily: font, fontSize: 12 },
    },
  });
  const canvas = drawing.renderToCanvas({ pixelRatio: 2, backgroundColor: look.card });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  drawing.dispose();
  return blob;
}
