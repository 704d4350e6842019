package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/internal/testengine"
	"perennial/store/state"
	"perennial/store/state/sqlite"
	"perennial/store/state/statetest"
)

func opened(tb testing.TB, address string) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), Options{URL: address})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// byFolder gives each folder a database of its own.
func byFolder() statetest.Open {
	var mu sync.Mutex
	urls := map[string]string{}
	return func(tb testing.TB, dir string) state.State {
		tb.Helper()
		mu.Lock()
		defer mu.Unlock()
		if urls[dir] == "" {
			urls[dir] = testengine.Postgres(tb)
		}
		return opened(tb, urls[dir])
	}
}

func openSQLite(tb testing.TB, dir string) state.State {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), sqlite.Options{Path: filepath.Join(dir, "state.db")})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) { statetest.Run(t, byFolder()) }

func TestDumpsGoBetweenEngines(t *testing.T) {
	t.Run("from SQLite", func(t *testing.T) { statetest.Between(t, openSQLite, byFolder()) })
	t.Run("to SQLite", func(t *testing.T) { statetest.Between(t, byFolder(), openSQLite) })
}

func TestTablesAreListed(t *testing.T) {
	s := opened(t, testengine.Postgres(t))
	ctx := t.Context()
	got := map[string][]state.Column{}
	err := s.View(ctx, func(tx state.Tx) error {
		return tx.Query(ctx, `select table_name, column_name, data_type, collation_name from information_schema.columns
			where table_schema = 'public' and table_name <> 'perennial_schema' order by table_name, ordinal_position`, nil,
			func(scan func(...any) error) error {
				var table string
				var c state.Column
				var kind string
				var collation *string
				if err := scan(&table, &c.Name, &kind, &collation); err != nil {
					return err
				}
				if kind == "text" && (collation == nil || *collation != "C") {
					t.Errorf("%s.%s does not sort by its bytes", table, c.Name)
				}
				c.Type = state.Type(kind)
				got[table] = append(got[table], c)
				return nil
			})
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]state.Column{}
	for _, table := range state.Tables {
		want[table.Name] = table.Columns
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the migrations made\n%v\nstate.Tables has\n%v", got, want)
	}
}

func TestNumbered(t *testing.T) {
	for query, want := range map[string]string{
		"":                                  "",
		"select ?, ?":                       "select $1, $2",
		"select '?', 'a''?', ?":             "select '?', 'a''?', $1",
		`select "a?" from t where b=?`:      `select "a?" from t where b=$1`,
		"select 1 -- what?\n, ?":            "select 1 -- what?\n, $1",
		"select /* ? */ ? - ?":              "select /* ? */ $1 - $2",
		"select 'open ?":                    "select 'open ?",
		"select ?,?,?,?,?,?,?,?,?,? -- end": "select $1,$2,$3,$4,$5,$6,$7,$8,$9,$10 -- end",
	} {
		if got := numbered(query); got != want {
			t.Errorf("numbered(%q) = %q", query, got)
		}
	}
}

// change returns an address with another part.
func change(t *testing.T, address string, f func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	f(u)
	return u.String()
}

func TestWrongAddresses(t *testing.T) {
	right := testengine.Postgres(t)
	const secret = "s3cr3t"
	for name, c := range map[string]struct{ url, code string }{
		"password":     {change(t, right, func(u *url.URL) { u.User = url.UserPassword("perennial", secret) }), "store.wrong_password"},
		"user":         {change(t, right, func(u *url.URL) { u.User = url.UserPassword("nobody", secret) }), "store.wrong_password"},
		"database":     {change(t, right, func(u *url.URL) { u.Path = "/absent" }), "store.no_database"},
		"port":         {change(t, right, func(u *url.URL) { u.Host, u.User = "127.0.0.1:1", url.UserPassword("perennial", secret) }), "store.host_unreachable"},
		"host":         {change(t, right, func(u *url.URL) { u.Host = "host.invalid:5432" }), "store.host_unreachable"},
		"scheme":       {"mysql://a:" + secret + "@b/c", "store.wrong_url"},
		"no address":   {"postgres://a:" + secret + "@b:port/c", "store.wrong_url"},
		"a space":      {"postgres://a:" + secret + " @b/c", "store.wrong_url"},
		"ssl mode":     {"postgres://a:" + secret + "@b/c?sslmode=" + secret, "store.wrong_url"},
		"key and word": {"host=b password=" + secret, "store.wrong_url"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), Options{URL: c.url})
			if perennial.CodeOf(err) != c.code || s != nil {
				t.Fatalf("error %v, want %s", err, c.code)
			}
			e := perennial.AsError(err)
			if e.Sentence.ZH == "" || e.Hint.ZH == "" || e.Hint.EN == "" {
				t.Errorf("nothing to read: %+v", e)
			}
			right, _ := url.Parse(right)
			password, _ := right.User.Password()
			for _, shown := range []string{err.Error(), fmt.Sprintf("%+v %#v", err, err), fmt.Sprintf("%+v %#v", e.Err, e.Err)} {
				if strings.Contains(shown, secret) || strings.Contains(shown, password) {
					t.Errorf("shows the password: %s", shown)
				}
			}
		})
	}
}

func TestServersThatAreRefused(t *testing.T) {
	for _, c := range []struct{ version, encoding, code string }{
		{"13.15", "UTF8", "store.wrong_version"},
		{"9.6.24", "UTF8", "store.wrong_version"},
		{"", "UTF8", "store.wrong_version"},
		{"15.3 (Debian 15.3-0+deb12u1)", "SQL_ASCII", "store.wrong_encoding"},
		{"14.0", "UTF8", ""},
		{"18beta1", "UTF8", ""},
		{"18", "UTF8", ""},
	} {
		if err := acceptable(c.version, c.encoding); perennial.CodeOf(err) != c.code {
			t.Errorf("%s, %s: %v", c.version, c.encoding, err)
		}
	}
}

func TestRefusesANewerSchema(t *testing.T) {
	address := testengine.Postgres(t)
	s := opened(t, address)
	ctx := t.Context()
	err := s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "update perennial_schema set version = 999")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, Options{URL: address}); perennial.CodeOf(err) != "store.newer_schema" {
		t.Errorf("opened a newer schema: %v", err)
	}
}

func put(ctx context.Context, s state.State, name string) error {
	return s.Update(ctx, func(tx state.Tx) error {
		_, err := tx.Exec(ctx, "insert into settings (workspace_id, name, value, version) values (1, ?, '', 1)", name)
		return err
	})
}

func stored(t *testing.T, s state.State) (n int) {
	t.Helper()
	ctx := t.Context()
	err := s.View(ctx, func(tx state.Tx) error {
		_, err := tx.Get(ctx, "select count(*) from settings", nil, &n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAServerKilledInTheMiddleOfAnUpdate(t *testing.T) {
	server := testengine.StartPostgres(t)
	s := opened(t, server.URL("test"))
	ctx := t.Context()
	if err := put(ctx, s, "before"); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, s); n != 1 { // a reader's connection, too, is to be left dead
		t.Fatalf("%d rows", n)
	}
	err := s.Update(ctx, func(tx state.Tx) error {
		const q = "insert into settings (workspace_id, name, value, version) values (1, ?, '', 1)"
		if _, err := tx.Exec(ctx, q, "first half"); err != nil {
			t.Fatal(err)
		}
		server.Kill()
		_, err := tx.Exec(ctx, q, "second half")
		return err
	})
	if perennial.CodeOf(err) != "store.connection_lost" {
		t.Errorf("the interrupted write: %v", err)
	}
	if err := put(ctx, s, "down"); perennial.CodeOf(err) != "store.host_unreachable" {
		t.Errorf("a write without a server: %v", err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, s); n != 1 {
		t.Errorf("%d rows after the restart", n)
	}
	if err := put(ctx, s, "after"); err != nil {
		t.Errorf("the next write: %v", err)
	}
	if n := stored(t, s); n != 2 {
		t.Errorf("%d rows after the next write", n)
	}
	// A restart that nobody noticed.
	server.Kill()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := put(ctx, s, "unnoticed"); err != nil {
		t.Errorf("the first write after a restart: %v", err)
	}
	if n := stored(t, s); n != 3 {
		t.Errorf("%d rows after an unnoticed restart", n)
	}
}

func TestACommitThatNobodyHeardOf(t *testing.T) {
	server := testengine.StartPostgres(t)
	s := opened(t, server.URL("test"))
	err := s.Update(t.Context(), func(state.Tx) error {
		server.Kill()
		return nil
	})
	if perennial.CodeOf(err) != "store.outcome_unknown" {
		t.Errorf("a commit to a dead server: %v", err)
	}
}

func TestAMigrationCutInTheMiddle(t *testing.T) {
	address := testengine.Postgres(t)
	s := opened(t, address)
	ctx := t.Context()
	steps, err := state.Migrations("postgres")
	if err != nil {
		t.Fatal(err)
	}
	next := len(steps) + 1
	cut := sqlfile.Migration{Version: next, File: "cut.sql", SQL: `create table half (id bigint primary key);
		insert into half values (1);
		select pg_terminate_backend(pg_backend_pid());`}
	if err := s.migrate(ctx, append(steps[:next-1:next-1], cut), 0); perennial.CodeOf(readable(err)) != "store.connection_lost" {
		t.Errorf("the cut migration: %v", err)
	}
	if v, err := s.Check(ctx); err != nil || v != next-1 {
		t.Errorf("version %d after the cut, %v", v, err)
	}
	// A restore stops before a step that its dump does not know.
	if err := s.migrate(ctx, append(steps[:next-1:next-1], cut), next-1); err != nil {
		t.Errorf("stopping at version %d: %v", next-1, err)
	}
	// The next start does the whole step.
	whole := cut
	whole.SQL = "create table half (id bigint primary key)"
	if err := s.migrate(ctx, append(steps[:next-1:next-1], whole), 0); err != nil {
		t.Errorf("the step again: %v", err)
	}
	if v, err := s.Check(ctx); err != nil || v != next {
		t.Errorf("version %d after the repair, %v", v, err)
	}
}

func TestManyStartAtOnce(t *testing.T) {
	address := testengine.Postgres(t)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{URL: address})
			if err == nil {
				err = errors.Join(put(t.Context(), s, fmt.Sprint(i)), s.Close())
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if n := stored(t, opened(t, address)); n != len(errs) {
		t.Errorf("%d writers of %d", n, len(errs))
	}
}

func TestWritersOfTwoProcessesTakeTurns(t *testing.T) {
	address := testengine.Postgres(t)
	ctx := t.Context()
	one := opened(t, address)
	other, err := Open(ctx, Options{URL: address, BusyTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = one.Update(ctx, func(state.Tx) error {
		if err := put(ctx, other, "other"); perennial.CodeOf(err) != "store.busy" {
			t.Errorf("a write beside another's: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := put(ctx, other, "other"); err != nil {
		t.Errorf("the write afterwards: %v", err)
	}
}

func TestRunsAgainWhatTheServerGaveUp(t *testing.T) {
	s := opened(t, testengine.Postgres(t))
	ctx := t.Context()
	runs := 0
	err := s.Update(ctx, func(tx state.Tx) error {
		runs++
		if runs > 2 {
			return nil
		}
		_, err := tx.Exec(ctx, "do $$ begin raise exception 'deadlock' using errcode = '40P01'; end $$")
		return err
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

// A database in which another program has anything is refused and left as it is; what
// an extension brings is nobody's.
func TestStrangeTables(t *testing.T) {
	ctx := t.Context()
	for _, made := range []string{
		"create table settings (a int)", "create table orders (a int)", "create schema shop; create table shop.orders (a int)",
		"create view v as select 1 as a", "create sequence s",
	} {
		address := testengine.Postgres(t)
		p, err := pool(ctx, Options{URL: address}, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := p.Exec(ctx, made); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, Options{URL: address}); perennial.CodeOf(err) != "store.strange_tables" {
			t.Errorf("%s: opened another's database: %v", made, err)
		}
		var ours bool
		if err := p.QueryRow(ctx, "select to_regclass('perennial_schema') is not null").Scan(&ours); err != nil || ours {
			t.Errorf("%s: something was made: %v", made, err)
		}
	}
	address := testengine.Postgres(t)
	p, err := pool(ctx, Options{URL: address}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Exec(ctx, "create extension pg_stat_statements"); err != nil {
		t.Skip("no extension to try: ", err)
	}
	for range 2 {
		s, err := Open(ctx, Options{URL: address})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
