package catalog

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"perennial"
	"perennial/store/state"
)

// The limits of a View.
const (
	viewsLimit     = 200 // an operator's, in one workspace
	viewNameLimit  = 60  // characters
	viewQueryLimit = 8 << 10
)

// View is what an operator wants to see on a page again.
type View struct {
	ID       int64
	Operator int64 // whose it is
	Page     string
	Name     string
	Query    string // of the page's address
	Shared   bool   // everybody in the workspace sees it
	SavedAt  time.Time
}

// SaveView keeps a view under its name; the operator's view of that name on that page
// is replaced. ID and SavedAt of v do not matter.
func (c *Catalog) SaveView(ctx context.Context, workspace int64, v View) (View, error) {
	v.Name = strings.TrimSpace(v.Name)
	bad := func(zh, en string, args ...any) error {
		return perennial.NewError(perennial.KindInvalid, "view.invalid", perennial.Say(zh, en, args...))
	}
	switch {
	case v.Name == "" || utf8.RuneCountInString(v.Name) > viewNameLimit || !utf8.ValidString(v.Name):
		return v, bad("视图名称要有 1 到 %d 个字。", "A view's name has 1 to %d characters.", viewNameLimit)
	case v.Page == "" || len(v.Page) > viewNameLimit || len(v.Query) > viewQueryLimit || !utf8.ValidString(v.Page+v.Query):
		return v, bad("视图的筛选条件太长或看不懂。", "The conditions of the view are too long or not text.")
	}
	err := c.state.Update(ctx, func(tx state.Tx) error {
		v.SavedAt = time.UnixMicro(c.now().UnixMicro()).UTC()
		ok, err := tx.Get(ctx, "select id from views where workspace_id = ? and operator_id = ? and page = ? and name = ?",
			[]any{workspace, v.Operator, v.Page, v.Name}, &v.ID)
		if err != nil {
			return err
		}
		shared := int64(0)
		if v.Shared {
			shared = 1
		}
		if ok {
			_, err := tx.Exec(ctx, "update views set query = ?, shared = ?, saved_at = ? where id = ?", v.Query, shared, v.SavedAt.UnixMicro(), v.ID)
			return err
		}
		var have int64
		if _, err := tx.Get(ctx, "select count(*) from views where workspace_id = ? and operator_id = ?", []any{workspace, v.Operator}, &have); err != nil {
			return err
		}
		if have >= viewsLimit {
			return bad("已经有 %d 个视图，先删掉不用的。", "There are %d views already; remove some first.", have)
		}
		if _, err := tx.Get(ctx, "select coalesce(max(id), 0) + 1 from views", nil, &v.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into views (id, workspace_id, operator_id, page, name, query, shared, saved_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
			v.ID, workspace, v.Operator, v.Page, v.Name, v.Query, shared, v.SavedAt.UnixMicro())
		return err
	})
	return v, err
}

// Views lists an operator's views in a workspace and those that others share there, by
// page and name.
func (c *Catalog) Views(ctx context.Context, workspace, operator int64) (out []View, err error) {
	err = c.state.View(ctx, func(tx state.Tx) error {
		out = []View{}
		return tx.Query(ctx, "select id, operator_id, page, name, query, shared, saved_at from views where workspace_id = ? and (operator_id = ? or shared = 1) order by page, name, id",
			[]any{workspace, operator}, func(scan func(...any) error) error {
				var v View
				var shared, at int64
				err := scan(&v.ID, &v.Operator, &v.Page, &v.Name, &v.Query, &shared, &at)
				v.Shared, v.SavedAt = shared == 1, time.UnixMicro(at).UTC()
				out = append(out, v)
				return err
			})
	})
	return out, err
}

// RemoveView removes a view of an operator's own.
func (c *Catalog) RemoveView(ctx context.Context, workspace, operator, id int64) error {
	return c.state.Update(ctx, func(tx state.Tx) error {
		n, err := tx.Exec(ctx, "delete from views where id = ? and workspace_id = ? and operator_id = ?", id, workspace, operator)
		if err == nil && n == 0 {
			err = perennial.NewError(perennial.KindNotFound, "view.not_found", perennial.Say("没有这个视图，或者它是别人的。", "There is no such view, or it is somebody else's."))
		}
		return err
	})
}
