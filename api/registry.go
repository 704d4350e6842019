package api

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/rfm"
	"perennial/predict/clv"
	"perennial/report"
)

// registry holds the schemas of the document. huma's own takes a name for all types
// that are called so, in any package, does not know how ours are written in JSON,
// and has no word for an object that may be null.
type registry struct {
	schemas map[string]*huma.Schema
	types   map[string]reflect.Type
	aliases map[reflect.Type]reflect.Type
	written map[reflect.Type]huma.Schema // types that write themselves
}

const schemaPrefix = "#/components/schemas/"

func newRegistry() *registry {
	text := func(format string) huma.Schema { return huma.Schema{Type: "string", Format: format} }
	money := huma.Schema{Type: "number", Description: "Money in major units of the currency beside it."}
	two := 2
	return &registry{
		schemas: map[string]*huma.Schema{}, types: map[string]reflect.Type{},
		// What huma's own errors become.
		aliases: map[reflect.Type]reflect.Type{reflect.TypeFor[huma.ErrorModel](): reflect.TypeFor[Problem]()},
		written: map[reflect.Type]huma.Schema{
			reflect.TypeFor[perennial.Amount]():  money,
			reflect.TypeFor[perennial.Day]():     text("date"),
			reflect.TypeFor[perennial.Month]():   {Type: "string", Description: "YYYY-MM"},
			reflect.TypeFor[rfm.Code]():          {Type: "string", Description: "R, F and M, each 1 for high and 0 for low; wholesale apart."},
			reflect.TypeFor[perennial.Lang]():    {Type: "string", Enum: []any{"zh", "en"}},
			reflect.TypeFor[clv.Interval]():      {Type: "array", MinItems: &two, MaxItems: &two, Items: &huma.Schema{Type: "number"}},
			reflect.TypeFor[clv.MoneyInterval](): {Type: "array", MinItems: &two, MaxItems: &two, Items: &money},
			reflect.TypeFor[json.RawMessage]():   {},
		},
	}
}

// Schema implements huma.Registry.
func (r *registry) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	pointer := t.Kind() == reflect.Pointer
	plain := t
	for plain.Kind() == reflect.Pointer {
		plain = plain.Elem()
	}
	if alias, ok := r.aliases[plain]; ok {
		plain = alias
	}
	if s, ok := r.written[plain]; ok {
		s.Nullable = pointer
		s.PrecomputeMessages()
		return &s
	}
	if plain.Kind() == reflect.Slice {
		if item, ok := r.written[plain.Elem()]; ok { // which may be bytes to huma
			list := huma.Schema{Type: "array", Nullable: true, Items: &item}
			list.PrecomputeMessages()
			return &list
		}
	}
	if !named(plain) {
		if plain.Kind() == reflect.Slice || plain.Kind() == reflect.Array {
			t = plain
		}
		return huma.SchemaFromType(r, t)
	}
	name := schemaName(plain, hint)
	if _, ok := r.schemas[name]; !ok {
		r.schemas[name], r.types[name] = &huma.Schema{}, plain
		*r.schemas[name] = *huma.SchemaFromType(r, plain)
		r.adjust(plain, r.schemas[name])
	}
	if !allowRef {
		return r.schemas[name]
	}
	ref := &huma.Schema{Ref: schemaPrefix + name}
	if pointer {
		return &huma.Schema{AnyOf: []*huma.Schema{ref, {Type: "null"}}}
	}
	return ref
}

// named tells that a type has a schema of its own in the document.
func named(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[struct{}]() || t.PkgPath() == "time" {
		return false
	}
	unmarshals := reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()
	return !t.Implements(unmarshals) && !reflect.PointerTo(t).Implements(unmarshals)
}

// adjust says what reflection cannot see.
func (r *registry) adjust(t reflect.Type, s *huma.Schema) {
	if t == reflect.TypeFor[report.Clusters]() { // its fields are those of a pointer that may be nil
		s.Required = nil
	}
	// A pointer that is left out when it is nil is never null, and what is sent for it
	// is checked as the object that it is.
	for _, f := range reflect.VisibleFields(t) {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		of := s.Properties[name]
		if f.Type.Kind() == reflect.Pointer && strings.Contains(rest, "omitempty") && of != nil && len(of.AnyOf) == 2 && of.AnyOf[0].Ref != "" {
			s.Properties[name] = &huma.Schema{Ref: of.AnyOf[0].Ref, Description: of.Description}
		}
	}
}

// schemaName is the type's, with its package before it unless that is this one.
func schemaName(t reflect.Type, hint string) string {
	if t.Name() == "" || t.PkgPath() == reflect.TypeFor[Server]().PkgPath() {
		return huma.DefaultSchemaNamer(t, hint)
	}
	pkg := path.Base(t.PkgPath())
	if pkg == "perennial" || strings.EqualFold(pkg, t.Name()) {
		pkg = ""
	}
	return strings.ToUpper(pkg[:min(1, len(pkg))]) + pkg[min(1, len(pkg)):] + huma.DefaultSchemaNamer(t, hint)
}

// SchemaFromRef implements huma.Registry.
func (r *registry) SchemaFromRef(ref string) *huma.Schema {
	return r.schemas[strings.TrimPrefix(ref, schemaPrefix)]
}

// TypeFromRef implements huma.Registry.
func (r *registry) TypeFromRef(ref string) reflect.Type {
	return r.types[strings.TrimPrefix(ref, schemaPrefix)]
}

// Map implements huma.Registry.
func (r *registry) Map() map[string]*huma.Schema { return r.schemas }

// RegisterTypeAlias implements huma.Registry.
func (r *registry) RegisterTypeAlias(t, alias reflect.Type) { r.aliases[t] = alias }

// MarshalJSON writes the schemas by their names.
func (r *registry) MarshalJSON() ([]byte, error) { return json.Marshal(r.schemas) }
