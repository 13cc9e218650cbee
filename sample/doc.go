// Package sample makes Parquet files of guest profiles: what a view of customer data looks like, without anybody's data.
//
//	guest_id    text               an id, a uuid or an e-mail address; about three rows of a hundred repeat one with an older profile
//	country     text, nullable     few values
//	visits      int32
//	spend       decimal(12,2), nullable
//	segments    list of text
//	context     JSON text          200 bytes to 60 KB, median 2.6 KB
//	updated_at  timestamp (ms, UTC)
//
// Row i of a seed is a function of the seed and i alone, in integers, so the same Options give the same bytes on any machine,
// and the number of files changes no row.
//
// The nouns: Options says how much; Stats says what was written; a guest is one person, of whom several rows may tell.
package sample
