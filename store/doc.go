// Package store keeps objects (tables, manifests, runs) in a directory, in S3 or in memory behind one small interface.
//
//	Store     the interface: Write, Read, Stat, List, Delete, Close
//	Body      what a Write publishes: bytes or a local file, with size and sha256 known and checked on the way
//	Create    create-only write that tells "created", "the same was there" and *ConflictError apart
//	Error     a failure with operation, object and store; IsTransient says if another try may heal it
//	WithRetry a Store that tries again and looks up what became of a create whose reply was lost
//	Count     a Store that counts requests and bytes for the build's report
//
// Open gives the bare store. A program puts the two decorators around it once, retry outside, so that tries are counted:
//
//	bare, err := store.Open(ctx, url)
//	counter := store.Count(bare)
//	s := store.WithRetry(counter, store.DefaultRetry())
//
// Names are relative and divided by slashes; ValidateName has the rules. A view's objects live under a name prefix, so a
// store may hold several views.
package store
