package perennial

// Stage is a stage of the lifecycle by its machine name. A workspace may define
// 3–12 of its own; these are the ones of the default rule set.
type Stage string

// The stages of the default rule set, in the order of the lifecycle, and the
// marker for customers who came back from StageLost.
const (
	StageProspect    Stage = "prospect"
	StageAcquisition Stage = "acquisition"
	StageExploration Stage = "exploration"
	StageGrowth      Stage = "growth"
	StageMaturity    Stage = "maturity"
	StageDecline     Stage = "decline"
	StageLost        Stage = "lost"
	MarkerReturned   Stage = "returned"
)

// MoneyKind says which money a figure is made of.
type MoneyKind string

// The kinds of money: before refunds, after refunds, and after refunds and cost.
const (
	MoneyGross  MoneyKind = "gross"
	MoneyNet    MoneyKind = "net"
	MoneyMargin MoneyKind = "margin"
)

// Label names the kind of money for people.
func (k MoneyKind) Label() Text {
	switch k {
	case MoneyGross:
		return Text{ZH: "毛收入", EN: "gross revenue"}
	case MoneyMargin:
		return Text{ZH: "毛利", EN: "margin"}
	}
	return Text{ZH: "净收入", EN: "net revenue"}
}
