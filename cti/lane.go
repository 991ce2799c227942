package cti

import "sync"

// lane runs jobs one after the other, in a goroutine that lives only while there are any.
type lane struct {
	mu    sync.Mutex
	jobs  []func()
	busy  bool
	owner *sync.WaitGroup
}

func (l *lane) run(job func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = append(l.jobs, job)
	if l.busy {
		return
	}
	l.busy = true
	l.owner.Add(1)
	go l.work()
}

func (l *lane) work() {
	defer l.owner.Done()
	for {
		job := l.next()
		if job == nil {
			return
		}
		job()
	}
}

func (l *lane) next() func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.jobs) == 0 {
		l.busy = false
		return nil
	}
	job := l.jobs[0]
	l.jobs = l.jobs[1:]
	return job
}
