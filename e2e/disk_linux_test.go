package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// disk mounts a small disk of its own and returns where; without the right to,
// the test is skipped.
func disk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v); run this test as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// full tells whether a run ended because the disk was full, and said so.
func full(r ended) {
	r.t.Helper()
	if r.code != 6 || !strings.Contains(r.err, "disk_full") || !containsAll(r.err, "The disk is full", "What to do:") {
		r.t.Errorf("%s: exit code %d, want 6 and a full disk:\n%s", r.line(), r.code, r.err)
	}
}

// ballast fills a disk but for some kilobytes, and returns what frees it.
func ballast(t *testing.T, dir string, leave int) (free func()) {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	size := int(stat.Bavail)*int(stat.Bsize) - leave<<10
	path := filepath.Join(dir, "ballast")
	if err := os.WriteFile(path, make([]byte, max(0, size)), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that fills up in an import: a clear word, and what was there before is
// as it was, also while the disk is full.
func TestChaosDiskFullImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.dir = filepath.Join(disk(t, 64), "data")
	small, big := shop{"S", 200, 30, 1}, shop{"B", 80_000, 500, 2}
	d.take("orders", d.write("small.csv", small.csv()), "w")
	file := d.write("big.csv", big.csv())
	for _, kilobytes := range []int{0, 300, 1_000} {
		free := ballast(t, filepath.Dir(d.dir), kilobytes)
		full(d.run("import", "orders", file, "--workspace", "w", "--lang", "en"))
		free()
		cents, imports := d.state("w")
		if cents != small.cents() || imports["big.csv"] == "done" {
			t.Fatalf("%d kB left: money %d, want %d; imports %v", kilobytes, cents, small.cents(), imports)
		}
	}
	if in := d.take("orders", file, "w"); in.Report.Counts.Accepted != big.orders {
		t.Errorf("with room again: %+v", in.Report.Counts)
	}
	if cents, _ := d.state("w"); cents != small.cents()+big.cents() {
		t.Errorf("with room again: money %d", cents)
	}
	d.good("doctor")
}

func TestChaosDiskFullBackup(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.furnish()
	small := disk(t, 8)
	for _, kilobytes := range []int{0, 16, 40} {
		free := ballast(t, small, kilobytes)
		full(d.run("backup", filepath.Join(small, "backup"), "--lang", "en"))
		free()
		d.onlyHere(small)
	}
	// A restore that finds no room leaves nothing either.
	file := filepath.Join(d.work, "backup")
	d.good("backup", file)
	ballast(t, small, 200)
	other := d.elsewhere("x")
	other.dir = filepath.Join(small, "restored")
	full(other.run("restore", file, "--lang", "en"))
	d.onlyHere(small, "ballast")
}

// What an analysis writes is written whole or not at all.
func TestChaosDiskFullOutputs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("订单.csv", shop{"A", 3_000, 2_500, 1}.csv())
	small := disk(t, 2)
	ballast(t, small, 100)
	for _, name := range []string{"page.html", "customers.csv", "customers.xlsx", "customers.parquet"} {
		flag := "--customers-out"
		if strings.HasSuffix(name, ".html") {
			flag = "--html"
		}
		full(d.run("analyze", file, flag, filepath.Join(small, name), "--lang", "en"))
		d.onlyHere(small, "ballast")
	}
	// Standard output is a file on a full disk as well.
	out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer out.Close()
	for _, args := range [][]string{{"analyze", file, "--json"}, {"analyze", file}, {"lifecycle", "rules"}} {
		cmd := d.command(args...)
		cmd.Stdout = out
		if err := cmd.Run(); err == nil {
			t.Errorf("%s > /dev/full says that all is well", strings.Join(args, " "))
		}
	}
	// The temporary folder is full.
	d.env = append(d.env, "TMPDIR="+small)
	full(d.run("analyze", file, "--lang", "en"))
	d.onlyHere(small, "ballast")
}
