export const places = {
  overview: "总览",
  customers: "客户",
  analyze: "分析",
  rfm: "RFM",
  lifecycle: "生命周期",
  repurchase: "复购与留存",
  value: "客户价值",
  clusters: "智能分群",
  data: "数据",
  import: "导入",
  imports: "导入记录",
  bridge: "金额桥",
  definitions: "指标口径",
  months: "封账",
};

export const theme = { system: "跟随系统", light: "浅色", dark: "深色", zh: "中文", en: "English" };

export const roles = { owner: "负责人", analyst: "分析师", marketer: "运营", service: "客服", viewer: "只读" };

export const stages = {
  prospect: "潜客",
  acquisition: "新客期",
  exploration: "探索期",
  growth: "成长期",
  maturity: "成熟期",
  decline: "衰退期",
  lost: "流失期",
  returned: "回流",
  mark: "· 回流",
};

export const classes = {
  "111": "重要价值客户",
  "101": "重要发展客户",
  "011": "重要保持客户",
  "001": "重要挽留客户",
  "110": "一般价值客户",
  "100": "一般发展客户",
  "010": "一般保持客户",
  "000": "一般挽留客户",
};

export const ops = {
  is: "是",
  is_not: "不是",
  in: "属于",
  not_in: "不属于",
  at_least: "不低于",
  at_most: "不超过",
  between: "在",
  known: "已知",
  unknown: "未知",
};

export const palette = {
  placeholder: "输入页面、名单或指标的名字",
  none: "没有找到",
  pages: "页面",
  lists: "名单",
  terms: "指标口径",
  stageList: "{{stage}}客户",
};

export const define = {
  revenue: "默认净收入，即扣除退款。只算已知客户付了款的订单。",
  member_share: "已知客户的收入 ÷ 全部收入（含散客）。",
  new: "有会员档案的看入会日；没有的看数据里的首单。数据最初两个复购周期内的首单无法确认，不计入。",
  second_order: "新客在首单后若干天内再次购买的占比。刚来不久的新客按已观察的天数计入，不会拉低结果。",
  repeat_rate: "窗口内买过两个及以上购买日的客户 ÷ 窗口内的购买客户。",
  stages: "衰退期：沉默时间超过 80% 回头客的间隔，或频率明显下降。每周重算。",
  clv_12: "未来 12 个月预计带来的收入，按年 10% 折现，只含现有客户。",
  rfm_class: "R 高：不超过一个复购周期没来；F 高：约四成客户达到的购买日数；M 高：达到中位数。",
  own_rhythm: "客户自己的平均间隔，买得少的向整体周期靠拢。最近购买日加上它就是预计复购日。",
  p_alive: "客户还会再买的概率，由购买次数、最近一次和首次购买的时间估计。",
  expected_orders: "未来一段时间预计的购买日数，全体客户合计。",
  concentration: "消费最高的 20% 客户占收入的比例；基尼系数 0 为人人相同，接近 1 为集中在少数人。",
};
