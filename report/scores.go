package report

import (
	"math"

	"perennial"
	"perennial/analyze/history"
	"perennial/analyze/lifecycle"
	"perennial/analyze/rfm"
	"perennial/predict/cluster"
	"perennial/predict/clv"
)

// dueDays is how far ahead a due order counts as due now.
const dueDays = 14

// Scores is one row a customer with every score, in the order of the history's
// customers. It reads the analyses in place and is for one reader at a time.
type Scores struct {
	h        *history.History
	rfm      *rfm.Columns
	stages   *lifecycle.Result
	value    clv.Scores
	clusters *cluster.Result

	Revenue []perennial.Money // of the whole history, loose refunds deducted
	Orders  []int32
	NextDue []perennial.Day // history.NoDay where no rhythm is known
}

func (b *builder) scores() *Scores {
	h := b.h
	s := &Scores{
		h: h, rfm: &b.p.RFM.Columns, stages: b.replay, value: b.full.Scores, clusters: b.p.Clusters.Result,
		Revenue: make([]perennial.Money, h.Len()), Orders: make([]int32, h.Len()), NextDue: make([]perennial.Day, h.Len()),
	}
	for i := range h.Customers {
		days, amounts := h.Days(i), h.Amounts(i)
		for k, n := range h.OrderCounts(i) {
			s.Revenue[i] += amounts[k]
			s.Orders[i] += n
		}
		s.NextDue[i] = history.NoDay
		if _, own, _ := b.replay.Silence(i); own > 0 {
			s.NextDue[i] = days[len(days)-1] + perennial.Day(math.Round(own))
		}
	}
	if h.MoneyKind != perennial.MoneyGross {
		for _, r := range h.Loose {
			s.Revenue[r.Customer] -= r.Amount
		}
	}
	return s
}

// due counts the customers whose next order is due.
func (s *Scores) due(value clv.Scores) Due {
	d := Due{WithinDays: dueDays}
	var expected float64
	for i, day := range s.NextDue {
		if day == history.NoDay || s.stages.Stage(i) == perennial.StageLost {
			continue
		}
		d.Known = true
		switch {
		case day <= s.h.AsOf:
			d.Overdue++
		case day <= s.h.AsOf+dueDays:
			d.Customers++
			if value.Orders30 != nil && value.MeanSpend != nil {
				expected += value.Orders30[i] * float64(value.MeanSpend[i])
			}
		}
	}
	if value.Orders30 != nil && value.MeanSpend != nil {
		a := s.h.Currency.Amount(perennial.Money(math.Round(expected)))
		d.Money = &a
	}
	return d
}

// Len returns the number of customers.
func (s *Scores) Len() int { return s.h.Len() }

// Customer returns the key of row i, from which the caller makes the text of the
// id column.
func (s *Scores) Customer(i int) perennial.CustomerKey { return s.h.Customers[i] }

// ColumnKind says what the values of a column are in Go and how they are
// written.
type ColumnKind string

// The kinds of columns: string, int64, float64, perennial.Amount, perennial.Day
// and bool. Any value may be nil for “not known”.
const (
	ColumnText   ColumnKind = "text"
	ColumnWhole  ColumnKind = "whole"
	ColumnNumber ColumnKind = "number"
	ColumnMoney  ColumnKind = "money"
	ColumnDay    ColumnKind = "day"
	ColumnFlag   ColumnKind = "flag"
)

// Column describes one column of the table of scores.
type Column struct {
	Name    string // machine name: "recency_days"
	LabelZH string
	LabelEN string
	Kind    ColumnKind
}

var scoreColumns = []Column{
	{"customer_id", "客户编号", "Customer", ColumnText},
	{"recency_days", "最近购买距今天数", "Days since last purchase", ColumnWhole},
	{"frequency", "购买频次（窗口内）", "Frequency in the window", ColumnWhole},
	{"monetary", "消费金额（窗口内）", "Money in the window", ColumnMoney},
	{"r_score", "R 分", "R score", ColumnWhole},
	{"f_score", "F 分", "F score", ColumnWhole},
	{"m_score", "M 分", "M score", ColumnWhole},
	{"rfm_code", "RFM 分类码", "RFM code", ColumnText},
	{"rfm_class_zh", "RFM 分类", "RFM class (Chinese)", ColumnText},
	{"rfm_class_en", "RFM 分类（英文）", "RFM class", ColumnText},
	{"stage", "生命周期阶段", "Lifecycle stage", ColumnText},
	{"stage_since", "进入阶段的日期", "In stage since", ColumnDay},
	{"previous_stage", "上一阶段", "Previous stage", ColumnText},
	{"returned", "回流", "Returned", ColumnFlag},
	{"tenure_days", "首购至今天数", "Days since first purchase", ColumnWhole},
	{"purchase_days", "累计购买天数", "Purchase days", ColumnWhole},
	{"orders", "累计订单", "Orders", ColumnWhole},
	{"revenue", "累计收入", "Revenue to date", ColumnMoney},
	{"first_day", "首购日", "First purchase", ColumnDay},
	{"last_day", "最近购买日", "Last purchase", ColumnDay},
	{"silence_days", "沉默天数", "Days silent", ColumnWhole},
	{"own_rhythm_days", "自己的节奏（天）", "Own rhythm in days", ColumnNumber},
	{"silence_ratio", "沉默比", "Silence ratio", ColumnNumber},
	{"p_alive", "存活概率", "Probability alive", ColumnNumber},
	{"expected_orders_90", "预期购买次数（90 天）", "Expected purchases, 90 days", ColumnNumber},
	{"expected_orders_365", "预期购买次数（365 天）", "Expected purchases, 365 days", ColumnNumber},
	{"clv_12", "未来 12 个月价值", "Value of the next 12 months", ColumnMoney},
	{"ltv", "终身价值（累计加未来 12 个月）", "Lifetime value (so far and the next 12 months)", ColumnMoney},
	{"next_due", "预计复购日", "Next order due", ColumnDay},
	{"cluster_zh", "智能分群", "Cluster (Chinese)", ColumnText},
	{"cluster_en", "智能分群（英文）", "Cluster", ColumnText},
	{"reason_zh", "为什么这样判断", "Why (Chinese)", ColumnText},
	{"reason_en", "为什么这样判断（英文）", "Why", ColumnText},
}

// Header returns the columns of the table; the first is the customer's id.
func (s *Scores) Header() []Column { return append([]Column(nil), scoreColumns...) }

// Row appends the values of customer i to dst and returns it. id gives the text
// of the first column.
func (s *Scores) Row(i int, id func(perennial.CustomerKey) string, dst []any) []any {
	h, v := s.h, &s.value
	days := h.Days(i)
	first, last := days[0], days[len(days)-1]
	class := s.rfm.Class[i]
	name := class.Name()
	silence, own, ratio := s.stages.Silence(i)
	reason := s.stages.Reason(i)
	text := func(t string) any {
		if t == "" {
			return nil
		}
		return t
	}
	score := func(n uint8) any {
		if n == 0 {
			return nil
		}
		return int64(n)
	}
	at := func(column []float64) any {
		if column == nil {
			return nil
		}
		return column[i]
	}
	positive := func(f float64) any {
		if !(f > 0) && own == 0 {
			return nil
		}
		return f
	}
	day := func(d perennial.Day) any {
		if d == history.NoDay {
			return nil
		}
		return d
	}
	dst = append(dst,
		id(h.Customers[i]),
		int64(s.rfm.R[i]), int64(s.rfm.F[i]), h.Currency.Amount(s.rfm.M[i]),
		score(s.rfm.RScore[i]), score(s.rfm.FScore[i]), score(s.rfm.MScore[i]),
		class.String(), name.ZH, name.EN,
		text(string(s.stages.Stage(i))), day(s.stages.Since(i)), text(string(s.stages.Previous(i))), s.stages.Returned(i),
		int64(h.AsOf-first), int64(len(days)), int64(s.Orders[i]), h.Currency.Amount(s.Revenue[i]), first, last,
		int64(silence), positive(own), positive(ratio),
		at(v.PAlive), at(v.Orders90), at(v.Orders365),
	)
	if v.CLV12 != nil {
		dst = append(dst, h.Currency.Amount(v.CLV12[i]), h.Currency.Amount(s.Revenue[i]+v.CLV12[i]))
	} else {
		dst = append(dst, nil, nil)
	}
	dst = append(dst, day(s.NextDue[i]))
	if s.clusters != nil && i < len(s.clusters.Assignment) && len(s.clusters.Groups) > 0 {
		g := &s.clusters.Groups[s.clusters.Assignment[i]]
		dst = append(dst, g.NameZH, g.NameEN)
	} else {
		dst = append(dst, nil, nil)
	}
	return append(dst, text(reason.ZH), text(reason.EN))
}

// Score is what is known of one customer, for whoever keeps it. Nil is unknown.
type Score struct {
	Customer           perennial.CustomerKey
	FirstDay, LastDay  perennial.Day
	PurchaseDays       int64
	Orders             int64
	Revenue            perennial.Money
	Recency, Frequency int64
	Monetary           perennial.Money
	R, F, M            int64 // 0 where there are no scores
	Class              string
	Stage, Previous    perennial.Stage
	StageSince         perennial.Day
	Returned           bool
	Stages             []lifecycle.Spell // oldest first; nil without Options.StageHistory
	OwnRhythm, Silence float64           // days, ratio; 0 where no rhythm is known
	PAlive             *float64
	Orders90           *float64
	Orders365          *float64
	CLV12              *perennial.Money
	NextDue            perennial.Day // history.NoDay where no rhythm is known
	Cluster            int64         // -1 for none
	Opening            history.Opening
	Joined             perennial.Day // history.NoDay where unknown
}

// Score returns row i.
func (s *Scores) Score(i int) Score {
	h, v := s.h, &s.value
	days := h.Days(i)
	_, own, ratio := s.stages.Silence(i)
	out := Score{
		Customer: h.Customers[i], FirstDay: days[0], LastDay: days[len(days)-1], PurchaseDays: int64(len(days)),
		Orders: int64(s.Orders[i]), Revenue: s.Revenue[i],
		Recency: int64(s.rfm.R[i]), Frequency: int64(s.rfm.F[i]), Monetary: s.rfm.M[i],
		R: int64(s.rfm.RScore[i]), F: int64(s.rfm.FScore[i]), M: int64(s.rfm.MScore[i]), Class: s.rfm.Class[i].String(),
		Stage: s.stages.Stage(i), Previous: s.stages.Previous(i), StageSince: s.stages.Since(i), Returned: s.stages.Returned(i), Stages: s.stages.Spells(i),
		OwnRhythm: own, Silence: ratio, NextDue: s.NextDue[i], Cluster: -1,
		Opening: history.Opening{Category: -1, Channel: -1}, Joined: history.NoDay,
	}
	if v.PAlive != nil {
		out.PAlive = &v.PAlive[i]
	}
	if v.Orders90 != nil {
		out.Orders90 = &v.Orders90[i]
	}
	if v.Orders365 != nil {
		out.Orders365 = &v.Orders365[i]
	}
	if v.CLV12 != nil {
		out.CLV12 = &v.CLV12[i]
	}
	if s.clusters != nil && i < len(s.clusters.Assignment) && len(s.clusters.Groups) > 0 {
		out.Cluster = int64(s.clusters.Assignment[i])
	}
	if h.Opening != nil {
		out.Opening = h.Opening[i]
	}
	if h.Joined != nil {
		out.Joined = h.Joined[i]
	}
	return out
}
