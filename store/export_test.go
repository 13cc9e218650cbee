package store

// Watch lets a directory store tell each step of its Writes. It is for one goroutine.
func Watch(s Store, watch func(step string)) { s.(*directory).watch = watch }
