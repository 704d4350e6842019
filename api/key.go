package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/govern/account"
)

// WorkspaceKey is a key of the workspace, as who may edit keys sees it.
type WorkspaceKey struct {
	ID        int64           `json:"id"`
	Name      string          `json:"name" doc:"What it is for."`
	Prefix    string          `json:"prefix" doc:"The beginning of the secret, to know it by."`
	Scopes    []account.Scope `json:"scopes" nullable:"false"`
	CreatedBy string          `json:"created_by"`
	CreatedAt time.Time       `json:"created_at"`
	LastUsed  *time.Time      `json:"last_used,omitempty" doc:"To the minute."`
	ExpiresAt *time.Time      `json:"expires_at,omitempty"`
	RevokedAt *time.Time      `json:"revoked_at,omitempty"`
	// The secret of before the last rotation.
	PreviousUntil *time.Time `json:"previous_until,omitempty" doc:"Until when the secret of before the last rotation opens, too."`
}

func showKey(k account.Key) WorkspaceKey {
	return WorkspaceKey{k.ID, k.Name, k.Prefix, k.Scopes, k.CreatedBy, k.CreatedAt, k.LastUsed, k.ExpiresAt, k.RevokedAt, k.PreviousUntil}
}

// NewKey is a key to be made.
type NewKey struct {
	Name      string          `json:"name" minLength:"1" maxLength:"400" doc:"What it is for."`
	Scopes    []account.Scope `json:"scopes" minItems:"1" maxItems:"6" nullable:"false" enum:"collect,read,reveal,write,export,admin"`
	ExpiresAt *time.Time      `json:"expires_at,omitempty" doc:"Never if absent."`
}

// Rotation says how a secret is replaced.
type Rotation struct {
	OverlapDays *int `json:"overlap_days,omitempty" minimum:"0" maximum:"90" doc:"For how many days the old secret opens as well; 7 if absent."`
}

// KeySecret is a key with its secret, which is shown this once.
type KeySecret struct {
	Key    WorkspaceKey `json:"key"`
	Secret string       `json:"secret"`
}

type keyPath struct {
	ID int64 `path:"id" minimum:"1"`
}

const usualOverlap = 7 // days

func (s *Server) keyRoutes() {
	may := access{May: account.KeysEdit, In: inWorkspace}
	secret := may
	secret.Secret = true
	const tag = "keys"
	route(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: apiPrefix + "/keys", Tags: []string{tag},
		Summary: "The workspace's keys in the order in which they were made, with those that have ended",
	}, may, func(ctx context.Context, c *call, _ *empty) (*body[list[WorkspaceKey]], error) {
		all, err := s.opt.Accounts.Keys(ctx, c.Workspace.ID)
		out := list[WorkspaceKey]{Items: []WorkspaceKey{}}
		for _, k := range all {
			out.Items = append(out.Items, showKey(k))
		}
		return &body[list[WorkspaceKey]]{out}, err
	})
	route(s, huma.Operation{
		OperationID: "create-key", Method: http.MethodPost, Path: apiPrefix + "/keys", Tags: []string{tag},
		Summary: "Make a key: the answer holds its secret, which is not shown again", DefaultStatus: http.StatusCreated,
	}, secret, func(ctx context.Context, c *call, in *body[NewKey]) (*body[KeySecret], error) {
		k, text, err := s.opt.Accounts.CreateKey(ctx, c.actor(), account.NewKey{
			Workspace: c.Workspace.ID, Name: in.Body.Name, Scopes: in.Body.Scopes, ExpiresAt: in.Body.ExpiresAt,
		})
		if err != nil {
			return nil, keyField(err)
		}
		return &body[KeySecret]{KeySecret{showKey(k), text}}, nil
	})
	route(s, huma.Operation{
		OperationID: "rotate-key", Method: http.MethodPost, Path: apiPrefix + "/keys/{id}/rotate", Tags: []string{tag},
		Summary: "Give a key another secret; the old one opens a while longer", DefaultStatus: http.StatusOK,
	}, secret, func(ctx context.Context, c *call, in *struct {
		ID   int64 `path:"id" minimum:"1"`
		Body Rotation
	},
	) (*body[KeySecret], error) {
		if err := s.keyOf(ctx, c, in.ID); err != nil {
			return nil, err
		}
		days := usualOverlap
		if in.Body.OverlapDays != nil {
			days = *in.Body.OverlapDays
		}
		k, text, err := s.opt.Accounts.RotateKey(ctx, c.actor(), in.ID, time.Duration(days)*24*time.Hour)
		if perennial.CodeOf(err) == "account.key" {
			err = keyEnded(err)
		}
		if err != nil {
			return nil, err
		}
		return &body[KeySecret]{KeySecret{showKey(k), text}}, nil
	})
	route(s, huma.Operation{
		OperationID: "revoke-key", Method: http.MethodPost, Path: apiPrefix + "/keys/{id}/revoke", Tags: []string{tag},
		Summary: "End a key at once and for good", DefaultStatus: http.StatusOK,
	}, may, func(ctx context.Context, c *call, in *keyPath) (*body[WorkspaceKey], error) {
		if err := s.keyOf(ctx, c, in.ID); err != nil {
			return nil, err
		}
		k, err := s.opt.Accounts.RevokeKey(ctx, c.actor(), in.ID)
		if err != nil {
			return nil, err
		}
		return &body[WorkspaceKey]{showKey(k)}, nil
	})
}

// keyOf tells whether a key is the workspace's; another's is unknown here.
func (s *Server) keyOf(ctx context.Context, c *call, id int64) error {
	k, err := s.opt.Accounts.KeyByID(ctx, id)
	if err == nil && k.Workspace == c.Workspace.ID {
		return nil
	}
	if err != nil && perennial.CodeOf(err) != "account.no_key" {
		return err
	}
	return at("id", perennial.NewError(perennial.KindNotFound, "account.no_key", perennial.Say("这个工作区没有密钥 %d。", "There is no key %d in this workspace.", id)))
}

// keyEnded is what a key that does not open any more is to who edits it, whose own
// login holds.
func keyEnded(err error) error {
	return perennial.NewError(perennial.KindConflict, "account.key_ended", perennial.Say("这个密钥已过期或已吊销。", "This key has expired or was revoked.")).
		WithHint(perennial.Say("建一个新的。", "Make another.")).Because(err)
}

func keyField(err error) error {
	if field, ok := map[string]string{"account.name": "/name", "account.scope": "/scopes", "account.expiry": "/expires_at"}[perennial.CodeOf(err)]; ok {
		return at(field, err)
	}
	return err
}
