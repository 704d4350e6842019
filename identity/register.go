package identity

import (
	"context"
	"fmt"
	"maps"

	"perennial"
	"perennial/govern/vault"
	"perennial/store/state"
)

// Register gives keys to the customers of one import. Known identifiers are
// looked up as they come; new ones get keys at once in memory and are stored by
// Save, in the transaction that makes the import visible: an import that fails
// leaves no trace of a person. It is not safe for concurrent use.
type Register struct {
	state     state.State
	vault     *vault.Vault
	hasher    *vault.Hasher
	workspace int64
	next      int64 // the next free key
	base      int64 // next as it was when the register was opened

	known map[identifier]perennial.CustomerKey
	added []addition
	extra map[perennial.CustomerKey]map[string]string
	links []addition
}

type identifier struct {
	kind  perennial.IdentifierKind
	value string
}

type addition struct {
	identifier
	key perennial.CustomerKey
}

// Open prepares a register for one import into a workspace; 0 stands for one that
// is not there yet, for a register that is not saved.
func Open(ctx context.Context, s state.State, v *vault.Vault, workspace int64) (*Register, error) {
	h, err := v.Hasher(workspace)
	if err != nil {
		return nil, err
	}
	r := &Register{
		state: s, vault: v, hasher: h, workspace: workspace,
		known: map[identifier]perennial.CustomerKey{},
		extra: map[perennial.CustomerKey]map[string]string{}, next: 1,
	}
	if workspace == 0 {
		return r, nil
	}
	err = s.View(ctx, func(tx state.Tx) error {
		ok, err := tx.Get(ctx, "select next_customer from workspaces where id = ?", []any{workspace}, &r.next)
		if err == nil && !ok {
			err = fmt.Errorf("workspace %d does not exist", workspace)
		}
		return err
	})
	r.base = r.next
	return r, err
}

// Keys returns the keys of values of one kind, in their order, giving new keys
// to the unknown ones. Values are clean and not empty.
func (r *Register) Keys(ctx context.Context, kind perennial.IdentifierKind, values []string, keys []perennial.CustomerKey) ([]perennial.CustomerKey, error) {
	keys = keys[:0]
	var unknown []int
	for i, v := range values {
		key, ok := r.known[identifier{kind, v}]
		if !ok {
			unknown = append(unknown, i)
		}
		keys = append(keys, key)
	}
	if len(unknown) == 0 {
		return keys, nil
	}
	err := r.state.View(ctx, func(tx state.Tx) error {
		find, err := r.finder(ctx, tx)
		if err != nil {
			return err
		}
		for _, i := range unknown {
			keys[i], err = r.one(ctx, find, kind, values[i], true)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return keys, err
}

// Find returns the key of an identifier, 0 if it is not known.
func (r *Register) Find(ctx context.Context, kind perennial.IdentifierKind, value string) (key perennial.CustomerKey, err error) {
	err = r.state.View(ctx, func(tx state.Tx) error {
		find, err := r.finder(ctx, tx)
		if err != nil {
			return err
		}
		key, err = r.one(ctx, find, kind, value, false)
		return err
	})
	return key, err
}

func (r *Register) finder(ctx context.Context, tx state.Tx) (state.Prepared, error) {
	return tx.Prepare(ctx, "select customer_key from identifiers where workspace_id = ? and kind = ? and hash = ?")
}

func (r *Register) one(ctx context.Context, find state.Prepared, kind perennial.IdentifierKind, value string, add bool) (perennial.CustomerKey, error) {
	id := identifier{kind, value}
	if key, ok := r.known[id]; ok {
		return key, nil
	}
	hash := r.hasher.Hash(string(kind), value)
	var have int64
	ok, err := find.Get(ctx, []any{r.workspace, string(kind), hash[:]}, &have)
	if err != nil {
		return 0, err
	}
	key := perennial.CustomerKey(have)
	switch {
	case !ok && !add:
		return 0, nil
	case !ok:
		key = perennial.CustomerKey(r.next)
		r.next++
		r.added = append(r.added, addition{id, key})
	}
	r.known[id] = key
	return key, nil
}

// Link lets another identifier lead to a customer, unless it already leads to
// somebody: the first link wins, and links are never silently moved.
func (r *Register) Link(ctx context.Context, kind perennial.IdentifierKind, value string, key perennial.CustomerKey) error {
	have, err := r.Find(ctx, kind, value)
	if err != nil || have != 0 {
		return err
	}
	id := identifier{kind, value}
	r.known[id] = key
	r.links = append(r.links, addition{id, key})
	r.Note(key, string(kind), value)
	return nil
}

// Note keeps a personal value of a customer (name, phone) for the vault.
func (r *Register) Note(key perennial.CustomerKey, field, value string) {
	if r.extra[key] == nil {
		r.extra[key] = map[string]string{}
	}
	r.extra[key][field] = value
}

// Added returns the number of customers that were not known before.
func (r *Register) Added() int { return len(r.added) }

// Save stores new identifiers and values within tx. It leaves the register as it
// is: a transaction may run again.
func (r *Register) Save(ctx context.Context, tx state.Tx) error {
	n, err := tx.Exec(ctx, "update workspaces set next_customer = ? where id = ? and next_customer = ?", r.next, r.workspace, r.base)
	if err != nil {
		return err
	}
	if n != 1 {
		return perennial.NewError(perennial.KindConflict, "import.concurrent",
			perennial.Say("另一个导入刚刚写入了同一个工作区。", "Another import has just written to this workspace.")).
			WithHint(perennial.Say("再导入一次即可，没有留下写了一半的数据。", "Run the import again; nothing half-written remains."))
	}
	insert, err := tx.Prepare(ctx, "insert into identifiers (workspace_id, kind, hash, customer_key) values (?, ?, ?, ?)")
	if err != nil {
		return err
	}
	sealer, err := r.vault.Sealer(ctx, tx, r.workspace)
	if err != nil {
		return err
	}
	put := func(a addition) error {
		hash := r.hasher.Hash(string(a.kind), a.value)
		_, err := insert.Exec(ctx, r.workspace, string(a.kind), hash[:], int64(a.key))
		return err
	}
	for _, a := range r.added {
		if err := put(a); err != nil {
			return err
		}
		fields := maps.Clone(r.extra[a.key])
		if fields == nil {
			fields = map[string]string{}
		}
		fields[string(a.kind)] = a.value
		if err := sealer.Seal(ctx, a.key, true, fields); err != nil {
			return err
		}
	}
	for _, a := range r.links {
		if err := put(a); err != nil {
			return err
		}
	}
	for key, fields := range r.extra {
		if int64(key) >= r.base {
			continue // new: sealed above
		}
		if err := sealer.Seal(ctx, key, false, fields); err != nil {
			return err
		}
	}
	return nil
}
