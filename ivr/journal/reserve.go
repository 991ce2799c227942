package journal

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reserveStep is how much of the reserve is given up at once, in bytes.
const reserveStep = 16 << 20

// reserve is disk space that is allocated while all is well and given up when the disk
// is full. A nil reserve has nothing to give. Used by Open, then by the writer alone.
type reserve struct {
	path string
	want int64 // bytes
	have int64
	file *os.File
}

// fill allocates what is missing. A disk without the space is no reason to refuse calls:
// it is tried again later.
func (r *reserve) fill() error {
	if r == nil || r.have >= r.want {
		return nil
	}
	if r.file == nil {
		f, err := os.OpenFile(r.path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		r.file = f
		if info, err := f.Stat(); err == nil {
			r.have = min(info.Size(), r.want) // left by the last run
		}
	}
	if err := r.room(); err != nil {
		return err
	}
	if err := unix.Fallocate(int(r.file.Fd()), 0, 0, r.want); err != nil {
		_ = r.file.Truncate(r.have) // what a failed attempt took goes back
		return fmt.Errorf("allocate %s: %w", r.path, err)
	}
	r.have = r.want
	return nil
}

// room tells whether what is missing can be taken with a step to spare: taking the last
// of the disk would make others' writes fail, and ours soon after.
func (r *reserve) room() error {
	var disk unix.Statfs_t
	if err := unix.Fstatfs(int(r.file.Fd()), &disk); err != nil {
		return fmt.Errorf("look at the disk of %s: %w", r.path, err)
	}
	free, missing := int64(disk.Bavail)*disk.Bsize, r.want-r.have //nolint:gosec // no disk has 2^63 bytes
	if free < missing+reserveStep {
		return fmt.Errorf("the disk of %s has %d MB free, less than %d", r.path, free>>20, (missing+reserveStep)>>20)
	}
	return nil
}

// shrink gives one step up and tells whether there was one to give.
func (r *reserve) shrink() bool {
	if r == nil || r.have == 0 {
		return false
	}
	left := max(0, r.have-reserveStep)
	if err := r.file.Truncate(left); err != nil {
		return false
	}
	r.have = left
	return true
}

// close lets the file go; its space stays allocated for the next start.
func (r *reserve) close() error {
	if r == nil || r.file == nil {
		return nil
	}
	return r.file.Close()
}
