package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"perennial"
)

func (c *cli) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "检查数据目录是否完好 / check that the data directory is sound", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			ctx := cmd.Context()
			a, err := c.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.close(a)) }()
			checks := a.Doctor(ctx)
			bad := 0
			for _, check := range checks {
				if !check.OK {
					bad++
				}
			}
			if c.json {
				if err := c.writeJSON(map[string]any{"ok": bad == 0, "checks": checks}); err != nil {
					return err
				}
			} else {
				for _, check := range checks {
					mark := "✓"
					if !check.OK {
						mark = "✗"
					}
					fmt.Fprintf(c.out, "%s %s\n", mark, check.Detail.In(c.lang()))
					if hint := check.Hint.In(c.lang()); hint != "" {
						fmt.Fprintf(c.out, "  %s\n", hint)
					}
				}
			}
			if bad > 0 {
				return errQuiet
			}
			return nil
		},
	}
}

// errQuiet ends a command with exit code 1 after it has said all there is.
var errQuiet = errors.New("said already")

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "版本 / version", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				return c.writeJSON(map[string]string{"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			}
			c.say(perennial.Say("常青 %s（%s，%s/%s）", "Perennial %s (%s, %s/%s)", version, runtime.Version(), runtime.GOOS, runtime.GOARCH))
			return nil
		},
	}
}
