package postgres

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"perennial"
	"perennial/internal/certificate"
)

// readable gives the faults that a person can mend a code and a sentence. Causes
// are the server's and the driver's words, which have user, host and database
// and never the password.
func readable(err error) error {
	if err == nil || perennial.CodeOf(err) != "" || errors.Is(err, context.Canceled) {
		return err
	}
	code := sqlState(err)
	var connect *pgconn.ConnectError
	errors.As(err, &connect)
	switch class := code[:min(2, len(code))]; {
	case code == "28000" && connect != nil && !triesTLS(connect.Config) && strings.Contains(err.Error(), "no encryption"):
		return perennial.NewError(perennial.KindInvalid, "store.needs_tls",
			perennial.Say("PostgreSQL（%s）不接受不加密的连接。", "PostgreSQL at %s does not take connections without TLS.", hosts(connect.Config))).
			WithHint(perennial.Say("把 state 地址里的 sslmode=disable 换成 sslmode=require 或 verify-full。", "Write sslmode=require or verify-full in the place of sslmode=disable in the address of state.")).
			Because(plain(err))
	case code == "28P01" || code == "28000":
		return perennial.NewError(perennial.KindForbidden, "store.wrong_password",
			perennial.Say("PostgreSQL 不接受这个用户名或密码。", "PostgreSQL does not accept this user or password.")).
			WithHint(perennial.Say("检查配置里 state 地址中的用户名和密码；密码里的特殊字符要做 URL 编码。",
				"Check user and password in the address of state; special characters in a password are percent-encoded.")).
			Because(plain(err))
	case code == "3D000":
		return perennial.NewError(perennial.KindNotFound, "store.no_database",
			perennial.Say("PostgreSQL 里没有这个数据库。", "There is no such database on the PostgreSQL server.")).
			WithHint(perennial.Say("用 createdb 建好，或改正 state 地址里的库名。", "Make it with createdb, or correct its name in the address of state.")).
			Because(plain(err))
	case code == "42501" || code == "25006":
		return perennial.NewError(perennial.KindForbidden, "store.not_writable",
			perennial.Say("这个用户在 PostgreSQL 里权限不够，或这台服务器只读。", "This user lacks rights on the PostgreSQL server, or the server is read-only.")).
			WithHint(perennial.Say("让它成为数据库的所有者；连接主库，不要连备库。", "Make it the owner of the database; connect to the primary, not to a standby.")).
			Because(plain(err))
	case code == "53300":
		return perennial.NewError(perennial.KindUnavailable, "store.too_many_connections",
			perennial.Say("PostgreSQL 的连接数已用完。", "PostgreSQL has no connection left.")).
			WithHint(perennial.Say("调大服务器的 max_connections，或减少别的程序的连接。", "Raise max_connections on the server, or close connections of other programs.")).
			Because(plain(err))
	case code == "53100":
		return perennial.NewError(perennial.KindUnavailable, "store.disk_full",
			perennial.Say("PostgreSQL 服务器的磁盘满了。", "The disk of the PostgreSQL server is full.")).
			WithHint(perennial.Say("腾出空间后再试；没有写进一半的数据。", "Free some space and try again; nothing half-written remains.")).
			Because(plain(err))
	case code == "55P03" || code == "40001" || code == "40P01":
		return perennial.NewError(perennial.KindConflict, "store.busy",
			perennial.Say("另一个程序正在写状态库。", "Another program is writing to the state database.")).
			WithHint(perennial.Say("等它结束后再试。", "Try again when it has finished.")).
			Because(plain(err))
	case class == "XX":
		return perennial.NewError(perennial.KindInternal, "store.damaged",
			perennial.Say("PostgreSQL 说状态库已损坏或自身出错。", "PostgreSQL reports damage in the state database, or a fault of its own.")).
			WithHint(perennial.Say("查看服务器日志；必要时用 perennial restore 恢复最近的备份。",
				"Look at the server's log; if need be restore the latest backup with perennial restore.")).
			Because(plain(err))
	case class == "57" && code != "57014" || class == "08":
		return lost(plain(err))
	}
	if connect != nil {
		return noConnection(connect, err)
	}
	return err
}

// refusedTLS is what the driver says where the server has no TLS.
const refusedTLS = "server refused TLS connection"

// noConnection says why no connection came about: the certificate was not
// accepted, the server has no TLS, or nobody answered.
func noConnection(connect *pgconn.ConnectError, err error) error {
	at := hosts(connect.Config)
	if e := certificate.Fault(err, "PostgreSQL "+at, perennial.Say("在 state 地址里用 sslrootcert=文件 给出签发机构的根证书。",
		"Give the authority's root certificate in the address of state, with sslrootcert=FILE.")); e != nil {
		return e
	}
	if strings.Contains(err.Error(), refusedTLS) {
		return perennial.NewError(perennial.KindInvalid, "store.no_tls",
			perennial.Say("PostgreSQL（%s）没有开启 TLS，而地址要求加密。", "PostgreSQL at %s has no TLS, which the address asks for.", at)).
			WithHint(perennial.Say("让管理员在服务器上开启 ssl；可信的网络里也可以用 sslmode=disable。",
				"Have ssl switched on at the server; within a network that is trusted sslmode=disable does without.")).
			Because(plain(err))
	}
	return perennial.NewError(perennial.KindUnavailable, "store.host_unreachable",
		perennial.Say("连不上 PostgreSQL：%s。", "PostgreSQL does not answer at %s.", at)).
		WithHint(perennial.Say("检查 state 地址里的主机和端口，服务器是否在运行，防火墙是否放行。",
			"Check host and port in the address of state, whether the server runs, and the firewall.")).
		Because(plain(err))
}

// triesTLS tells whether any of the connections that a configuration tries is
// encrypted.
func triesTLS(c *pgconn.Config) bool {
	return c.TLSConfig != nil || slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig != nil })
}

// hosts names the servers that a configuration tries, with their ports.
func hosts(c *pgconn.Config) string {
	list := []string{net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))}
	for _, f := range c.Fallbacks {
		if at := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))); !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	return strings.Join(list, ", ")
}

// lost says that the connection ended under a transaction that was not committed.
func lost(err error) error {
	return perennial.NewError(perennial.KindUnavailable, "store.connection_lost",
		perennial.Say("与 PostgreSQL 的连接断了。", "The connection to PostgreSQL was lost.")).
		WithHint(perennial.Say("这一步没有写进任何数据；服务器恢复后再试。", "Nothing of this step was written; try again when the server is back.")).
		Because(err)
}

// unknownOutcome says that the connection ended between asking for a commit and
// hearing of it.
func unknownOutcome(err error) error {
	return perennial.NewError(perennial.KindUnavailable, "store.outcome_unknown",
		perennial.Say("提交时与 PostgreSQL 的连接断了，不知道这一步有没有写进去。",
			"The connection to PostgreSQL was lost during a commit: this step was written wholly or not at all.")).
		WithHint(perennial.Say("服务器恢复后先看结果再决定是否重做；不会只写一半。",
			"When the server is back, look whether it was before you repeat it.")).
		Because(err)
}

func invalidURL() error {
	return perennial.NewError(perennial.KindInvalid, "store.wrong_url",
		perennial.Say("PostgreSQL 的地址写得不对。", "The address of PostgreSQL cannot be read.")).
		WithHint(perennial.Say("写成 postgres://用户:密码@主机:5432/库名；密码里的特殊字符要做 URL 编码。",
			"Write postgres://user:password@host:5432/database; special characters in a password are percent-encoded."))
}

// unreadable says why an address cannot be used that is a URL: a file that it names
// is missing, or else it is written wrongly.
func unreadable(u *url.URL) error {
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey"} {
		path := u.Query().Get(name)
		if path == "" || path == "system" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return perennial.NewError(perennial.KindNotFound, "store.no_certificate",
				perennial.Say("打不开 state 地址里 %s 指的文件 %s。", "The file that %s in the address of state names, %s, cannot be opened.", name, path)).
				WithHint(perennial.Say("检查路径和权限。", "Check the path and its permissions.")).Because(err)
		}
	}
	return invalidURL()
}

func strangeTables(database, found string) error {
	return perennial.NewError(perennial.KindConflict, "store.strange_tables",
		perennial.Say("数据库 %[1]s 里已有别的程序的表（%[2]s）。", "The database %[1]s already has tables of another program (%[2]s).", database, found)).
		WithHint(perennial.Say("给常青单独建一个空库，写进 state 地址；那个库没有改动。", "Give Perennial an empty database of its own and name it in the address of state; nothing was changed in that one."))
}

// acceptable refuses servers that are too old or do not keep text as Unicode, by
// what they say of themselves: "15.3 (Debian …)", "16beta1".
func acceptable(version, encoding string) error {
	digits := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(version)
	}
	if major, err := strconv.Atoi(version[:digits]); err != nil || major < oldest {
		return perennial.NewError(perennial.KindConflict, "store.wrong_version",
			perennial.Say("PostgreSQL 的版本是 %s，需要 %d 或更新。", "The server is PostgreSQL %s; %d or newer is needed.", version, oldest)).
			WithHint(perennial.Say("升级服务器，或连接另一台。", "Upgrade the server, or connect to another."))
	}
	if !strings.EqualFold(encoding, "UTF8") {
		return perennial.NewError(perennial.KindConflict, "store.wrong_encoding",
			perennial.Say("数据库的编码是 %s，需要 UTF8。", "The encoding of the database is %s; UTF8 is needed.", encoding)).
			WithHint(perennial.Say("用 createdb --encoding UTF8 --template template0 重建。", "Make it anew with createdb --encoding UTF8 --template template0."))
	}
	return nil
}

// plain keeps what an error says and drops what it carries: a driver's errors
// hold the whole configuration, and with it the password.
func plain(err error) error { return errors.New(err.Error()) }
