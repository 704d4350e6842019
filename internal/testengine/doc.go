// Package testengine starts database servers for tests: of the packages that the
// machine has, on free ports of 127.0.0.1, in temporary folders. A server does
// not outlive the test process, however that ends.
package testengine
