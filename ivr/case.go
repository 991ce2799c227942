package ivr

import (
	"fmt"
	"strconv"
	"time"
)

// CaseKind says what a case is.
type CaseKind string

// The kinds of cases.
const (
	Enquiry    CaseKind = "enquiry"
	Complaint  CaseKind = "complaint"
	Suggestion CaseKind = "suggestion"
	Feedback   CaseKind = "feedback"
	Compliment CaseKind = "compliment"
)

// CaseKinds lists the kinds of cases.
func CaseKinds() []CaseKind {
	return []CaseKind{Enquiry, Complaint, Suggestion, Feedback, Compliment}
}

// CaseStatus says how far a case is.
type CaseStatus string

// The statuses of a case, in the order of its life. A draft is what a caller left who hung
// up before the case was opened.
const (
	CaseDraft      CaseStatus = "draft"
	CaseNew        CaseStatus = "new"
	CaseInProgress CaseStatus = "in_progress"
	CaseClosed     CaseStatus = "closed"
)

// CaseStatuses lists the statuses of a case.
func CaseStatuses() []CaseStatus {
	return []CaseStatus{CaseDraft, CaseNew, CaseInProgress, CaseClosed}
}

// CaseNumber names a case: 11 digits that can be read over the telephone. Two are the year,
// three the day of the year, five a sequence of that day, the last a check digit after Damm.
type CaseNumber string

// MaxCases is how many cases one day can have.
const MaxCases = 99999

// NewCaseNumber gives the number of the day's seq-th case, from 1 to MaxCases. The day is
// that of t in its own zone.
func NewCaseNumber(t time.Time, seq int) (CaseNumber, error) {
	if seq < 1 || seq > MaxCases {
		return "", fmt.Errorf("case %d of the day: there are numbers for 1 to %d", seq, MaxCases)
	}
	digits := fmt.Sprintf("%02d%03d%05d", t.Year()%100, t.YearDay(), seq)
	return CaseNumber(digits + strconv.Itoa(damm(digits))), nil
}

// Valid tells whether the number has 11 digits, a day that exists, and the right check digit.
func (n CaseNumber) Valid() bool {
	if len(n) != 11 {
		return false
	}
	for _, r := range n {
		if r < '0' || r > '9' {
			return false
		}
	}
	day := string(n[2:5])
	return day >= "001" && day <= "366" && damm(string(n)) == 0
}

// damm gives the check digit of digits after H. M. Damm (2004): it finds every wrong digit
// and every swap of two neighbours. Over digits and check digit the result is 0.
func damm(digits string) int {
	table := [10][10]uint8{
		{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
		{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
		{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
		{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
	}
	var check uint8
	for _, r := range digits {
		check = table[check][r-'0']
	}
	return int(check)
}
