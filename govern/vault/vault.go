// Package vault keeps personal values: an identifier is found by its keyed hash,
// a value is encrypted under a key of its customer, so that destroying that key
// erases the person. Nothing here is ever logged.
package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"perennial"
	"perennial/store/state"
)

// Vault seals and opens values under one master key. It is safe for concurrent
// use.
type Vault struct {
	master []byte
	wrap   cipher.AEAD
	random io.Reader
}

// New makes a vault from a master key of 32 bytes. random gives the nonces and
// customer keys; nil means the system's.
func New(master []byte, random io.Reader) (*Vault, error) {
	if len(master) != 32 {
		return nil, fmt.Errorf("vault key of %d bytes, want 32", len(master))
	}
	if random == nil {
		random = rand.Reader
	}
	key, err := hkdf.Key(sha256.New, master, nil, "perennial vault wrap v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive wrap key: %w", err)
	}
	wrap, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return &Vault{master: master, wrap: wrap, random: random}, nil
}

// OpenKeyFile reads the master key from a file, making it with mode 0600 where
// it does not exist and create is true. The key must be backed up apart from
// the data: without it the values cannot be read again.
func OpenKeyFile(path string, create bool) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && create {
		key := make([]byte, 32)
		if _, err := rand.Read(key); err != nil {
			return nil, fmt.Errorf("make vault key: %w", err)
		}
		// O_EXCL: two first starts must not each write their own key.
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, fmt.Errorf("write vault key: %w", err)
		}
		_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, errors.Join(fmt.Errorf("write vault key: %w", err), os.Remove(path))
		}
		return key, nil
	}
	if err == nil {
		var key []byte
		if key, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(b))); err == nil && len(key) == 32 {
			return key, nil
		}
		err = errors.Join(errors.New("not a base64 key of 32 bytes"), err)
	}
	return nil, perennial.NewError(perennial.KindNotFound, "vault.key",
		perennial.Say("读不到密钥文件 %s。", "The vault key %s cannot be read.", path)).
		WithHint(perennial.Say("没有它就解不开客户的身份信息；请从备份恢复这个文件，不要新建。",
			"Without it customers' identities cannot be read: restore the file from a backup, do not make a new one.")).
		Because(err)
}

// Fingerprint tells this master key from others and says nothing else about it.
// Kept beside the data, it shows a key file that does not belong to them before
// anything is looked up, or sealed, under it.
func (v *Vault) Fingerprint() (string, error) {
	b, err := hkdf.Key(sha256.New, v.master, nil, "perennial vault fingerprint v1", 16)
	if err != nil {
		return "", fmt.Errorf("derive fingerprint: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// ErrWrongKey tells that the key file is not that of the data.
func ErrWrongKey() error { return damaged(errors.New("the vault key is not the one of this data")) }

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCM(block)
}

// Hasher makes keyed hashes for look-up within one workspace. It is not safe for
// concurrent use.
type Hasher struct {
	mac func(kind, value string) [16]byte
}

// Hasher returns the workspace's. The same identifier has another hash in
// another workspace.
func (v *Vault) Hasher(workspace int64) (*Hasher, error) {
	key, err := hkdf.Key(sha256.New, v.master, nil, fmt.Sprintf("perennial vault look-up v1 workspace %d", workspace), 32)
	if err != nil {
		return nil, fmt.Errorf("derive look-up key: %w", err)
	}
	h := hmac.New(sha256.New, key)
	var buf []byte
	var sum [sha256.Size]byte
	return &Hasher{func(kind, value string) [16]byte {
		h.Reset()
		// The length keeps ("ab","c") and ("a","bc") apart.
		buf = binary.AppendUvarint(buf[:0], uint64(len(kind)))
		buf = append(append(buf, kind...), value...)
		h.Write(buf)
		return [16]byte(h.Sum(sum[:0])[:16])
	}}, nil
}

// Hash returns the keyed hash of an identifier of a kind ("id", "phone"), 128
// bits of HMAC-SHA-256.
func (h *Hasher) Hash(kind, value string) [16]byte { return h.mac(kind, value) }

// Sealer writes values of customers within one state transaction.
type Sealer struct {
	v         *Vault
	workspace int64
	getKey    state.Prepared
	putKey    state.Prepared
	putValue  state.Prepared
}

// Sealer prepares sealing for a workspace in tx.
func (v *Vault) Sealer(ctx context.Context, tx state.Tx, workspace int64) (*Sealer, error) {
	s := &Sealer{v: v, workspace: workspace}
	var err error
	prepare := func(query string) state.Prepared {
		var p state.Prepared
		if err == nil {
			p, err = tx.Prepare(ctx, query)
		}
		return p
	}
	s.getKey = prepare("select wrapped from vault_keys where workspace_id = ? and customer_key = ?")
	s.putKey = prepare("insert into vault_keys (workspace_id, customer_key, wrapped) values (?, ?, ?)")
	s.putValue = prepare(`insert into vault_values (workspace_id, customer_key, field, sealed) values (?, ?, ?, ?)
		on conflict (workspace_id, customer_key, field) do update set sealed = excluded.sealed`)
	return s, err
}

// Seal stores the fields of one customer. fresh tells that the customer is new
// in this transaction, which saves a look-up.
func (s *Sealer) Seal(ctx context.Context, customer perennial.CustomerKey, fresh bool, fields map[string]string) error {
	key := make([]byte, 32)
	var wrapped []byte
	have := false
	if !fresh {
		var err error
		if have, err = s.getKey.Get(ctx, []any{s.workspace, int64(customer)}, &wrapped); err != nil {
			return err
		}
	}
	if have {
		var err error
		if key, err = s.v.open(s.v.wrap, wrapped, s.workspace, customer, "key"); err != nil {
			return err
		}
	} else {
		if _, err := io.ReadFull(s.v.random, key); err != nil {
			return fmt.Errorf("make customer key: %w", err)
		}
		wrapped, err := s.v.seal(s.v.wrap, key, s.workspace, customer, "key")
		if err != nil {
			return err
		}
		if _, err := s.putKey.Exec(ctx, s.workspace, int64(customer), wrapped); err != nil {
			return err
		}
	}
	gcm, err := newGCM(key)
	if err != nil {
		return err
	}
	for field, value := range fields {
		sealed, err := s.v.seal(gcm, []byte(value), s.workspace, customer, field)
		if err != nil {
			return err
		}
		if _, err := s.putValue.Exec(ctx, s.workspace, int64(customer), field, sealed); err != nil {
			return err
		}
	}
	return nil
}

// Reveal hands a field of every customer who has it to yield, in the order of
// their keys.
func (v *Vault) Reveal(ctx context.Context, tx state.Tx, workspace int64, field string, yield func(perennial.CustomerKey, string) error) error {
	return tx.Query(ctx, sealedValues+" order by v.customer_key", []any{workspace, field}, func(scan func(...any) error) error {
		customer, text, err := v.scan(scan, workspace, field)
		if err != nil {
			return err
		}
		return yield(customer, text)
	})
}

// RevealOf hands a field of those of some customers who have it to yield, in no
// order.
func (v *Vault) RevealOf(ctx context.Context, tx state.Tx, workspace int64, field string, customers []perennial.CustomerKey, yield func(perennial.CustomerKey, string) error) error {
	for some := range slices.Chunk(customers, 500) {
		args := []any{workspace, field}
		for _, c := range some {
			args = append(args, int64(c))
		}
		list := strings.Repeat(", ?", len(some))[2:]
		err := tx.Query(ctx, sealedValues+" and v.customer_key in ("+list+")", args, func(scan func(...any) error) error {
			customer, text, err := v.scan(scan, workspace, field)
			if err != nil {
				return err
			}
			return yield(customer, text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const sealedValues = `select v.customer_key, k.wrapped, v.sealed from vault_values v
	join vault_keys k on k.workspace_id = v.workspace_id and k.customer_key = v.customer_key
	where v.workspace_id = ? and v.field = ?`

// scan opens a row of sealedValues.
func (v *Vault) scan(scan func(...any) error, workspace int64, field string) (perennial.CustomerKey, string, error) {
	var customer int64
	var wrapped, sealed []byte
	if err := scan(&customer, &wrapped, &sealed); err != nil {
		return 0, "", err
	}
	key, err := v.open(v.wrap, wrapped, workspace, perennial.CustomerKey(customer), "key")
	if err != nil {
		return 0, "", err
	}
	gcm, err := newGCM(key)
	if err != nil {
		return 0, "", err
	}
	value, err := v.open(gcm, sealed, workspace, perennial.CustomerKey(customer), field)
	return perennial.CustomerKey(customer), string(value), err
}

// Erase destroys a customer's key and values: what was sealed under it cannot be
// read again. A backup made before holds both still, until it is thrown away.
func (v *Vault) Erase(ctx context.Context, tx state.Tx, workspace int64, customer perennial.CustomerKey) error {
	for _, q := range []string{
		"delete from vault_values where workspace_id = ? and customer_key = ?",
		"delete from vault_keys where workspace_id = ? and customer_key = ?",
	} {
		if _, err := tx.Exec(ctx, q, workspace, int64(customer)); err != nil {
			return err
		}
	}
	return nil
}

// seal encrypts with the place of the value as additional data, so that a sealed
// value moved to another customer or field does not open.
func (v *Vault) seal(gcm cipher.AEAD, plain []byte, workspace int64, customer perennial.CustomerKey, field string) ([]byte, error) {
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(plain)+gcm.Overhead())
	if _, err := io.ReadFull(v.random, nonce); err != nil {
		return nil, fmt.Errorf("make nonce: %w", err)
	}
	return gcm.Seal(nonce, nonce, plain, place(workspace, customer, field)), nil
}

func (v *Vault) open(gcm cipher.AEAD, sealed []byte, workspace int64, customer perennial.CustomerKey, field string) ([]byte, error) {
	if len(sealed) < gcm.NonceSize() {
		return nil, damaged(errors.New("sealed value too short"))
	}
	plain, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], place(workspace, customer, field))
	if err != nil {
		return nil, damaged(err)
	}
	return plain, nil
}

func place(workspace int64, customer perennial.CustomerKey, field string) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(workspace))
	b = binary.BigEndian.AppendUint64(b, uint64(customer))
	return append(b, field...)
}

func damaged(err error) error {
	return perennial.NewError(perennial.KindInternal, "vault.unreadable",
		perennial.Say("身份信息解不开。", "A sealed value cannot be opened.")).
		WithHint(perennial.Say("密钥文件与数据不配套：请把同一次备份里的密钥文件放回去。",
			"The key file does not belong to this data: put back the one of the same backup.")).Because(err)
}
