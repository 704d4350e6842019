package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"perennial"
	"perennial/app"
	"perennial/internal/relay"
)

// carriedOut tells that a server carried the command out and how it ended.
type carriedOut struct{ code int }

func (carriedOut) Error() string { return "carried out by the server" }

// farTerminal is a stream to the terminal of another process.
type farTerminal struct {
	io.Writer
	width int // 0 for none
}

// environment is what commands look at.
var environment = []string{"LC_ALL", "LC_MESSAGES", "LANG"}

// needsData are the commands that open the data directory, and so are a running
// server's to carry out.
var needsData = []string{"import", "lifecycle", "backup", "user", "key", "workspace", "doctor"}

// paths are the arguments and flags that name files. On the server's side they are
// relative to where the command was typed.
var (
	pathArguments = []string{"perennial import orders", "perennial import customers", "perennial import products", "perennial backup"}
	pathFlags     = []string{"rules", "html", "customers-out", "refusals"}
)

// needsServer tells that a command is for whoever has the data directory open.
func needsServer(cmd *cobra.Command, args []string) bool {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	name, _, _ := strings.Cut(path, " ")
	return slices.Contains(needsData, name) || name == "analyze" && len(args) == 0
}

// relay hands a command over to the server that has the data directory open, if one
// does; on the server's side it makes paths those of the other process.
func (c *cli) relay(cmd *cobra.Command, args []string) error {
	if c.shared != nil {
		return c.resolve(cmd, args)
	}
	if !needsServer(cmd, args) {
		return nil
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return fmt.Errorf("find working directory: %w", err)
	}
	sent := relay.Command{Version: version, Args: c.args, Dir: here, Env: map[string]string{}}
	for _, name := range environment {
		sent.Env[name] = c.env(name)
	}
	sent.OutWidth, _ = terminal(c.out)
	sent.ErrWidth, _ = terminal(c.err)
	if flag := cmd.Flags().Lookup("password-stdin"); flag != nil && flag.Changed && relay.Listening(cmd.Context(), c.dir) {
		password, err := c.readPassword()
		if err != nil {
			return err
		}
		sent.Input = []byte(password + "\n")
	}
	code, served, err := relay.Call(cmd.Context(), c.dir, sent, c.out, c.err)
	switch {
	case err != nil:
		return perennial.NewError(perennial.KindUnavailable, "server.gone",
			perennial.Say("正在运行的常青服务没有把命令做完。", "The running server did not carry the command to its end.")).
			WithHint(perennial.Say("服务可能停了；看它的日志，再试一次。", "It may have stopped: look at its log, and try again.")).Because(err)
	case served:
		return carriedOut{code}
	}
	return nil
}

// resolve makes paths of the command those of where it was typed.
func (c *cli) resolve(cmd *cobra.Command, args []string) error {
	absolute := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(c.sent.Dir, path)
	}
	if slices.Contains(pathArguments, cmd.CommandPath()) {
		for i := range args {
			args[i] = absolute(args[i])
		}
	}
	var errs []error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(pathFlags, f.Name) {
			errs = append(errs, f.Value.Set(absolute(f.Value.String())))
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values := list.GetSlice()
			for i, v := range values {
				if file, ok := strings.CutPrefix(v, "@"); ok {
					values[i] = "@" + absolute(file)
				}
			}
			errs = append(errs, list.Replace(values))
		}
	})
	return errors.Join(errs...)
}

// carryOut runs a command that another process sent on the installation that this
// one has open.
func (c *cli) carryOut(ctx context.Context, a *app.App, sent relay.Command, out, errs io.Writer) (code int) {
	far := &cli{
		in: bytes.NewReader(sent.Input), out: farTerminal{out, sent.OutWidth}, err: farTerminal{errs, sent.ErrWidth}, now: c.now,
		env: func(name string) string { return sent.Env[name] }, log: c.log, shared: a, sent: sent,
	}
	far.foresee(sent.Args)
	defer func() {
		if cause := recover(); cause != nil { // one command's fault must not end the server
			c.log.ErrorContext(ctx, "command failed", slog.Any("error", cause), slog.String("stack", string(debug.Stack())))
			code = far.fail(fmt.Errorf("panic: %v", cause))
		}
	}()
	if sent.Version != version {
		return far.fail(perennial.NewError(perennial.KindConflict, "server.version",
			perennial.Say("正在运行的服务是版本 %s，这个程序是版本 %s。", "The running server is of version %s, this program of version %s.", version, sent.Version)).
			WithHint(perennial.Say("用同一个版本：重启服务，或换用服务的程序。", "Use one version: restart the server, or use its program.")))
	}
	return far.run(ctx, sent.Args)
}
