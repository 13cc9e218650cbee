package store

import "net/url"

func openDirectory(u *url.URL) (Store, error) { return nil, ErrUnsupported }
