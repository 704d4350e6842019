package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"perennial"
	"perennial/analyze/lifecycle"
	"perennial/govern/account"
	"perennial/report"
)

// Rules keeps the rules by which stages are told. It is safe for concurrent use.
type Rules interface {
	// RuleVersions lists all versions, the newest first; the last is the built-in one.
	RuleVersions(ctx context.Context, ws perennial.Workspace) ([]RuleVersion, error)
	// TryRules tells who would move if a rule set were put in force now.
	TryRules(ctx context.Context, ws perennial.Workspace, rules *lifecycle.RuleSet) (*report.Moves, error)
	// ChangeRules puts a rule set in force from the last day of the data, as the version
	// after the one that was edited; another's version since is an error of
	// KindConflict. It returns what is in force.
	ChangeRules(ctx context.Context, by account.Actor, ws perennial.Workspace, rules *lifecycle.RuleSet, edited int) (*lifecycle.RuleSet, error)
	// ProposeRules looks for reasons to change the rules and keeps what it finds.
	ProposeRules(ctx context.Context, ws perennial.Workspace, events []lifecycle.CompanyEvent) error
	// RuleProposals returns what was last proposed, which the caller must not change;
	// nil where nothing was.
	RuleProposals(ctx context.Context, ws perennial.Workspace) (*RuleProposals, error)
}

// RuleProposals are what a calibration proposed.
type RuleProposals struct {
	*lifecycle.Calibration
	Version int    // of the rules that they would change
	Basis   string // a fingerprint of what they stand on
	Stale   bool   // the rules or the data have changed since
	MadeAt  time.Time
}

// RuleVersion is one version of a workspace's rules.
type RuleVersion struct {
	Version   int                `json:"version"`
	BuiltIn   bool               `json:"built_in" doc:"The default that comes with the program."`
	From      *perennial.Day     `json:"from" doc:"The day from which it is in force; null for from ever."`
	ChangedAt *time.Time         `json:"changed_at" doc:"null where the record does not say."`
	ChangedBy string             `json:"changed_by,omitempty"`
	Changes   []lifecycle.Change `json:"changes" nullable:"false" doc:"Against the version before."`
	Rules     *lifecycle.RuleSet `json:"rules"`
}

// RuleBook is the rules in force, as a form fills them in and as YAML.
type RuleBook struct {
	RuleVersion
	YAML string `json:"yaml"`
}

// RulesDraft is a rule set to be tried out, in one of two forms. Its version and the
// day from which it is in force are not looked at.
type RulesDraft struct {
	Rules *lifecycle.RuleSet `json:"rules,omitempty"`
	YAML  string             `json:"yaml,omitempty" maxLength:"100000"`
}

// ChangedRules is a rule set to be put in force.
type ChangedRules struct {
	RulesDraft
	Version int `json:"version" minimum:"1" doc:"The version that was edited."`
}

// RulesInForce is what came of putting rules in force.
type RulesInForce struct {
	Version int            `json:"version"`
	From    *perennial.Day `json:"from" doc:"The last day of the data; null where there is none yet."`
	Job     *Job           `json:"job" doc:"The refresh that takes the rules into the figures; null where they say nothing new."`
}

// NewProposals asks for reasons to change the rules.
type NewProposals struct {
	Events []CompanyEvent `json:"events,omitempty" maxItems:"50" nullable:"false"`
}

// CompanyEvent is a dated change of product or rule, after which customers may behave
// otherwise.
type CompanyEvent struct {
	Day  perennial.Day `json:"day"`
	Name string        `json:"name" minLength:"1" maxLength:"200"`
}

// Proposals are reasons to change the rules.
type Proposals struct {
	MadeAt  *time.Time       `json:"made_at" doc:"null where nobody has asked since the server started."`
	Version int              `json:"version,omitempty" doc:"Of the rules that they would change."`
	Stale   bool             `json:"stale" doc:"The rules or the data have changed since: ask again."`
	Items   []Proposal       `json:"items" nullable:"false"`
	Notes   []perennial.Text `json:"notes" nullable:"false" doc:"What was looked at and needs no change, or cannot be told yet."`
	Job     *Job             `json:"job" doc:"The calibration that runs just now; null for none."`
}

// Proposal is one change of the rules, with its reason.
type Proposal struct {
	Number  int                `json:"number"`
	Kind    string             `json:"kind" enum:"cycle,stall,shift,event,proof"`
	Reason  perennial.Text     `json:"reason"`
	Changes []lifecycle.Change `json:"changes" nullable:"false"`
	Moves   *int               `json:"moves" doc:"Customers who would be in another stage by the rules alone; null where it cannot be told."`
}

// read returns the draft's rule set. A fault of the YAML comes with its line.
func (d *RulesDraft) read() (*lifecycle.RuleSet, error) {
	if (d.Rules == nil) == (d.YAML == "") {
		return nil, at("/rules", perennial.NewError(perennial.KindInvalid, "lifecycle.rules_missing",
			perennial.Say("rules 和 yaml 要给一个，而且只给一个。", "Give either rules or yaml.")))
	}
	if d.Rules != nil {
		return d.Rules, atRules(d.Rules.Check())
	}
	rules, err := lifecycle.ParseRules("yaml", []byte(d.YAML))
	return rules, at("/yaml", err)
}

// atRules names the field of a rule set that an error is about.
func atRules(err error) error {
	var place lifecycle.Place
	if errors.As(err, &place) {
		return at("/rules"+place.Pointer, err)
	}
	return err
}

const tagRules = "rules"

func (s *Server) ruleRoutes() {
	edits := access{May: account.RulesEdit, In: inWorkspace}
	route(s, huma.Operation{
		OperationID: "get-rules", Method: http.MethodGet, Path: apiPrefix + "/rules", Tags: []string{tagRules},
		Summary: "The rules in force, by which stages are told",
	}, readsAnalyses, func(ctx context.Context, c *call, _ *empty) (*body[RuleBook], error) {
		versions, err := s.opt.Rules.RuleVersions(ctx, c.Workspace)
		if err != nil {
			return nil, err
		}
		text, err := versions[0].Rules.YAML()
		return &body[RuleBook]{RuleBook{versions[0], string(text)}}, err
	})
	route(s, huma.Operation{
		OperationID: "list-rule-versions", Method: http.MethodGet, Path: apiPrefix + "/rules/versions", Tags: []string{tagRules},
		Summary: "All versions of the rules, the newest first: who changed what, and from which day",
	}, readsAnalyses, func(ctx context.Context, c *call, _ *empty) (*body[list[RuleVersion]], error) {
		versions, err := s.opt.Rules.RuleVersions(ctx, c.Workspace)
		return &body[list[RuleVersion]]{list[RuleVersion]{Items: versions}}, err
	})
	route(s, huma.Operation{
		OperationID: "preview-rules", Method: http.MethodPost, Path: apiPrefix + "/rules/preview", Tags: []string{tagRules},
		Summary:     "Who would move if a rule set were put in force",
		Description: "What the next analysis would show on the last day of the data, with history and hysteresis. Who has passed a boundary by less than the margin moves some weeks later and is not counted.",
	}, edits, func(ctx context.Context, c *call, in *body[RulesDraft]) (*body[*report.Moves], error) {
		rules, err := in.Body.read()
		if err != nil {
			return nil, err
		}
		moves, err := s.opt.Rules.TryRules(ctx, c.Workspace, rules)
		return &body[*report.Moves]{moves}, err
	})
	route(s, huma.Operation{
		OperationID: "change-rules", Method: http.MethodPut, Path: apiPrefix + "/rules", Tags: []string{tagRules},
		Summary: "Put a rule set in force from the last day of the data; earlier days stay as they were",
		Errors:  []int{http.StatusConflict},
	}, edits, func(ctx context.Context, c *call, in *body[ChangedRules]) (*body[RulesInForce], error) {
		rules, err := in.Body.read()
		if err != nil {
			return nil, err
		}
		return s.changeRules(ctx, c, rules, in.Body.Version)
	})
	s.proposalRoutes(edits)
}

func (s *Server) proposalRoutes(edits access) {
	route(s, huma.Operation{
		OperationID: "propose-rules", Method: http.MethodPost, Path: apiPrefix + "/rules/proposals", Tags: []string{tagRules},
		Summary: "Look for reasons to change the rules, in the background", DefaultStatus: http.StatusAccepted,
	}, edits, func(ctx context.Context, c *call, in *body[NewProposals]) (*body[Job], error) {
		var events []lifecycle.CompanyEvent
		for _, e := range in.Body.Events {
			events = append(events, lifecycle.CompanyEvent{Day: e.Day, Name: perennial.Text{ZH: e.Name, EN: e.Name}})
		}
		ws := c.Workspace
		t, err := s.jobs.start(ctx, ws, jobCalibrate, "", func(ctx context.Context, _ *task) error {
			return s.opt.Rules.ProposeRules(ctx, ws, events)
		})
		return s.tell(ctx, t, err)
	})
	route(s, huma.Operation{
		OperationID: "list-rule-proposals", Method: http.MethodGet, Path: apiPrefix + "/rules/proposals", Tags: []string{tagRules},
		Summary: "What was last proposed, with reasons",
	}, readsAnalyses, s.proposals)
	route(s, huma.Operation{
		OperationID: "accept-rule-proposals", Method: http.MethodPost, Path: apiPrefix + "/rules/proposals/accept", Tags: []string{tagRules},
		Summary: "Put all proposals in force", DefaultStatus: http.StatusOK,
	}, edits, func(ctx context.Context, c *call, _ *empty) (*body[RulesInForce], error) {
		return s.accept(ctx, c, 0)
	})
	route(s, huma.Operation{
		OperationID: "accept-rule-proposal", Method: http.MethodPost, Path: apiPrefix + "/rules/proposals/{number}/accept", Tags: []string{tagRules},
		Summary: "Put one proposal in force", DefaultStatus: http.StatusOK,
	}, edits, func(ctx context.Context, c *call, in *struct {
		Number int `path:"number" minimum:"1" maximum:"1000"`
	},
	) (*body[RulesInForce], error) {
		return s.accept(ctx, c, in.Number)
	})
}

// changeRules puts rules in force, and begins to take them into the figures.
func (s *Server) changeRules(ctx context.Context, c *call, rules *lifecycle.RuleSet, edited int) (*body[RulesInForce], error) {
	now, err := s.opt.Rules.ChangeRules(ctx, c.actor(), c.Workspace, rules, edited)
	if err != nil {
		return nil, err
	}
	out := RulesInForce{Version: now.Version, From: now.From}
	if now.Version != edited && now.From != nil { // without a day there is nothing to analyse
		t, err := s.refresh(ctx, c.Workspace, fmt.Sprintf("rules %d", now.Version))
		if err != nil {
			return nil, err
		}
		j, _ := s.jobs.show(t, langOf(ctx))
		out.Job = &j
	}
	return &body[RulesInForce]{out}, nil
}

func (s *Server) proposals(ctx context.Context, c *call, _ *empty) (*body[Proposals], error) {
	out := Proposals{Items: []Proposal{}, Notes: []perennial.Text{}}
	for _, j := range s.jobs.of(c.Workspace.ID, langOf(ctx)) {
		if j.Kind == jobCalibrate && j.State == jobRunning {
			out.Job = &j
		}
	}
	kept, err := s.opt.Rules.RuleProposals(ctx, c.Workspace)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		out.MadeAt, out.Version, out.Stale, out.Notes = &kept.MadeAt, kept.Version, kept.Stale, kept.Notes
		for i, p := range kept.Proposals {
			out.Items = append(out.Items, Proposal{i + 1, p.Kind, p.Reason, p.Changes, p.Moves})
		}
	}
	return &body[Proposals]{out}, nil
}

// accept puts a proposal in force, all for 0.
func (s *Server) accept(ctx context.Context, c *call, number int) (*body[RulesInForce], error) {
	kept, err := s.opt.Rules.RuleProposals(ctx, c.Workspace)
	switch {
	case err != nil:
		return nil, err
	case kept == nil || number > len(kept.Proposals) || number == 0 && kept.Next == nil:
		return nil, perennial.NewError(perennial.KindNotFound, "lifecycle.no_proposal",
			perennial.Say("没有可以采纳的提议。", "There is no such proposal to accept.")).
			WithHint(perennial.Say("先 POST /api/v1/rules/proposals 校准一次。", "POST /api/v1/rules/proposals calibrates first."))
	case kept.Stale:
		return nil, perennial.NewError(perennial.KindConflict, "lifecycle.proposals_stale",
			perennial.Say("校准之后，规则或数据变了，提议已经过时。", "The rules or the data have changed since these were proposed.")).
			WithHint(perennial.Say("重新校准，再看提议。", "Calibrate again and look at what is proposed then."))
	}
	rules := kept.Next
	if number > 0 {
		rules = kept.Proposals[number-1].Rules
	}
	return s.changeRules(ctx, c, rules, kept.Version)
}
