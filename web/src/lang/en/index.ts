import account from "./account";
import { analyze, clusters, lifecycle, repurchase, rfm, value } from "./analyze";
import { customer, customers } from "./customers";
import { bridge, data, definitions, imports, months, wizard } from "./data";
import { cohort, overview, second, stagesOverTime, work } from "./overview";
import shell from "./shell";
import { classes, define, ops, palette, places, roles, stages, theme } from "./words";

export default {
  account,
  analyze,
  bridge,
  classes,
  clusters,
  cohort,
  customer,
  customers,
  data,
  define,
  definitions,
  imports,
  lifecycle,
  months,
  ops,
  overview,
  palette,
  places,
  repurchase,
  rfm,
  roles,
  second,
  shell,
  stages,
  stagesOverTime,
  theme,
  value,
  wizard,
  work,
};
