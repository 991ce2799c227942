package journal

import (
	"time"

	"golang.org/x/sys/unix"

	"talian/ivr"
)

// BootClock gives a clock that reads the wall clock (UTC, milliseconds) and the
// machine's boot-time clock, CLOCK_BOOTTIME: it never goes back and never jumps, and it
// counts while the machine sleeps.
func BootClock() func() ivr.Stamp {
	return func() ivr.Stamp {
		var boot unix.Timespec
		// clock_gettime(2) can only fail for a clock that the kernel does not have;
		// CLOCK_BOOTTIME is there since Linux 2.6.39. A zero is then harmless: Stamp.Since
		// falls back to the wall clock.
		_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)
		return ivr.Stamp{
			At:   time.Now().UTC().Truncate(time.Millisecond),
			Mono: ivr.Millis(boot.Nano() / int64(time.Millisecond)),
		}
	}
}
