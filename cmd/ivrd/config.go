package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"talian/cmd/internal/daemon"
)

// config is ivrd.yaml; see ivrd.yaml beside this file for every key.
type config struct {
	Site     string `yaml:"site"`
	Run      string `yaml:"run"`
	Sounds   string `yaml:"sounds"`
	Asterisk struct {
		URL          string `yaml:"url"`
		App          string `yaml:"app"`
		User         string `yaml:"user"`
		PasswordFile string `yaml:"password_file"`
		Dial         string `yaml:"dial"`
	} `yaml:"asterisk"`
	Bundle struct {
		Env     string `yaml:"env"`
		Watch   bool   `yaml:"watch"`
		Approve bool   `yaml:"approve"`
	} `yaml:"bundle"`
	CRM struct {
		URL        string   `yaml:"url"`
		SecretFile string   `yaml:"secret_file"`
		Networks   []string `yaml:"networks"`
	} `yaml:"crm"`
	NATS   string `yaml:"nats"`
	Health string `yaml:"health"`
}

// readConfig reads ivrd.yaml; relative paths in it are relative to its folder.
func readConfig(path string) (config, error) {
	var c config
	c.NATS, c.Health = "127.0.0.1:4222", "127.0.0.1:9101"
	c.Asterisk.URL, c.Asterisk.App, c.Asterisk.User = "http://127.0.0.1:8088", "ivrd", "ivrd"
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("there is no configuration %s; --config names another", path)
	}
	if err := daemon.ReadConfig(path, &c); err != nil {
		return c, err
	}
	for _, p := range []*string{&c.Site, &c.Run, &c.Sounds, &c.Asterisk.PasswordFile, &c.CRM.SecretFile} {
		*p = daemon.Beside(path, *p)
	}
	for _, needed := range []struct{ key, value string }{
		{"site", c.Site}, {"run", c.Run}, {"asterisk.password_file", c.Asterisk.PasswordFile},
	} {
		if needed.value == "" {
			return c, fmt.Errorf("configuration %s: %s is missing", path, needed.key)
		}
	}
	return c, nil
}

func (c config) speech() string     { return filepath.Join(c.Run, "speech") }
func (c config) nats() string       { return filepath.Join(c.Run, "nats") }
func (c config) journal() string    { return filepath.Join(c.Run, "journal.db") }
func (c config) store() string      { return filepath.Join(c.Run, "talian.db") }
func (c config) bundles() string    { return filepath.Join(c.Run, "bundles") }
func (c config) secrets() string    { return filepath.Join(c.Run, "secrets") }
func (c config) traces() string     { return filepath.Join(c.Run, "trace") }
func (c config) recordings() string { return filepath.Join(c.Run, "recordings") }

// password reads the ARI password.
func (c config) password() (string, error) {
	b, err := os.ReadFile(c.Asterisk.PasswordFile)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: configure Asterisk first (deploy/asterisk/asterisk.sh configure), or set asterisk.password_file", c.Asterisk.PasswordFile)
	}
	if err != nil {
		return "", fmt.Errorf("ARI password: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}
