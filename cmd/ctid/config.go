package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"talian/cmd/internal/daemon"
)

// config is ctid's configuration; ctid.yaml beside this file explains every key.
type config struct {
	Listen     string     `yaml:"listen"`
	Run        string     `yaml:"run"`
	NATS       string     `yaml:"nats"`
	SIP        string     `yaml:"sip"`
	Health     string     `yaml:"health"`
	TLS        *tlsConfig `yaml:"tls"`
	Origins    []string   `yaml:"origins"`
	Reports    string     `yaml:"reports"`
	Guests     string     `yaml:"guests"`
	Numbers    []string   `yaml:"numbers"`
	Clusters   []string   `yaml:"clusters"`
	DemoPeople bool       `yaml:"demo_people"`
}

type tlsConfig struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// certificates reads certificate and key; none without a configuration of TLS. What is
// wrong names the key of the configuration.
func (c *tlsConfig) certificates() ([]tls.Certificate, error) {
	if c == nil {
		return nil, nil
	}
	cert, err := os.ReadFile(c.Cert)
	if err != nil {
		return nil, fmt.Errorf("tls.cert: %w", err)
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert %s and tls.key %s: %w", c.Cert, c.Key, err)
	}
	return []tls.Certificate{pair}, nil
}

func defaults() config {
	return config{Listen: "127.0.0.1:8080", Run: "run", NATS: "127.0.0.1:4222", SIP: "http://127.0.0.1:8088",
		Health: "127.0.0.1:9102", Reports: "supervisors", Guests: "loopback", DemoPeople: true,
		Numbers: []string{"0380008000", "0380008001"},
		Clusters: []string{"immigration", "public_service", "registration", "road_transport", "health", "home_affairs",
			"human_resources", "finance", "education", "federal_territories", "putrajaya"}}
}

// loadConfig reads the file; every mistake names the file, and the line where there is one.
func loadConfig(path string) (config, error) {
	cfg := defaults()
	if err := daemon.ReadConfig(path, &cfg); err != nil {
		return config{}, err
	}
	if err := cfg.check(); err != nil {
		return config{}, &daemon.ConfigError{Text: path + ": " + err.Error()}
	}
	return cfg, nil
}

func (c config) check() error {
	for name, addr := range map[string]string{"listen": c.Listen, "nats": c.NATS, "health": c.Health} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("%s: %q is not host:port", name, addr)
		}
	}
	if u, err := url.Parse(c.SIP); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("sip: %q is not http://host:port of Asterisk", c.SIP)
	}
	if c.Reports != "all" && c.Reports != "supervisors" {
		return fmt.Errorf("reports: %q is neither all nor supervisors", c.Reports)
	}
	if c.Guests != "loopback" && c.Guests != "all" {
		return fmt.Errorf("guests: %q is neither loopback nor all", c.Guests)
	}
	for _, origin := range c.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return fmt.Errorf("origins: %q is not scheme://host[:port]", origin)
		}
	}
	if c.TLS != nil && (c.TLS.Cert == "" || c.TLS.Key == "") {
		return errors.New("tls: cert and key are both needed")
	}
	return nil
}

// origins are the configured ones, or those of this machine's own browser.
func (c config) origins(listening net.Addr) []string {
	if len(c.Origins) > 0 {
		return c.Origins
	}
	_, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return nil
	}
	scheme := "http"
	if c.TLS != nil {
		scheme = "https"
	}
	return []string{scheme + "://localhost:" + port, scheme + "://127.0.0.1:" + port}
}
