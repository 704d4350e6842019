package account

import (
	"slices"
	"strings"

	"perennial"
)

// Permission is one thing that may be allowed.
type Permission string

// The permissions.
const (
	AnalysesRead    Permission = "analyses.read"
	CustomersRead   Permission = "customers.read"
	CustomersReveal Permission = "customers.reveal"
	CustomersExport Permission = "customers.export"
	EventsCollect   Permission = "events.collect"
	ImportsRead     Permission = "imports.read"
	ImportsRun      Permission = "imports.run"
	ImportsUndo     Permission = "imports.undo"
	RulesEdit       Permission = "rules.edit"
	ViewsEdit       Permission = "views.edit"
	SettingsRead    Permission = "settings.read"
	SettingsEdit    Permission = "settings.edit"
	AccountsEdit    Permission = "accounts.edit"
	KeysEdit        Permission = "keys.edit"
	AuditRead       Permission = "audit.read"
	BackupsRun      Permission = "backups.run"
	WorkspacesEdit  Permission = "workspaces.edit"
)

// Role is what an operator is in a workspace.
type Role string

// The roles.
const (
	Owner     Role = "owner"
	Analyst   Role = "analyst"
	Marketer  Role = "marketer"
	Service   Role = "service"
	Viewer    Role = "viewer"
	roleWords      = "owner, analyst, marketer, service, viewer"
)

// Scope is what a key may do.
type Scope string

// The scopes. Each stands for itself: a key that reads and exports has both.
const (
	ScopeCollect Scope = "collect"
	ScopeRead    Scope = "read"
	ScopeReveal  Scope = "reveal"
	ScopeWrite   Scope = "write"
	ScopeExport  Scope = "export"
	ScopeAdmin   Scope = "admin"
	scopeWords         = "collect, read, reveal, write, export, admin"
)

// permitted is one line of the table of permissions.
type permitted struct {
	permission Permission
	what       perennial.Text
	roles      []Role
	scopes     []Scope
	// whole: the deed concerns all customers, so whoever may see some of them
	// only may not do it.
	whole bool
}

// table says everything about who may do what; docs/use/permissions.md shows it.
var table = []permitted{
	{AnalysesRead, perennial.Say("看概览、分析和报告里的数字", "see the figures of overview, analyses and report"),
		[]Role{Owner, Analyst, Marketer, Service, Viewer}, []Scope{ScopeRead, ScopeAdmin}, false},
	{CustomersRead, perennial.Say("看客户名单和单个客户，手机号等打码", "see lists of customers and single ones, phone numbers masked"),
		[]Role{Owner, Analyst, Marketer, Service, Viewer}, []Scope{ScopeRead, ScopeAdmin}, false},
	{CustomersReveal, perennial.Say("看完整的姓名、手机号、卡号，按手机号查找；每次都有记录", "see whole names, phone and card numbers, and search by them; each time is written down"),
		[]Role{Owner, Service}, []Scope{ScopeReveal, ScopeAdmin}, false},
	{CustomersExport, perennial.Say("导出客户名单；每次都有记录", "export lists of customers; each time is written down"),
		[]Role{Owner, Analyst, Marketer}, []Scope{ScopeExport, ScopeAdmin}, false},
	{EventsCollect, perennial.Say("写入客户行为事件", "send in what customers do"),
		nil, []Scope{ScopeCollect}, true},
	{ImportsRead, perennial.Say("看导入记录和失败明细", "see imports and refused rows"),
		[]Role{Owner, Analyst}, []Scope{ScopeRead, ScopeWrite, ScopeAdmin}, true},
	{ImportsRun, perennial.Say("导入文件", "import files"),
		[]Role{Owner, Analyst}, []Scope{ScopeWrite, ScopeAdmin}, true},
	{ImportsUndo, perennial.Say("撤销导入", "take imports back"),
		[]Role{Owner, Analyst}, []Scope{ScopeWrite, ScopeAdmin}, true},
	{RulesEdit, perennial.Say("改生命周期规则、RFM 门槛、分群名称、排除名单", "change lifecycle rules, RFM thresholds, names of clusters, exclusions"),
		[]Role{Owner, Analyst}, []Scope{ScopeWrite, ScopeAdmin}, true},
	{ViewsEdit, perennial.Say("保存自己的筛选和列", "save views of one's own"),
		[]Role{Owner, Analyst, Marketer, Service, Viewer}, nil, false},
	{SettingsRead, perennial.Say("看工作区设置", "see the workspace's settings"),
		[]Role{Owner, Analyst}, []Scope{ScopeRead, ScopeAdmin}, false},
	{SettingsEdit, perennial.Say("改工作区设置、封账", "change the workspace's settings, close months"),
		[]Role{Owner}, []Scope{ScopeAdmin}, true},
	{AccountsEdit, perennial.Say("添加和停用账号、改角色", "add and disable accounts, change roles"),
		[]Role{Owner}, nil, true},
	{KeysEdit, perennial.Say("建立、轮换、吊销 API 密钥", "make, rotate and revoke API keys"),
		[]Role{Owner}, nil, true},
	{AuditRead, perennial.Say("看操作记录", "read the record of what was done"),
		[]Role{Owner}, []Scope{ScopeAdmin}, true},
	{BackupsRun, perennial.Say("做备份（整个实例）", "make backups (of the whole installation)"),
		[]Role{Owner}, nil, true},
	{WorkspacesEdit, perennial.Say("建立工作区（整个实例）", "make workspaces (in the whole installation)"),
		[]Role{Owner}, nil, true},
}

// find returns the table's line of a permission; one that is not in the table is
// nobody's.
func find(p Permission) permitted {
	for _, line := range table {
		if line.permission == p {
			return line
		}
	}
	return permitted{}
}

// Grant is what somebody may do in one workspace: a role, and the customers that
// it holds for. The zero Grant allows nothing.
type Grant struct {
	Role Role    `json:"role"`
	Rows RowRule `json:"rows"`
}

// May tells whether the grant holds a permission. Whoever may see some customers
// only has nothing that concerns all of them.
func (g Grant) May(p Permission) bool {
	line := find(p)
	return slices.Contains(line.roles, g.Role) && (g.Rows.IsZero() || !line.whole)
}

// Require is May as an error (account.forbidden).
func (g Grant) Require(p Permission) error {
	if g.May(p) {
		return nil
	}
	return notAllowed(p)
}

// Permissions lists what the grant allows, in the order of the table.
func (g Grant) Permissions() []Permission {
	out := []Permission{}
	for _, line := range table {
		if g.May(line.permission) {
			out = append(out, line.permission)
		}
	}
	return out
}

func (g Grant) check() error {
	if _, err := ParseRole(string(g.Role)); err != nil {
		return err
	}
	if g.Role == Owner && !g.Rows.IsZero() {
		return perennial.NewError(perennial.KindInvalid, "account.owner_rows",
			perennial.Say("负责人（owner）看得到所有客户，不能限定范围。", "An owner sees every customer and cannot be limited to some.")).
			WithHint(perennial.Say("换一个角色，或去掉客户范围。", "Choose another role, or leave the rule on customers out."))
	}
	return nil
}

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains([]Role{Owner, Analyst, Marketer, Service, Viewer}, r) {
		return r, nil
	}
	return "", perennial.NewError(perennial.KindInvalid, "account.role",
		perennial.Say("没有“%s”这个角色。", "There is no role %q.", s)).
		WithHint(perennial.Say("可以是：%s。", "It can be: %s.", roleWords))
}

// ParseScopes reads scopes that are separated by commas or spaces, and returns
// each once, in the order of the constants.
func ParseScopes(s string) ([]Scope, error) {
	given := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '，' })
	all := []Scope{ScopeCollect, ScopeRead, ScopeReveal, ScopeWrite, ScopeExport, ScopeAdmin}
	for _, word := range given {
		if !slices.Contains(all, Scope(word)) {
			return nil, badScope(word)
		}
	}
	out := slices.DeleteFunc(all, func(sc Scope) bool { return !slices.Contains(given, string(sc)) })
	if len(out) == 0 {
		return nil, badScope(s)
	}
	return out, nil
}

func badScope(word string) error {
	return perennial.NewError(perennial.KindInvalid, "account.scope",
		perennial.Say("没有“%s”这种密钥权限。", "There is no scope %q.", word)).
		WithHint(perennial.Say("可以是一个或几个：%s。", "It can be one or more of: %s.", scopeWords))
}

func joinScopes(list []Scope) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, " ")
}
