//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"perennial/internal/dirlock"
)

// A data directory has one user at a time; the second is told who the first is.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("订单.csv", shop{"A", 50, 20, 2}.csv())
	d.take("orders", file, "w")
	lock, err := dirlock.Acquire(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, d.dir)
	backup := filepath.Join(d.work, "backup")
	for _, args := range [][]string{
		{"import", "orders", file, "--workspace", "w"}, {"import", "orders", file, "--workspace", "new"}, {"import", "list"},
		{"import", "undo", "1"}, {"analyze", "--workspace", "w"}, {"doctor"}, {"backup", backup}, {"demo"}, {"lifecycle", "calibrate", "--workspace", "w"},
	} {
		d.refused("dir.in_use", 4, args...)
	}
	if r := d.run("import", "list", "--lang", "en"); !strings.Contains(r.err, strconv.Itoa(os.Getpid())) {
		t.Errorf("the holder is not named: %s", r.err)
	}
	unchanged(t, "while another holds the lock", before, snapshot(t, d.dir))
	// A file is analysed in a directory of its own.
	d.good("analyze", file)
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if n := len(d.list()); n != 1 {
		t.Errorf("%d imports", n)
	}
	d.clean()
}

func unchanged(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for name := range before {
		if after[name] != before[name] {
			t.Errorf("%s: %s changed", what, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s: %s appeared", what, name)
		}
	}
}

// Two imports started at once: one goes through, the other goes through after
// it or is told that the directory is in use. Nothing is lost or doubled.
func TestTwoImportsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := shop{"A", 4_000, 300, 1}, shop{"B", 4_000, 300, 2}
	files := []string{d.write("a.csv", a.csv()), d.write("b.csv", b.csv())}
	var started []func() ended
	for _, file := range files {
		args := []string{"import", "orders", file, "--workspace", "w", "--lang", "en"}
		cmd := d.command(args...)
		var out strings.Builder
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started = append(started, func() ended {
			_ = cmd.Wait()
			return ended{t, args, cmd.ProcessState.ExitCode(), "", out.String()}
		})
	}
	for _, wait := range started {
		r := wait()
		r.sane()
		if r.code != 0 && (r.code != 4 || !strings.Contains(r.err, "dir.in_use")) {
			t.Errorf("%s: exit code %d: %s", r.line(), r.code, r.err)
		}
	}
	for _, file := range files {
		d.take("orders", file, "w")
	}
	if got, want := number(t, d.picture("w"), "base", "revenue"), float64(a.cents()+b.cents())/100; got != want {
		t.Errorf("revenue %v, want %v", got, want)
	}
}

// begun tells whether an import is in the middle by now: its warehouse grows.
func (d *desk) begun(workspace string) func() bool {
	dir := filepath.Join(d.dir, "workspaces", workspace)
	return func() bool {
		size := int64(0)
		for _, name := range []string{"warehouse.duckdb.wal", "warehouse.duckdb"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
				size += info.Size()
			}
		}
		return size > 1<<20
	}
}

// Ctrl-C in the middle of an import, and Ctrl-C twice.
func TestInterruptedImport(t *testing.T) {
	t.Parallel()
	big := shop{"A", 100_000, 500, 9}
	text := big.csv()
	for name, signals := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			file := d.write("big.csv", text)
			args := []string{"import", "orders", file, "--workspace", "w", "--lang", "en"}
			cmd := d.command(args...)
			var out strings.Builder
			cmd.Stderr = &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var over atomic.Bool
			done := make(chan struct{})
			go func() { _ = cmd.Wait(); over.Store(true); close(done) }()
			begun := d.begun("w")
			within(t, "the import begins", func() bool { return begun() || over.Load() })
			for range signals {
				if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
					t.Logf("it was over already: %v", err)
				}
			}
			<-done
			state := cmd.ProcessState
			ended{t, args, 0, "", out.String()}.sane()
			signalled := false
			if status, ok := state.Sys().(syscall.WaitStatus); ok {
				signalled = status.Signaled()
			}
			switch {
			case signals == 1 && (state.ExitCode() != 130 || !containsAll(out.String(), "Error cancelled: Stopped", "What to do:")):
				t.Errorf("exit code %d: %s", state.ExitCode(), out.String())
			case signals == 2 && !signalled && state.ExitCode() != 130:
				t.Errorf("exit code %d: %s", state.ExitCode(), out.String())
			}
			for _, in := range d.list() {
				if in.Status == "done" || in.Status == "running" {
					t.Errorf("after Ctrl-C the import is %s", in.Status)
				}
			}
			if in := d.take("orders", file, "w"); in.Report.Counts.Accepted != big.orders {
				t.Errorf("the same command again: %+v", in.Report.Counts)
			}
			if got, want := number(t, d.picture("w"), "base", "revenue"), float64(big.cents())/100; got != want {
				t.Errorf("revenue %v, want %v", got, want)
			}
			d.clean()
		})
	}
}

// Ctrl-C during an analysis leaves nothing in the temporary folder.
func TestInterruptedAnalysis(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("big.csv", shop{"A", 40_000, 500, 9}.csv())
	page := filepath.Join(d.work, "page.html")
	cmd := d.command("analyze", file, "--html", page, "--json", "--lang", "en")
	var out, problems strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, "a temporary installation", func() bool {
		entries, err := os.ReadDir(d.tmp)
		return err == nil && len(entries) > 0
	})
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	r := ended{t, []string{"analyze"}, cmd.ProcessState.ExitCode(), out.String(), problems.String()}
	r.sane()
	if r.code != 130 || at(parsed(r), "error", "code") != "cancelled" {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("a page was written")
	}
	d.onlyHere(d.work, "big.csv")
	d.clean()
}
