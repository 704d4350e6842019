package perennial

import (
	"errors"
	"fmt"
)

// Kind says what sort of trouble an Error is, independent of any protocol. The
// API maps kinds to HTTP statuses and the command line maps them to exit codes,
// each in one table.
type Kind uint8

// The kinds of trouble.
const (
	KindInternal    Kind = iota // a fault of Perennial itself
	KindInvalid                 // what was given cannot be used as it is
	KindNotFound                // what was named does not exist
	KindConflict                // something else is in the way just now
	KindForbidden               // not allowed
	KindUnavailable             // something that is needed does not answer
	KindCancelled               // the person or the program stopped it
)

// Error is what every stage returns for trouble that a person may see: a code
// for machines (stable, dotted, lower case: "import.no_customer"), a sentence
// for the person, and a hint that says what to do next.
type Error struct {
	Code     string
	Kind     Kind
	Sentence Text
	Hint     Text
	Err      error // the cause, for the log; may be nil
}

// NewError makes an Error of a kind with a code and a sentence; add a hint and
// a cause with WithHint and Because.
func NewError(kind Kind, code string, sentence Text) *Error {
	return &Error{Kind: kind, Code: code, Sentence: sentence}
}

// WithHint returns e with a hint.
func (e *Error) WithHint(hint Text) *Error { e.Hint = hint; return e }

// Because returns e with its cause.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Error gives code, English sentence and cause: the form for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Sentence.EN, e.Err)
	}
	return e.Code + ": " + e.Sentence.EN
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// AsError finds the first *Error in err's chain. Any other error becomes an
// internal one, so that callers that speak to people always have a code and a
// sentence. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return NewError(KindInternal, "internal", Say("程序出错了。", "Something went wrong inside Perennial.")).
		WithHint(Say("请带上日志里的原始错误反馈给维护者。", "Please report it with the original error from the log.")).
		Because(err)
}

// CodeOf returns the code of the first *Error in err's chain, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
