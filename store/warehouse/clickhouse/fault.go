package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/ClickHouse/ch-go"
	"github.com/ClickHouse/ch-go/proto"

	"perennial"
	"perennial/internal/certificate"
)

// unreachable says that a server could not be reached, or that the connection to
// it broke after something was sent.
type unreachable struct {
	address string
	sent    bool
	err     error
}

func (u *unreachable) Error() string { return fmt.Sprintf("%s: %v", u.address, u.err) }
func (u *unreachable) Unwrap() error { return u.err }

// silent tells a server that was not reached, or went silent, from one that took
// the connection and answered strangely or hung up.
func (u *unreachable) silent() bool {
	var network net.Error
	var dial *net.OpError
	return u.sent || errors.Is(u.err, context.DeadlineExceeded) || errors.As(u.err, &network) && network.Timeout() ||
		errors.As(u.err, &dial) && dial.Op == "dial"
}

// refused is what a server said no with.
type refused struct {
	address string
	err     error
}

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// isBroken tells a lost connection from everything else.
func isBroken(err error) bool {
	var netErr net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, ch.ErrClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.As(err, &netErr)
}

// again runs f once more if the connection broke or was not made: for what may be
// repeated.
func again(ctx context.Context, f func() error) error {
	err := f()
	var down *unreachable
	if errors.As(err, &down) && ctx.Err() == nil {
		return f()
	}
	return err
}

// readable gives the faults that a person can mend a code and a sentence. The
// cause never holds a password: the server does not repeat it, and the URL is not
// kept.
func (s *Store) readable(err error) error {
	if err == nil || perennial.CodeOf(err) != "" {
		return err
	}
	var down *unreachable // which no end of the context is
	if errors.As(err, &down) {
		if s.shards == nil {
			return s.noConnection(down, err)
		}
		return shardDown(down.address, err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止。", "Stopped.")).
			WithHint(perennial.Say("没有留下写了一半的数据。", "Nothing half-written remains.")).Because(err)
	}
	exception, ok := ch.AsException(err)
	if !ok {
		return err
	}
	doing, _, _ := strings.Cut(err.Error(), ": ")
	text := fmt.Errorf("%s: %w", doing, describe(exception))
	switch exception.Code {
	case proto.ErrAuthenticationFailed, proto.ErrWrongPassword, proto.ErrUnknownUser, proto.ErrRequiredPassword:
		return perennial.NewError(perennial.KindForbidden, "store.wrong_password",
			perennial.Say("ClickHouse 不接受用户 %s 的密码。", "ClickHouse does not accept the password of the user %s.", s.address.user)).
			WithHint(perennial.Say("改正配置里的用户和密码。", "Correct user and password in the configuration.")).Because(text)
	case proto.ErrUnknownTable:
		if address, table := s.missingTable(err, exception); table != "" {
			return tableMissing(address, table, text)
		}
	case proto.ErrUnknownDatabase:
		address, database := place(err), s.all
		if m := unknownDatabase.FindStringSubmatch(exception.Message); m != nil {
			database = m[1]
		}
		return perennial.NewError(perennial.KindNotFound, "store.no_database",
			perennial.Say("ClickHouse 服务器 %[1]s 上没有数据库 %[2]s。", "There is no database %[2]s on the ClickHouse server %[1]s.", address, database)).
			WithHint(perennial.Say("检查配置里的数据库名；恢复备份或重新导入。", "Check its name in the configuration; restore a backup or import again.")).Because(text)
	case proto.ErrAccessDenied, proto.ErrDatabaseAccessDenied, proto.ErrReadonly:
		return perennial.NewError(perennial.KindForbidden, "store.not_writable",
			perennial.Say("ClickHouse 用户 %s 的权限不够。", "The ClickHouse user %s lacks a permission.", s.address.user)).
			WithHint(perennial.Say("让管理员授权：能建库建表、读写、改表，能读 system.clusters。",
				"Have it granted: create databases and tables, read, insert, alter, and read system.clusters.")).Because(text)
	case proto.ErrNoZookeeper, proto.ErrNoElementsInConfig:
		return perennial.NewError(perennial.KindInvalid, "store.no_keeper",
			perennial.Say("要求建副本，但 ClickHouse 服务器没有配置 Keeper 或宏 {replica}。", "Replicated tables are asked for, but a ClickHouse server has no Keeper or no macro {replica} in its configuration.")).
			WithHint(perennial.Say("在每台服务器上配置 zookeeper 和 macros；不要副本就去掉 ?replicated=true。",
				"Configure zookeeper and macros on every server, or leave ?replicated=true out.")).Because(text)
	case proto.ErrMemoryLimitExceeded:
		return perennial.NewError(perennial.KindUnavailable, "store.memory",
			perennial.Say("分析引擎的内存不够。", "The warehouse ran out of the memory it may use.")).
			WithHint(perennial.Say("调大 ClickHouse 的 max_memory_usage 或服务器内存。", "Raise ClickHouse's max_memory_usage or the server's memory.")).Because(text)
	case proto.ErrNotEnoughSpace, proto.ErrCannotWriteToFileDescriptor:
		return perennial.NewError(perennial.KindUnavailable, "store.disk_full", perennial.Say("ClickHouse 的磁盘满了。", "ClickHouse's disk is full.")).
			WithHint(perennial.Say("腾出空间后再试；没有写进一半的数据。", "Free some space and try again; nothing half-written remains.")).Because(text)
	}
	if exception.Code == allTriesFailed {
		if address, table := s.missingTable(err, exception); table != "" {
			return tableMissing(address, table, text)
		}
		// What the other server said, which is no sign of its death.
		if m := otherSaid.FindStringSubmatch(exception.Message); m != nil && !isNetwork(m[1]) {
			return text
		}
	}
	if address := s.missingShard(exception); address != "" {
		return shardDown(address, text)
	}
	return text
}

// noConnection says why no connection came about: nobody answered, the
// certificate was not accepted, or somebody answered in another protocol.
func (s *Store) noConnection(down *unreachable, err error) error {
	server := "ClickHouse " + down.address
	if e := certificate.Fault(err, server, perennial.Say("把签发机构的根证书装进系统的信任列表；在 Linux 上也可以用环境变量 SSL_CERT_FILE 指向它。",
		"Add the authority's root certificate to those that the system trusts; on Linux the variable SSL_CERT_FILE may name it instead.")); e != nil {
		return e
	}
	switch {
	case down.silent():
		return perennial.NewError(perennial.KindUnavailable, "store.host_unreachable",
			perennial.Say("连不上 ClickHouse 服务器 %s。", "The ClickHouse server %s cannot be reached.", down.address)).
			WithHint(perennial.Say("检查主机名、端口和防火墙，确认服务器开着。", "Check host, port and firewall, and that the server runs.")).Because(err)
	case s.address.tls != nil:
		return perennial.NewError(perennial.KindInvalid, "store.no_tls",
			perennial.Say("%s 在这个端口上不用 TLS。", "%s does not speak TLS on this port.", server)).
			WithHint(perennial.Say("换成服务器的 TLS 端口（一般是 9440）；服务器没有 TLS 就去掉地址里的 secure=true。",
				"Name the server's TLS port, usually 9440; if it has none, leave secure=true out of the address.")).Because(err)
	}
	return perennial.NewError(perennial.KindInvalid, "store.needs_tls",
		perennial.Say("%s 接了连接，却没有用不加密的 ClickHouse 协议应答。", "%s took the connection and did not answer in ClickHouse's protocol without TLS.", server)).
		WithHint(perennial.Say("这如果是服务器的 TLS 端口（一般是 9440），在地址后加 ?secure=true；否则写原生协议的端口（一般是 9000），不是 HTTP 的 8123。服务器正在启动的话，等一下再试。",
			"If this is the server's TLS port, usually 9440, add ?secure=true to the address; else name the port of its own protocol, usually 9000, not that of HTTP, 8123. If the server is just starting, try again.")).Because(err)
}

// describe keeps the first line of an exception: what follows is mostly a stack.
func describe(e *ch.Exception) error {
	line, rest, _ := strings.Cut(e.Message, "\n")
	line, _, _ = strings.Cut(line, " Stack trace:")
	if e.Code == allTriesFailed { // and the first of what was tried
		first, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		line += first
	}
	return fmt.Errorf("clickhouse %s (%d): %s", strings.TrimPrefix(e.Name, "DB::"), int(e.Code), line)
}

func shardDown(address string, err error) error {
	return perennial.NewError(perennial.KindUnavailable, "store.shard_down",
		perennial.Say("ClickHouse 的分片 %s 没有应答。", "The ClickHouse shard %s does not answer.", address)).
		WithHint(perennial.Say("等它恢复后再试；少一个分片的数字是错的，所以不给。",
			"Try again when it is back. Without a shard the figures would be wrong, so none are given.")).Because(err)
}

// allTriesFailed is the code under which a server that gathers answers tells every
// trouble with another: that it is down, and what it said.
const allTriesFailed = 279

var (
	noTable         = regexp.MustCompile("There is no table `(.+?)`\\.`(.+?)` on server: (\\S+)")
	unknownTable    = regexp.MustCompile(`(?:identifier '|Table )(\S+?)'? (?:in scope|does not exist|doesn't exist)`)
	unknownDatabase = regexp.MustCompile(`Database (\S+) (?:does not exist|doesn't exist)`)
	otherSaid       = regexp.MustCompile(`Code: (\d+)\. DB::`)
)

// isNetwork tells a code that says that a server does not answer: end of stream, no
// such host, time-out, network.
func isNetwork(code string) bool {
	switch code {
	case "32", "198", "209", "210":
		return true
	}
	return false
}

// place is the server that said no.
func place(err error) string {
	var r *refused
	if errors.As(err, &r) {
		return r.address
	}
	return "?"
}

// missingTable finds the server and the table, of this warehouse, that a server says
// it does not have.
func (s *Store) missingTable(err error, e *ch.Exception) (address, table string) {
	if m := noTable.FindStringSubmatch(e.Message); m != nil {
		return m[3], m[1] + "." + m[2]
	}
	m := unknownTable.FindStringSubmatch(e.Message)
	if m == nil {
		return "", ""
	}
	for _, t := range allTables() {
		if m[1] == t.Name {
			return place(err), s.own + "." + t.Name
		}
		if strings.HasSuffix(m[1], "."+t.Name) {
			return place(err), strings.ReplaceAll(m[1], "`", "")
		}
	}
	return "", ""
}

func tableMissing(address, table string, err error) error {
	return perennial.NewError(perennial.KindNotFound, "store.table_missing",
		perennial.Say("ClickHouse 服务器 %[1]s 上的表 %[2]s 不见了。", "The table %[2]s is gone from the ClickHouse server %[1]s.", address, table)).
		WithHint(perennial.Say("刚误删的，几分钟内可以在那台服务器上用 UNDROP TABLE %s 找回；找不回就把最近的备份恢复到新的数据库。",
			"If it was dropped a few minutes ago, UNDROP TABLE %s on that server brings it back; else restore the latest backup into a new database.", table)).Because(err)
}

// missingShard finds the server that another could not reach.
func (s *Store) missingShard(e *ch.Exception) string {
	if e.Code != allTriesFailed && !isNetwork(strconv.Itoa(int(e.Code))) {
		return ""
	}
	for _, n := range s.nodes {
		if strings.Contains(e.Message, n.address) {
			return n.address
		}
	}
	if i := strings.IndexByte(e.Message, '('); i >= 0 { // a name of the cluster's own: (host:port, …
		return strings.TrimLeft(strings.SplitN(e.Message[i:], ",", 2)[0], "(")
	}
	return "?"
}
