package prompt

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Ranges of slot values.
const (
	maxNumber   = 999_999_999
	maxOrdinal  = 999
	maxDigits   = 64
	minYear     = 1900
	maxYear     = 2199
	maxDuration = 1000 * time.Hour // excluded
	maxSen      = maxNumber*100 + 99
)

func errNotComposed(kind SlotType) error {
	return fmt.Errorf("a %s slot has no words of its own", kind)
}

func errValue(value any, want string) error {
	return fmt.Errorf("%v (%T) is not %s", value, value, want)
}

// wholeNumber reads a number that has no fraction: any Go integer, a float64 or
// json.Number with a whole value (numbers that went through JSON), or digits as text.
func wholeNumber(value any, lowest, highest int) (int, error) {
	want := fmt.Sprintf("a whole number from %d to %d", lowest, highest)
	n, ok := whole(value)
	if !ok || n < int64(lowest) || n > int64(highest) {
		return 0, errValue(value, want)
	}
	return int(n), nil
}

func whole(value any) (int64, bool) {
	switch v := value.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint32:
		return int64(v), true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case uint:
		return int64(v), uint64(v) <= math.MaxInt64
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case json.Number:
		return whole(v.String())
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// digitString reads a value said digit by digit. Spaces and hyphens are dropped.
func digitString(value any) (string, error) {
	text, ok := value.(string)
	if !ok {
		n, whole := whole(value)
		if !whole || n < 0 {
			return "", errValue(value, "a row of digits")
		}
		text = strconv.FormatInt(n, 10)
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(text)
	if digits == "" || len(digits) > maxDigits || strings.Trim(digits, "0123456789") != "" {
		return "", errValue(value, fmt.Sprintf("a row of 1 to %d digits", maxDigits))
	}
	return digits, nil
}

func composeDigits(t tongue, value any) ([]string, error) {
	digits, err := digitString(value)
	if err != nil {
		return nil, err
	}
	words := make([]string, 0, len(digits))
	for _, d := range digits {
		words = append(words, t.digit(d))
	}
	return words, nil
}

// readTime reads a time.Time or its text in one of the layouts given.
func readTime(value any, layouts ...string) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, true
	case string:
		for _, layout := range append(layouts, time.RFC3339) {
			if t, err := time.Parse(layout, v); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func calendarDate(value any) (time.Time, error) {
	d, ok := readTime(value, time.DateOnly)
	if !ok || d.Year() < minYear || d.Year() > maxYear {
		return time.Time{}, errValue(value, fmt.Sprintf("a date from %d to %d", minYear, maxYear))
	}
	return d, nil
}

func clockTime(value any) (time.Time, error) {
	c, ok := readTime(value, "15:04", time.TimeOnly)
	if !ok {
		return time.Time{}, errValue(value, "a time of day")
	}
	return c, nil
}

func weekDay(value any) (time.Weekday, error) {
	if d, ok := value.(time.Weekday); ok && d >= time.Sunday && d <= time.Saturday {
		return d, nil
	}
	if d, ok := readTime(value, time.DateOnly); ok {
		return d.Weekday(), nil
	}
	if name, ok := value.(string); ok {
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(d.String(), name) {
				return d, nil
			}
		}
	}
	return 0, errValue(value, "a day of the week")
}

// span reads a length of time, rounded to whole seconds.
func span(value any) (time.Duration, error) {
	d, ok := readSpan(value)
	d = d.Round(time.Second)
	if !ok || d < 0 || d >= maxDuration {
		return 0, errValue(value, fmt.Sprintf("a duration from 0 to under %v", maxDuration))
	}
	return d, nil
}

func readSpan(value any) (time.Duration, bool) {
	if d, ok := value.(time.Duration); ok {
		return d, true
	}
	if seconds, ok := whole(value); ok {
		return time.Duration(seconds) * time.Second, seconds >= 0 && seconds < int64(maxDuration/time.Second)
	}
	if text, ok := value.(string); ok {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	return 0, false
}

// amount reads money in ringgit and gives it in sen.
func amount(value any) (int64, error) {
	sen, ok := readAmount(value)
	if !ok || sen < 0 || sen > maxSen {
		return 0, errValue(value, "an amount from 0 to 999999999.99")
	}
	return sen, nil
}

func readAmount(value any) (int64, bool) {
	switch v := value.(type) {
	case string:
		return parseAmount(v)
	case json.Number:
		return parseAmount(v.String())
	case float64:
		return int64(math.Round(v * 100)), v >= 0 && v <= maxNumber+1
	}
	ringgit, ok := whole(value)
	return ringgit * 100, ok && ringgit >= 0 && ringgit <= maxNumber
}

// parseAmount reads "12", "12.5" or "12.50" without going through a float.
func parseAmount(text string) (int64, bool) {
	ringgit, sen, dotted := strings.Cut(text, ".")
	if dotted && (len(sen) < 1 || len(sen) > 2) {
		return 0, false
	}
	sen += strings.Repeat("0", 2-len(sen))
	if ringgit == "" || len(ringgit) > 9 || strings.Trim(ringgit+sen, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(ringgit+sen, 10, 64)
	return n, err == nil
}
