package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial/internal/testengine"
)

// killed runs a command and kills it at a random moment of the time that it
// takes; over tells that it ended by itself before.
func (d *desk) killed(r *rand.Rand, takes time.Duration, args ...string) (over bool) {
	d.t.Helper()
	cmd := d.command(args...)
	var problems strings.Builder
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-time.After(time.Duration(r.Int64N(int64(takes)))):
		_ = cmd.Process.Kill() // fails only where the process has ended
		<-done
		return cmd.ProcessState.Success()
	case err := <-done:
		if err != nil {
			d.t.Fatalf("%v: %s", err, problems.String())
		}
		return true
	}
}

// clock measures how long a command takes that must end well.
func (d *desk) clock(args ...string) time.Duration {
	d.t.Helper()
	began := time.Now()
	d.good(args...)
	return time.Since(began)
}

// state is what a data directory shows: the money of its workspace and the
// states of its imports by file, the newest.
func (d *desk) state(workspace string) (cents int, imports map[string]string) {
	d.t.Helper()
	imports = map[string]string{}
	for _, in := range d.list() {
		if in.Status == "running" {
			d.t.Errorf("import %d of %s is shown as running; nobody runs it", in.ID, in.File)
		}
		if _, ok := imports[in.File]; !ok {
			imports[in.File] = in.Status
		}
	}
	return int(number(d.t, d.picture(workspace), "base", "revenue")*100 + 0.5), imports
}

// A killed import is wholly there or wholly absent, whenever it is killed.
func TestChaosKilledImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.killedImports(d.elsewhere("rehearsal"), func() {})
}

// The same with both servers, which notice only later that the program is gone.
func TestChaosKilledImportOnServers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c, rehearsal := testengine.ClickHouse(t, 2), d.elsewhere("rehearsal")
	d.servedBy(testengine.Postgres(t), c.URL("killed"))
	rehearsal.servedBy(testengine.Postgres(t), c.URL("rehearsal"))
	d.killedImports(rehearsal, func() {
		within(t, "the servers are well", func() bool {
			if err := c.Revive(t.Context()); err != nil {
				t.Fatal(err)
			}
			return d.run("doctor").code == 0
		})
	})
}

// killedImports kills imports; revive then sees to the servers.
func (d *desk) killedImports(rehearsal *desk, revive func()) {
	t := d.t
	small, big := shop{"S", 100, 30, 1}, shop{"B", 15_000, 400, 2}
	d.take("orders", d.write("small.csv", small.csv()), "w")
	file := d.write("big.csv", big.csv())
	rehearsal.take("orders", d.write("small.csv", small.csv()), "w") // what is made once takes time, too
	takes := rehearsal.clock("import", "orders", file, "--workspace", "w")
	r := rand.New(rand.NewPCG(11, 1))
	there := 0
	for i := range chaos(t, 4) {
		over := d.killed(r, takes, "import", "orders", file, "--workspace", "w")
		revive()
		cents, imports := d.state("w")
		switch {
		case cents == small.cents()+big.cents() && imports["big.csv"] == "done":
			// Take it back, so that the next try is as the first.
			var id int
			for _, in := range d.list() {
				id = max(id, in.ID)
			}
			d.good("import", "undo", fmt.Sprint(id))
			there++
		case cents == small.cents() && imports["big.csv"] != "done" && !over:
		default:
			t.Fatalf("try %d (ended by itself: %t): money %d, imports %v", i, over, cents, imports)
		}
	}
	t.Logf("%d of them were there", there)
	if in := d.take("orders", file, "w"); in.Report.Counts.Accepted != big.orders {
		t.Errorf("at last: %+v", in.Report.Counts)
	}
	if cents, _ := d.state("w"); cents != small.cents()+big.cents() {
		t.Errorf("at last: money %d, want %d", cents, small.cents()+big.cents())
	}
	d.good("doctor")
}

// A killed undo is wholly done or not at all. The import that is undone replaced
// orders of an older one, and a younger one brought some of its orders again.
func TestChaosKilledUndo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old, young := shop{"A", 6_000, 500, 1}, shop{"A", 10_000, 500, 2}
	d.take("orders", d.write("old.csv", old.csv()), "w")
	middle := d.take("orders", d.write("middle.csv", young.csv()), "w").Report.Import.ID
	d.take("orders", d.write("late.csv", shop{"A", 8_000, 500, 2}.csv()), "w")
	rehearsal := d.elsewhere("rehearsal")
	if err := os.CopyFS(rehearsal.dir, os.DirFS(d.dir)); err != nil {
		t.Fatal(err)
	}
	before, _ := d.state("w")
	takes := rehearsal.clock("import", "undo", fmt.Sprint(middle))
	after, _ := rehearsal.state("w")
	if want := (shop{"A", 8_000, 500, 2}).cents(); before != young.cents() || after != want {
		t.Fatalf("money before %d, want %d; after %d, want %d", before, young.cents(), after, want)
	}
	r := rand.New(rand.NewPCG(12, 1))
	for i := range chaos(t, 3) {
		over := d.killed(r, takes, "import", "undo", fmt.Sprint(middle))
		cents, imports := d.state("w")
		switch {
		case imports["middle.csv"] == "done" && cents == before && !over:
			continue
		case imports["middle.csv"] == "undone" && cents == after:
		default:
			t.Fatalf("try %d (ended by itself: %t): money %d (before %d, after %d), imports %v", i, over, cents, before, after, imports)
		}
		// It went through: begin again from a copy.
		middle = d.take("orders", filepath.Join(d.work, "middle.csv"), "w").Report.Import.ID
		if cents, _ := d.state("w"); cents != before {
			t.Fatalf("imported again: money %d, want %d", cents, before)
		}
	}
	d.good("doctor")
}

// A killed backup leaves no file under the name that was asked for, or a whole
// one; the next one works.
func TestChaosKilledBackup(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take("orders", d.write("a.csv", shop{"A", 10_000, 500, 1}.csv()), "w")
	cents, _ := d.state("w")
	file := filepath.Join(d.work, "backup")
	takes := d.clock("backup", filepath.Join(d.work, "rehearsal"))
	r := rand.New(rand.NewPCG(13, 1))
	for i := range chaos(t, 3) {
		d.killed(r, takes, "backup", file)
		if _, err := os.Stat(file); err == nil {
			d.restored(fmt.Sprint("restored", i), file, cents)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.good("backup", file)
	d.restored("at last", file, cents)
	if now, _ := d.state("w"); now != cents {
		t.Errorf("money %d, want %d", now, cents)
	}
	d.onlyHere(d.work, "a.csv", "backup", "rehearsal")
}

func (d *desk) restored(name, file string, want int) {
	d.t.Helper()
	other := d.elsewhere(name)
	other.good("restore", file)
	if cents, _ := other.state("w"); cents != want {
		d.t.Errorf("%s: money %d, want %d", name, cents, want)
	}
	if err := os.RemoveAll(other.dir); err != nil {
		d.t.Fatal(err)
	}
}

// A killed restore leaves no data directory or a whole one.
func TestChaosKilledRestore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take("orders", d.write("a.csv", shop{"A", 10_000, 500, 1}.csv()), "w")
	cents, _ := d.state("w")
	file := filepath.Join(d.work, "backup")
	d.good("backup", file)
	takes := d.elsewhere("rehearsal").clock("restore", file)
	r := rand.New(rand.NewPCG(14, 1))
	for i := range chaos(t, 3) {
		other := d.elsewhere(fmt.Sprint("try", i))
		other.killed(r, takes, "restore", file)
		if _, err := os.Stat(other.dir); err == nil {
			if got, _ := other.state("w"); got != cents {
				t.Fatalf("try %d: money %d, want %d", i, got, cents)
			}
		} else {
			other.good("restore", file)
		}
	}
	// What the killed ones left, with the key in it, goes with the next.
	d.elsewhere("the last").good("restore", file)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(d.dir), ".perennial-restore-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A killed restore into servers is repeated, whatever it had done, unless it was
// done with everything; once its directory is there, what reads it goes on as well.
func TestChaosKilledRestoreIntoServers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := testengine.ClickHouse(t, 1)
	d.take("orders", d.write("a.csv", shop{"A", 10_000, 500, 1}.csv()), "w")
	cents, _ := d.state("w")
	file := filepath.Join(d.work, "backup")
	d.good("backup", file)
	at := func(name string) *desk {
		other := d.elsewhere(name)
		other.servedBy(testengine.Postgres(t), c.URL(name))
		return other
	}
	takes := at("rehearsal").clock("restore", file)
	r := rand.New(rand.NewPCG(15, 1))
	for i := range chaos(t, 4) {
		other := at(fmt.Sprint("try", i))
		other.killed(r, takes, "restore", file)
		if err := c.Revive(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, absent := os.Stat(filepath.Join(other.dir, "vault.key"))
		_, unfinished := os.Stat(filepath.Join(other.dir, "restoring"))
		if absent != nil || unfinished == nil && i%2 == 0 {
			other.good("restore", file)
		}
		if got, _ := other.state("w"); got != cents {
			t.Fatalf("try %d: money %d, want %d", i, got, cents)
		}
	}
}
