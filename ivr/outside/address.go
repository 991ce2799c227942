package outside

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrForbidden is why a connection to an address is not opened.
var ErrForbidden = errors.New("address is not allowed")

// Allowed tells whether a service that may have addresses in these networks may have this
// one. Without networks it may have any public address. An IPv4 address inside an IPv6
// one (RFC 4291, 2.5.5.2) counts as what it is.
func Allowed(a netip.Addr, networks []netip.Prefix) error {
	a = a.WithZone("").Unmap()
	if len(networks) == 0 {
		if !public(a) {
			return fmt.Errorf("%w: %s is not public, and no networks are named", ErrForbidden, a)
		}
		return nil
	}
	for _, n := range networks {
		if n.Contains(a) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s is outside the networks named", ErrForbidden, a)
}

func public(a netip.Addr) bool {
	if !a.IsValid() || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is6() && !globalV6().Contains(a) {
		return false
	}
	for _, n := range special() {
		if n.Contains(a) {
			return false
		}
	}
	return true
}

// globalV6 is all that is given out for global unicast (RFC 4291, IANA). NAT64's
// 64:ff9b::/96 and 64:ff9b:1::/48, unique local and link-local addresses lie outside.
func globalV6() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

// special lists the networks of the IANA special-purpose registries (RFC 6890) that look
// global: those that lead nowhere, into a provider's network, or to an IPv4 address.
func special() []netip.Prefix {
	var list []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8",       // this network
		"100.64.0.0/10",   // carrier-grade NAT, RFC 6598
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"240.0.0.0/4",     // reserved, and broadcast
		"2001::/23",       // protocol assignments, Teredo among them
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4
		"3fff::/20",       // documentation
	} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}
