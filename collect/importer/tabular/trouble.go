package tabular

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unicode/utf8"

	"perennial"
)

// RowError is a row that could not be read. The rows after it are not touched
// by it.
type RowError struct {
	Line     int    // as Batch.Line
	Code     string // "row.quote", "row.encoding", …
	Sentence perennial.Text
	Hint     perennial.Text
	Raw      string // the beginning of the line, valid UTF-8; may hold personal data
}

// Note is something about the file that its reader decided or saw and that a
// person should hear.
type Note struct {
	Code  string // "header.titles_skipped", "sheet.chosen", …
	Text  perennial.Text
	Line  int // where, 0 for the file as a whole
	Count int // how many, where that makes sense
}

// excerptBytes is how much of a bad line is quoted.
const excerptBytes = 160

// excerpt returns the beginning of a raw line for a person to recognise it.
func excerpt(raw []byte) string {
	cut := len(raw) > excerptBytes
	if cut {
		raw = raw[:excerptBytes]
		for i := 0; i < utf8.UTFMax && len(raw) > 0; i++ {
			if r, n := utf8.DecodeLastRune(raw); r != utf8.RuneError || n != 1 {
				break
			}
			raw = raw[:len(raw)-1]
		}
	}
	s := strings.ToValidUTF8(strings.TrimRight(string(raw), "\r\n"), "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\u2400")
	if cut {
		s += "…"
	}
	return s
}

func rowError(line int, code string, raw []byte) RowError {
	e := RowError{Line: line, Code: code, Raw: excerpt(raw)}
	switch code {
	case "row.quote":
		e.Sentence = perennial.Say("引号没有配对，这一行读不出来。", "A quotation mark has no partner; the row cannot be read.")
		e.Hint = perennial.Say("单元格里的引号要写成两个（\"\"），或者删掉多余的引号。", "Double a quotation mark within a cell (\"\"), or remove the stray one.")
	case "row.too_long":
		e.Sentence = perennial.Say("这一行太长，不像是表格的一行。", "The line is too long to be a row of a table.")
		e.Hint = perennial.Say("检查这一行是否缺了换行，或有引号没有关上。", "Look for a missing line break or an open quotation mark.")
	case "row.too_many_cells":
		e.Sentence = perennial.Say("这一行的单元格比表头多。", "The row has more cells than the header.")
		e.Hint = perennial.Say("多半是某个单元格里有没加引号的分隔符，给它加上引号。", "A cell probably holds the separator without quotes; put it in quotes.")
	case "row.nul":
		e.Sentence = perennial.Say("这一行有空字节（NUL），文件在这里坏了。", "The row holds NUL bytes; the file is damaged here.")
		e.Hint = perennial.Say("从原系统重新导出一份。", "Export the file again from its system.")
	case "row.encoding":
		e.Sentence = perennial.Say("这一行的编码认不出来，不是 UTF-8 也不是 GB18030。", "The row is in no known encoding, neither UTF-8 nor GB18030.")
		e.Hint = perennial.Say("把文件另存为 UTF-8，或者指明它的编码。", "Save the file as UTF-8, or say which encoding it is in.")
	case "row.json":
		e.Sentence = perennial.Say("这一行不是完整的 JSON 对象。", "The line is not a whole JSON object.")
		e.Hint = perennial.Say("每行写一个对象：{\"order_id\": \"1\", …}。", "Write one object a line: {\"order_id\": \"1\", …}.")
	default:
		e.Sentence = perennial.Say("这一行读不出来。", "The row cannot be read.")
	}
	return e
}

func invalid(code, zh, en string, args ...any) *perennial.Error {
	return perennial.NewError(perennial.KindInvalid, code, perennial.Say(zh, en, args...))
}

// openError explains why a file could not be opened or looked at.
func openError(name string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return perennial.NewError(perennial.KindNotFound, "file.not_found",
			perennial.Say("找不到文件“%s”。", "There is no file %q.", name)).
			WithHint(perennial.Say("检查路径和文件名；名字里有空格时加上引号。", "Check the path and the name; put a name with spaces in quotes.")).Because(err)
	case errors.Is(err, fs.ErrPermission):
		return perennial.NewError(perennial.KindForbidden, "file.permission",
			perennial.Say("没有权限打开“%s”。", "There is no permission to open %q.", name)).
			WithHint(perennial.Say("请文件的所有者放开权限，或者复制一份自己的。", "Ask its owner for access, or make a copy of your own.")).Because(err)
	}
	return readError(name, 0, err)
}

// readError explains why reading stopped after line. A cancelled context and an
// error that already explains itself pass through.
func readError(name string, line int, err error) error {
	var e *perennial.Error
	if errors.As(err, &e) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return diskFull(name, err)
	}
	return perennial.NewError(perennial.KindUnavailable, "file.read",
		perennial.Say("读“%s”时出错，读到第 %d 行。", "Reading %q failed after line %d.", name, line)).
		WithHint(perennial.Say("把文件复制到本机磁盘再试。", "Copy the file to a local disk and try again.")).Because(err)
}

func diskFull(name string, err error) error {
	return perennial.NewError(perennial.KindUnavailable, "file.disk_full",
		perennial.Say("磁盘满了，“%s”没有写成。", "The disk is full; %q was not written.", name)).
		WithHint(perennial.Say("腾出空间再试，原来的文件没有动。", "Free some space and try again; nothing was replaced.")).Because(err)
}
