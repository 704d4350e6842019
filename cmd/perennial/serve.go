package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"perennial"
	"perennial/api"
	"perennial/app"
	"perennial/internal/relay"
	"perennial/internal/startstop"
)

// stopTime is how long a server that is told to stop goes on answering.
const stopTime = 20 * time.Second

func (c *cli) serveCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "serve", Short: "提供网页和 API，直到停止 / serve pages and API until stopped", Args: exactly(0),
		Long: `提供网页和 HTTP API，按 Ctrl-C 停止。第一次启动会打印一个一次性链接，用它建立第一个账号。
地址、反向代理等写在数据目录的 perennial.yaml 里（server:）。

Serve the pages and the HTTP API; Ctrl-C stops. The first start prints a link that
works once, by which the first account is made. Address, proxies and so on are in
perennial.yaml of the data directory (server:).`,
		Example: `  perennial serve
  perennial serve --addr 127.0.0.1:8090 --dir /srv/perennial`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withApp(cmd.Context(), true, func(a *app.App) error { return c.serve(cmd.Context(), a, addr, c.tellServing) })
		},
	}
	cmd.Flags().StringVar(&addr, "addr", "", "监听地址 HOST:PORT / address to listen on (default 127.0.0.1:8080)")
	return cmd
}

// serve runs the server on an open installation until ctx ends; tell is called once
// it answers.
func (c *cli) serve(ctx context.Context, a *app.App, addr string, tell func(context.Context, *app.App, string) error) error {
	service, err := a.NewService(app.ServeOptions{Addr: addr, Version: version})
	if err != nil {
		return err
	}
	commands := relay.NewService(a.Dir, func(ctx context.Context, sent relay.Command, out, errs io.Writer) int {
		return c.carryOut(ctx, a, sent, out, errs)
	})
	all := startstop.NewGroup(service, commands)
	if err := all.Start(ctx); err != nil {
		return err
	}
	err = tell(ctx, a, serviceURL(a, service))
	if err == nil {
		<-ctx.Done()
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return errors.Join(err, all.Stop(end))
}

// serviceURL is where people find the server.
func serviceURL(a *app.App, service *api.Service) string {
	if public := a.PublicURL(); public != "" {
		return public
	}
	return service.URL()
}

// tellServing says where the server is, and at the first start how to come in.
func (c *cli) tellServing(ctx context.Context, a *app.App, url string) error {
	link, first, err := a.SetUpLink(ctx)
	if err != nil {
		return err
	}
	if c.json {
		shown := map[string]any{"url": url}
		if first {
			shown["login_url"] = url + link.Path()
		}
		return c.writeJSONLine(shown)
	}
	c.say(perennial.Say("常青在 %s，按 Ctrl-C 停止。", "Perennial is at %s; Ctrl-C stops it.", url))
	if first {
		c.say(perennial.Say("第一次使用，请打开这个链接建立账号（只能用一次，24 小时内有效）：", "First use: open this link to make an account (it works once, within 24 hours):"))
		fmt.Fprintln(c.out, "  "+url+link.Path())
	}
	return nil
}
