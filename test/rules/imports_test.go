package rules

import (
	"slices"
	"strings"
)

// row says which of our own packages a package may import; why is the reason for all
// that is not among them.
type row struct {
	pkg string
	may []string
	why string
}

// imports is the map of the project: data flows down, imports point up.
func imports() []row {
	return []row{
		{"ivr", nil, "everything speaks in these nouns, so they depend on nothing"},
		{"ivr/mailbox", nil, "a queue knows nothing of what it carries"},
		{"ivr/hours", []string{"ivr"}, "a calendar is asked; it asks nobody"},
		{"ivr/hours/holiday", []string{"ivr/hours"}, "a calendar is a text first: what people wrote into it stays"},
		{"ivr/prompt", nil, "what is said follows from text and values alone"},
		{"ivr/prompt/speech", []string{"ivr/prompt"}, "speech is made before calls come, never in a call's way"},
		{"ivr/flow", []string{"ivr", "ivr/hours", "ivr/prompt"}, "the interpreter is pure: a call can be replayed from its inputs"},
		{"ivr/flow/bundle", []string{"ivr", "ivr/flow", "ivr/hours", "ivr/prompt"}, "a bundle is checked with nothing running"},
		{"ivr/flow/diff", []string{"ivr/flow", "ivr/hours"}, "what differs follows from two programs, not from how they are written"},
		{"ivr/flow/graph", []string{"ivr/flow", "ivr/flow/diff", "ivr/flow/trace"}, "a drawing follows from a program; it is no place for rules"},
		{"ivr/flow/layout", []string{"ivr/flow", "ivr/flow/bundle", "ivr/hours", "ivr/prompt"}, "the order of keys is the decoder's"},
		{"ivr/flow/schema", []string{"ivr/flow", "ivr/flow/bundle", "ivr/hours", "ivr/prompt"}, "a schema says what the decoder takes, and nothing of its own"},
		{"ivr/flow/migrate", []string{"ivr/flow/layout"}, "a rewrite changes texts; what they mean in the end, the checker says"},
		{"ivr/flow/flowtest", []string{"ivr", "ivr/flow", "ivr/flow/bundle", "ivr/hours", "ivr/prompt"}, "a test is a call without telephone, clock and network"},
		{"ivr/flow/trace", []string{"ivr", "ivr/flow"}, "a trace tells what the interpreter did; it decides nothing"},
		{"ivr/release", []string{"ivr", "ivr/flow", "ivr/flow/bundle", "ivr/journal", "ivr/prompt"}, "which bundle answers is decided before a call begins, so it knows none"},
		{"ivr/errand", []string{"ivr", "ivr/callback", "ivr/cases", "ivr/dip", "ivr/flow", "ivr/hours", "ivr/outbox"}, "it translates; who does the work has never heard of flows"},
		{"ivr/asterisk", []string{"ivr/mailbox"}, "Asterisk's words stay in here; it has never heard of calls or agents"},
		{"ivr/asterisk/aritest", []string{"ivr/asterisk", "ivr/mailbox"}, "the fake stands for Asterisk, which knows nothing of ours"},
		{"ivr/journal", []string{"ivr"}, "it keeps facts and states without knowing whose they are"},
		{"ivr/cases", []string{"ivr", "ivr/journal"}, "a number is given whether or not records and outside systems can be reached"},
		{"ivr/callback", []string{"ivr", "ivr/hours", "ivr/journal"}, "a booking needs hours and the journal, not the queue"},
		{"ivr/outside", nil, "which addresses may be reached does not depend on what is asked"},
		{"ivr/dip", []string{"ivr/outside"}, "services are asked without knowing for which call or flow"},
		{"ivr/outbox", []string{"ivr", "ivr/journal", "ivr/outside"}, "it follows the journal like any reader: no call may wait for it"},
		{"ivr/call", []string{"ivr", "ivr/asterisk", "ivr/flow", "ivr/journal", "ivr/mailbox"}, "a call reaches queue and lines by the engine only, or two of them could wait for each other"},
		{"ivr/queue", []string{"ivr", "ivr/journal"}, "who gets whom is decided without calls, lines and Asterisk, so that whole days can be simulated"},
		{"ivr/line", []string{"ivr", "ivr/asterisk", "ivr/journal", "ivr/mailbox"}, "a line does not know which call is on it"},
		{"ivr/engine", []string{"ivr", "ivr/asterisk", "ivr/call", "ivr/flow", "ivr/hours", "ivr/journal", "ivr/line", "ivr/mailbox", "ivr/queue"}, "records and browsers are readers of the journal: no call may wait for them"},
		{"ivr/link", []string{"ivr"}, "the wire carries nouns; which engine answers is its user's business"},
		{"ivr/link/linktest", []string{"ivr", "ivr/link"}, "an engine for tests must not need the real one"},
		{"ivr/store", []string{"ivr", "ivr/journal"}, "records follow from facts, not from live objects"},
		{"ivr/report", []string{"ivr", "ivr/store"}, "a figure that could see live state could not be defended from the rows"},
		{"cti/auth", []string{"ivr"}, "who somebody is has nothing to do with calls"},
		{"cti/wire", nil, "the messages to browsers change when we say so, not when an inner type does"},
		{"cti/wire/gen", []string{"cti/wire"}, "it writes the types of the messages and of nothing else"},
		{"cti/web", nil, "files in a binary"},
		{"cti", []string{"cti/auth", "cti/wire", "ivr", "ivr/link", "ivr/report", "ivr/store"}, "the agents' side reaches live calls by the link only, because each daemon must survive the other's death"},
		{"cmd/internal/daemon", nil, "what both daemons share is about processes, not about calls"},
		{"cmd/ivrd", []string{"cmd/internal/daemon", "ivr", "ivr/asterisk", "ivr/callback", "ivr/cases", "ivr/dip", "ivr/engine", "ivr/errand", "ivr/flow", "ivr/flow/bundle", "ivr/flow/diff", "ivr/flow/flowtest", "ivr/flow/graph", "ivr/flow/layout", "ivr/flow/migrate", "ivr/flow/schema", "ivr/flow/trace", "ivr/hours", "ivr/hours/holiday", "ivr/journal", "ivr/link", "ivr/prompt", "ivr/prompt/speech", "ivr/release", "ivr/outbox", "ivr/call", "ivr/store"}, "ivrd lives without the agents' side"},
		{"cmd/ctid", []string{"cmd/internal/daemon", "cti", "cti/auth", "cti/web", "ivr/link", "ivr/store"}, "ctid holds no calls: they must not end with it"},
	}
}

// sides says what the tests of a side may import beyond their package's own row.
func sides() []row {
	return []row{
		{"ivr", []string{"ivr"}, "the engine is tested without browsers and people"},
		{"cti", []string{"cti", "ivr"}, "the agents' side is tested without Asterisk"},
		{"cmd", []string{"cmd", "cti", "ivr"}, "the whole is tested below test/"},
		{"test", []string{"cmd", "cti", "ivr", "test"}, ""},
	}
}

// library says where a package from outside may be used.
type library struct {
	name  string   // with everything below it
	in    []string // folders, with everything below them
	tests []string // folders whose tests may use it too
	why   string
}

func libraries() []library {
	return []library{
		{"github.com/CyCoreSystems/ari", []string{"ivr/asterisk"}, nil, "one package knows Asterisk, so that a new Asterisk changes one package"},
		{"github.com/gorilla/websocket", []string{"ivr/asterisk", "cti", "test"}, []string{"cmd/ctid"}, "sockets have one reader and one writer each; these are the places that see to it"},
		{"github.com/emiago/sipgo", []string{"test"}, nil, "the product speaks SIP through Asterisk only"},
		{"github.com/icholy/digest", []string{"test"}, nil, "the product speaks SIP through Asterisk only"},
		{"github.com/gobwas/ws", []string{"test"}, nil, "one websocket library in the product is enough"},
		{"github.com/pion", []string{"test"}, nil, "media is Asterisk's and the browser's"},
		{"github.com/nats-io", []string{"ivr/link", "cmd/ivrd"}, nil, "what carries the link can be changed in one place"},
		{"github.com/mattn/go-sqlite3", []string{"ivr/journal", "ivr/store"}, nil, "two files, two owners"},
		{"github.com/pressly/goose", []string{"ivr/store"}, nil, "the records alone have migrations"},
		{"database/sql", []string{"ivr/journal", "ivr/store"}, []string{"ivr/report"}, "SQL stands beside its one owner"},
		{"github.com/expr-lang/expr", []string{"ivr/flow"}, nil, "expressions are part of the flow language and of nothing else"},
		{"github.com/fsnotify", []string{"ivr/release"}, nil, "files are watched in one place"},
		{"github.com/arran4/golang-ical", []string{"ivr/hours/holiday"}, nil, "one place reads calendars of others"},
		{"github.com/santhosh-tekuri/jsonschema", nil, []string{"ivr/flow/schema"}, "for tests: the checker knows more than a schema"},
		{"github.com/spf13", []string{"cmd"}, nil, "command lines belong to commands"},
		{"go.yaml.in/yaml", []string{"ivr/flow/bundle", "ivr/flow/flowtest", "ivr/flow/layout", "ivr/hours", "ivr/prompt", "cmd"}, []string{"ivr/callback", "ivr/flow/schema", "test/rules"}, "what people write is read where it is checked"},
		{"github.com/prometheus", []string{"ivr/dip", "ivr/engine", "ivr/outbox", "cti", "cmd"}, nil, "decisions are not made of metrics"},
		{"github.com/sony/gobreaker", []string{"ivr/dip"}, nil, "when a service is left alone is decided where it is asked"},
		{"github.com/google/go-cmp", nil, []string{"ivr", "cti", "cmd", "test"}, "for tests"},
		{"pgregory.net/rapid", nil, []string{"ivr", "cti", "cmd", "test"}, "for tests"},
		{"go.uber.org/goleak", nil, []string{"ivr", "cti", "cmd", "test"}, "for tests"},
	}
}

// pure lists packages and files that decide without clock, network, process or goroutine.
func pure() []string {
	return []string{"ivr/flow", "ivr/hours", "ivr/prompt", "ivr/call/step.go", "ivr/call/state.go", "ivr/call/talk.go", "ivr/call/resume.go", "ivr/call/effect.go",
		"ivr/queue/pool.go", "ivr/queue/desk.go", "ivr/queue/agent.go"}
}

// checkImports compares the imports of our own packages with the tables.
func checkImports(p *project) []string {
	var wrong []string
	for _, f := range p.all() {
		for _, spec := range f.tree.Imports {
			name, ours := strings.CutPrefix(imported(spec), module)
			if !ours {
				continue
			}
			if why, allowed := mayImport(f, name); !allowed {
				wrong = append(wrong, p.at(spec, "%s must not import %s: %s", f.dir(), name, why))
			}
		}
	}
	return wrong
}

// mayImport tells whether a file may import one of our packages, and why not.
func mayImport(f *file, name string) (why string, allowed bool) {
	if f.test || below(f.dir(), "test") {
		for _, side := range sides() {
			if below(f.dir(), side.pkg) {
				return side.why, belowAny(name, side.may)
			}
		}
	}
	for _, r := range imports() {
		if r.pkg == f.dir() {
			return r.why, slices.Contains(r.may, name)
		}
	}
	return "it has no row in the table of imports yet", false
}

// checkRows finds packages without a row, and rows without a package.
func checkRows(p *project) []string {
	var wrong, rows []string
	for _, r := range imports() {
		rows = append(rows, r.pkg)
		if p.packages[r.pkg] == nil {
			wrong = append(wrong, r.pkg+": a row in the table of imports, but there is no such package")
		}
		if r.why == "" {
			wrong = append(wrong, r.pkg+": a row without a reason")
		}
	}
	for _, dir := range p.folders() {
		if !below(dir, "test") && !slices.Contains(rows, dir) {
			wrong = append(wrong, dir+": no row in the table of imports; add one, with the reason")
		}
	}
	return wrong
}

// checkLibraries looks where packages from outside are used.
func checkLibraries(p *project) []string {
	var wrong []string
	for _, f := range p.all() {
		for _, spec := range f.tree.Imports {
			for _, l := range libraries() {
				if !below(imported(spec), l.name) {
					continue
				}
				if !belowAny(f.dir(), l.in) && !(f.test && belowAny(f.dir(), l.tests)) {
					wrong = append(wrong, p.at(spec, "%s must not import %s: %s", f.dir(), l.name, l.why))
				}
			}
		}
	}
	return wrong
}
