package e2e

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

type userList struct {
	Users []struct {
		Login string `json:"login"`
		SetUp bool   `json:"set_up"`
		Roles []struct{ Workspace, Role, Rows string }
	} `json:"users"`
}

// An administrator who came by SSH makes a workspace, accounts and a key.
func TestAccountsFromTheCommandLine(t *testing.T) {
	d := newDesk(t)
	var link struct {
		Link struct{ Token, Purpose, Path string }
	}
	d.good("user", "setup", "--json").document(&link)
	if link.Link.Purpose != "setup" || !strings.HasSuffix(link.Link.Path, link.Link.Token) || len(link.Link.Token) < 40 {
		t.Errorf("the link of the first start is %+v", link)
	}
	var ws struct{ Workspace, Currency string }
	d.good("workspace", "create", "shop", "--currency", "EUR", "--tz", "Europe/Berlin", "--json").document(&ws)
	if ws.Workspace != "shop" || ws.Currency != "EUR" {
		t.Errorf("made %+v", ws)
	}
	d.refused("workspace.exists", 4, "workspace", "create", "Shop")
	d.refused("usage", 2, "workspace", "create", "other", "--tz", "Mars/Olympus")

	var added struct{ Link struct{ Purpose string } }
	d.good("user", "add", "Wang", "--role", "service", "--workspace", "shop", "--rows", "store in （人民广场店）", "--json").document(&added)
	if added.Link.Purpose != "invite" {
		t.Errorf("added with %+v", added)
	}
	const password = "lantern maple river"
	args := []string{"user", "add", "boss", "--role", "owner", "--password-stdin"}
	cmd := d.command(args...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if r := d.finish(cmd, args); r.code != 0 || strings.Contains(r.out+r.err, password) || strings.Contains(r.out, "/link#") {
		t.Errorf("%s: %d\n%s%s", r.line(), r.code, r.out, r.err)
	}
	d.refused("account.role", 2, "user", "add", "li", "--role", "deputy", "--workspace", "shop")
	d.refused("account.row_rule", 2, "user", "add", "li", "--role", "viewer", "--workspace", "shop", "--rows", "1=1")
	d.refused("workspace.not_found", 3, "user", "add", "li", "--role", "viewer", "--workspace", "elsewhere")
	d.refused("account.exists", 4, "user", "add", "WANG", "--role", "viewer", "--workspace", "shop")
	d.refused("account.last_owner", 4, "user", "disable", "boss")
	d.refused("account.set_up", 4, "user", "setup")
	d.refused("account.not_found", 3, "user", "reset", "nobody")
	d.good("user", "reset", "wang", "--json").document(&link)

	var key struct {
		Key, Prefix, Workspace string
		ID                     int64
		Scopes                 []string
	}
	d.good("key", "create", "--workspace", "shop", "--scope", "read", "--scope", "export", "--json").document(&key)
	if !regexp.MustCompile(`^prn_[A-Z2-7]{8}_[A-Z2-7]{33}$`).MatchString(key.Key) || !strings.HasPrefix(key.Key, key.Prefix) || len(key.Scopes) != 2 || key.Workspace != "shop" {
		t.Errorf("made %+v", key)
	}
	if r := d.good("key", "list"); strings.Contains(r.out, key.Key) || !strings.Contains(r.out, key.Prefix) {
		t.Errorf("the list of keys:\n%s", r.out)
	}
	first := key.Key
	if d.good("key", "rotate", "1", "--json").document(&key); key.Key == first {
		t.Error("rotated to the same secret")
	}
	d.good("key", "revoke", "1")
	d.refused("account.key", 5, "key", "rotate", "1")

	// Accounts are in backups.
	file := filepath.Join(d.work, "all.backup")
	d.good("backup", file)
	other := d.elsewhere("restored")
	other.good("restore", file)
	var before, after userList
	d.good("user", "list", "--json").document(&before)
	other.good("user", "list", "--json").document(&after)
	if len(after.Users) != 2 || !after.Users[0].SetUp || after.Users[1].Roles[0].Rows != before.Users[1].Roles[0].Rows {
		t.Errorf("accounts %+v were restored as %+v", before, after)
	}
}
