package main

import (
	"fmt"
	"strings"
	"sync"

	"perennial"
)

// progress returns a function that draws how far reading has come, and one that
// removes the drawing. On anything but a terminal both do nothing.
func (c *cli) progress(what perennial.Text) (draw func(done, total int64), clear func()) {
	width, ok := terminal(c.err)
	if !ok {
		return nil, func() {}
	}
	var mu sync.Mutex
	last := -1
	draw = func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		percent := 100
		if total > 0 {
			percent = int(min(done, total) * 100 / total)
		}
		if percent == last {
			return
		}
		last = percent
		bar := max(10, min(40, width-40))
		full := bar * percent / 100
		fmt.Fprintf(c.err, "\r%s [%s%s] %3d%%", what.In(c.lang()), strings.Repeat("█", full), strings.Repeat("░", bar-full), percent)
	}
	return draw, func() {
		mu.Lock()
		defer mu.Unlock()
		if last >= 0 {
			fmt.Fprintf(c.err, "\r%s\r", strings.Repeat(" ", max(0, width-1)))
		}
	}
}
