package outside_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"talian/ivr/outside"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAllowed(t *testing.T) {
	networks := func(list ...string) (all []netip.Prefix) {
		for _, s := range list {
			all = append(all, netip.MustParsePrefix(s))
		}
		return all
	}
	tests := []struct {
		address  string
		networks []netip.Prefix
		allowed  bool
	}{
		{"8.8.8.8", nil, true},
		{"175.136.0.1", nil, true},
		{"2606:4700::1111", nil, true},
		{"127.0.0.1", nil, false},
		{"127.9.9.9", nil, false},
		{"::1", nil, false},
		{"0.0.0.0", nil, false},
		{"0.1.2.3", nil, false},
		{"::", nil, false},
		{"10.1.2.3", nil, false},
		{"172.16.0.1", nil, false},
		{"172.31.255.255", nil, false},
		{"172.32.0.1", nil, true},
		{"192.168.1.1", nil, false},
		{"169.254.169.254", nil, false}, // cloud machines' own data
		{"fe80::1", nil, false},
		{"fe80::1%eth0", nil, false},
		{"fd00:ec2::254", nil, false},
		{"fec0::1", nil, false},
		{"100.64.0.1", nil, false},
		{"100.127.255.255", nil, false},
		{"100.128.0.1", nil, true},
		{"192.0.0.8", nil, false},
		{"192.0.2.1", nil, false},
		{"192.88.99.1", nil, false},
		{"198.18.0.1", nil, false},
		{"198.51.100.7", nil, false},
		{"203.0.113.9", nil, false},
		{"224.0.0.1", nil, false},
		{"239.255.255.250", nil, false},
		{"240.0.0.1", nil, false},
		{"255.255.255.255", nil, false},
		{"ff02::1", nil, false},
		{"::ffff:127.0.0.1", nil, false}, // IPv4 inside IPv6
		{"::ffff:10.0.0.1", nil, false},
		{"::ffff:169.254.169.254", nil, false},
		{"::ffff:8.8.8.8", nil, true},
		{"::127.0.0.1", nil, false},
		{"64:ff9b::7f00:1", nil, false}, // NAT64
		{"64:ff9b:1::a9fe:a9fe", nil, false},
		{"2002:7f00:1::1", nil, false}, // 6to4
		{"2001::1", nil, false},        // Teredo
		{"2001:db8::1", nil, false},
		{"3fff::1", nil, false},
		{"4000::1", nil, false},
		{"10.20.1.2", networks("10.20.0.0/16"), true},
		{"::ffff:10.20.1.2", networks("10.20.0.0/16"), true},
		{"10.21.1.2", networks("10.20.0.0/16"), false},
		{"8.8.8.8", networks("10.20.0.0/16"), false},
		{"127.0.0.1", networks("10.20.0.0/16"), false},
		{"127.0.0.1", networks("10.20.0.0/16", "127.0.0.0/8"), true},
		{"fd12::1", networks("fd12::/16"), true},
		{"fd12::1%eth0", networks("fd12::/16"), true},
	}
	for _, test := range tests {
		err := outside.Allowed(netip.MustParseAddr(test.address), test.networks)
		if (err == nil) != test.allowed || err != nil && !errors.Is(err, outside.ErrForbidden) {
			t.Errorf("%s in %v: %v, want allowed %v", test.address, test.networks, err, test.allowed)
		}
	}
	if outside.Allowed(netip.Addr{}, nil) == nil {
		t.Error("no address at all was allowed")
	}
}

// nameServer answers every question for an IPv4 address with the given one.
func nameServer(t *testing.T, address netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(packet[:n]) != nil {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
					Body: &dnsmessage.AResource{A: address.As4()}}}
			}
			if reply, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(reply, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// TestNameOfTheMachineItself has a name server lead to 127.0.0.1, where something listens.
func TestNameOfTheMachineItself(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer server.Close()
	resolver := nameServer(t, netip.MustParseAddr("127.0.0.1"))
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	get := func(networks ...netip.Prefix) (int, error) {
		transport := outside.Transport(outside.Reach{Networks: networks, Resolver: resolver})
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
		reply, err := client.Get("http://crm.example.:" + port + "/")
		if err != nil {
			return 0, err
		}
		defer reply.Body.Close()
		return reply.StatusCode, nil
	}
	if status, err := get(); !errors.Is(err, outside.ErrForbidden) {
		t.Errorf("without networks: %d, %v", status, err)
	}
	if status, err := get(netip.MustParsePrefix("10.0.0.0/8")); !errors.Is(err, outside.ErrForbidden) {
		t.Errorf("with another network: %d, %v", status, err)
	}
	if status, err := get(netip.MustParsePrefix("127.0.0.0/8")); err != nil || status != http.StatusTeapot {
		t.Errorf("with its network: %d, %v", status, err)
	}
}

func TestNoProxy(t *testing.T) {
	if outside.Transport(outside.Reach{}).Proxy != nil {
		t.Fatal("a proxy would see what is asked")
	}
}

func TestSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := outside.OpenSecret(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a file that is not there: %v", err)
	}
	begun := time.Now().Add(-time.Hour)
	for _, bad := range []string{"", " \n", strings.Repeat("x", 17<<10)} {
		write(bad, begun)
		if _, err := outside.OpenSecret(path); err == nil {
			t.Errorf("a secret of %d bytes was taken", len(bad))
		}
	}
	write("first\n", begun)
	secret, err := outside.OpenSecret(path)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want string, wantErr bool) {
		t.Helper()
		if got, err := secret.Text(); got != want || (err != nil) != wantErr {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	expect("first", false)
	write("other\n", begun.Add(time.Minute))
	expect("other", false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect("other", true)
	write("third", begun.Add(2*time.Minute))
	expect("third", false)
}
