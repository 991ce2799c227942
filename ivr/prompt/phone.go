package prompt

import "strings"

// composePhone says a telephone number digit by digit, with a breath between the
// groups people are used to.
func composePhone(t tongue, value any) ([]string, error) {
	text, _ := value.(string)
	digits, err := digitString(any(strings.TrimPrefix(text, "+")))
	if text == "" || err != nil {
		return nil, errValue(value, "a telephone number")
	}
	var words []string
	for i, group := range phoneGroups(digits, strings.HasPrefix(text, "+")) {
		if i > 0 {
			words = append(words, breath)
		}
		for _, d := range group {
			words = append(words, t.digit(d))
		}
	}
	return words, nil
}

// phoneGroups splits a telephone number as it is read aloud in Malaysia:
// 03 8000 8000, 012 345 6789, 011 1234 5678, 088 123 456, 1300 88 1234. A number
// in international form (E.164) that begins with 60 is said the national way; any
// other keeps its plus.
func phoneGroups(digits string, international bool) []string {
	if national, malaysian := strings.CutPrefix(digits, "60"); international && malaysian {
		return phoneGroups("0"+national, false)
	}
	if international {
		groups := evenGroups(digits)
		return append([]string{"+" + groups[0]}, groups[1:]...)
	}
	area := areaLength(digits)
	if area == 0 {
		return evenGroups(digits)
	}
	if area == 4 && len(digits) == 10 {
		return []string{digits[:4], digits[4:6], digits[6:]}
	}
	area = min(area, len(digits))
	return append([]string{digits[:area]}, evenGroups(digits[area:])...)
}

// areaLength tells how many digits lead a Malaysian number; 0 when it has no such lead.
func areaLength(digits string) int {
	switch {
	case strings.HasPrefix(digits, "1300"), strings.HasPrefix(digits, "1800"):
		return 4
	case strings.HasPrefix(digits, "01"), strings.HasPrefix(digits, "08"):
		return 3
	case strings.HasPrefix(digits, "0"):
		return 2
	}
	return 0
}

// evenGroups splits digits into groups of three and four, the fours last; six
// digits are two threes, five are two and three, up to four stay together.
func evenGroups(digits string) []string {
	var groups []string
	for len(digits) > 0 {
		n := groupLength(len(digits))
		groups = append(groups, digits[:n])
		digits = digits[n:]
	}
	return groups
}

// groupLength is the length of the first of the groups that so many digits make.
func groupLength(left int) int {
	switch {
	case left <= 4:
		return left
	case left == 5:
		return 2
	case left%4 == 0:
		return 4
	}
	return 3
}
