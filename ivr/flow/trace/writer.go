package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a Writer. The zero value of a field is what its comment says.
type Options struct {
	Location *time.Location // in which days begin; UTC
	Keep     int            // days of files kept, the present one included; 14
	Queue    int            // steps that wait for the disk at most; 4096
	MaxDay   int64          // bytes of one day's file at most; 1 GiB
	Log      *slog.Logger   // where failures of the disk are told; discarded
}

// Writer puts lines into files, one a day. Its methods may be called by any goroutine.
type Writer struct {
	dir     string
	options Options
	steps   chan []Line
	stopped chan struct{}
	dropped atomic.Uint64

	mu     sync.RWMutex // held for reading while a step is put, so that none is put after Close
	closed bool
}

// Open makes the folder if need be and starts the writer. Close ends it.
func Open(dir string, options Options) (*Writer, error) {
	if options.Location == nil {
		options.Location = time.UTC
	}
	if options.Keep <= 0 {
		options.Keep = 14
	}
	if options.Queue <= 0 {
		options.Queue = 4096
	}
	if options.MaxDay <= 0 {
		options.MaxDay = 1 << 30
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("trace folder: %w", err)
	}
	w := &Writer{dir: dir, options: options, steps: make(chan []Line, options.Queue), stopped: make(chan struct{})}
	go w.write()
	return w, nil
}

// Put takes the lines of one step. It never waits: when the queue is full, or the writer is
// closed, the lines are dropped and counted.
func (w *Writer) Put(lines []Line) {
	if len(lines) == 0 {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.closed {
		select {
		case w.steps <- lines:
			return
		default:
		}
	}
	w.dropped.Add(uint64(len(lines)))
}

// Dropped gives how many lines are in no file: the queue or the day's file was full, or the
// disk failed.
func (w *Writer) Dropped() uint64 { return w.dropped.Load() }

// Close writes what is queued and ends the writer.
func (w *Writer) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.steps)
	}
	w.mu.Unlock()
	<-w.stopped
}

// write is the writer's goroutine; it ends with Close.
func (w *Writer) write() {
	defer close(w.stopped)
	d := &dayFile{dir: w.dir, options: w.options}
	defer d.close()
	for lines := range w.steps {
		for i, l := range lines {
			if err := d.put(l); err != nil {
				w.dropped.Add(uint64(len(lines) - i))
				if !errors.Is(err, errFullToday) {
					w.options.Log.Error("trace", "err", err)
				}
				break
			}
		}
		if len(w.steps) == 0 {
			if err := d.flush(); err != nil {
				w.options.Log.Error("trace", "err", err)
			}
		}
	}
}

// dayFile is the file of the day of the last line.
type dayFile struct {
	dir     string
	options Options
	day     string
	file    *os.File
	out     *bufio.Writer
	size    int64
	full    bool // told already
}

var (
	errFull      = errors.New("the day's file has reached its size; further lines of the day are dropped")
	errFullToday = errors.New("as told before")
)

func (d *dayFile) put(l Line) error {
	day := l.At.In(d.options.Location).Format(time.DateOnly)
	if d.file == nil || day > d.day { // a line of the day before goes into the present file
		if err := d.open(day); err != nil {
			return err
		}
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("line: %w", err)
	}
	if d.size+int64(len(text)) >= d.options.MaxDay {
		if d.full {
			return errFullToday
		}
		d.full = true
		return errFull
	}
	n, err := d.out.Write(append(text, '\n'))
	d.size += int64(n)
	if err != nil {
		d.close() // a bufio.Writer keeps its error; the next line tries anew
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (d *dayFile) open(day string) error {
	d.close()
	f, err := os.OpenFile(filepath.Join(d.dir, day+ending), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	size, err := whole(f)
	if err != nil {
		return errors.Join(fmt.Errorf("open: %w", err), f.Close())
	}
	d.day, d.file, d.out, d.size, d.full = day, f, bufio.NewWriter(f), size, false
	return d.expire()
}

// whole cuts off the part of a line that a crash left at the end, and gives the size.
func whole(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	const longest = 1 << 20
	from := max(0, info.Size()-longest)
	tail := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return 0, err
	}
	size := from + int64(bytes.LastIndexByte(tail, '\n')) + 1
	if size == info.Size() {
		return size, nil
	}
	return size, f.Truncate(size)
}

// expire removes the files of days that are over long enough.
func (d *dayFile) expire() error {
	today, err := time.Parse(time.DateOnly, d.day)
	if err != nil {
		return fmt.Errorf("day: %w", err)
	}
	first := today.AddDate(0, 0, 1-d.options.Keep).Format(time.DateOnly)
	days, err := Days(d.dir)
	if err != nil {
		return err
	}
	for _, day := range days {
		if day >= first {
			continue
		}
		if err := os.Remove(filepath.Join(d.dir, day+ending)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove: %w", err)
		}
	}
	return nil
}

func (d *dayFile) flush() error {
	if d.file == nil {
		return nil
	}
	if err := d.out.Flush(); err != nil {
		d.close()
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (d *dayFile) close() {
	if d.file == nil {
		return
	}
	_ = d.out.Flush() // its failure was told, or nobody is left to tell
	_ = d.file.Close()
	d.file = nil
}
