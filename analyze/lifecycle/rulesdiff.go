package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"perennial"
)

// Changes returns what b says otherwise than a, as the rules write it: numbers of
// stages first, in b's order of stages, then what is about all of them. Version and
// the day from which one is in force are not among them.
func Changes(a, b *RuleSet) ([]Change, error) {
	was, err := a.flat()
	if err != nil {
		return nil, err
	}
	is, err := b.flat()
	if err != nil {
		return nil, err
	}
	out := []Change{}
	for i := range b.Stages {
		s := &b.Stages[i]
		if old := a.Stage(s.Name); old == nil {
			out = append(out, Change{Stage: s.Name, Field: "stage", After: s.Label()})
		} else {
			out = differ(out, s.Name, was, is)
		}
	}
	for i := range a.Stages {
		if s := &a.Stages[i]; b.Stage(s.Name) == nil {
			out = append(out, Change{Stage: s.Name, Field: "stage", Before: s.Label()})
		}
	}
	return differ(out, "", was, is), nil
}

// differ adds where two flat rule sets differ in what belongs to a stage, "" for what
// belongs to none.
func differ(out []Change, stage perennial.Stage, was, is map[ruleField]string) []Change {
	at := map[ruleField]bool{}
	for _, side := range []map[ruleField]string{was, is} {
		for p := range side {
			if p.stage == stage {
				at[p] = true
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(at), func(a, b ruleField) int { return strings.Compare(a.field, b.field) }) {
		if before, after := was[p], is[p]; before != after {
			out = append(out, Change{stage, p.field, perennial.Text{ZH: before, EN: before}, perennial.Text{ZH: after, EN: after}})
		}
	}
	return out
}

// ruleField is a field of a rule set, by its stage's name where it is a stage's.
type ruleField struct {
	stage perennial.Stage
	field string
}

// flat returns every value of the rule set as its YAML writes it.
func (r *RuleSet) flat() (map[ruleField]string, error) {
	var root yaml.Node
	if err := root.Encode(r); err != nil {
		return nil, fmt.Errorf("write rule set %s: %w", r.Name, err)
	}
	out := map[ruleField]string{}
	for key, n := range fields(&root) {
		switch key {
		case "version", "from":
		case "stages":
			var names []string
			for i, s := range n.Content {
				names = append(names, string(r.Stages[i].Name))
				valuesOf(out, r.Stages[i].Name, "", s)
			}
			out[ruleField{field: "order"}] = strings.Join(names, ", ")
		default:
			valuesOf(out, "", key, n)
		}
	}
	return out, nil
}

func fields(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = n.Content[i+1]
	}
	return out
}

// valuesOf puts the values below a node into out. What is written on one line is one
// value.
func valuesOf(out map[ruleField]string, stage perennial.Stage, field string, n *yaml.Node) {
	below := func(key string) string { return strings.TrimPrefix(field+"."+key, ".") }
	switch {
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0:
		for key, v := range fields(n) {
			valuesOf(out, stage, below(key), v)
		}
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.MappingNode:
		for i, v := range n.Content {
			valuesOf(out, stage, below(fmt.Sprint(i+1)), v)
		}
	default:
		out[ruleField{stage, field}] = oneLine(n)
	}
}

func oneLine(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	var parts []string
	for i := 0; i < len(n.Content); i++ {
		text := n.Content[i].Value
		if n.Kind == yaml.MappingNode {
			i++
			text += ": " + n.Content[i].Value
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
