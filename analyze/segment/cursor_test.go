package segment

import (
	"testing"

	"perennial"
	"perennial/store/warehouse"
)

func FuzzCursor(f *testing.F) {
	f.Add(cursor{Sort: "orders", Value: 7, Customer: 3}.String(), "orders")
	f.Add(cursor{Sort: "stage", Value: "lost"}.String(), "stage")
	f.Add("e30", "")
	f.Fuzz(func(t *testing.T, after, sort string) {
		a, ok := find(sort)
		if !ok {
			a = Attribute{Name: "customer_key", Kind: Whole}
		}
		args := warehouse.Args{}
		text, err := Page{Sort: sort, After: after}.after(a, args)
		if err != nil && perennial.CodeOf(err) != "page.cursor" {
			t.Error(err)
		}
		if err == nil && (text == "" || len(args) != 2) {
			t.Errorf("%q with %v", text, args)
		}
	})
}
