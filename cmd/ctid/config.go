package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
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

// configError is a mistake in the configuration or on the command line.
type configError struct{ text string }

func (e *configError) Error() string { return e.text }

func defaults() config {
	return config{Listen: "127.0.0.1:8080", Run: "run", NATS: "127.0.0.1:4222", SIP: "http://127.0.0.1:8088",
		Health: "127.0.0.1:9102", Reports: "supervisors", Guests: "loopback", DemoPeople: true,
		Numbers: []string{"0380008000", "0380008001"},
		Clusters: []string{"immigration", "public_service", "registration", "road_transport", "health", "home_affairs",
			"human_resources", "finance", "education", "federal_territories", "putrajaya"}}
}

// loadConfig reads the file; every mistake names the file, and the line where there is one.
func loadConfig(path string) (config, error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return config{}, &configError{fmt.Sprintf("configuration: %v", err)}
	}
	cfg := defaults()
	if !blank(string(text)) {
		if err := yaml.Load(text, &cfg, yaml.WithKnownFields()); err != nil {
			return config{}, &configError{yamlMistake(path, err)}
		}
	}
	if err := cfg.check(); err != nil {
		return config{}, &configError{path + ": " + err.Error()}
	}
	return cfg, nil
}

// blank tells whether there is nothing but comments, which is no YAML document.
func blank(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// yamlMistake gives the first mistake as path:line: what.
func yamlMistake(path string, err error) string {
	var many *yaml.LoadErrors
	if errors.As(err, &many) && len(many.Errors) > 0 {
		return at(path, many.Errors[0])
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		return at(path, one)
	}
	return path + ": " + err.Error()
}

func at(path string, e *yaml.LoadError) string {
	what := e.Message
	if field, _, unknown := strings.Cut(what, " not found in type "); unknown {
		what = "unknown key " + strings.TrimPrefix(field, "field ")
	}
	return fmt.Sprintf("%s:%d: %s", path, e.Mark.Line, what)
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
