package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"perennial"
)

// Basis is what a change says of the version that it was made from.
type Basis struct {
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The version that was looked at: if it is another by now, nothing is changed and the answer is 412."`
}

// versionOf tells one state of a thing from another.
func versionOf(parts ...any) string {
	sum := sha256.New()
	for _, part := range parts {
		text := fmt.Sprint(part)
		fmt.Fprintf(sum, "%d:%s", len(text), text) //nolint:errcheck // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// check tells that somebody else has changed a thing since it was looked at.
func (b Basis) check(now string) error {
	switch strings.Trim(b.IfMatch, `"`) {
	case "", "*", now:
		return nil
	}
	return at("If-Match", perennial.NewError(perennial.KindConflict, codeChanged,
		perennial.Say("你打开之后，别人改过了；你的改动没有保存。", "Somebody else has changed this since you opened it. Your change was not saved.")).
		WithHint(perennial.Say("重新打开，看看现在的内容再改。", "Open it again, see what it is now, and change that.")))
}
