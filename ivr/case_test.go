package ivr

import (
	"testing"
	"time"
)

func TestCaseNumber(t *testing.T) {
	day := time.Date(2026, 3, 4, 22, 15, 0, 0, time.UTC) // day 63
	n, err := NewCaseNumber(day, 17)
	if err != nil || n != "26063000173" || !n.Valid() {
		t.Fatalf("%q %v", n, err)
	}
	for i := range n {
		for wrong := byte('0'); wrong <= '9'; wrong++ {
			other := []byte(n)
			if other[i] == wrong {
				continue
			}
			other[i] = wrong
			if CaseNumber(other).Valid() {
				t.Errorf("%s passes for %s", other, n)
			}
		}
		if i > 0 && n[i] != n[i-1] {
			other := []byte(n)
			other[i], other[i-1] = other[i-1], other[i]
			if CaseNumber(other).Valid() {
				t.Errorf("swapped: %s passes for %s", other, n)
			}
		}
	}
	for _, bad := range []CaseNumber{"", "2606300017", "260630001733", "2606300017x", "26000000010"} {
		if bad.Valid() {
			t.Errorf("%q is valid", bad)
		}
	}
	for _, seq := range []int{0, -1, MaxCases + 1} {
		if _, err := NewCaseNumber(day, seq); err == nil {
			t.Errorf("sequence %d has a number", seq)
		}
	}
}
