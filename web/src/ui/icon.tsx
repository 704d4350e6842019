// The few signs that the pages need, drawn on a grid of 16.

const paths = {
  overview: "M2.5 9.5h4v4h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v7h-4zM9.5 12.5h4v1h-4z",
  customers:
    "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.8a2.5 2.5 0 0 1 0 4.4M12 9.9c1.5.5 2.5 1.8 2.5 3.6",
  rfm: "M2.5 2.5h3v3h-3zM6.5 2.5h3v3h-3zM10.5 2.5h3v3h-3zM2.5 6.5h3v3h-3zM6.5 6.5h3v3h-3zM2.5 10.5h3v3h-3z",
  lifecycle: "M2 4c4 0 4 8 8 8h4M2 12c4 0 4-8 8-8h4M12 2l2 2-2 2M12 10l2 2-2 2",
  repurchase: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3",
  value: "M2 13.5h12M4 11V8M8 11V3M12 11V6",
  clusters:
    "M5 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM11.5 8a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM8 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7L14 14",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "M4 4l8 8M12 4l-8 8",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6",
  chart: "M2.5 2.5v11h11M5 10l3-3.5 2.5 2L14 4",
  image: "M2.5 3.5h11v9h-11zM3 11l3.5-3.5L9 10l2-1.5 2.5 2M10.5 6.5h.01",
  download: "M8 2.5v7.5M5 7.5L8 10.5l3-3M2.5 13.5h11",
  help: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.3c.2-1 .9-1.5 1.8-1.5 1 0 1.7.6 1.7 1.5 0 1.3-1.8 1.4-1.8 2.7M8 11.2v.01",
  up: "M8 12.5v-9M4.5 7L8 3.5 11.5 7",
  down: "M8 3.5v9M4.5 9L8 12.5 11.5 9",
  left: "M9.5 3.5L5 8l4.5 4.5",
  right: "M6.5 3.5L11 8l-4.5 4.5",
  check: "M3 8.5l3.2 3.2L13 4.5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1",
  moon: "M13.5 9.5A5.5 5.5 0 0 1 6.5 2.5a5.5 5.5 0 1 0 7 7z",
  globe: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2z",
  shop: "M2.5 6.5l1-4h9l1 4M2.5 6.5h11v7h-11zM6.5 13.5v-4h3v4",
  person: "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c0-2.5 2-4 5-4s5 1.5 5 4",
  leave: "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  filter: "M2 3.5h12M4.5 8h7M6.5 12.5h3",
  upload: "M8 10.5V3M5 5.5L8 2.5l3 3M2.5 13.5h11",
  history: "M3 5.5A5.6 5.6 0 1 1 2.4 8.5M2.5 2.5v3h3M8 5v3.2l2.2 1.3",
  bridge: "M2 3.5h3v9H2zM6.5 3.5h3v4h-3zM11 7.5h3v5h-3zM5 3.5h1.5M9.5 7.5H11",
  book: "M8 4C6.5 2.8 4.5 2.5 2.5 2.5v9.5c2 0 4 .3 5.5 1.5 1.5-1.2 3.5-1.5 5.5-1.5V2.5c-2 0-4 .3-5.5 1.5zM8 4v9.5",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  file: "M4 1.5h5l3.5 3.5v9.5H4zM9 1.5V5h3.5",
  refresh: "M13 5A5.5 5.5 0 0 0 3 6M3 2.5V6h3.5M3 11a5.5 5.5 0 0 0 10-1M13 13.5V10H9.5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
