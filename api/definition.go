package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"perennial/report"
)

// Definitions are what the numbers mean, in words.
type Definitions struct {
	Version  int              `json:"version" doc:"Changes with every change of what a number means."`
	Chapters []report.Chapter `json:"chapters" nullable:"false"`
}

func (s *Server) definitionRoutes() {
	route(s, huma.Operation{
		OperationID: "get-definitions", Method: http.MethodGet, Path: apiPrefix + "/definitions", Tags: []string{tagAnalysis},
		Summary: "What each number means, with the version of the definitions",
	}, access{}, func(context.Context, *call, *empty) (*body[Definitions], error) {
		return &body[Definitions]{Definitions{report.DefinitionsVersion, report.Definitions()}}, nil
	})
}
