// Package app builds an installation and starts everything in order. It alone
// sees every stage and names concrete engines.
package app
