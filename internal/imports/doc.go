// Package imports holds the rules of the house that the compiler cannot: which
// way imports go, what the vocabulary may weigh, how packages are called, and
// where time and randomness come from. Its tests are the rules; ARCHITECTURE.md
// tells them in words and .golangci.yaml shows them in the editor.
package imports
