package importer

import (
	"context"
	"errors"

	"perennial"
	"perennial/collect/importer/mapping"
	"perennial/collect/importer/tabular"
	"perennial/collect/importer/value"
)

// lookRows is how many rows a Look shows.
const lookRows = 8

// Look is a first look at a file, for correcting what its columns are taken for.
type Look struct {
	Kind    mapping.Kind     `json:"kind"`
	File    FileInfo         `json:"file"`
	Sheets  []string         `json:"sheets"` // of a workbook
	Header  []string         `json:"header"`
	Sample  [][]string       `json:"sample"` // the first rows; personal values are masked
	Mapping *mapping.Mapping `json:"mapping"`
	// Missing is why the file cannot be imported as it was understood, nil where it
	// can.
	Missing error `json:"-"`
}

// Look opens a file and says what it and its columns were taken for, also where that
// is not enough to import it. A Request without a kind takes the one that fits.
func (im *Importer) Look(ctx context.Context, req Request) (out *Look, err error) {
	defer func() { err = cancelled(ctx, err) }()
	overrides, err := req.overrides()
	if err != nil {
		return nil, err
	}
	file, err := tabular.Open(ctx, req.Path, req.Tabular)
	if err != nil {
		return nil, err
	}
	p := &Prepared{req: req, file: file}
	defer func() { err = errors.Join(err, file.Close()) }()
	sample, err := p.sample()
	if err != nil {
		return nil, err
	}
	kinds := []mapping.Kind{req.Kind}
	if req.Kind == "" {
		kinds = []mapping.Kind{mapping.Orders, mapping.Customers, mapping.Products}
	}
	for _, kind := range kinds {
		m, missing := mapping.Recognise(sample, kind, im.Presets, overrides, mapping.Options{Rows: req.Rows, Preset: req.Preset})
		if missing != nil && perennial.CodeOf(missing) == "" {
			return nil, missing
		}
		if out == nil || missing == nil {
			out = &Look{Kind: kind, Mapping: m, Missing: missing}
		}
		if missing == nil {
			break
		}
	}
	out.File, out.Sheets, out.Header = p.fileInfo(), append([]string{}, file.Sheets...), append([]string{}, file.Header...)
	out.Sample = maskedSample(sample, out.Mapping)
	return out, nil
}

// maskedSample is the first rows of a sample with personal values masked.
func maskedSample(t mapping.Table, m *mapping.Mapping) [][]string {
	kinds := map[int]value.Personal{}
	if m != nil {
		for _, c := range m.Columns {
			kinds[c.Index] = value.PersonalKind(string(c.Field))
		}
	}
	out := make([][]string, 0, lookRows)
	for _, row := range t.Rows[:min(len(t.Rows), lookRows)] {
		shown := make([]string, len(row))
		for i, cell := range row {
			kind := kinds[i]
			if kind == value.NotPersonal && (value.LooksPhone(cell) || value.LooksEmail(cell)) {
				kind = value.PersonalIdentity
			}
			shown[i] = value.Mask(kind, cell)
		}
		out = append(out, shown)
	}
	return out
}
