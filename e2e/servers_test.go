package e2e

import (
	"encoding/binary"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/state/postgres"
	"perennial/store/warehouse/clickhouse"
)

// servedBy writes the configuration of a data directory.
func (d *desk) servedBy(state, warehouse string) {
	d.t.Helper()
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	text := ""
	for key, value := range map[string]string{"state": state, "warehouse": warehouse} {
		if value != "" {
			text += key + ": " + value + "\n"
		}
	}
	if err := os.WriteFile(filepath.Join(d.dir, "perennial.yaml"), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// Everything that works on the embedded engines works on servers, and gives the
// same figures.
func TestOnServers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := testengine.ClickHouse(t, 2)
	large := d.elsewhere("large")
	state := testengine.Postgres(t)
	large.servedBy(state, c.URL("large"))
	before := d.furnish()
	alike(t, "on servers", before, large.furnish())

	r := large.good("doctor", "--lang", "en")
	u, err := url.Parse(state)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	for _, want := range []string{"PostgreSQL " + u.Host + u.Path, "ClickHouse " + c.Shards[0].Address} {
		if !strings.Contains(r.out, want) {
			t.Errorf("doctor does not name %s:\n%s", want, r.out)
		}
	}
	for _, args := range [][]string{{"doctor", "--json"}, {"version"}, {"version", "--json"}, {"import", "list"}} {
		if r := large.good(args...); strings.Contains(r.out+r.err, password) || strings.Contains(r.out+r.err, url.QueryEscape(password)) {
			t.Errorf("%s shows the password", r.line())
		}
	}
	file := filepath.Join(d.work, "large.backup")
	large.good("backup", file)
	copied := d.elsewhere("copy")
	copied.servedBy(testengine.Postgres(t), c.URL("copy"))
	copied.good("restore", file)
	alike(t, "the copy", before, copied.picture("店铺"))
	small := d.elsewhere("small")
	large.elsewhere("contradiction").servedBy("", c.URL("copy"))
	large.elsewhere("contradiction").refused("usage", 2, "restore", file, "--embedded")
	small.refused("file.not_found", 3, "restore", filepath.Join(d.work, "absent.backup"), "--embedded")
	if _, err := os.Stat(small.dir); err == nil {
		t.Error("a restore that failed left its directory")
	}
	small.good("restore", file, "--embedded")
	alike(t, "embedded again", before, small.picture("店铺"))

	for _, x := range []*desk{d, large, copied, small} {
		x.good("import", "undo", "2")
		x.good("import", "undo", "1")
		if got := number(t, x.picture("other"), "base", "revenue"); got != float64(shop{"B", 300, 50, 5}.cents())/100 {
			t.Errorf("%s: revenue %v", filepath.Base(x.dir), got)
		}
	}
	d.clean()
}

// A line that is lost from the configuration is asked for again; nothing is begun
// anew on the embedded engines.
func TestALineThatIsLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := testengine.ClickHouse(t, 1)
	state, warehouse := testengine.Postgres(t), c.URL("lost")
	d.servedBy(state, warehouse)
	d.take("orders", d.write("a.csv", shop{"A", 100, 20, 1}.csv()), "w")
	want := d.picture("w")
	u, err := url.Parse(state)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	for _, lost := range []struct{ state, warehouse, line string }{
		{"", warehouse, "state: postgres://用户:密码@" + u.Host + u.Path},
		{state, "", "warehouse: clickhouse://用户:密码@" + c.Shards[0].Address + "/lost"},
	} {
		d.servedBy(lost.state, lost.warehouse)
		d.refused("store.other_engine", 4, "analyze", "--workspace", "w")
		if r := d.run("analyze", "--workspace", "w"); !strings.Contains(r.err, lost.line) {
			t.Errorf("%s, want %s", r.err, lost.line)
		}
		d.servedBy(state, warehouse)
		alike(t, "with the line again", want, d.picture("w"))
	}
	for path, text := range snapshot(t, d.dir) {
		if filepath.Base(path) != "perennial.yaml" && strings.Contains(text, password) {
			t.Errorf("%s holds the password", path)
		}
	}
	d.clean()
}

// A look at a file works whether the servers do or not.
func TestAFileIsAnalysedWithoutServers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.servedBy("postgres://u:secret@127.0.0.1:1/d", "clickhouse://u:secret@127.0.0.1:1/d")
	d.good("analyze", d.write("a.csv", shop{"A", 100, 20, 1}.csv()))
	d.refused("store.host_unreachable", 6, "analyze", "--workspace", "w")
	d.clean()
}

// What can be wrong with the address of a server, or with the server.
func TestWrongServers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := d.write("a.csv", shop{"A", 10, 5, 1}.csv())
	refused := func(name, state, warehouse, code string, exit int) {
		t.Helper()
		other := d.elsewhere(name)
		other.servedBy(state, warehouse)
		args := []string{"import", "orders", file, "--workspace", "w"}
		other.refused(code, exit, args...)
		r := other.run(args...)
		if strings.Contains(r.out+r.err, "hunter2") {
			t.Errorf("%s: shows the password: %s", name, r.err)
		}
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		server := testengine.StartPostgres(t)
		at := func(f func(u *url.URL)) string {
			u, err := url.Parse(server.URL("test"))
			if err != nil {
				t.Fatal(err)
			}
			f(u)
			return u.String()
		}
		secret := url.UserPassword("perennial", "hunter2")
		refused("pg password", at(func(u *url.URL) { u.User = secret }), "", "store.wrong_password", 5)
		refused("pg host", at(func(u *url.URL) { u.User, u.Host = secret, "127.0.0.1:1" }), "", "store.host_unreachable", 6)
		refused("pg name", at(func(u *url.URL) { u.User, u.Host = secret, "no.such.host.invalid" }), "", "store.host_unreachable", 6)
		refused("pg database", at(func(u *url.URL) { u.Path = "absent" }), "", "store.no_database", 3)
		refused("pg url", "postgres://u:hunter2@h:port/d", "", "store.wrong_url", 2)
		refused("pg scheme", "mysql://u:hunter2@h/d", "", "config.invalid", 2)
		refused("pg old", "postgres://u:hunter2@"+oldPostgres(t)+"/d?sslmode=disable", "", "store.wrong_version", 4)
		if _, err := server.Run("createdb", "--maintenance-db", server.URL("postgres"), "-E", "SQL_ASCII", "-T", "template0", "--locale", "C", "--locale-provider", "libc", "ascii"); err != nil {
			t.Fatal(err)
		}
		refused("pg encoding", server.URL("ascii"), "", "store.wrong_encoding", 4)
		newer := d.elsewhere("pg newer")
		newer.servedBy(server.URL("test"), "")
		newer.take("orders", file, "w")
		if _, err := server.Run("psql", server.URL("test"), "-c", "update perennial_schema set version = 999"); err != nil {
			t.Fatal(err)
		}
		refused("pg newer", server.URL("test"), "", "store.newer_schema", 4)
	})
	t.Run("ClickHouse", func(t *testing.T) {
		c := testengine.ClickHouse(t, 1)
		address := c.Shards[0].Address
		refused("ch password", "", "clickhouse://default:hunter2@"+strictClickHouse(t)+"/d", "store.wrong_password", 5)
		refused("ch host", "", "clickhouse://default:hunter2@127.0.0.1:1/d", "store.host_unreachable", 6)
		refused("ch name", "", "clickhouse://default:hunter2@no.such.host.invalid/d", "store.host_unreachable", 6)
		refused("ch url", "", "clickhouse://default:hunter2@h/d?clutser=x", "store.wrong_url", 2)
		refused("ch cluster", "", "clickhouse://"+address+","+strings.Replace(address, "127.0.0.1", "localhost", 1)+"/d?cluster=absent", "store.wrong_cluster", 2)
		refused("ch twice", "", "clickhouse://"+address+","+address+"/d", "store.wrong_url", 2)
		refused("ch old", "", "clickhouse://default:hunter2@"+oldClickHouse(t)+"/d", "store.old_engine", 4)
		newer := d.elsewhere("ch newer")
		newer.servedBy("", c.URL("newer"))
		newer.take("orders", file, "w")
		w, err := clickhouse.Open(t.Context(), clickhouse.Options{URL: c.URL("newer"), Name: "w"})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Exec(t.Context(), sqlfile.Text("newer", "insert into schema_version values (999, 1, 1)"), nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		refused("ch newer", "", c.URL("newer"), "store.newer_schema", 4)
		// Another database than the facts are in.
		newer.servedBy("", c.URL("elsewhere"))
		newer.refused("store.no_facts", 4, "analyze", "--workspace", "w")
		// Another installation with the same address and workspace.
		mine, theirs := d.elsewhere("mine"), d.elsewhere("theirs")
		for _, x := range []*desk{mine, theirs} {
			x.servedBy("", c.URL("one"))
		}
		mine.take("orders", file, "w")
		theirs.refused("store.other_installation", 4, "import", "orders", file, "--workspace", "w")
		// The server of tests itself does not outlive a wrong password.
		mine.servedBy("", "clickhouse://default:hunter2@"+address+"/one")
		if r := mine.run("analyze", "--workspace", "w", "--lang", "en"); r.code != 5 || !strings.Contains(r.err, "store.wrong_password") || strings.Contains(r.err, "hunter2") {
			t.Errorf("exit code %d: %s", r.code, r.err)
		}
	})
}

// serveAs answers every client with hello and each later packet with reply.
func serveAs(t *testing.T, hello, reply []byte) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				answer, buf := hello, make([]byte, 1<<16)
				for {
					if _, err := c.Read(buf); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
					answer = reply
				}
			}()
		}
	}()
	return l.Addr().String()
}

// oldPostgres takes everybody in and says that it is PostgreSQL 13, in the messages
// of its protocol: type, length, body.
func oldPostgres(t *testing.T) string {
	message := func(kind byte, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(body))), body...)
	}
	ready := message('Z', "I")
	hello := message('R', "\x00\x00\x00\x00")
	for _, status := range []string{"server_version\x0013.15\x00", "server_encoding\x00UTF8\x00", "client_encoding\x00UTF8\x00", "standard_conforming_strings\x00on\x00"} {
		hello = append(hello, message('S', status)...)
	}
	return serveAs(t, append(hello, ready...), append(message('C', "SET\x00"), ready...))
}

// strictClickHouse accepts no password: an exception of the protocol with its code,
// name, message and stack, and nothing nested.
func strictClickHouse(t *testing.T) string {
	exception := binary.LittleEndian.AppendUint32([]byte{2}, 516)
	for _, s := range []string{"DB::Exception", "default: Authentication failed", ""} {
		exception = append(append(exception, byte(len(s))), s...)
	}
	return serveAs(t, append(exception, 0), nil)
}

// oldClickHouse says that it is ClickHouse 23.8: a hello of its protocol.
func oldClickHouse(t *testing.T) string {
	text := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	hello := append([]byte{0}, text("ClickHouse")...)
	for _, number := range []uint64{23, 8, 54460} {
		hello = binary.AppendUvarint(hello, number)
	}
	hello = append(append(hello, text("UTC")...), text("old")...)
	return serveAs(t, append(hello, 1), nil)
}

// One PostgreSQL database serves one program at a time, whichever directory it
// comes from.
func TestTwoDirectoriesOneDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	state := testengine.Postgres(t)
	d.servedBy(state, "")
	d.take("orders", d.write("a.csv", shop{"S", 100, 20, 1}.csv()), "w")
	other := d.elsewhere("other")
	other.servedBy(state, "")
	other.refused("store.other_directory", 4, "import", "list")
	key, err := os.ReadFile(filepath.Join(d.dir, "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other.dir, "vault.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	owner, err := postgres.Open(t.Context(), postgres.Options{URL: state, Owner: "the night shift"})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	other.refused("store.in_use", 4, "import", "list")
	if r := d.run("import", "list"); r.code != 4 || !strings.Contains(r.err, "the night shift") {
		t.Errorf("exit code %d, or the owner is not named: %s", r.code, r.err)
	}
	if err := owner.Close(); err != nil {
		t.Fatal(err)
	}
	d.good("doctor")
}
