package app

import "testing"

func TestWithoutLogin(t *testing.T) {
	for address, want := range map[string]string{
		"":                        "",
		"postgres://u:p@h:5432/d": "postgres://h:5432/d",
		"postgres://u:p%40@h/d?password=x&sslmode=require": "postgres://h/d?sslmode=require",
		"postgres:///d?host=/run&user=u":                   "postgres:///d?host=%2Frun",
		"clickhouse://u:p@x@h1:9000,h2/d?secure=true":      "clickhouse://h1:9000,h2/d?secure=true",
		"clickhouse://h": "clickhouse://h/",
	} {
		if got := withoutLogin(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
