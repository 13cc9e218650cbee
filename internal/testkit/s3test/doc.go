// Package s3test runs a real S3 gateway for a test: versitygw, in a process of its own, from the module in
// internal/gateway.
//
//	server := s3test.Start(t)
//	s, err := store.Open(ctx, server.URL("views"))
//
// Start sets the credentials in the test's environment, which child processes inherit. The gateway ends with the test, and
// with the test's process however that ends. A package needs one Server for all its buckets.
package s3test
