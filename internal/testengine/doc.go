// Package testengine starts the servers that tests of the scale-out engines
// speak to: on free ports, in temporary folders, for as long as the test runs.
// Where a machine cannot have one, the test is skipped and says why.
package testengine
