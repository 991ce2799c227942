// Package flowtest makes calls to flows without a telephone: on a virtual clock, against the
// interpreter that also serves real calls. It runs the tests of a bundle and is the
// telephone behind `ivrd play`.
//
// # Files of tests
//
// Tests are in tests/*.yaml of a bundle; each file is about one flow.
//
//	ivr: 1
//	flow: after_hours
//	tests:
//	  - test: complaint gives a case number
//	    at: 2026-03-04T22:15
//	    lang: ms
//	    call: {from: "0123456789", to: "0380008000"}
//	    mocks: [{case: open, reply: {number: "26063000173"}}]
//	    steps:
//	      - {hear: welcome_after_hours, press: "2"}
//	      - {hear: complaint_types, press: "1"}
//	      - {hear: case_is, slots: {n: "26063000173"}}
//	      - {hear: anything_else, hang_up: true}
//	    expect: {end: caller_hangup, vars: {category: road}, marks: [case_opened]}
//
// Keys of a test are:
//
//	test    its name; names differ within a file
//	about   words for people
//	at      when the call begins, in the bundle's zone unless it names one;
//	        2026-03-04T10:00 (a Wednesday) when not given
//	lang    the language at the begin; the bundle's default when not given
//	call    from, "" for a withheld number, and to
//	vars    values that variables begin with: of this flow, or "flow.name"
//	remembered  language that this number chose in an earlier call
//	limit   20s: the longest that this call may last, to come to handlers.too_long
//	queue   what the queues look like (below); one mapping or a list of them
//	agent   {answers: 30s, talks: 2m}: an agent who answers so long after the caller began
//	        to wait. Without one nobody answers
//	mocks   what stands for the world outside (below)
//	each    a table: the test runs once for each entry. {key: ["1", "2"], node: [a, b]} or
//	        [{key: "1", node: a}, {key: "2", node: b}]. $key stands for the value; inside of
//	        a longer text too, when the value is a word. A list in the place of an entry of
//	        a list stands for its entries
//	steps   the conversation
//	expect  what must hold after it
//
// All but test, each, steps and expect may also stand at the top of the file; they hold for
// every test that does not say otherwise. Mocks of a test come before those of its file.
//
// # Steps
//
// The parts of a step happen in this order, whatever the order they are written in:
//
//	queue    {agents: 0, waiting: 3}: from here on the queues look like this
//	clock    21:00:30: the clock jumps to the next such time of day. Nothing happens meanwhile
//	quiet    7s: what goes on by itself comes to its end, until the caller is awaited, waits
//	         in a queue or talks; then the caller does nothing for so long. 0s only lets
//	         everything be heard
//	hear     a prompt, a list of them, or a part of what is said. They are heard in this
//	         order; others may come between
//	slots    values of the slots of the last prompt of hear, all of them, as text
//	exactly  true: nothing else comes between. Without hear: nothing was heard
//	agent    {answers: 30s, talks: 2m}: an agent answers so long from now, or from when the
//	         caller begins to wait
//	speak    12s: the caller speaks once the recording has begun. Silence follows and ends
//	         it, unless a key does or the caller hangs up. Who says nothing is recorded with
//	         no length, where silence ends the recording
//	press    keys, one after the other; that takes no time
//	hang_up  true
//
// A step with hear goes on as soon as the prompt begins: a key in the same step is pressed
// while it plays. To press it afterwards, a step {quiet: 1s} comes first. Hear lets time pass
// as long as something goes on by itself: sounds, requests, a queue. It never passes over a
// moment in which the caller is awaited: that the caller does nothing must be said by quiet.
// Prompts before the last match are past; the one after it may have been heard already.
//
// A prompt that stands in a slot of another one is heard as a prompt of its own. Of a
// language menu, spoken in several languages, the prompt is heard once.
//
// A sound takes as long as its file, or as its text lets expect when it has none.
//
// # The world outside
//
// A queue has agents (1), waiting (0, this caller not counted), position (behind them), wait
// (not known) and fails (the system loses the call after so long); with name it is that queue
// alone. A mock is known by its first key:
//
//	{http: complaints, get: /cases/26063000173, reply: {status: 200, body: {state: closed}}}
//	{http: complaints, post: /cases, sent: {category: road}, reply: {timeout: true}, times: 1}
//	{case: find, desk: complaints, reply: {status: closed}}
//	{callback: citizens, slots: [2026-03-05T09:00], each: 30m, booked: full, times: 1}
//	{transfer: "0388883888", outcome: busy, answers: 5s, talks: 1m}
//	{hours: office, open: false, special: merdeka}
//	{box: general, full: true}
//	{prompt: welcome, fails: true}
//	{record: fails}
//
// The first mock that fits is used; with times it is used up. An http mock needs get, post or
// put with the path as it is sent, which may end in * for any rest. Sent names what the body
// must hold at least. The reply has status (200), body (JSON or text), after (a delay),
// timeout, or fails with a reason. A request that no mock answers fails the test. Without
// mocks a case desk in memory gives valid numbers and finds what it opened; callbacks have
// the free slots of the calendar; a transfer is answered after 5 s and lasts a minute. The
// reply of a case may be found: false, fails: true, or fields of the case. The slots of a
// callback may be none, its booking full or failed. With transfer any number may be any.
//
// # Expectations
//
//	end            caller_hangup, hangup (by the flow), busy, congestion, error, or going.
//	               For an end by the flow the caller waits until it comes
//	vars           values by name, as in vars above; a node's name stands for what was chosen
//	               there, node.name for what a service answered, null for unset, and a
//	               recording has its length
//	marks          told in this order; others may come between
//	path           every node entered, in order: node or flow.node
//	path_includes  nodes entered in this order; others may come between
//	exits          by node the exits taken, or keys chosen: {agents: timeout, topic: ["1", "2"]}
//	faults         parts of what went wrong inside; none when nothing may
//	case           work for the desk: {do: open, desk: complaints, category: road, audio: 12s}
//	http           requests: {service: complaints, method: POST, path: /cases, body: {a: 1}}
//	callback       {queue: citizens, number: "0123456789", at: 2026-03-05T09:00}
//	queued         {queue: citizens, skills: {language: ms}, priority: 0}
//	voicemail      {box: general, length: 12s, lang: ms}
//	transfer       {to: "0388883888", caller_id: ""}
//	survey         {survey: csi, how: complete}
//	answers        {survey: csi, question: q1, value: 5}
//	remembered     {lang: ms}
//
// From case on they are one mapping or a list, in this order, others between; what is not
// named does not matter, and the word none means that nothing of the kind was done.
//
// # Coverage
//
// Counted are nodes, their written exits that they can take, choices of menus, ways that
// other fields hold, and keys and handlers of the flow; loop only where a caller can come to a
// node again. An exit that only a handler writes is counted there, not at each node; those of
// ivr.yaml are not counted.
//
// # What is personal
//
// Keys pressed at a question for a variable declared pii, what is read back there, and values
// of such variables are shown as ***, in failures and transcripts. A dialogue written down as
// a test has them: it is made of what was typed.
//
// # Transcripts
//
// Below tests/transcripts there may be a file for each test with all that happened. It has no
// times, since sounds are not equally long everywhere.
package flowtest
