package tabular

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"perennial"
)

// Options overrides what Open would find out; the zero value detects all.
type Options struct {
	Sheet     string // name or number (from 1) of the sheet of a workbook
	Member    string // name of the file within a .zip
	Encoding  string // utf-8, gb18030 (gbk, gb2312), utf-16le, utf-16be, big5, windows-1252
	Delimiter rune   // an ASCII character; a space stands for runs of blanks
	HeaderRow int    // line of the header, from 1; NoHeader for none

	MaxColumns     int   // default and most 16,384
	MaxLineBytes   int   // bytes of one row as text, default 1 MiB
	MaxQuotedLines int   // lines that one quoted row may go over, default 100
	MaxExpanded    int64 // bytes that a packed file may become, default 256 GiB
	MaxRatio       int64 // times that a packed file may grow, default 300
}

// NoHeader as Options.HeaderRow says that the first line is data.
const NoHeader = -1

func (o Options) withDefaults() Options {
	if o.MaxColumns <= 0 || o.MaxColumns > 16384 {
		o.MaxColumns = 16384
	}
	if o.MaxLineBytes <= 0 {
		o.MaxLineBytes = 1 << 20
	}
	if o.MaxQuotedLines <= 0 {
		o.MaxQuotedLines = 100
	}
	if o.MaxExpanded <= 0 {
		o.MaxExpanded = 256 << 30
	}
	if o.MaxRatio <= 0 {
		o.MaxRatio = 300
	}
	return o
}

// Format is how a file holds its table.
type Format string

// The formats that can be read.
const (
	CSV     Format = "csv" // Delimiter says which character separates
	TSV     Format = "tsv"
	Columns Format = "columns" // separated by runs of blanks
	NDJSON  Format = "ndjson"  // an object a line
	JSON    Format = "json"    // one array of objects, or objects one after another
	Parquet Format = "parquet"
	XLSX    Format = "xlsx"
)

// Stats counts the rows handed on so far. Read = Rows + Bad; what else stands in
// the file is no row.
type Stats struct {
	Rows           int64 // in batches
	Bad            int64 // in Batch.Errors
	Blank          int64 // blank lines, and lines of separators only
	Summary        int64 // totals: 合计, Total
	RepeatedHeader int64 // the header once more, as in files joined together
	Converted      int64 // lines in another encoding than the file's
	Uncomputed     int64 // formulas that were saved without their value
}

// Read returns the rows of the file met so far, good and bad.
func (s Stats) Read() int64 { return s.Rows + s.Bad }

// File reads the one table of a file, front to back. Its fields say what was
// found and are not to be changed. A File is used by one goroutine at a time,
// except for Progress.
type File struct {
	Name        string // base name
	SizeBytes   int64
	Format      Format
	Compression string // "gzip", "zstd", "zip", joined by "+" where packed twice; "" for none
	Member      string // of a zip
	Encoding    string // of text formats: "utf-8", "utf-8-bom", "gb18030", …
	Delimiter   rune   // of delimited text
	Sheet       string // of a workbook
	Sheets      []string

	Header     []string // unique, never empty: column_3 where the file names none
	HeaderLine int      // 0 where no line is a header
	Named      bool     // the names in Header are the file's own

	// Notes are what a person should hear: decisions from Open on, counts from
	// the end of the file on.
	Notes []Note
	Stats Stats

	ctx    context.Context
	src    *source
	rows   rowReader
	opened int // len(Notes) after Open
	err    error
}

// rowReader is a format's reader once Open has decided everything.
type rowReader interface {
	// next fills b, which was reset, with at least one row or error, or returns
	// io.EOF. Rows read before an error are handed on with it.
	next(b *Batch, stats *Stats) error
	// notes says what became known on the way, at the end of the file.
	notes() []Note
	// rewind begins anew.
	rewind() error
	close() error
}

// Open looks at a file, finds out what it is and where its header stands, and
// returns a reader that stands before the first row. ctx governs the File for
// life: once done, Next returns its error. Errors that a person can help are
// *perennial.Error with codes file.*.
func Open(ctx context.Context, path string, opt Options) (*File, error) {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	if err != nil {
		return nil, openError(path, err)
	}
	switch {
	case info.IsDir():
		return nil, invalid("file.is_directory", "“%s”是文件夹，不是文件。", "%q is a directory, not a file.", path).
			WithHint(perennial.Say("请指定里面的一个文件。", "Name one of the files in it."))
	case !info.Mode().IsRegular():
		return nil, invalid("file.not_regular", "“%s”不是普通文件。", "%q is not a regular file.", path).
			WithHint(perennial.Say("先保存成文件再导入。", "Save it as a file first."))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, openError(path, err)
	}
	return open(ctx, newSource(name, f, info.Size(), f.Close), opt)
}

// open is Open for anything that can be read at random. It owns src.
func open(ctx context.Context, src *source, opt Options) (*File, error) {
	f := &File{Name: src.name, SizeBytes: src.size, ctx: ctx, src: src}
	err := f.detect(opt.withDefaults())
	if err == nil {
		f.opened = len(f.Notes)
		err = f.Rewind()
	}
	if err != nil {
		_ = f.Close() // of a file that was only read
		return nil, readError(src.name, 0, err)
	}
	return f, nil
}

// Next fills b with the next rows, usually a few thousand, and the errors
// between them. At the end it returns io.EOF and leaves b empty. Any other error
// ends the file: reading cannot go on, and an import of it should be undone.
func (f *File) Next(b *Batch) error {
	b.reset(len(f.Header))
	if f.err != nil {
		return f.err
	}
	if err := f.ctx.Err(); err != nil {
		f.err = readError(f.Name, 0, err)
		return f.err
	}
	err := f.rows.next(b, &f.Stats)
	f.Stats.Rows += int64(len(b.lines))
	f.Stats.Bad += int64(len(b.Errors))
	if err != nil {
		f.err = readError(f.Name, int(f.Stats.Read()), err)
		if err == io.EOF {
			f.err = io.EOF
			f.Notes = append(append(f.Notes, f.countNotes()...), f.rows.notes()...)
		}
		if b.Len() == 0 && len(b.Errors) == 0 {
			return f.err
		}
	}
	return nil
}

// Progress returns how many bytes of the file have been read, of how many. It
// may be called from any goroutine.
func (f *File) Progress() (done, total int64) { return f.src.progress() }

// Rewind goes back before the first row, with all that Open decided.
func (f *File) Rewind() error {
	f.err, f.Stats, f.Notes = nil, Stats{}, f.Notes[:f.opened]
	f.src.done.Store(0)
	if err := f.rows.rewind(); err != nil {
		f.err = readError(f.Name, 0, err)
		return f.err
	}
	return nil
}

// Close releases the file. It may be called twice.
func (f *File) Close() error {
	var err error
	if f.rows != nil {
		err = f.rows.close()
		f.rows = nil
	}
	f.err = os.ErrClosed
	return errors.Join(err, f.src.close())
}

func (f *File) note(code string, line, count int, text perennial.Text) {
	f.Notes = append(f.Notes, Note{Code: code, Text: text, Line: line, Count: count})
}

// countNotes says what the counts mean for a person.
func (f *File) countNotes() []Note {
	var out []Note
	add := func(n int64, code, zh, en string) {
		if n > 0 {
			out = append(out, Note{Code: code, Text: perennial.Say(zh, en, n), Count: int(n)})
		}
	}
	add(f.Stats.Summary, "rows.summary", "跳过 %d 行合计。", "Skipped total rows: %d.")
	add(f.Stats.RepeatedHeader, "rows.repeated_header", "跳过 %d 行重复的表头。", "Skipped repeated header rows: %d.")
	if f.Encoding == encGB18030 {
		add(f.Stats.Converted, "encoding.mixed", "文件是 GB18030 编码，其中 %d 行是 UTF-8，已照读。", "The file is in GB18030; lines in UTF-8, read as such: %d.")
	} else {
		add(f.Stats.Converted, "encoding.mixed", "文件是 UTF-8 编码，其中 %d 行是 GB18030，已转换。", "The file is in UTF-8; lines in GB18030, converted: %d.")
	}
	add(f.Stats.Uncomputed, "rows.uncomputed", "%d 个公式没有保存结果，按空处理；用 Excel 打开再保存一次就有了。", "Formulas saved without a result, taken as empty: %d. Open and save the workbook in Excel to have them.")
	return out
}
