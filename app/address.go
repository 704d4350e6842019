package app

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"perennial"
)

// What is on a server leaves a file with the server's address, without the login,
// where the embedded engine's own would be: state.address, and warehouse.address of
// each workspace. So a configuration that lost its line is told from data that were
// never there.
const (
	stateAddress     = "state.address"
	warehouseAddress = "warehouse.address"
)

// noteAddress notes where something is that was opened; address is "" for the
// embedded engine.
func noteAddress(path, address string) error {
	text := withoutLogin(address)
	if have, err := os.ReadFile(path); err == nil && string(have) == text || errors.Is(err, fs.ErrNotExist) && text == "" {
		return nil
	}
	var err error
	if text == "" {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		return notWritable(filepath.Dir(path), err)
	}
	return nil
}

// withoutLogin takes user, password and whatever else is secret out of an address.
func withoutLogin(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	place, query, _ := strings.Cut(rest, "?")
	authority, database, _ := strings.Cut(place, "/")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = nil
	}
	for _, secret := range []string{"user", "password", "sslpassword"} {
		values.Del(secret)
	}
	out := scheme + "://" + authority[strings.LastIndexByte(authority, '@')+1:] + "/" + database
	if len(values) > 0 {
		out += "?" + values.Encode()
	}
	return out
}

// lostLine tells that a line is missing in the configuration, and which to write
// again, if the file at path says that something was on a server; else nil. what
// names it, key is the line's.
func lostLine(path, key, engine string, what perennial.Text) error {
	address, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return notWritable(filepath.Dir(path), err)
	}
	scheme, place, _ := strings.Cut(string(address), "://")
	return perennial.NewError(perennial.KindConflict, "store.other_engine", perennial.Text{
		ZH: fmt.Sprintf("%s在 %s（%s）里，配置里却没有 %s 这一行。", what.ZH, engine, place, key),
		EN: fmt.Sprintf("%s in %s (%s); the configuration has no line %s.", what.EN, engine, place, key),
	}).WithHint(perennial.Text{
		ZH: fmt.Sprintf("在 perennial.yaml 里写回：%s: %s://用户:密码@%s；要搬到内置引擎：先备份，再用 perennial restore --embedded 恢复到一个新目录。", key, scheme, place),
		EN: fmt.Sprintf("Write it into perennial.yaml again: %s: %s://user:password@%s. To move to the embedded engine, back up and restore into a new directory with perennial restore --embedded.", key, scheme, place),
	})
}
