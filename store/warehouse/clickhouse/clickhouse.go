package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go"
	"golang.org/x/sync/errgroup"

	"perennial"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse"
)

const engine = "clickhouse"

// oldest is the oldest release that has what is used here.
const oldestMajor, oldestMinor = 24, 8

// Options says where the warehouse is.
type Options struct {
	// URL is clickhouse://user:password@host1:9000,host2:9000/database. It names
	// every server; several form the cluster "perennial" of their configuration,
	// or the one that ?cluster= names. ?replicated=true makes replicated tables;
	// ?secure=true speaks TLS.
	URL string
	// Name is appended to the database's name, so that each workspace has
	// databases of its own.
	Name string
	// Installation is the id of the installation that the databases belong to from
	// their making on: another's are refused, store.other_installation. "" asks for
	// nothing.
	Installation string
	// Threads bounds the threads of one query on a server; the server's own limit
	// if zero.
	Threads int
}

// Store is a warehouse.Warehouse on ClickHouse.
type Store struct {
	nodes    []*node
	shards   [][]*node // the servers of each shard
	address  address
	all, own string // databases: every shard's rows, one's own
	once     sync.Once
	closed   error
}

// ownSuffix ends the name of the database with a server's own rows. No other may end
// so: it would be another workspace's.
const ownSuffix = "_shard"

func reservedName(database string) error {
	return perennial.NewError(perennial.KindInvalid, "store.reserved_name",
		perennial.Say("ClickHouse 上的工作区和数据库名不能以 %[2]s 结尾：%[1]s。", "On ClickHouse no workspace or database may be named with %[2]s at the end: %[1]s.", database, ownSuffix)).
		WithHint(perennial.Say("换一个名字。", "Choose another name."))
}

// Open connects to every server and brings its schema forward.
func Open(ctx context.Context, opt Options) (*Store, error) {
	s, err := prepare(opt)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, opt.Installation); err != nil {
		return nil, errors.Join(s.readable(err), s.Close())
	}
	return s, nil
}

// prepare makes a Store that has asked no server yet.
func prepare(opt Options) (*Store, error) {
	a, err := parseURL(opt.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{address: a, all: a.database}
	if opt.Name != "" {
		s.all += "_" + opt.Name
	}
	if strings.HasSuffix(s.all, ownSuffix) {
		return nil, reservedName(s.all)
	}
	s.own = s.all + ownSuffix
	for _, host := range a.hosts {
		s.nodes = append(s.nodes, &node{address: host, idle: map[string][]*ch.Client{}, options: ch.Options{
			User: a.user, Password: a.password, TLS: a.tls, ClientName: "perennial",
			DialTimeout: dialTimeout, HandshakeTimeout: dialTimeout, ReadTimeout: time.Minute,
			Compression: ch.CompressionDisabled, Settings: session(opt.Threads),
		}})
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, installation string) error {
	if err := s.reach(ctx); err != nil {
		return fmt.Errorf("open warehouse: %w", err)
	}
	if installation != "" { // before anything of another's is touched
		if err := s.claim(ctx, installation); err != nil {
			return err
		}
	}
	return s.migrate(ctx)
}

// reach asks every server for its version and its place in the cluster.
func (s *Store) reach(ctx context.Context) error {
	for _, n := range s.nodes {
		err := n.checkVersion(ctx)
		var down *unreachable
		if errors.As(err, &down) && !down.silent() && ctx.Err() == nil {
			err = n.checkVersion(ctx) // a server that was just ending does not answer twice
		}
		if s.address.replicated && errors.As(err, &down) {
			n.absent = err // which is for migrate to judge: its shard may have others
		} else if err != nil {
			return err
		}
	}
	return s.locate(ctx)
}

func (n *node) checkVersion(ctx context.Context) error {
	c, err := n.acquire(ctx, "")
	if err != nil {
		return err
	}
	v := c.ServerInfo()
	n.release("", c)
	if v.Major < oldestMajor || v.Major == oldestMajor && v.Minor < oldestMinor {
		return perennial.NewError(perennial.KindConflict, "store.old_engine",
			perennial.Say("%[1]s 上的 ClickHouse 是 %[2]d.%[3]d 版，至少要 %[4]d.%[5]d。",
				"%[1]s runs ClickHouse %[2]d.%[3]d; %[4]d.%[5]d is the oldest that will do.", n.address, v.Major, v.Minor, oldestMajor, oldestMinor)).
			WithHint(perennial.Say("升级 ClickHouse 后再试。", "Upgrade ClickHouse and try again."))
	}
	return nil
}

// each runs f on every node of a list at once.
func each(ctx context.Context, nodes []*node, f func(context.Context, *node) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, n := range nodes {
		g.Go(func() error { return f(ctx, n) })
	}
	return g.Wait()
}

// perShard runs f on one server of each shard at once.
func (s *Store) perShard(ctx context.Context, f func(context.Context, *node) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, nodes := range s.shards {
		g.Go(func() error { return first(nodes, func(n *node) error { return f(ctx, n) }) })
	}
	return g.Wait()
}

// first runs f on the first of the nodes that can be reached at all. A connection
// that breaks later is an error: what it did is not known.
func first(nodes []*node, f func(*node) error) (err error) {
	for _, n := range nodes {
		err = f(n)
		var down *unreachable
		if !errors.As(err, &down) || down.sent {
			return err
		}
	}
	return err
}

// bind writes a statement with its arguments as literals.
func bind(st sqlfile.Statement, args warehouse.Args) (string, error) {
	_, list, err := sqlfile.Bind(st.For(engine), args, func(int) string { return "" })
	if err != nil {
		return "", fmt.Errorf("bind %s: %w", st.Name, err)
	}
	text, _, err := sqlfile.Bind(st.For(engine), args, func(n int) string {
		switch v := list[n-1].(type) {
		case string:
			return literal(v)
		case int64, float64:
			return fmt.Sprint(v)
		}
		err = fmt.Errorf("bind %s: an argument is a %T", st.Name, list[n-1])
		return ""
	})
	return text, err
}

// Exec implements warehouse.Warehouse: the statement runs on every shard over the
// shard's own rows. That is the same as running it once over all rows as long as
// it leaves a row's customer alone.
func (s *Store) Exec(ctx context.Context, st sqlfile.Statement, args warehouse.Args) error {
	text, err := bind(st, args)
	if err != nil {
		return err
	}
	if err = s.complete(ctx); err == nil {
		err = s.perShard(ctx, func(ctx context.Context, n *node) error {
			quorum := setting("insert_quorum", fmt.Sprint(len(s.shards[n.shard]))) // below 2 nobody is waited for
			return n.do(ctx, s.own, ch.Query{Body: text, Settings: []ch.Setting{quorum, setting("insert_deduplicate", "0")}})
		})
	}
	if err != nil {
		return s.readable(fmt.Errorf("run %s: %w", st.Name, err))
	}
	return nil
}

// Prepare implements warehouse.Warehouse.
func (s *Store) Prepare(ctx context.Context, st sqlfile.Statement) error {
	args := warehouse.Args{}
	for _, p := range sqlfile.Parameters(st.For(engine)) {
		args[p] = []int64{} // NULL, which has every type
	}
	text, err := bind(st, args)
	if err != nil {
		return err
	}
	if word, _, _ := strings.Cut(uncommented(text), " "); word == "alter" || word == "truncate" {
		text = "ast " + text // only its words can be checked
	}
	explain, database := explained(text), s.all
	if explain != text {
		database = s.own
	}
	err = first(s.nodes, func(n *node) error { return discardResult(ctx, n, database, "explain "+explain) })
	if err != nil {
		return s.readable(fmt.Errorf("prepare %s: %w", st.Name, err))
	}
	return nil
}

// Discard implements warehouse.Warehouse.
func (s *Store) Discard(ctx context.Context, batches []int64) error {
	if len(batches) == 0 {
		return nil
	}
	for _, t := range warehouse.Tables {
		column := "batch_id"
		if t.Name == warehouse.Hidden.Name || t.Name == warehouse.Claims.Name {
			column = "by_batch"
		}
		st := sqlfile.Text("discard "+t.Name, "delete from "+t.Name+" where "+column+" in (:batches)")
		if err := s.Exec(ctx, st, warehouse.Args{"batches": batches}); err != nil {
			return err
		}
	}
	return nil
}

// Rows implements warehouse.Warehouse: each shard counts its own. Rows that are
// spread are added up; what lies whole on every shard must be whole on each.
func (s *Store) Rows(ctx context.Context, batches []int64) ([]warehouse.Count, error) {
	counts := make([][]warehouse.Count, len(s.shards))
	err := s.perShard(ctx, func(ctx context.Context, n *node) (err error) {
		counts[n.shard], err = warehouse.CountRows(ctx, batches, func(ctx context.Context, st sqlfile.Statement, args warehouse.Args, yield func(*warehouse.Block) error) error {
			text, err := bind(st, args)
			if err != nil {
				return err
			}
			return n.query(ctx, s.own, text, yield)
		})
		for i := range counts[n.shard] {
			counts[n.shard][i].Place = n.address
		}
		return err
	})
	if err != nil {
		return nil, s.readable(fmt.Errorf("count rows: %w", err))
	}
	var out []warehouse.Count
	for i, c := range counts[0] {
		if _, spread := placements[c.Table]; spread || len(counts) == 1 {
			c.Place = ""
			for _, others := range counts[1:] {
				c.Rows += others[i].Rows
			}
			out = append(out, c)
			continue
		}
		for _, of := range counts {
			out = append(out, of[i])
		}
	}
	return out, nil
}

// Backup implements warehouse.Warehouse: the client reads the tables, so that the
// copy is where Perennial is and not on the servers' disks. warehouse.Load brings
// it back, into any engine.
func (s *Store) Backup(ctx context.Context, dir string) error { return warehouse.Dump(ctx, s, dir) }

// Check implements warehouse.Warehouse: it reads every column of every table on
// every server.
func (s *Store) Check(ctx context.Context) (version int, err error) {
	for _, t := range warehouse.Tables {
		query := "select toString(count())"
		for _, f := range t.Fields {
			query += ", toString(groupBitXor(cityHash64(" + f.Name + ")))"
		}
		err := each(ctx, s.nodes, func(ctx context.Context, n *node) error {
			_, err := n.texts(ctx, s.own, query+" from "+t.Name)
			return err
		})
		if err != nil {
			return 0, s.readable(fmt.Errorf("check %s: %w", t.Name, err))
		}
	}
	version, err = s.version(ctx, s.nodes[0])
	return version, s.readable(err)
}

// Close implements warehouse.Warehouse.
func (s *Store) Close() error {
	s.once.Do(func() {
		for _, n := range s.nodes {
			s.closed = errors.Join(s.closed, n.close())
		}
	})
	return s.closed
}
