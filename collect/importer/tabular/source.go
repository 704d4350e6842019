package tabular

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"

	"perennial"
)

// source is the file as it lies on disk. Every byte read passes through it, so
// that progress is known whatever the format.
type source struct {
	name  string
	at    io.ReaderAt
	size  int64
	done  atomic.Int64
	total atomic.Int64
	free  []func() error
}

func newSource(name string, at io.ReaderAt, size int64, closers ...func() error) *source {
	s := &source{name: name, at: at, size: size, free: closers}
	s.total.Store(size)
	return s
}

// ReadAt counts.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.at.ReadAt(p, off)
	s.done.Add(int64(n))
	return n, err
}

func (s *source) progress() (done, total int64) {
	total = s.total.Load()
	return min(s.done.Load(), total), total
}

func (s *source) close() error {
	var errs []error
	for i := len(s.free) - 1; i >= 0; i-- {
		errs = append(errs, s.free[i]())
	}
	s.free = nil
	return errors.Join(errs...)
}

// content is a layer of the file: as it lies there, or unpacked.
type content struct {
	open func() (io.ReadCloser, error) // from the beginning
	at   io.ReaderAt                   // nil when packed
	size int64                         // of at
}

func (s *source) content() content {
	return content{
		open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(s, 0, s.size)), nil
		},
		at: s, size: s.size,
	}
}

// head returns up to n first bytes, with io.EOF when they are all there are,
// and any other error that ended them early.
func (c content) head(n int) ([]byte, error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := make([]byte, n)
	got, err := io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return buf[:got], err
}

// guard counts what comes out of a packed stream against what went in.
type guard struct {
	r      io.Reader
	close  func() error
	src    *source
	opt    Options
	before int64 // src.done when the stream was opened
	out    int64
}

// bombFloor is what any packed file may become without a question.
const bombFloor = 128 << 20

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.out += int64(n)
	in := max(g.src.done.Load()-g.before, 1)
	if g.out > g.opt.MaxExpanded || g.out > bombFloor && g.out/in > g.opt.MaxRatio {
		return n, invalid("file.bomb", "“%s”解压后大得不正常，已经停下。", "%q unpacks to an absurd size; stopped.", g.src.name).
			WithHint(perennial.Say("确认来源可靠的话，先自己解压再导入。", "If you trust it, unpack it yourself and import the result."))
	}
	if err != nil && err != io.EOF {
		err = unpackError(g.src.name, err)
	}
	return n, err
}

func (g *guard) Close() error { return g.close() }

// damage is an error in a packed stream; the reader of lines adds how far it
// came.
type damage struct {
	name      string
	truncated bool
	err       error
}

func (d *damage) Error() string { return fmt.Sprintf("unpack %s: %v", d.name, d.err) }
func (d *damage) Unwrap() error { return d.err }

// after explains the damage to a person.
func (d *damage) after(line int) error {
	if d.truncated {
		return invalid("file.truncated", "“%s”不完整，读到第 %d 行就断了。", "%q is cut off; it ends after line %d.", d.name, line).
			WithHint(perennial.Say("重新下载或重新导出。", "Download or export it again.")).Because(d.err)
	}
	return invalid("file.corrupt", "“%s”损坏了，第 %d 行之后读不出来。", "%q is damaged; nothing can be read after line %d.", d.name, line).
		WithHint(perennial.Say("重新下载或重新导出。", "Download or export it again.")).Because(d.err)
}

// unpackError tells damage from a disk that does not answer.
func unpackError(name string, err error) error {
	var e *perennial.Error
	var path *os.PathError
	if errors.As(err, &e) || errors.As(err, &path) {
		return err
	}
	return &damage{name, errors.Is(err, io.ErrUnexpectedEOF), err}
}

// atLine adds how far reading came to an error of a packed stream.
func atLine(err error, line int) error {
	var d *damage
	if errors.As(err, &d) {
		return d.after(line)
	}
	return err
}

// unpacked returns c seen through a decompressor.
func (f *File) unpacked(c content, opt Options, wrap func(io.Reader) (io.Reader, func() error, error)) content {
	return content{open: func() (io.ReadCloser, error) {
		before := f.src.done.Load()
		raw, err := c.open()
		if err != nil {
			return nil, err
		}
		r, end, err := wrap(bufio.NewReaderSize(raw, 64<<10))
		if err != nil {
			return nil, errors.Join((&damage{f.Name, errors.Is(err, io.ErrUnexpectedEOF), err}).after(0), raw.Close())
		}
		return &guard{r: r, src: f.src, opt: opt, before: before, close: func() error {
			return errors.Join(end(), raw.Close())
		}}, nil
	}}
}

func gunzip(r io.Reader) (io.Reader, func() error, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	return z, func() error { _ = z.Close(); return nil }, nil // its error is the stream's, told by Read
}

func unzstd(r io.Reader) (io.Reader, func() error, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, nil, err
	}
	return z, func() error { z.Close(); return nil }, nil
}

func (f *File) unzipped(m *zip.File, opt Options) content {
	return content{open: func() (io.ReadCloser, error) {
		before := f.src.done.Load()
		r, err := m.Open()
		if err != nil {
			return nil, (&damage{f.Name, false, err}).after(0)
		}
		return &guard{r: r, src: f.src, opt: opt, before: before, close: func() error { r.Close(); return nil }}, nil
	}}
}

// spool unpacks c into a temporary file, for formats that are read at random.
func (f *File) spool(c content) (content, error) {
	if c.at != nil {
		return c, nil
	}
	r, err := c.open()
	if err != nil {
		return c, err
	}
	defer r.Close()
	tmp, err := os.CreateTemp("", "perennial-*")
	if err != nil {
		return c, fmt.Errorf("make a temporary file: %w", err)
	}
	f.src.free = append(f.src.free, func() error {
		return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
	})
	n, err := io.Copy(tmp, contextReader{f, r})
	if err != nil {
		return c, atLine(err, 0)
	}
	counted := newSource(f.Name, tmp, n)
	counted.free = f.src.free
	f.src = counted
	return counted.content(), nil
}

// contextReader stops when the file's context is done.
type contextReader struct {
	f *File
	r io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.f.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
