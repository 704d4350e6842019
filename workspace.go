package perennial

import (
	"regexp"
	"time"
)

// Workspace is one shop's data, apart from every other workspace's.
type Workspace struct {
	ID        int64
	Name      string
	Zone      *time.Location // days, weeks and months are in this zone
	Currency  Currency       // money of orders that name none
	WeekStart time.Weekday
}

var workspaceName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}$`)

// CheckWorkspaceName reports why a name cannot be a workspace's: it becomes part
// of a path, so letters, digits, - and _ only.
func CheckWorkspaceName(name string) error {
	if workspaceName.MatchString(name) {
		return nil
	}
	return NewError(KindInvalid, "workspace.name",
		Say("“%s”不能作为工作区的名字。", "%q cannot be the name of a workspace.", name)).
		WithHint(Say("用文字、数字、- 和 _，最多 63 个字符。", "Use letters, digits, - and _, at most 63 characters."))
}
