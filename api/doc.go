// Package api is Perennial over HTTP: it decodes a request, asks who is calling and
// whether they may, calls a stage, and encodes the answer. The OpenAPI document is
// made from the same declarations.
//
// Reads: what the stages give. Writes: answers to repeated requests, and the record
// of exports. May import: every stage and the store seams; never app, config or cmd,
// which hand in what joins stages.
package api
