package e2e

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"perennial"
	"perennial/demo"
)

// What the simulation knows to be true, an import of its files must come to.
func TestDemo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	files, table := filepath.Join(d.work, "files"), filepath.Join(d.work, "customers.csv")
	doc := d.json("demo", "--customers", "500", "--seed", "3", "--files", files)
	keepsPromise(t, doc)
	if _, err := os.Stat(filepath.Join(d.dir, "report.html")); err != nil {
		t.Errorf("the demo's report: %v", err)
	}
	alike(t, "asked again", doc, d.picture("demo", "--customers-out", table, "--lang", "en", "--seed", "3"))
	r := d.good("demo", "--customers", "500")
	if r.out == "" {
		t.Error("a second demo says nothing")
	}
	d.clean()

	end, err := perennial.ParseDay(at(doc, "data", "as_of").(string))
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	// The shop ends the day before the run; its last day may be without sales.
	end = max(end, perennial.DayAt(time.Now(), zone)-1)
	simulation, err := demo.New(demo.Options{Customers: 500, Seed: 3, End: end})
	if err != nil {
		t.Fatal(err)
	}
	truth := simulation.History(perennial.MoneyNet)
	// The member file names the staff, who are no customers.
	byCard, money := map[string]int{}, perennial.Money(0)
	staff := map[perennial.CustomerKey]bool{}
	for r := range simulation.All() {
		staff[perennial.CustomerKey(r.Customer.Index)+1] = r.Customer.Level == demo.LevelStaff
	}
	for i, key := range truth.Customers {
		if staff[key] {
			continue
		}
		byCard[demo.Customer{Index: int32(key) - 1}.Card()] = i
		for _, m := range truth.Amount[truth.Offset[i]:truth.Offset[i+1]] {
			money += m
		}
	}
	check(t, doc, []figure{
		{"data.customers", float64(len(byCard)), 0},
		{"base.net_revenue", float64(money) / 100, 0.004},
		{"base.gross_revenue", number(t, doc, "base", "net_revenue") + number(t, doc, "base", "refunds"), 0.004},
	})
	rows := readCSV(t, table)
	for _, cells := range rows.rows {
		row := rows.of(t, cells[0])
		i, ok := byCard[cells[0]]
		if !ok {
			t.Fatalf("customer %s does not exist in truth", cells[0])
		}
		from, to := truth.Offset[i], truth.Offset[i+1]
		var own perennial.Money
		for _, m := range truth.Amount[from:to] {
			own += m
		}
		got, err := strconv.ParseFloat(row["revenue"], 64)
		if err != nil || math.Abs(got-float64(own)/100) > 0.004 || row["purchase_days"] != strconv.Itoa(to-from) ||
			row["first_day"] != truth.Day[from].String() || row["last_day"] != truth.Day[to-1].String() {
			t.Errorf("customer %s: %v; in truth %d days from %s to %s, money %d", cells[0], row, to-from, truth.Day[from], truth.Day[to-1], own)
		}
	}
	for _, row := range rows.rows {
		delete(byCard, row[0])
	}
	for card, i := range byCard {
		t.Errorf("customer %s is missing; in truth %d days from %s, money %v", card, truth.Offset[i+1]-truth.Offset[i], truth.Day[truth.Offset[i]], truth.Amount[truth.Offset[i]:truth.Offset[i+1]])
	}
	demoFiles(t, d.elsewhere("imported"), files)
}

// demoFiles imports the shop's export files as their owner would.
func demoFiles(t *testing.T, d *desk, files string) {
	for _, file := range []struct {
		kind, name string
		refused    string // the only code of refusals allowed
	}{
		{"orders", "天猫订单.csv", "status.unknown"}, {"orders", "小程序订单.xlsx", "status.unknown"}, {"orders", "门店收银.csv", ""},
		{"orders", "site_orders.csv", "status.unknown"}, {"orders", "订单明细.csv", ""},
		{"customers", "会员资料.csv", ""}, {"products", "商品资料.csv", ""},
	} {
		// Each into a workspace of its own: what it knows it must know by itself.
		in := d.take(file.kind, filepath.Join(files, file.name), "w")
		if c := in.Report.Counts; c.Read == 0 || c.Accepted*10 < c.Read*9 {
			t.Errorf("%s: %+v", file.name, c)
		}
		for _, r := range in.Report.Refusals {
			if r.Code != file.refused {
				t.Errorf("%s, line %d, %s %q: %s", file.name, r.Line, r.Column, r.Value, r.Code)
				break
			}
		}
		alone := d.elsewhere("alone-" + file.name)
		if c := alone.take(file.kind, filepath.Join(files, file.name), "w").Report.Counts; c.Accepted*10 < c.Read*9 {
			t.Errorf("%s into a workspace of its own: %+v", file.name, c)
		}
	}
	ruined := filepath.Join(files, "天猫订单_被Excel改坏.csv")
	d.refused("import.nothing_accepted", 2, "import", "orders", ruined, "--workspace", "w")
	if r := d.run("import", "orders", ruined, "--workspace", "w", "--lang", "zh"); !containsAll(r.err, "科学计数法", "重新导出") {
		t.Errorf("ruined numbers: %s", r.err)
	}
}
