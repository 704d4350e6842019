package postgres

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/testengine"
)

// What is wrong with TLS is told apart, and from a server that does not answer.
func TestFaultsOfTLS(t *testing.T) {
	server := testengine.StartPostgres(t)
	authority, stranger := testengine.NewAuthority(t), testengine.NewAuthority(t)
	dir := t.TempDir()
	ours, theirs := filepath.Join(dir, "ours.pem"), filepath.Join(dir, "theirs.pem")
	for path, root := range map[string][]byte{ours: authority.Root, theirs: stranger.Root} {
		if err := os.WriteFile(path, root, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address, err := url.Parse(server.URL("test"))
	if err != nil {
		t.Fatal(err)
	}
	port := address.Port()
	at := func(host string, query ...string) string {
		u := *address
		u.Host, u.RawQuery = host+":"+port, strings.Join(query, "&")
		return u.String()
	}
	refused := func(name, address, code, fact string) {
		t.Helper()
		s, err := Open(t.Context(), Options{URL: address})
		if e := perennial.AsError(err); e == nil || e.Code != code || !strings.Contains(e.Sentence.ZH, fact) || !strings.Contains(e.Sentence.EN, fact) || e.Hint.IsZero() {
			t.Errorf("%s: %v, want %s with %s", name, err, code, fact)
		}
		if err == nil {
			_ = s.Close()
		}
	}
	refused("no TLS", at("127.0.0.1", "sslmode=require"), "store.no_tls", "127.0.0.1:"+port)

	refused("nobody", "postgres://u:p@127.0.0.1:1/d?sslmode=require", "store.host_unreachable", "127.0.0.1:1")

	certificate, key := authority.Issue("localhost", time.Hour)
	var setup strings.Builder
	for file, text := range map[string][]byte{"server.crt": certificate, "server.key": key, "pg_hba.conf": []byte("hostssl all all all scram-sha-256\n")} {
		fmt.Fprintf(&setup, "copy (select regexp_split_to_table('%s', E'\\n')) to program 'umask 077; cat > %s';\n", text, file)
	}
	for _, q := range []string{setup.String(), "alter system set ssl = on"} {
		if _, err := server.Run("psql", server.URL("test"), "-v", "ON_ERROR_STOP=1", "-c", q); err != nil {
			t.Fatal(err)
		}
	}
	server.Kill()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	refused("plain", at("127.0.0.1", "sslmode=disable"), "store.needs_tls", "127.0.0.1:"+port)
	refused("another name", at("127.0.0.1", "sslmode=verify-full", "sslrootcert="+ours), "store.wrong_certificate", "localhost")
	refused("unknown authority", at("localhost", "sslmode=verify-full", "sslrootcert="+theirs), "store.untrusted_certificate", "localhost:"+port)
	refused("no file", at("localhost", "sslmode=verify-full", "sslrootcert="+filepath.Join(dir, "absent.pem")), "store.no_certificate", "absent.pem")
	s, err := Open(t.Context(), Options{URL: at("localhost", "sslmode=verify-full", "sslrootcert="+ours)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
