package clickhouse

import (
	"net"
	"strings"
	"testing"
	"time"

	"perennial"
	"perennial/internal/testengine"
)

// What is wrong with TLS is told apart, and from a server that does not answer.
func TestFaultsOfTLS(t *testing.T) {
	authority := testengine.NewAuthority(t)
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	go func() {
		for {
			c, err := plain.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1))
			_, _ = c.Write([]byte("\x02this is no handshake"))
			_ = c.Close()
		}
	}()
	good := authority.ServeTLS("localhost", time.Hour)
	for name, c := range map[string]struct{ host, options, code, fact string }{
		"another name":          {"127.0.0.1:" + good, "?secure=true", "store.wrong_certificate", "localhost"},
		"an unknown authority":  {"localhost:" + good, "?secure=true", "store.untrusted_certificate", "localhost:" + good},
		"an old certificate":    {"localhost:" + authority.ServeTLS("localhost", -time.Hour), "?secure=true", "store.expired_certificate", "localhost"},
		"a server without TLS":  {plain.Addr().String(), "?secure=true", "store.no_tls", plain.Addr().String()},
		"a server that has TLS": {"localhost:" + good, "", "store.needs_tls", "localhost:" + good},
		"nobody":                {"127.0.0.1:1", "?secure=true", "store.host_unreachable", "127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Options{URL: "clickhouse://u:hunter2@" + c.host + "/d" + c.options})
			e := perennial.AsError(err)
			if e == nil || e.Code != c.code || !strings.Contains(e.Sentence.ZH, c.fact) || !strings.Contains(e.Sentence.EN, c.fact) || e.Hint.IsZero() {
				t.Errorf("%v, want %s with %s", err, c.code, c.fact)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("an error shows the password: %v", err)
			}
		})
	}
}

func TestAServerIsNamedOnce(t *testing.T) {
	for _, hosts := range []string{"a:9000,a:9000", "a,b,a:9000", "a:9000,A", "[::1],[::1]:9000"} {
		_, err := parseURL("clickhouse://u:p@" + hosts + "/d")
		if e := perennial.AsError(err); e == nil || e.Code != "store.wrong_url" || !strings.Contains(e.Sentence.ZH, ":9000") {
			t.Errorf("%s: %v", hosts, err)
		}
	}
	for _, hosts := range []string{"a:9000,a:9001", "a,b"} {
		if _, err := parseURL("clickhouse://u:p@" + hosts + "/d"); err != nil {
			t.Errorf("%s: %v", hosts, err)
		}
	}
}
