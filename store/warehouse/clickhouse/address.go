package clickhouse

import (
	"crypto/tls"
	"net"
	"net/url"
	"slices"
	"strings"

	"perennial"
)

const (
	defaultPort     = "9000"
	defaultTLSPort  = "9440"
	defaultDatabase = "perennial"
	defaultCluster  = "perennial"
)

// address is what a URL says.
type address struct {
	hosts          []string // host:port
	user, password string
	database       string
	cluster        string
	replicated     bool
	tls            *tls.Config
}

// parseURL reads clickhouse://user:password@host1:9000,host2:9000/database with
// the options cluster=NAME, replicated=true and secure=true. An error never shows
// the URL, which holds a password.
func parseURL(text string) (address, error) {
	rest, ok := strings.CutPrefix(text, "clickhouse://")
	if !ok {
		return address{}, wrongURL("clickhouse://…")
	}
	// Several hosts with ports are no URL to net/url: they are taken out first.
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	login, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		login, hosts = authority[:at+1], authority[at+1:]
	}
	u, err := url.Parse("clickhouse://" + login + "host" + tail)
	if err != nil {
		return address{}, wrongURL("user:password@")
	}
	a := address{user: u.User.Username(), database: strings.Trim(u.Path, "/"), cluster: defaultCluster}
	a.password, _ = u.User.Password()
	port := defaultPort
	for name, values := range u.Query() {
		value := values[len(values)-1]
		switch {
		case name == "cluster" && value != "":
			a.cluster = value
		case name == "replicated" && (value == "true" || value == "false"):
			a.replicated = value == "true"
		case name == "secure" && value == "true":
			a.tls, port = &tls.Config{MinVersion: tls.VersionTLS12}, defaultTLSPort
		case name == "secure" && value == "false":
		default:
			return address{}, wrongURL("?" + name + "=")
		}
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if host == "" {
			return address{}, wrongURL("host1:9000,host2:9000")
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		if slices.ContainsFunc(a.hosts, func(other string) bool { return strings.EqualFold(other, host) }) {
			return address{}, twice(host)
		}
		a.hosts = append(a.hosts, host)
	}
	if a.user == "" {
		a.user = "default"
	}
	if a.database == "" {
		a.database = defaultDatabase
	}
	return a, nil
}

func wrongURL(part string) error {
	return perennial.NewError(perennial.KindInvalid, "store.wrong_url",
		perennial.Say("ClickHouse 的地址写法不对：%s", "The address of ClickHouse cannot be read: %s", part)).
		WithHint(perennial.Say("写成 clickhouse://用户:密码@主机1:9000,主机2:9000/数据库；密码里的特殊字符要转写，例如 @ 写成 %s。",
			"Write clickhouse://user:password@host1:9000,host2:9000/database; special characters of a password are percent-encoded: @ as %s.", "%40"))
}

func twice(host string) error {
	return perennial.NewError(perennial.KindInvalid, "store.wrong_url",
		perennial.Say("ClickHouse 的地址里，服务器 %s 写了两次。", "The address of ClickHouse names the server %s twice.", host)).
		WithHint(perennial.Say("每台服务器只写一次，用逗号隔开。", "Name each server once, with commas between them."))
}

// quoted makes an identifier of a name.
func quoted(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}

// literal makes a string literal of a text.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
