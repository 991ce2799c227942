package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// message is a SIP message (RFC 3261), as far as callers and members need it.
type message struct {
	start   string // request line or status line
	vias    []string
	headers map[string]string // the first of each name, in lower case
	body    string
}

// parse reads a datagram; false when it is no SIP message.
func parse(datagram []byte) (message, bool) {
	head, body, found := bytes.Cut(datagram, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	if !found || !strings.Contains(lines[0], "SIP/2.0") {
		return message{}, false
	}
	m := message{start: lines[0], headers: map[string]string{}, body: string(body)}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if name == "via" {
			m.vias = append(m.vias, value)
		}
		if _, twice := m.headers[name]; !twice {
			m.headers[name] = value
		}
	}
	return m, true
}

// status gives the code of a response, 0 for a request.
func (m message) status() int {
	rest, isResponse := strings.CutPrefix(m.start, "SIP/2.0 ")
	if !isResponse {
		return 0
	}
	code, _ := strconv.Atoi(rest[:min(3, len(rest))])
	return code
}

// method gives the method that the message is, or answers.
func (m message) method() string {
	_, method, _ := strings.Cut(m.headers["cseq"], " ")
	return method
}

func (m message) callID() string { return m.headers["call-id"] }

// address gives what stands in the angle brackets of a header.
func (m message) address(header string) string {
	_, rest, _ := strings.Cut(m.headers[header], "<")
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}

// fromUser gives the user part of From: the caller's number.
func (m message) fromUser() string {
	user, _, _ := strings.Cut(strings.TrimPrefix(m.address("from"), "sip:"), "@")
	return user
}

// reply answers a request. tag is that of this side.
func (m message) reply(status, tag, contact, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, via := range m.vias {
		fmt.Fprintf(&b, "Via: %s\r\n", via)
	}
	to := m.headers["to"]
	if !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n", m.headers["from"], to, m.callID(), m.headers["cseq"])
	finish(&b, contact, body)
	return []byte(b.String())
}

// finish writes the last headers and the body.
func finish(b *strings.Builder, contact, body string) {
	if contact != "" {
		fmt.Fprintf(b, "Contact: <%s>\r\n", contact)
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(b, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// request is what differs between the requests of a dialog.
type request struct {
	method, uri, branch, from, to, callID string
	seq                                   int
}

// text writes the request; local is the address that it is sent from.
func (r request) text(local netip.AddrPort, contact, body string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\n", r.method, r.uri, local, r.branch)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", r.from, r.to, r.callID, r.seq, r.method)
	finish(&b, contact, body)
	return []byte(b.String())
}

// description offers, or answers with, A-law at an address (RFC 4566).
func description(at netip.AddrPort) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n"+
		"m=audio %[2]d RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n",
		at.Addr(), at.Port())
}

// mediaAddress reads the address out of a description.
func mediaAddress(description string) (netip.AddrPort, error) {
	var host, port string
	for line := range strings.SplitSeq(description, "\r\n") {
		if rest, ok := strings.CutPrefix(line, "c=IN IP4 "); ok {
			host = rest
		}
		if rest, ok := strings.CutPrefix(line, "m=audio "); ok {
			port, _, _ = strings.Cut(rest, " ")
		}
	}
	at, err := netip.ParseAddrPort(host + ":" + port)
	if err != nil {
		return at, errors.Join(errors.New("no audio in the session description"), err)
	}
	return at, nil
}
