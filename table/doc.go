// Package table is the byte layout of a table, the immutable sorted file of one partition, and its reader.
package table
