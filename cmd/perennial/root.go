package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"perennial"
	"perennial/app"
	"perennial/config"
	"perennial/internal/relay"
)

// cli is what every command shares: the streams, and the flags that all take.
type cli struct {
	args     []string // the command line
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	env      func(string) string

	dir      string
	json     bool
	language string
	log      *slog.Logger

	// Of a command that a server carries out for another process.
	shared *app.App // the installation that the server has open
	sent   relay.Command
}

// run executes a command line and returns the exit code.
func (c *cli) run(ctx context.Context, args []string) int {
	c.args = args
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	c.foresee(args)
	err := root.ExecuteContext(ctx)
	var elsewhere carriedOut
	switch {
	case err == nil:
		return 0
	case errors.As(err, &elsewhere):
		return elsewhere.code
	}
	return c.fail(err)
}

// foresee reads the two flags that say how to answer, so that a command line that
// cannot be read is told in that language and form.
func (c *cli) foresee(args []string) {
	for i, arg := range args {
		switch name, given, _ := strings.Cut(arg, "="); {
		case arg == "--json":
			c.json = true
		case arg == "--lang" && i+1 < len(args):
			given = args[i+1]
			fallthrough
		case name == "--lang":
			if given == "zh" || given == "en" {
				c.language = given
			}
		}
	}
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "perennial",
		Short: "常青：看清客户处在什么阶段、值多少、谁要流失 / know your customers' stage, worth and who is leaving",
		Example: `  perennial analyze 天猫订单.xlsx --html report.html
  perennial import orders orders.csv --workspace shop
  perennial analyze --workspace shop --json
  perennial demo`,
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if err := c.prepare(); err != nil {
				return err
			}
			return c.relay(cmd, args)
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	flags := root.PersistentFlags()
	flags.StringVar(&c.dir, "dir", "", "数据目录 / data directory (default $PERENNIAL_DIR, else the user's data folder)")
	flags.BoolVar(&c.json, "json", false, "标准输出只写一个 JSON 文档 / write one JSON document to standard output")
	flags.StringVar(&c.language, "lang", "", "zh | en (默认看系统语言 / default: the system's)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err) })
	root.AddCommand(c.analyzeCommand(), c.importCommand(), c.demoCommand(), c.lifecycleCommand(), c.backupCommand(),
		c.serveCommand(), c.userCommand(), c.keyCommand(), c.workspaceCommand(), c.restoreCommand(), c.doctorCommand(), c.versionCommand())
	return root
}

func usage(cmd *cobra.Command, err error) error {
	return perennial.NewError(perennial.KindInvalid, "usage",
		perennial.Say("命令写得不对：%v", "The command line is wrong: %v", err)).
		WithHint(perennial.Say("%s --help 列出用法。", "%s --help shows how it is used.", cmd.CommandPath()))
}

// exactly is cobra's argument check in our words.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usage(cmd, err)
		}
		return nil
	}
}

// prepare settles what the shared flags leave open.
func (c *cli) prepare() error {
	switch c.language {
	case "":
		c.language = string(c.systemLanguage())
	case "zh", "en":
	default:
		given := c.language
		c.language = string(c.systemLanguage())
		return perennial.NewError(perennial.KindInvalid, "usage",
			perennial.Say("没有“%s”这种语言。", "There is no language %q here.", given)).
			WithHint(perennial.Say("用 --lang zh 或 --lang en。", "Use --lang zh or --lang en."))
	}
	if c.shared != nil {
		c.dir = c.shared.Dir
	}
	if c.dir == "" {
		dir, err := app.DefaultDir()
		if err != nil {
			return err
		}
		c.dir = dir
	}
	return nil
}

// systemLanguage is Chinese unless the environment asks for English.
func (c *cli) systemLanguage() perennial.Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := c.env(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return perennial.LangEN
			}
			return perennial.LangZH
		}
	}
	return perennial.LangZH
}

func (c *cli) lang() perennial.Lang {
	if c.language == "" {
		return c.systemLanguage()
	}
	return perennial.Lang(c.language)
}

// open opens the installation; create makes it where there is none. What it returns
// is given back with close.
func (c *cli) open(ctx context.Context, create bool) (*app.App, error) {
	if c.shared != nil {
		return c.shared, nil
	}
	opt, err := c.options()
	if err != nil {
		return nil, err
	}
	opt.Dir, opt.Create = c.dir, create
	return app.Open(ctx, opt)
}

// close closes what open opened; a server's installation stays open.
func (c *cli) close(a *app.App) error {
	if a == c.shared {
		return nil
	}
	return a.Close()
}

func (c *cli) options() (app.Options, error) {
	cfg, err := config.Load(c.dir)
	if err != nil {
		return app.Options{}, err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		return app.Options{}, fmt.Errorf("read log level: %w", err)
	}
	var handler slog.Handler = slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level})
	if cfg.Log.Format == "json" {
		handler = slog.NewJSONHandler(c.err, &slog.HandlerOptions{Level: level})
	}
	c.log = slog.New(handler)
	return app.Options{Config: cfg, Now: c.now, Log: c.log}, nil
}

// exitCodes maps kinds of trouble to exit codes; 1 is a fault of the program.
var exitCodes = map[perennial.Kind]int{
	perennial.KindInvalid: 2, perennial.KindNotFound: 3, perennial.KindConflict: 4, perennial.KindForbidden: 5,
	perennial.KindUnavailable: 6, perennial.KindCancelled: 130,
}

// fail tells the person what went wrong and returns the exit code. With --json
// standard output carries the error as its one document.
func (c *cli) fail(err error) int {
	if errors.Is(err, errQuiet) {
		return 1
	}
	e := perennial.AsError(err)
	if e.Code == "internal" && errors.Is(err, context.Canceled) {
		e = perennial.NewError(perennial.KindCancelled, "cancelled", perennial.Say("已停止。", "Stopped."))
	}
	if isUnknownCommand(err) {
		e = perennial.NewError(perennial.KindInvalid, "usage", perennial.Say("没有这个命令：%v", "There is no such command: %v", err)).
			WithHint(perennial.Say("perennial --help 列出所有命令。", "perennial --help lists the commands."))
	}
	lang := c.lang()
	fmt.Fprintf(c.err, "%s %s\n", pick(lang, "错误", "Error")+" "+e.Code+":", e.Sentence.In(lang))
	if hint := e.Hint.In(lang); hint != "" {
		fmt.Fprintf(c.err, "%s %s\n", pick(lang, "怎么办:", "What to do:"), hint)
	}
	if e.Kind == perennial.KindInternal && err != nil {
		fmt.Fprintf(c.err, "%s %v\n", pick(lang, "原始错误:", "Original error:"), err)
	}
	if c.json {
		_ = c.writeJSON(map[string]any{"error": map[string]any{
			"code": e.Code, "message": e.Sentence.In(lang), "hint": e.Hint.In(lang), "message_zh": e.Sentence.ZH, "message_en": e.Sentence.EN,
		}})
	}
	if code, ok := exitCodes[e.Kind]; ok {
		return code
	}
	return 1
}

func isUnknownCommand(err error) bool {
	var e *perennial.Error
	return !errors.As(err, &e) && (strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag"))
}

func pick(lang perennial.Lang, zh, en string) string { return perennial.Text{ZH: zh, EN: en}.In(lang) }

func (c *cli) writeJSON(v any) error {
	enc := json.NewEncoder(c.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// writeJSONLine writes one document on one line, for programs that read lines.
func (c *cli) writeJSONLine(v any) error {
	if err := json.NewEncoder(c.out).Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// say writes one line for the person: to standard output, or to standard error
// where that carries JSON.
func (c *cli) say(text perennial.Text) { fmt.Fprintln(c.human(), text.In(c.lang())) }

func (c *cli) human() io.Writer {
	if c.json {
		return c.err
	}
	return c.out
}

// terminal tells whether a stream is a terminal, and its width.
func terminal(w any) (width int, ok bool) {
	if far, ok := w.(farTerminal); ok {
		return far.width, far.width > 0
	}
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return width, err == nil
}
