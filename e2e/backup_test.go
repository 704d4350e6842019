package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// furnish fills a data directory with two workspaces and returns a picture of
// the first.
func (d *desk) furnish() object {
	d.t.Helper()
	d.take("orders", d.write("订单.csv", shop{"A", 1_500, 200, 4}.csv()), "店铺")
	d.take("customers", d.write("会员.csv", "会员卡号,姓名,手机号,入会日期\n000001,云一,13800000001,2023-05-01\n"), "店铺")
	d.take("orders", d.write("other.csv", shop{"B", 300, 50, 5}.csv()), "other")
	return d.picture("店铺")
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.furnish()
	file := filepath.Join(d.work, "备份.perennial")
	doc := d.json("backup", file)
	if at(doc, "manifest", "with_key") != true || len(at(doc, "manifest", "workspaces").([]any)) != 2 {
		t.Errorf("backup says %v", doc)
	}
	d.refused("backup.exists", 4, "backup", file)
	absent := filepath.Join(d.work, "没有的目录")
	d.refused("file.no_directory", 3, "backup", filepath.Join(absent, "备份.perennial"))
	if r := d.run("backup", filepath.Join(absent, "备份.perennial")); !strings.Contains(r.err, absent) || strings.Contains(r.err, "数据目录") {
		t.Errorf("a folder that does not exist: %s", r.err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read a backup that holds the key: %v %v", info.Mode(), err)
	}

	other := d.elsewhere("restored")
	other.good("restore", file)
	alike(t, "restored", before, other.picture("店铺"))
	other.refused("restore.not_empty", 4, "restore", file)
	if list := other.list(); len(list) != 3 {
		t.Errorf("imports after restore: %+v", list)
	}
	// The restored installation lives on: the same file is a duplicate in it.
	if in := other.take("orders", filepath.Join(d.work, "订单.csv"), "店铺"); in.Report.Counts.Accepted != 0 {
		t.Errorf("the same file after restore: %+v", in.Report.Counts)
	}
	other.good("doctor")

	empty := d.elsewhere("empty")
	if err := os.Mkdir(empty.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	empty.good("restore", file)
	alike(t, "restored into an empty directory", before, empty.picture("店铺"))
	d.onlyHere(d.work, "订单.csv", "会员.csv", "other.csv", "备份.perennial")
	d.clean()
}

// onlyHere checks that a folder holds these files and nothing else.
func (d *desk) onlyHere(dir string, names ...string) {
	d.t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			d.t.Errorf("left behind: %s", filepath.Join(dir, e.Name()))
		}
	}
}

func TestBackupWithoutKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.furnish()
	file := filepath.Join(d.work, "keyless")
	if doc := d.json("backup", file, "--without-key"); at(doc, "manifest", "with_key") != false {
		t.Errorf("backup says %v", doc)
	}
	other := d.elsewhere("restored")
	if r := other.good("restore", file, "--lang", "en"); !strings.Contains(r.out, "vault.key") {
		t.Errorf("restore does not ask for the key:\n%s", r.out)
	}
	if _, err := os.Stat(filepath.Join(other.dir, "vault.key")); err == nil {
		t.Fatal("the key is in the backup after all")
	}
	other.refused("vault.key", 3, "analyze", "--workspace", "店铺")
	key, err := os.ReadFile(filepath.Join(d.dir, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "vault.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	alike(t, "with the key put back", before, other.picture("店铺"))
}

func TestDamagedBackupIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.furnish()
	file := filepath.Join(d.work, "backup")
	d.good("backup", file)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 0x20
	for name, body := range map[string][]byte{
		"empty": {}, "half": good[:len(good)/2], "last byte missing": good[:len(good)-1], "one bit": flipped, "rubbish": []byte(strings.Repeat("no backup ", 500)),
	} {
		bad := filepath.Join(d.work, "bad")
		if err := os.WriteFile(bad, body, 0o600); err != nil {
			t.Fatal(err)
		}
		other := d.elsewhere("from " + name)
		other.refused("restore.damaged", 2, "restore", bad)
		if _, err := os.Stat(other.dir); err == nil {
			t.Errorf("%s: something was restored", name)
		}
	}
	d.elsewhere("from nothing").refused("file.not_found", 3, "restore", filepath.Join(d.work, "absent"))
	root := filepath.Dir(d.dir)
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{"data", "home", "tmp", "work"}, e.Name()) {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.refused("dir.not_found", 3, "doctor")
	d.furnish()
	d.good("doctor")
	if doc := d.json("doctor"); at(doc, "ok") != true || len(at(doc, "checks").([]any)) < 5 {
		t.Errorf("doctor: %v", doc)
	}
	// sick damages a copy of the data and asks the doctor, who must find it with
	// exit code 1 or refuse to open it, in plain words either way.
	sick := func(name string, harm func(dir string) error, codes ...string) {
		t.Helper()
		patient := d.elsewhere(name)
		if err := os.CopyFS(patient.dir, os.DirFS(d.dir)); err != nil {
			t.Fatal(err)
		}
		if err := harm(patient.dir); err != nil {
			t.Fatal(err)
		}
		r := patient.run("doctor", "--json")
		var doc object
		r.document(&doc)
		found := at(doc, "error", "code")
		if checks, ok := doc["checks"].([]any); ok {
			for _, c := range checks {
				if at(c, "ok") == false && found == nil {
					found = at(c, "code")
				}
			}
		}
		if code, _ := found.(string); r.code == 0 || !slices.Contains(codes, code) {
			t.Errorf("%s: exit code %d, found %v, want %v\n%s", name, r.code, found, codes, r.err)
		}
	}
	warehouse := filepath.Join("workspaces", "店铺", "warehouse.duckdb")
	sick("state scribbled over", func(dir string) error { return scribble(filepath.Join(dir, "state.db"), 4096) }, "store.damaged")
	sick("state is no database", func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "state.db"), []byte(strings.Repeat("rubbish", 1000)), 0o600)
	}, "store.damaged")
	sick("state cut short", func(dir string) error { return os.Truncate(filepath.Join(dir, "state.db"), 8192) }, "store.damaged")
	sick("warehouse scribbled over", func(dir string) error { return scribble(filepath.Join(dir, warehouse), 0) }, "store.damaged")
	sick("warehouse cut short", func(dir string) error { return os.Truncate(filepath.Join(dir, warehouse), 20_000) }, "store.damaged")
	sick("warehouse gone", func(dir string) error { return os.Remove(filepath.Join(dir, warehouse)) }, "store.missing", "store.damaged")
	sick("key gone", func(dir string) error { return os.Remove(filepath.Join(dir, "vault.key")) }, "vault.key")
	sick("key of another", func(dir string) error {
		key, err := os.ReadFile(filepath.Join(dir, "vault.key"))
		if err != nil {
			return err
		}
		for i := range key {
			if key[i] >= 'A' && key[i] <= 'M' {
				key[i]++
			}
		}
		return os.WriteFile(filepath.Join(dir, "vault.key"), key, 0o600)
	}, "vault.key_wrong", "vault.unreadable")
	sick("key is rubbish", func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "vault.key"), []byte("rubbish"), 0o600)
	}, "vault.key")
}

// scribble overwrites a file with a pattern from an offset on.
func scribble(path string, from int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i := from; i < len(b); i++ {
		b[i] = byte(i * 7)
	}
	return os.WriteFile(path, b, 0o600)
}
