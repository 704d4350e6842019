// Draws the charts of the report from the data in the page, and again when the
// language, the theme or the paper changes.
import { init, use } from "echarts/core";
import { BarChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { readTheme } from "./theme.js";
import { flow, stages } from "./lifecycle.js";
import { months } from "./money.js";
import { clusters } from "./clusters.js";
import { rhythm } from "./rhythm.js";
import { clv, holdout, lorenz } from "./value.js";

use([
  BarChart, LineChart, SankeyChart, ScatterChart,
  AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent, LabelLayout, SVGRenderer,
]);

const charts = { stages, flow, months, rhythm, clv, lorenz, holdout, clusters };
const data = JSON.parse(document.getElementById("charts").textContent);
const root = document.documentElement;
const drawn = new Map();
// What a chart has on A4 between margins and borders, in CSS pixels; the heights
// are those of the print style.
const paper = { width: 676, height: 220, tall: 270 };

function draw() {
  const theme = readTheme();
  for (const box of document.querySelectorAll("[data-chart]")) {
    const name = box.dataset.chart;
    if (!charts[name] || !(name in data)) continue;
    let chart = drawn.get(name);
    if (!chart) {
      chart = init(box, null, { renderer: "svg" });
      drawn.set(name, chart);
    }
    const print = root.dataset.print === "yes";
    chart.resize(print
      ? { width: paper.width, height: box.classList.contains("tall") ? paper.tall : paper.height }
      : { width: "auto", height: "auto" });
    const narrow = chart.getWidth() < 520;
    chart.setOption({ ...base(theme), ...charts[name](data[name], theme, { narrow, height: chart.getHeight() }) }, true);
  }
}

function base(theme) {
  return {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: theme.font, color: theme.ink, fontSize: 12 },
  };
}

root.dataset.charts = "yes";
document.addEventListener("perennial:draw", draw);
let waiting = 0;
window.addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(draw);
});
draw();
