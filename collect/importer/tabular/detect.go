package tabular

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zip"
	"golang.org/x/text/encoding/simplifiedchinese"

	"perennial"
)

// magic is how a file of a kind begins.
type magic struct{ prefix, name string }

// Files that people try but that hold no table, or hold it in a packing that is
// not read.
var (
	packings = []magic{
		{"BZh", "bzip2"}, {"\xFD7zXZ\x00", "xz"}, {"Rar!", "RAR"}, {"7z\xBC\xAF\x27\x1C", "7-Zip"},
	}
	strangers = []magic{
		{"%PDF", "PDF"}, {"\x89PNG", "PNG"}, {"\xFF\xD8\xFF", "JPEG"}, {"GIF8", "GIF"},
		{"SQLite format 3", "SQLite"}, {"{\\rtf", "RTF"}, {"MZ\x90", "EXE"}, {"\x7FELF", "ELF"},
	}
)

// detect finds out what the file is and sets up its reader.
func (f *File) detect(opt Options) error {
	c := f.src.content()
	var packed []string
	for range 3 {
		head, err := c.head(16)
		if err != nil && err != io.EOF && len(head) == 0 {
			return atLine(err, 0)
		}
		var kind string
		switch {
		case bytes.HasPrefix(head, []byte{0x1F, 0x8B}):
			kind, c = "gzip", f.unpacked(c, opt, gunzip)
		case len(head) >= 4 && binary.LittleEndian.Uint32(head) == 0xFD2FB528:
			kind, c = "zstd", f.unpacked(c, opt, unzstd)
		case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
			var done bool
			if c, done, err = f.openZip(c, opt); err != nil || done {
				return err
			}
			kind = "zip"
		default:
			return f.detectPlain(c, head, opt)
		}
		packed = append(packed, kind)
		f.Compression = strings.Join(packed, "+")
	}
	return invalid("file.nested", "“%s”压缩了太多层。", "%q is packed too many times over.", f.Name).
		WithHint(perennial.Say("先解压再导入。", "Unpack it first."))
}

// detectPlain looks at what is no longer packed.
func (f *File) detectPlain(c content, head []byte, opt Options) error {
	for _, m := range packings {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return invalid("file.compression_unsupported", "“%[1]s”是 %[2]s 压缩包，这种压缩读不了。", "%[1]q is packed with %[2]s, which cannot be read.", f.Name, m.name).
				WithHint(perennial.Say("先解压，或改用 .zip、.gz、.zst。", "Unpack it, or use .zip, .gz or .zst."))
		}
	}
	for _, m := range strangers {
		if bytes.HasPrefix(head, []byte(m.prefix)) {
			return binaryError(f.Name, m.name)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return f.openParquet(c, opt)
	case bytes.HasPrefix(head, oleMagic):
		return f.oleError(c)
	}
	return f.openText(c, opt)
}

func binaryError(name, kind string) error {
	hint := perennial.Say("请导出为 CSV 或 .xlsx。", "Export it as CSV or .xlsx.")
	if kind == "" {
		return invalid("file.binary", "“%s”不是表格，里面是二进制数据。", "%q is not a table but binary data.", name).WithHint(hint)
	}
	return invalid("file.binary", "“%[1]s”是 %[2]s 文件，不是表格。", "%[1]q is a %[2]s file, not a table.", name, kind).WithHint(hint)
}

// openZip tells a workbook from an archive. A workbook is opened (done); of an
// archive the one table in it is returned.
func (f *File) openZip(c content, opt Options) (member content, done bool, err error) {
	if c, err = f.spool(c); err != nil {
		return c, false, err
	}
	z, err := zip.NewReader(c.at, c.size)
	if err != nil {
		return c, false, (&damage{f.Name, true, err}).after(0)
	}
	var tables []*zip.File
	for _, m := range z.File {
		name := partName(m.Name)
		switch {
		case name == "xl/workbook.xml":
			return c, true, f.openXLSX(z, opt)
		case name == "xl/workbook.bin":
			return c, true, saveAsXLSX("file.xlsb_unsupported", f.Name, ".xlsb")
		case name == "content.xml" && slices.ContainsFunc(z.File, func(m *zip.File) bool { return m.Name == "mimetype" }):
			return c, true, saveAsXLSX("file.ods_unsupported", f.Name, ".ods")
		case strings.HasSuffix(name, "/"), strings.HasPrefix(name, "__macosx/"), strings.HasPrefix(path.Base(name), "."):
		case opt.Member != "" && memberName(m) != opt.Member:
		default:
			tables = append(tables, m)
		}
	}
	if len(tables) > 1 {
		// Beside the table there may be a read-me or a picture.
		if some := slices.DeleteFunc(slices.Clone(tables), func(m *zip.File) bool { return !tableName(m.Name) }); len(some) > 0 {
			tables = some
		}
	}
	switch {
	case len(tables) == 0 && opt.Member != "":
		return c, false, invalid("file.zip_member_missing", "“%[1]s”里没有“%[2]s”。", "%[1]q holds no %[2]q.", f.Name, opt.Member)
	case len(tables) == 0:
		return c, false, invalid("file.zip_no_table", "压缩包“%s”是空的。", "The archive %q is empty.", f.Name)
	case len(tables) > 1:
		names := make([]string, 0, 11)
		for _, m := range tables {
			if len(names) == 10 {
				names = append(names, "…")
				break
			}
			names = append(names, memberName(m))
		}
		return c, false, invalid("file.zip_several", "压缩包“%[1]s”里有 %[2]d 个文件：%[3]s。", "The archive %[1]q holds %[2]d files: %[3]s.", f.Name, len(tables), strings.Join(names, ", ")).
			WithHint(perennial.Say("解压后一个一个导入，或指明要哪一个。", "Unpack it and import them one by one, or say which one."))
	}
	m := tables[0]
	if m.Flags&1 != 0 {
		return c, false, encryptedError(f.Name)
	}
	f.Member = memberName(m)
	return f.unzipped(m, opt), false, nil
}

// partName is a zip entry's name as workbooks are compared: some writers use
// backslashes and capitals.
func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// memberName is a zip entry's name for people: Chinese Windows writes it in
// GB18030 without saying so.
func memberName(m *zip.File) string {
	if m.NonUTF8 && !utf8.ValidString(m.Name) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(m.Name); err == nil {
			return s
		}
	}
	return m.Name
}

func tableName(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	if ext == ".gz" || ext == ".zst" {
		ext = strings.ToLower(path.Ext(strings.TrimSuffix(strings.ToLower(name), ext)))
	}
	return slices.Contains([]string{".csv", ".tsv", ".tab", ".json", ".ndjson", ".jsonl", ".parquet", ".xlsx", ".xlsm"}, ext)
}

func encryptedError(name string) *perennial.Error {
	return invalid("file.encrypted", "“%s”设了密码，打不开。", "%q is protected by a password.", name).
		WithHint(perennial.Say("在 Excel 里用密码打开，去掉密码（文件 → 信息 → 保护工作簿），另存一份再导入；压缩包则先解压。",
			"Open it with its password, remove the password (File → Info → Protect Workbook), save a copy and import that; unpack an archive first."))
}

func saveAsXLSX(code, name, kind string) error {
	return invalid(code, "“%[1]s”是 %[2]s 文件，这种格式读不了。", "%[1]q is a %[2]s file, which cannot be read.", name, kind).
		WithHint(perennial.Say("用 Excel 或 WPS 打开，另存为 .xlsx 再导入。", "Open it in Excel, save it as .xlsx and import that."))
}

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// oleError says what is in an OLE compound file, the container of both old
// workbooks and encrypted new ones. The streams' names tell which.
func (f *File) oleError(c content) error {
	names, err := oleStreams(c)
	if err != nil {
		return err
	}
	switch {
	case slices.Contains(names, "EncryptedPackage"):
		return encryptedError(f.Name)
	case slices.Contains(names, "WordDocument"):
		return binaryError(f.Name, "Word")
	case slices.Contains(names, "PowerPoint Document"):
		return binaryError(f.Name, "PowerPoint")
	}
	return invalid("file.xls_unsupported", "“%s”是旧版 Excel 文件（.xls），读不了。", "%q is an old Excel file (.xls), which cannot be read.", f.Name).
		WithHint(perennial.Say("用 Excel 或 WPS 打开，另存为 .xlsx 再导入。", "Open it in Excel, save it as .xlsx and import that."))
}

// oleStreams lists the names in the directory of a compound file ([MS-CFB]):
// the directory is a chain of sectors whose first the header names and whose
// next ones the FAT names. A damaged chain ends early.
func oleStreams(c content) ([]string, error) {
	r, err := c.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	// The directory lies anywhere; a workbook as large as this is an .xls anyway.
	data, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("read compound file: %w", err)
	}
	if len(data) < 512 {
		return nil, nil
	}
	u32 := func(off int) uint32 {
		if off < 0 || off+4 > len(data) {
			return 0xFFFFFFFE
		}
		return binary.LittleEndian.Uint32(data[off:])
	}
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil, nil
	}
	size := 1 << shift
	var names []string
	sector := u32(48)
	for steps := 0; sector < 0xFFFFFFFA && steps < 1024; steps++ {
		off := (int(sector) + 1) * size
		if off+size > len(data) {
			break
		}
		for entry := data[off : off+size]; len(entry) >= 128; entry = entry[128:] {
			n := int(binary.LittleEndian.Uint16(entry[64:]))
			if n < 2 || n > 64 {
				continue
			}
			var name strings.Builder
			for i := 0; i+2 < n; i += 2 {
				name.WriteRune(rune(binary.LittleEndian.Uint16(entry[i:])))
			}
			names = append(names, name.String())
		}
		perFAT := size / 4
		fat := int(sector) / perFAT
		if fat >= 109 {
			break // the rest of the FAT is listed elsewhere; what was found will do
		}
		fatSector := u32(76 + 4*fat)
		if fatSector >= 0xFFFFFFFA {
			break
		}
		sector = u32((int(fatSector)+1)*size + 4*(int(sector)%perFAT))
	}
	return names, nil
}
