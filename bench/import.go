package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"perennial"
	"perennial/app"
	"perennial/collect/importer"
	"perennial/collect/importer/mapping"
	"perennial/config"
	"perennial/internal/sqlfile"
	"perennial/store/warehouse/duckdb"
)

// benchImport compares importing the Online Retail file ten times over (ids
// shifted) with DuckDB's own CREATE TABLE AS SELECT * FROM read_csv, both to
// disk.
func benchImport(ctx context.Context, opt options) error {
	csv := filepath.Join(opt.dir, "ten.csv")
	switch opt.step {
	case "ctas":
		return importCTAS(ctx, opt, csv)
	case "perennial":
		return importPerennial(ctx, opt, csv)
	}
	lines, err := tenTimes(opt.file, csv)
	if err != nil {
		return err
	}
	var ratios, ours, theirs []float64
	peak := 0.0
	for i := range opt.runs {
		a, err := child(ctx, "import", "ctas", opt)
		if err != nil {
			return err
		}
		b, err := child(ctx, "import", "perennial", opt)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %d: read_csv %.2f s, import %.2f s (%s), ratio %.2f, peak %.0f MB\n", i+1, a.Seconds, b.Seconds, b.Note, b.Seconds/a.Seconds, b.peakMB)
		theirs, ours, ratios = append(theirs, a.Seconds), append(ours, b.Seconds), append(ratios, b.Seconds/a.Seconds)
		peak = max(peak, b.peakMB)
	}
	fmt.Printf("| import of %d lines | DuckDB CREATE TABLE AS read_csv %.2f s | perennial import %.2f s | ratio %.2f (limit 6) | peak %.0f MB (limit 1,500) |\n",
		lines, median(theirs), median(ours), median(ratios), peak)
	return nil
}

// tenTimes writes the file ten times with shifted invoice and customer numbers.
func tenTimes(source, target string) (lines int, err error) {
	in, err := os.Open(source)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	zr, err := gzip.NewReader(in)
	if err != nil {
		return 0, err
	}
	all, err := io.ReadAll(zr)
	if err != nil {
		return 0, err
	}
	out, err := os.Create(target)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := bufio.NewWriterSize(out, 1<<20)
	head, body, _ := bytes.Cut(all, []byte("\n"))
	if _, err := w.Write(append(head, '\n')); err != nil {
		return 0, err
	}
	for k := range 10 {
		for rest := body; len(rest) > 0; {
			var line []byte
			line, rest, _ = bytes.Cut(rest, []byte("\n"))
			if err := shifted(w, line, k); err != nil {
				return 0, err
			}
			lines++
		}
	}
	return lines, w.Flush()
}

// shifted writes a line with its invoice number moved by a million and its
// customer number by a hundred thousand a copy.
func shifted(w *bufio.Writer, line []byte, k int) error {
	first := bytes.IndexByte(line, ',')
	last := bytes.LastIndexByte(line, ',')
	before := bytes.LastIndexByte(line[:last], ',')
	number := func(b []byte, by int) []byte {
		prefix := 0
		for prefix < len(b) && (b[prefix] < '0' || b[prefix] > '9') {
			prefix++
		}
		n, err := strconv.ParseFloat(string(b[prefix:]), 64)
		if err != nil {
			return b
		}
		return append(append([]byte{}, b[:prefix]...), strconv.Itoa(int(n)+by)...)
	}
	_, err := fmt.Fprintf(w, "%s%s%s%s\n", number(line[:first], k*1_000_000), line[first:before+1], number(line[before+1:last], k*100_000), line[last:])
	return err
}

func importCTAS(ctx context.Context, opt options, csv string) error {
	path := filepath.Join(opt.dir, "ctas.duckdb")
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	s, err := duckdb.Open(ctx, duckdb.Options{Path: path, MemoryMB: 8192})
	if err != nil {
		return err
	}
	var m measured
	m.Seconds, err = timed(func() error {
		err := s.Exec(ctx, sqlfile.Text("ctas", "create table t as select * from read_csv('"+csv+"')"), nil)
		return errors.Join(err, s.Close())
	})
	return errors.Join(err, m.report())
}

func importPerennial(ctx context.Context, opt options, csv string) error {
	dir := filepath.Join(opt.dir, "import")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Dir: dir, Create: true, Config: config.Default(), Now: time.Now})
	if err != nil {
		return err
	}
	var m measured
	var r *importer.Report
	m.Seconds, err = timed(func() error {
		var err error
		r, _, _, err = a.Import(ctx, app.ImportOptions{
			Request: importer.Request{Kind: mapping.Orders, Path: csv, Lang: perennial.LangEN}, Workspace: "bench",
		})
		return errors.Join(err, a.Close())
	})
	if err != nil {
		return err
	}
	m.Note = fmt.Sprintf("%d rows, %d refused, %d orders", r.Counts.Read, r.Counts.Refused, r.Counts.Documents)
	return m.report()
}
