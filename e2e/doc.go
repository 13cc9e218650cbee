// Package e2e tests the whole system from outside: the binary is built once and run as processes, on Parquet files that pyarrow
// has written, and what it prints is compared with what DuckDB and pyarrow make of the same files.
//
//	sandbox  a folder with sources, specs and stores, in which the binary runs
//	outcome  what one command printed, and its exit code
//	query    what Python is asked: files, perhaps SQL, and the columns of a view; it answers with rows in the documented JSON mapping
//	version  one built version as its manifest tells it; two are alike when all tables have the same names and digests
//
// Python (testdata/oracle) reads the Parquet files itself and shares no code with the binary. `make tools` installs what it needs.
package e2e
