package vault

import (
	"context"
	"errors"
	"fmt"

	"perennial"
	"perennial/store/state"
)

// Health is what Check found among the values of a workspace.
type Health struct {
	Values  int64 // that open
	Locked  int64 // that do not open: another master key, or damage
	Keyless int64 // whose customer's key is gone
	Bare    int64 // customers with a key and without any value
}

// Check tries every value of a workspace under the key of its customer.
func (v *Vault) Check(ctx context.Context, tx state.Tx, workspace int64) (h Health, err error) {
	err = tx.Query(ctx, `select v.customer_key, v.field, k.wrapped, v.sealed from vault_values v
		left join vault_keys k on k.workspace_id = v.workspace_id and k.customer_key = v.customer_key
		where v.workspace_id = ?`, []any{workspace}, func(scan func(...any) error) error {
		var customer int64
		var field string
		var wrapped, sealed []byte
		if err := scan(&customer, &field, &wrapped, &sealed); err != nil {
			return err
		}
		switch _, err := v.reveal(workspace, perennial.CustomerKey(customer), field, wrapped, sealed); {
		case wrapped == nil:
			h.Keyless++
		case err != nil:
			h.Locked++
		default:
			h.Values++
		}
		return nil
	})
	if err != nil {
		return h, fmt.Errorf("check vault: %w", err)
	}
	_, err = tx.Get(ctx, `select count(*) from vault_keys k where k.workspace_id = ? and not exists (
		select 1 from vault_values v where v.workspace_id = k.workspace_id and v.customer_key = k.customer_key)`, []any{workspace}, &h.Bare)
	if err != nil {
		return h, fmt.Errorf("check vault: %w", err)
	}
	return h, nil
}

// Err says what is wrong, nil for nothing. workspace is a name.
func (h Health) Err(workspace string) error {
	switch {
	case h.Locked > 0:
		e := perennial.AsError(damaged(fmt.Errorf("%d values of %d", h.Locked, h.Locked+h.Values+h.Keyless)))
		e.Sentence = perennial.Say("工作区“%s”有 %d 项身份信息解不开，解得开的有 %d 项。", "Sealed values of %q that cannot be opened: %d; that can: %d.",
			workspace, h.Locked, h.Values)
		return e
	case h.Keyless+h.Bare > 0:
		return perennial.NewError(perennial.KindInternal, "vault.incomplete",
			perennial.Say("工作区“%s”的身份信息不全：%d 项没有了客户的密钥，%d 位客户只剩密钥。", "Identities of %q are not whole: %d values have lost their customer's key, %d customers have a key and no value.",
				workspace, h.Keyless, h.Bare)).
			WithHint(perennial.Say("状态库在常青之外被改动过；密钥文件没有问题。恢复最近的备份。", "The state database was changed by something else than Perennial; the key file is not to blame. Restore the latest backup."))
	}
	return nil
}

// Opens tells whether the master key is the one that the customers' keys of any
// workspace are wrapped with, by trying one; true where there is none.
func (v *Vault) Opens(ctx context.Context, tx state.Tx) (bool, error) {
	var workspace, customer int64
	var wrapped []byte
	ok, err := tx.Get(ctx, "select workspace_id, customer_key, wrapped from vault_keys order by workspace_id, customer_key limit 1", nil, &workspace, &customer, &wrapped)
	if err != nil || !ok {
		return true, err
	}
	_, err = v.open(v.wrap, wrapped, workspace, perennial.CustomerKey(customer), "key")
	return err == nil, nil
}

// reveal opens a value under the key of its customer, which is wrapped.
func (v *Vault) reveal(workspace int64, customer perennial.CustomerKey, field string, wrapped, sealed []byte) ([]byte, error) {
	if wrapped == nil {
		return nil, damaged(errors.New("the customer's key is gone"))
	}
	key, err := v.open(v.wrap, wrapped, workspace, customer, "key")
	if err != nil {
		return nil, err
	}
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return v.open(gcm, sealed, workspace, customer, field)
}
