// Package docs has no code: its test holds the documents to what they describe.
package docs
