package app

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/testengine"
)

// A shard that is down is told once, with the workspaces that it keeps from being
// checked; what needs no shard is checked all the same, and every line names its
// workspace.
func TestTheDoctorTellsADeadShardOnce(t *testing.T) {
	c, ctx, dir := testengine.ClickHouse(t, 2), t.Context(), t.TempDir()
	at := servers{warehouse: c.URL("doctor")}
	a := openAt(t, dir, at)
	defer func() { shut(t, a) }()
	for _, name := range []string{"one", "two"} {
		ws, err := a.Catalog.CreateWorkspace(ctx, perennial.Workspace{Name: name, Zone: time.UTC, Currency: "CNY"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Warehouse(ctx, ws); err != nil {
			t.Fatal(err)
		}
	}
	healthy(t, a)
	c.Shards[1].Kill()
	for _, code := range []string{"store.shard_down", "store.host_unreachable"} { // while it is open, and when it is opened
		dead := 0
		for _, check := range a.Doctor(ctx) {
			if name, ok := strings.CutPrefix(check.Name, "workspace "); ok && check.OK {
				if ws, _, _ := strings.Cut(name, " "); !strings.Contains(check.Detail.ZH, "“"+ws+"”") || !strings.Contains(check.Detail.EN, ws) {
					t.Errorf("%s does not name its workspace: %+v", check.Name, check.Detail)
				}
			}
			if check.OK {
				continue
			}
			dead++
			if check.Code != code || !slices.Equal(check.Workspaces, []string{"one", "two"}) ||
				!strings.Contains(check.Detail.ZH, "one、two") || !strings.Contains(check.Detail.EN, "one, two") {
				t.Errorf("the doctor says %+v", check)
			}
		}
		if dead != 1 {
			t.Errorf("%d lines about one dead shard", dead)
		}
		a = reopened(t, a, dir, at)
	}
}

// A fault of the program keeps its cause.
func TestTheDoctorGivesTheCause(t *testing.T) {
	errTorn := errors.New("a page is torn")
	var out findings
	out.add("x", "w", engine{}, perennial.Text{}, errTorn)
	out.add("x", "v", engine{}, perennial.Text{}, errTorn)
	got := out.named()
	if len(got) != 1 || got[0].Cause != errTorn.Error() || got[0].Code != "internal" || len(got[0].Workspaces) != 2 {
		t.Errorf("%+v", got)
	}
}
