import account from "./account";
import { analyze, clusters, lifecycle, repurchase, rfm, value } from "./analyze";
import { customer, customers } from "./customers";
import { cohort, overview, second, stagesOverTime, work } from "./overview";
import shell from "./shell";
import { classes, define, ops, palette, places, roles, stages, theme } from "./words";

export default {
  account,
  analyze,
  classes,
  clusters,
  cohort,
  customer,
  customers,
  define,
  lifecycle,
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
  work,
};
