package source

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/verdigris-db/verdigris/cql"
)

// hiveNull is the value of a folder that stands for null.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// foldersOf reads the `name=value` folders of a file's name. Names and values are percent-decoded.
func foldersOf(name string) ([]Folder, error) {
	parts := strings.Split(name, "/")
	var out []Folder
	for _, p := range parts[:len(parts)-1] {
		rawName, rawValue, ok := strings.Cut(p, "=")
		if !ok || rawName == "" {
			continue
		}
		f := Folder{Null: rawValue == hiveNull}
		var err error
		if f.Name, err = decodeFolder(rawName); err != nil {
			return nil, unfit("folder %q: %v", p, err)
		}
		if !f.Null {
			if f.Value, err = decodeFolder(rawValue); err != nil {
				return nil, unfit("folder %q: %v", p, err)
			}
		}
		for _, have := range out {
			if have.Name == f.Name {
				return nil, unfit("file %q: two folders give a value of %q", name, f.Name)
			}
		}
		out = append(out, f)
	}
	return out, nil
}

var escape = regexp.MustCompile("%[0-9A-Fa-f]{2}")

// decodeFolder undoes Hive's escapes; a percent sign that begins none stands for itself, as in Hive.
func decodeFolder(s string) (string, error) {
	out := escape.ReplaceAllStringFunc(s, func(e string) string {
		b, err := strconv.ParseUint(e[1:], 16, 8)
		if err != nil {
			return e // two hex digits are always a byte
		}
		return string([]byte{byte(b)})
	})
	if !utf8.ValidString(out) {
		return "", fmt.Errorf("%q is not UTF-8", out)
	}
	return out, nil
}

// FolderColumns are the columns that the files' Hive folders give, in the order of the folders, with their natural types:
// bigint if all values are whole numbers in its range, else date if all are dates, else text. It needs the listing only.
// Files that do not have the same folders are an error.
func FolderColumns(files []File) ([]SchemaColumn, error) {
	if len(files) == 0 {
		return nil, nil
	}
	first := files[0]
	out := make([]SchemaColumn, len(first.Folders))
	kinds := make([]cql.Kind, len(out))
	for i, f := range first.Folders {
		out[i] = SchemaColumn{Name: f.Name, Origin: FromFolder, Parquet: "folder"}
		kinds[i] = cql.BigInt
	}
	for _, f := range files {
		if !sameFolders(first, f) {
			return nil, fmt.Errorf("%w: %q has folders %s, %q has %s", ErrSchema, first.Name, folderNames(first), f.Name, folderNames(f))
		}
		for i, v := range f.Folders {
			if v.Null {
				out[i].Nullable = true
				continue
			}
			if kinds[i] == cql.BigInt && !isWhole(v.Value) {
				kinds[i] = cql.Date
			}
			if kinds[i] == cql.Date && !isDate(v.Value) {
				kinds[i] = cql.Text
			}
		}
	}
	for i := range out {
		if out[i].Type = cql.Of(kinds[i]); kinds[i] != cql.Text && allNull(files, i) {
			out[i].Type = cql.Of(cql.Text)
		}
	}
	return out, nil
}

func sameFolders(a, b File) bool {
	if len(a.Folders) != len(b.Folders) {
		return false
	}
	for i := range a.Folders {
		if a.Folders[i].Name != b.Folders[i].Name {
			return false
		}
	}
	return true
}

func folderNames(f File) string {
	names := make([]string, len(f.Folders))
	for i, v := range f.Folders {
		names[i] = v.Name + "="
	}
	return "[" + strings.Join(names, " ") + "]"
}

func allNull(files []File, i int) bool {
	for _, f := range files {
		if !f.Folders[i].Null {
			return false
		}
	}
	return true
}

// isWhole accepts 01, which is how months are written; it does not accept +1.
func isWhole(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil && s[0] != '+'
}

func isDate(s string) bool {
	_, err := cql.ParseKeyText(cql.Of(cql.Date), s)
	return err == nil && len(s) == len("2026-11-21")
}

// hasFolder reports whether a folder above f gives column name.
func (f File) hasFolder(name string) bool {
	return slices.ContainsFunc(f.Folders, func(v Folder) bool { return v.Name == name })
}

// FolderCell is the payload of a folder column of f as type t; null true for the Hive null folder.
func (f File) FolderCell(name string, t cql.Type) (payload []byte, null bool, err error) {
	for _, v := range f.Folders {
		if v.Name != name {
			continue
		}
		if v.Null {
			return nil, true, nil
		}
		payload, err := folderValue(v.Value, t)
		if err != nil {
			return nil, false, fmt.Errorf("folder %s=%s of %q as %s: %w", v.Name, v.Value, f.Name, t, err)
		}
		return payload, false, nil
	}
	return nil, false, fmt.Errorf("%w: no folder %q above %q", ErrSchema, name, f.Name)
}

func folderValue(s string, t cql.Type) ([]byte, error) {
	if err := folderType(t); err != nil {
		return nil, err
	}
	switch t.Kind {
	case cql.Text:
		return []byte(s), nil
	case cql.Blob:
		return []byte(s), nil
	case cql.TinyInt, cql.SmallInt, cql.Int, cql.BigInt, cql.VarInt:
		if isWhole(s) {
			v, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return nil, err
			}
			return cql.Convert(nil, cql.Of(cql.BigInt), t, cql.AppendBigInt(nil, v))
		}
	}
	return cql.ParseKeyText(t, s)
}

// folderType refuses the types that no folder name has.
func folderType(t cql.Type) error {
	if t.Kind == cql.Invalid || len(t.Elem) > 0 {
		return fmt.Errorf("%w: a folder's value cannot be a %s", ErrSchema, t)
	}
	return nil
}
