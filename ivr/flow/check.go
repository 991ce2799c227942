package flow

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"talian/ivr"
)

// Check is a rule for what a caller types.
type Check struct {
	Name     string
	Min, Max int // digits that a good value has

	good func(digits string) bool
}

// The checks that Checks lists, and the one that has a pattern.
const (
	CheckMyKad = "mykad"
	CheckPhone = "phone_my"
	CheckDate  = "date"
	CheckRegex = "regex"
)

// Checks lists the rules. That of a pattern is Pattern.
func Checks() []Check {
	return []Check{
		{CheckMyKad, 12, 12, goodMyKad},
		{CheckPhone, 9, 12, goodPhone},
		{CheckDate, 8, 8, func(s string) bool { _, err := dateTyped(s); return err == nil }},
		{"luhn", 2, 30, goodLuhn},
		{"case_number", 11, 11, func(s string) bool { return ivr.CaseNumber(s).Valid() }},
	}
}

// CheckNamed gives the check of a name; false when there is none that has no pattern.
func CheckNamed(name string) (Check, bool) {
	checks := Checks()
	i := slices.IndexFunc(checks, func(c Check) bool { return c.Name == name })
	if i < 0 {
		return Check{}, false
	}
	return checks[i], true
}

// Good tells whether the digits are a good value.
func (c Check) Good(digits string) bool {
	return len(digits) >= c.Min && len(digits) <= c.Max && strings.Trim(digits, "0123456789") == "" && c.good(digits)
}

// goodMyKad looks at an identity card number after the National Registration Regulations:
// birthday as YYMMDD, two digits for the place of birth, four more. The day must exist in
// 19YY or 20YY; the place is not looked at, as codes are added.
func goodMyKad(s string) bool {
	for _, century := range []string{"19", "20"} {
		if _, err := time.Parse("20060102", century+s[:6]); err == nil {
			return true
		}
	}
	return false
}

// goodPhone looks at a number that can be called in Malaysia, with 0 or 60 in front: mobile
// 01x, fixed 03 to 09, after the national numbering plan. Short numbers and those for free
// calls are none.
func goodPhone(s string) bool {
	if national, found := strings.CutPrefix(s, "60"); found {
		s = "0" + national
	}
	if len(s) < 3 || s[0] != '0' {
		return false
	}
	switch {
	case s[:3] == "011", s[:3] == "015":
		return len(s) == 11
	case s[1] == '1':
		return len(s) == 10
	case s[1] == '3':
		return len(s) == 10 && s[2] >= '2'
	case strings.ContainsRune("456789", rune(s[1])):
		return len(s) == 9 && s[2] >= '2'
	}
	return false
}

// Dialable tells whether a number, as the network gives it or a caller types it, is one
// that can be called back.
func Dialable(number string) bool {
	phone, _ := CheckNamed(CheckPhone)
	return phone.Good(strings.TrimPrefix(number, "+"))
}

// dateTyped reads a day typed as day, month and year: 05032026.
func dateTyped(s string) (time.Time, error) {
	day, err := time.Parse("02012006", s)
	if err == nil && (day.Year() < 1900 || day.Year() > 2199) {
		err = fmt.Errorf("the year %d cannot be said", day.Year())
	}
	return day, err
}

// goodLuhn looks at the check digit of ISO/IEC 7812-1, annex B.
func goodLuhn(s string) bool {
	sum := 0
	for i := range len(s) {
		digit := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			digit *= 2
		}
		sum += digit/10 + digit%10
	}
	return sum%10 == 0
}

// Pattern makes a check's pattern ready: all that was typed must match it.
func Pattern(pattern string) (*regexp.Regexp, error) {
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return nil, fmt.Errorf("pattern: %w", err) // told in the words of what was written
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// PatternNames tells whether a pattern names a key, so that it cannot be the end key.
func PatternNames(pattern, key string) bool {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil && len(key) == 1 && names(tree, rune(key[0]))
}

func names(tree *syntax.Regexp, key rune) bool {
	switch tree.Op {
	case syntax.OpLiteral:
		return slices.Contains(tree.Rune, key)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(tree.Rune); i += 2 {
			if tree.Rune[i] <= key && key <= tree.Rune[i+1] {
				return true
			}
		}
	default: // names no keys itself
	}
	return slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return names(sub, key) })
}
