// Command perennial is Perennial (常青): it takes in a shop's orders and shows
// who its customers are, what they are worth and who is leaving.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the linker.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default behaviour returns: a second one ends the
	// process at once, which loses nothing.
	go func() { <-ctx.Done(); stop() }()
	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, env: os.Getenv}
	code := c.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
