package store_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/verdigris-db/verdigris/internal/testkit/s3test"
	"github.com/verdigris-db/verdigris/store"
)

const benchSize = 64 << 20 // bytes of the object, a table of the usual size

// benchFile is a local file of that size below folder.
func benchFile(b *testing.B, folder string) (path string, body store.Body) {
	b.Helper()
	path = filepath.Join(folder, "body")
	if err := os.WriteFile(path, content(benchSize), 0o666); err != nil {
		b.Fatal(err)
	}
	body, err := store.HashFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return path, body
}

// inRanges reads the object in eight ranges, four at a time.
func inRanges(b *testing.B, read func(offset, length int64) (io.ReadCloser, error)) {
	const ranges = 8
	var group errgroup.Group
	group.SetLimit(4)
	for i := range int64(ranges) {
		group.Go(func() error {
			r, err := read(i*(benchSize/ranges), benchSize/ranges)
			if err != nil {
				return err
			}
			n, err := io.Copy(io.Discard, r)
			if err == nil && n != benchSize/ranges {
				err = io.ErrUnexpectedEOF
			}
			return errors.Join(err, r.Close())
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkS3 compares the store with plain requests to the same gateway: one PUT of the file without checksums, and
// ranged GETs of net/http.
func BenchmarkS3(b *testing.B) {
	server := s3test.Start(b)
	address := server.URL("bench")
	bare, err := store.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	s := store.WithRetry(store.Count(bare), store.DefaultRetry())
	path, body := benchFile(b, b.TempDir())
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	presign := s3.NewPresignClient(server.Client())
	bucket, key := "bench", "plain"

	b.Run("upload/store", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if err := s.Write(b.Context(), "store", body, store.Replace); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("upload/plain", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			signed, err := presign.PresignPutObject(b.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key})
			if err != nil {
				b.Fatal(err)
			}
			request, err := http.NewRequestWithContext(b.Context(), http.MethodPut, signed.URL, io.NewSectionReader(file, 0, benchSize))
			if err != nil {
				b.Fatal(err)
			}
			request.ContentLength = benchSize
			if err := finish(http.DefaultClient.Do(request)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("download/store", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			inRanges(b, func(offset, length int64) (io.ReadCloser, error) { return s.Read(b.Context(), "store", offset, length) })
		}
	})
	b.Run("download/plain", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			inRanges(b, func(offset, length int64) (io.ReadCloser, error) {
				part := fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)
				signed, err := presign.PresignGetObject(b.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: &part})
				if err != nil {
					return nil, err
				}
				request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, signed.URL, nil)
				if err != nil {
					return nil, err
				}
				request.Header.Set("Range", part)
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					return nil, err
				}
				return response.Body, nil
			})
		}
	})
}

// finish reads a reply to its end.
func finish(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the gateway answers %s: %s", response.Status, text)
	}
	return nil
}

// BenchmarkDirectory compares a copy and a link into the store with a plain copy that is forced to the disk.
func BenchmarkDirectory(b *testing.B) {
	folder := b.TempDir()
	address, err := store.DirectoryURL(filepath.Join(folder, "store"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	path, body := benchFile(b, folder)
	n := 0
	for name, mode := range map[string]store.Mode{"link": store.CreateOnly, "copy": store.Replace} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(benchSize)
			for b.Loop() {
				n++
				if err := s.Write(b.Context(), fmt.Sprint(n), body, mode); err != nil {
					b.Fatal(err)
				}
				if err := s.Delete(b.Context(), fmt.Sprint(n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("plain copy", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if err := plainCopy(path, filepath.Join(folder, "plain")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// plainCopy copies a file and forces it to the disk.
func plainCopy(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		return errors.Join(err, target.Close())
	}
	return errors.Join(target.Sync(), target.Close())
}
