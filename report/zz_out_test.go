package report

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"
	"perennial"
	"perennial/analyze/purchase"
)

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZ")
	if dir == "" {
		t.Skip()
	}
	l := map[string]func() *purchase.Loaded{"demo": func() *purchase.Loaded { return shop(t, 20000) }, "or": func() *purchase.Loaded { return onlineRetail(t) }, "cdnow": func() *purchase.Loaded { return cdnow(t) }}[os.Getenv("ZZD")]()
	start := time.Now()
	p, s, err := Build(context.Background(), l, Options{Source: "demo", Version: "0.1.0", Seed: 1, Durations: func(n string) func() {
		at := time.Now()
		return func() { fmt.Println(n, time.Since(at)) }
	}})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("all", time.Since(start), l.Len(), l.Orders)
	j, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(dir+"/p.json", j, 0o644)
	for _, f := range p.Findings {
		fmt.Printf("%.3f %s | %s | %s | %s | %s\n   %s | %s | %s\n", f.weight, f.ID, f.TitleZH, f.DetailZH, f.ActionZH, f.PopulationZH, f.TitleEN, f.DetailEN, f.PopulationEN)
	}
	zz(t, p, dir)
	fmt.Println(s.Row(5, func(perennial.CustomerKey) string { return "X" }, nil))
}

func init() {
	zz = func(t *testing.T, p *Picture, dir string) {
		for _, l := range []perennial.Lang{"zh", "en"} {
			f, _ := os.Create(dir + "/t." + string(l) + ".txt")
			WriteText(f, p, TextOptions{Lang: l})
			f.Close()
		}
	}
}
var zz func(*testing.T, *Picture, string)

func init() {
	old := zz
	zz = func(t *testing.T, p *Picture, dir string) {
		old(t, p, dir)
		for _, l := range []perennial.Lang{"zh", "en"} {
			f, _ := os.Create(dir + "/r." + string(l) + ".html")
			if err := WriteHTML(f, p, HTMLOptions{Lang: l}); err != nil {
				t.Error(err)
			}
			f.Close()
		}
	}
}
