// Package e2e holds the tests of the whole: each starts the built program as a
// person would and looks at what it prints, writes and leaves behind. There is
// one file per user story, and nothing here but tests.
package e2e
