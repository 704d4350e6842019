package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/demo"
)

func (c *cli) demoCommand() *cobra.Command {
	var customers int
	var seed uint64
	var html, files, addr string
	var open bool
	cmd := &cobra.Command{
		Use: "demo", Short: "造一个演示店铺并给出它的全貌 / fill a demo workspace with a simulated shop and show its picture", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if customers < 10 || customers > 5_000_000 {
				return perennial.NewError(perennial.KindInvalid, "usage",
					perennial.Say("--customers 不能是 %d。", "--customers cannot be %d.", customers)).
					WithHint(perennial.Say("可以是 10 到 5000000。", "It can be 10 to 5000000."))
			}
			return c.demo(cmd.Context(), demoOptions{customers, seed, html, files, addr, open})
		},
	}
	s := cmd.Flags()
	s.IntVar(&customers, "customers", 20_000, "客户数 / number of customers")
	s.Uint64Var(&seed, "seed", 1, "随机种子 / seed")
	s.StringVar(&html, "html", "", "报告写到哪里，默认在数据目录 / where the report goes (default: the data directory)")
	s.StringVar(&files, "files", "", "把店铺的导出文件也写到这个目录 / also write the shop's export files into this directory")
	s.StringVar(&addr, "addr", "", "在这个地址上提供网页和 API，直到停止 / serve pages and API on HOST:PORT until stopped")
	s.BoolVar(&open, "open", false, "用浏览器打开 / open it in a browser")
	return cmd
}

type demoOptions struct {
	customers   int
	seed        uint64
	html, files string
	addr        string
	open        bool
}

// demoWorkspace is the workspace that a demo fills.
const demoWorkspace = "demo"

func (c *cli) demo(ctx context.Context, opt demoOptions) (err error) {
	a, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close(a)) }()
	ws, err := a.Catalog.Workspace(ctx, demoWorkspace)
	switch {
	case err == nil:
		c.say(perennial.Say("演示工作区已经有了，直接使用。", "The demo workspace exists already and is used as it is."))
	case perennial.CodeOf(err) == "workspace.not_found":
		if ws, err = c.fillDemo(ctx, a, opt); err != nil {
			return err
		}
	default:
		return err
	}
	if opt.addr != "" {
		return c.serveDemo(ctx, a, ws, opt)
	}
	flags := analysisFlags{seed: opt.seed}
	analyze, err := flags.options()
	if err != nil {
		return err
	}
	analyze.Report.Workspace, analyze.Report.Source = ws.Name, pick(c.lang(), "演示店铺", "Demo shop")
	html := opt.html
	if html == "" {
		html = filepath.Join(c.dir, "report.html")
	}
	if err := c.show(ctx, a, ws, analyze, outputs{html: html}); err != nil {
		return err
	}
	if opt.open {
		c.openPage(ctx, html)
	}
	return nil
}

// serveDemo serves the shop until stopped, with a link that logs in.
func (c *cli) serveDemo(ctx context.Context, a *app.App, ws perennial.Workspace, opt demoOptions) error {
	if _, err := a.Refresh(ctx, ws); err != nil {
		return err
	}
	return c.serve(ctx, a, opt.addr, func(ctx context.Context, a *app.App, url string) error {
		link, err := a.DemoLink(ctx, demoWorkspace)
		if err != nil {
			return err
		}
		enter := url + link.Path()
		if c.json {
			err = c.writeJSONLine(map[string]string{"url": url, "login_url": enter, "workspace": ws.Name})
		} else {
			c.say(perennial.Say("演示店铺在 %s，按 Ctrl-C 停止。打开这个链接就登录：", "The demo shop is at %s; Ctrl-C stops it. This link logs in:", url))
			fmt.Fprintln(c.out, "  "+enter)
		}
		if opt.open && err == nil {
			c.openPage(ctx, enter)
		}
		return err
	})
}

// fillDemo simulates the shop and takes its files in like anybody's.
func (c *cli) fillDemo(ctx context.Context, a *app.App, opt demoOptions) (ws perennial.Workspace, err error) {
	// The end is yesterday: a demo of an open day would change while one looks.
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return ws, fmt.Errorf("load time zone: %w", err)
	}
	end := perennial.DayAt(c.now(), zone) - 1
	shop, err := demo.Simulate(demo.Options{Customers: opt.customers, Seed: opt.seed, End: end})
	if err != nil {
		return ws, err
	}
	dir, err := os.MkdirTemp("", "perennial-demo-")
	if err != nil {
		return ws, fmt.Errorf("make temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, part := range []struct {
		kind  mapping.Kind
		name  string
		write func(io.Writer) error
	}{
		{mapping.Products, "商品资料.csv", func(w io.Writer) error { _, err := shop.WriteProducts(w); return err }},
		{mapping.Customers, "会员资料.csv", func(w io.Writer) error { _, err := shop.WriteMembers(w); return err }},
		{mapping.Orders, "订单明细.csv", func(w io.Writer) error { _, err := shop.WriteOrders(w, demo.LinesCSV); return err }},
	} {
		path := filepath.Join(dir, part.name)
		if err := writeFile(path, part.write); err != nil {
			return ws, err
		}
		draw, clear := c.progress(perennial.Say("导入 %s", "Importing %s", part.name))
		req := importer.Request{Kind: part.kind, Path: path, Lang: c.lang(), Progress: draw}
		_, ws, _, err = a.Import(ctx, app.ImportOptions{Request: req, Workspace: demoWorkspace})
		clear()
		if err != nil {
			return ws, err
		}
	}
	c.say(perennial.Say("造好了演示店铺“山野集”：客户 %d 位，截至 %s。", "Made the demo shop: customers %d, up to %s.", perennial.Count(opt.customers), end))
	if opt.files != "" {
		return ws, c.writeDemoFiles(shop, opt.files)
	}
	return ws, nil
}

// writeDemoFiles writes the shop's exports as its systems would, dirt and all.
func (c *cli) writeDemoFiles(shop *demo.Shop, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", dir, err)
	}
	orders := func(f demo.Format) func(io.Writer) error {
		return func(w io.Writer) error { _, err := shop.WriteOrders(w, f); return err }
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"天猫订单.csv", orders(demo.TmallCSV)}, {"小程序订单.xlsx", orders(demo.MiniProgramXLSX)}, {"门店收银.csv", orders(demo.TillCSV)},
		{"site_orders.csv", orders(demo.SiteCSV)}, {"订单明细.csv", orders(demo.LinesCSV)}, {"天猫订单_被Excel改坏.csv", orders(demo.TmallRuinedCSV)},
		{"会员资料.csv", func(w io.Writer) error { _, err := shop.WriteMembers(w); return err }},
		{"商品资料.csv", func(w io.Writer) error { _, err := shop.WriteProducts(w); return err }},
	} {
		if err := writeFile(filepath.Join(dir, file.name), file.write); err != nil {
			return err
		}
	}
	c.say(perennial.Say("导出文件在 %s。", "The export files are in %s.", dir))
	return nil
}

// openPage shows a page in the person's browser where there is one; the path was
// printed before, so that a failure costs nothing.
func (c *cli) openPage(ctx context.Context, path string) {
	name := map[string]string{"linux": "xdg-open", "darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if name == "" || runtime.GOOS == "linux" && c.env("DISPLAY") == "" && c.env("WAYLAND_DISPLAY") == "" {
		return
	}
	if tool, err := exec.LookPath(name); err == nil {
		_ = exec.CommandContext(context.WithoutCancel(ctx), tool, path).Start()
	}
}
