export const overview = {
  title: "{{n}} customers",
  scope: "Last {{days}} days · {{money}} · all customers",
  asOf: "As of {{day}} · definitions v{{version}} · {{money}}",
  state: "In the last {{days}} days {{kind}} of {{money}} from {{buyers}} buyers, {{fresh}} of them new",
  more_than: "; {{from}} to {{to}} is {{by}} above the same days of the month before",
  less_than: "; {{from}} to {{to}} is {{by}} below the same days of the month before",
  leavingBefore: ". ",
  leaving: "{{n}} customers are in decline",
  leavingValue: ", worth {{money}} over the next 12 months",
  stop: ".",
  against: "vs last month",
  yearNote: "last {{days}} days",
  memberShare: "Members' share",
  walkIns: "{{money}} from walk-ins",
  fresh: "New customers",
  freshNote: "{{n}} this month",
  second: "Second order, 90 days",
  band: "95% interval {{low}}–{{high}}",
  repeat: "Repeat rate",
  returnRate: "Return rate {{rate}}",
  decline: "In decline",
  weeksBefore: "in {{weeks}} weeks",
  atStake: "{{money}} in 12 months",
  more: "{{n}} more things worth knowing",
  moreText: "By the money concerned, most first · all tested; nothing rests on a small base",
  see: "See the customers",
  foot: "Every number leads to its customers; the question mark beside it says what it means.",
};

export const work = {
  title: "{{n}} things most worth doing today",
  subtitle: "Each opens a list to narrow down and export",
  see: "See list",
  none: "No list needs a call today",
  noneText: "Customers who slip into decline, enter the golden window or are due to order appear here.",
  leaving: {
    title: "Contact {{n}} valuable customers who are leaving",
    text: "In decline with an M score of 4 or 5; {{value}} over the next 12 months",
  },
  golden: {
    title: "{{n}} new customers in the golden window",
    text: "Days {{from}} to {{until}} after the first order, no second yet; {{value}} over the next 12 months",
  },
  due: {
    title: "{{n}} customers are due within {{until}} days",
    text: "By their own rhythm, the lost left out; {{value}} over the next 12 months",
  },
};

export const stagesOverTime = {
  plain: "Customers in each stage",
  rose: "{{stage}} up {{by}} in {{weeks}} weeks to {{n}}",
  fell: "{{stage}} down {{by}} in {{weeks}} weeks to {{n}}",
  subtitle: "Customers in each lifecycle stage by week, last {{weeks}} weeks · n = {{n}}",
  week: "Week",
  empty: "Less than two weeks of data",
  emptyText: "After two weeks of data, this shows how the stages change.",
};

export const second = {
  all: "All",
  window: "Golden window",
  day: "Day {{d}} after the first order",
  tick: "{{d}} d",
  newcomers: "new customers",
  firstBuyers: "first-time buyers",
  golden: "Golden window: days {{from}} to {{to}} after the first order",
  noGolden: "No golden window stands out",
  title:
    "{{rate}} of {{who}} order again within 90 days; half of half a year's second orders come within {{half}} days",
  subtitle: "Share with a second order by day (Kaplan–Meier, 95% band), by first order · {{who}} n = {{n}}",
  empty: "The pace of second orders cannot be seen yet",
  emptyText: "With enough new customers, this shows when they come back.",
  after: "After the first order",
  rate: "Second-order rate",
  low: "95% low",
  high: "95% high",
};

export const cohort = {
  title: "How many of each month's customers stay",
  subtitle: "Month of first purchase × share buying in each month after · hatched: month not over",
  month: "First bought",
  size: "Customers",
  ahead: "M{{m}}",
  all: "{{n}} customers who first bought in {{month}}",
  cell: "{{n}} of {{size}} customers of {{month}} bought in month {{m}}",
  notYet: "not yet",
  empty: "Cohorts are too short yet",
  emptyText: "Once the data cover two months, this shows how many of each month's newcomers stay.",
};
