package flow_test

import (
	"strings"
	"testing"

	"talian/ivr/flow"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		good, bad []string
	}{
		{"mykad",
			[]string{"900101145678", "000229011234", "280229011234", "991231595555"},
			[]string{"901301145678", "900132145678", "900229145678", "990229011234", "000000000000", "90010114567", "9001011456789", "90010114567a", ""}},
		{"phone_my",
			[]string{"0123456789", "01112345678", "01548123456", "0388881234", "042345678", "082345678", "60123456789", "601112345678", "60388881234"},
			[]string{"999", "103", "15454", "1300888999", "012345678", "01234567890", "0111234567", "038888123", "0312345678", "0423456789", "0812345678", "081234567",
				"0223456789", "6023456789", "6512345678", "00601234567", "60", "0", ""}},
		{"date",
			[]string{"05032026", "29022024", "31121999", "01011900"},
			[]string{"29022026", "31042026", "00012026", "01132026", "20260305", "01011899", "5032026", "0503202", ""}},
		{"luhn",
			[]string{"79927398713", "18", "4111111111111111", "00"},
			[]string{"79927398710", "97927398713", "0", "1", ""}},
		{"case_number",
			[]string{"26063000173"},
			[]string{"26063000174", "26063000137", "26000000173", "2606300017", "260630001730", ""}},
	} {
		check, known := flow.CheckNamed(c.name)
		if !known {
			t.Fatal(c.name)
		}
		for _, digits := range c.good {
			if !check.Good(digits) {
				t.Errorf("%s refuses %q", c.name, digits)
			}
			if len(digits) < check.Min || len(digits) > check.Max {
				t.Errorf("%s: %q is outside %d to %d digits", c.name, digits, check.Min, check.Max)
			}
		}
		for _, digits := range c.bad {
			if check.Good(digits) {
				t.Errorf("%s takes %q", c.name, digits)
			}
		}
	}
	if _, known := flow.CheckNamed(flow.CheckRegex); known {
		t.Error("a pattern is no check of its own")
	}
}

// TestLuhnFindsMistakes: every single wrong digit is found, which is what it is for.
func TestLuhnFindsMistakes(t *testing.T) {
	t.Parallel()
	const good = "79927398713"
	luhn, _ := flow.CheckNamed("luhn")
	for i := range len(good) {
		for digit := byte('0'); digit <= '9'; digit++ {
			digits := good[:i] + string(digit) + good[i+1:]
			if got, want := luhn.Good(digits), digits == good; got != want {
				t.Errorf("%s: %v", digits, got)
			}
		}
	}
}

func TestDialable(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{
		"0123456789": true, "+60123456789": true, "60123456789": true, "+6512345678": false, "": false, "anonymous": false, "+": false, "999": false,
	} {
		if flow.Dialable(number) != want {
			t.Errorf("%q: want %v", number, want)
		}
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	form, err := flow.Pattern("1|22")
	if err != nil {
		t.Fatal(err)
	}
	for digits, want := range map[string]bool{"1": true, "22": true, "12": false, "221": false, "": false} {
		if form.MatchString(digits) != want {
			t.Errorf("%q: want %v", digits, want)
		}
	}
	for _, bad := range []string{"(", "1)|(2", "[", "*"} {
		if _, err := flow.Pattern(bad); err == nil || strings.Contains(err.Error(), `\A`) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for pattern, want := range map[string]bool{`\d{3}`: false, `[0-9#]+`: true, `(1|2#)`: true, `.`: false, `9*`: false} {
		if flow.PatternNames(pattern, "#") != want {
			t.Errorf("%s: want %v", pattern, want)
		}
	}
}
