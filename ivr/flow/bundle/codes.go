package bundle

// Code is one kind of problem.
type Code struct {
	Code  string // for example "E204"; W7xx are warnings
	About string
}

// About tells what a code stands for; "" when there is none such.
func About(code string) string {
	for _, c := range Codes() {
		if c.Code == code {
			return c.About
		}
	}
	return ""
}

// Codes lists every kind of problem, in the order of the manual.
func Codes() []Code {
	return []Code{
		{"E101", "not YAML, or too large"},
		{"E102", "key written twice"},
		{"E103", "anchor, alias, tag, merge key or second document"},
		{"E104", "unknown key"},
		{"E105", "wrong kind of value, or a value that is missing"},
		{"E106", "number without unit or out of range"},
		{"E107", "unknown version of the grammar"},
		{"E108", "name of a file differs from what is in it"},
		{"E109", "not an id, a reserved word, or the same id twice"},
		{"E110", "character that cannot be spoken"},
		{"E201", "way out that leads nowhere"},
		{"E202", "exit that is written nowhere"},
		{"E203", "exit that is never taken"},
		{"E204", "node that nothing leads to"},
		{"E205", "node from which no call ends"},
		{"E206", "round without a word or a key"},
		{"E207", "start that is missing"},
		{"E208", "switch without else"},
		{"E209", "case behind one that always holds"},
		{"E210", "condition that never holds"},
		{"E211", "handler that is missing or does not speak"},
		{"E212", "hang-up handler that needs the caller"},
		{"E213", "RETURN that does not fit those who call"},
		{"E214", "flow that calls itself"},
		{"E215", "flow that does not exist"},
		{"E216", "silence or a wrong key that ends the call without a word"},
		{"E301", "not a key of a telephone"},
		{"E302", "choice on a key that the whole flow uses"},
		{"E303", "key written twice"},
		{"E304", "impossible number of digits"},
		{"E305", "end key that belongs to the value"},
		{"E306", "tries or times out of range"},
		{"E307", "failure that is met with silence"},
		{"E308", "no way to a person"},
		{"E309", "words to read back or to review that are missing"},
		{"E310", "end key of a recording that does not work"},
		{"E401", "prompt that does not exist"},
		{"E402", "prompt that lacks a language"},
		{"E403", "slot that is not declared, not used or not given"},
		{"E404", "value that cannot be said in a slot"},
		{"E405", "sound that is missing"},
		{"E406", "recording that cannot be used"},
		{"E407", "words for values that are missing"},
		{"E408", "key that the text names and the node lacks, or the other way round"},
		{"E501", "expression that cannot be read"},
		{"E502", "unknown name"},
		{"E503", "types that differ"},
		{"E504", "result of another type than is wanted"},
		{"E505", "variable that may be unset"},
		{"E506", "result read where nothing can have given it"},
		{"E507", "value that is not one of those there are"},
		{"E508", "expression that is too long or too costly"},
		{"E509", "personal value in an address or a report"},
		{"E601", "name that means nothing at this site"},
		{"E602", "secret in a file"},
		{"E603", "question to a service that cannot be asked"},
		{"E604", "unknown time zone"},
		{"E605", "times or days that overlap or do not exist"},
		{"E606", "special days that end soon"},
		{"E607", "survey whose keys or ids clash"},
		{"W701", "more than five choices"},
		{"W702", "menu below three others"},
		{"W703", "keys that skip"},
		{"W704", "key named before what it is for"},
		{"W705", "question longer than 30 seconds"},
		{"W706", "something that nothing uses"},
		{"W707", "words recorded twice"},
		{"W708", "long words that cannot be cut short"},
		{"W709", "node or exit without a test"},
		{"W710", "survey longer than three minutes"},
		{"W711", "silence while a service is asked"},
		{"W712", "node under another id"},
	}
}
