package phone

import "time"

// WriteTone writes a sound file of one tone, as Asterisk plays it. The frequency is one that
// Mouth.Tone takes.
func WriteTone(path string, hz int, d time.Duration) error {
	if err := checkTone(hz); err != nil {
		return err
	}
	octets := toneFrame(hz).aLaw
	var samples []int16
	for range d / FrameTime {
		for _, octet := range octets {
			samples = append(samples, ALaw.Decode(octet))
		}
	}
	return writeWAV(path, samples)
}
