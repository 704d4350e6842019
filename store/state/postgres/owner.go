package postgres

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"perennial"
)

// applicationName begins what an owner's session is called in pg_stat_activity.
const applicationName = "perennial "

// own makes the one connection that writes hold the ownership of the database: a
// lock of its session, which ends with it, however it ends. So whoever writes is
// the owner at that moment: a connection that was lost is replaced by one that
// takes the lock anew, or fails because another took it meanwhile. Reading asks
// for nothing; what it sees is what some owner committed.
func own(cfg *pgxpool.Config, opt Options) {
	// The pool must not end the connection for its age or for being idle.
	cfg.MaxConnLifetime, cfg.MaxConnIdleTime = math.MaxInt64, math.MaxInt64
	c := cfg.ConnConfig
	c.RuntimeParams["application_name"] = applicationName + opt.Owner
	// A machine that vanished without a word is not the owner for long.
	c.RuntimeParams["tcp_keepalives_idle"] = "10"
	c.RuntimeParams["tcp_keepalives_interval"] = "5"
	c.RuntimeParams["tcp_keepalives_count"] = "3"
	cfg.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error { return takeOwnership(ctx, conn, opt.OwnerWait) }
}

func takeOwnership(ctx context.Context, conn *pgx.Conn, wait time.Duration) error {
	err := simple(ctx, conn, fmt.Sprintf("set lock_timeout = %d; select pg_advisory_lock(%d); reset lock_timeout",
		wait.Milliseconds(), lockOwner))
	if sqlState(err) != "55P03" {
		return err
	}
	// A lock of one bigint key shows its halves.
	var holder string
	if err := conn.QueryRow(ctx, `select coalesce(max(concat_ws(', ', a.application_name, host(a.client_addr))), '?')
		from pg_locks l join pg_stat_activity a using (pid)
		where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.classid = $1 and l.objid = $2
			and l.database = (select oid from pg_database where datname = current_database())`,
		uint32(lockOwner>>32), uint32(lockOwner&math.MaxUint32)).Scan(&holder); err != nil {
		return fmt.Errorf("ask for the owner: %w", err)
	}
	holder, database := strings.TrimPrefix(holder, applicationName), conn.Config().Database
	return perennial.NewError(perennial.KindConflict, "store.in_use",
		perennial.Say("PostgreSQL 数据库 %[1]s 正被另一套 perennial 使用（%[2]s）。",
			"The PostgreSQL database %[1]s is in use by another perennial (%[2]s).", database, holder)).
		WithHint(perennial.Say("等它结束后再试；每个数据目录要用自己的数据库。",
			"Try again when it has finished; each data directory has a database of its own.")).
		Because(plain(err))
}

// Place says where the database of a URL is, without user and password.
func Place(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	host := u.Host
	if host == "" { // a socket, or several hosts as parameters
		host = u.Query().Get("host")
	}
	return host + "/" + strings.Trim(u.Path, "/")
}
