export const places = {
  overview: "Overview",
  customers: "Customers",
  analyze: "Analyze",
  rfm: "RFM",
  lifecycle: "Lifecycle",
  repurchase: "Repurchase & cohorts",
  value: "Value",
  clusters: "Clusters",
  data: "Data",
  import: "Import",
  imports: "Past imports",
  bridge: "Bridge",
  definitions: "Definitions",
  months: "Closed months",
};

export const theme = { system: "as the system", light: "light", dark: "dark", zh: "中文", en: "English" };

export const roles = { owner: "owner", analyst: "analyst", marketer: "marketer", service: "service", viewer: "viewer" };

export const stages = {
  prospect: "Prospect",
  acquisition: "Acquisition",
  exploration: "Exploration",
  growth: "Growth",
  maturity: "Maturity",
  decline: "Decline",
  lost: "Lost",
  returned: "Returned",
  mark: "· returned",
};

export const classes = {
  "111": "Champions",
  "101": "High spenders to develop",
  "011": "Loyal, drifting away",
  "001": "High spenders to win back",
  "110": "Regulars",
  "100": "Recent, low spend",
  "010": "Fading regulars",
  "000": "Dormant",
};

export const ops = {
  is: "is",
  is_not: "is not",
  in: "is one of",
  not_in: "is none of",
  at_least: "at least",
  at_most: "at most",
  between: "between",
  known: "known",
  unknown: "unknown",
};

export const palette = {
  placeholder: "Type the name of a page, list or metric",
  none: "Nothing found",
  pages: "Pages",
  lists: "Lists",
  terms: "Definitions",
  stageList: "Customers in {{stage}}",
};

export const define = {
  revenue: "Net of refunds unless said otherwise; paid orders of known customers.",
  member_share: "Revenue of known customers ÷ all revenue, walk-ins included.",
  new: "By join date where there is a member file, else by the first purchase in the data. First purchases in the first two repurchase cycles of the data are left out.",
  second_order:
    "The share of new customers who buy again within so many days. Those who came recently count for the days they have been watched.",
  repeat_rate: "Buyers with two or more purchase days in the window ÷ buyers in the window.",
  stages: "Decline: silent longer than 80% of those who return, or clearly slower than before. Worked out weekly.",
  clv_12: "Revenue expected in the next 12 months, discounted at 10% a year, of today's customers only.",
  rfm_class:
    "R is high within one repurchase cycle; F from the number of purchase days that about 40% of customers reach; M from the median.",
  own_rhythm:
    "A customer's own mean gap, drawn towards the cycle of all where there are few. The next order is due that long after the last.",
  p_alive: "The chance that a customer will still buy, from the number of purchases, the last and the first.",
  expected_orders: "Purchase days expected in a span of time, over all customers.",
  concentration:
    "The share of revenue from the top 20% of customers; a Gini of 0 means all spend alike, near 1 that a few spend everything.",
};
