package outbox

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSignature checks the example that the libraries of Standard Webhooks share.
func TestSignature(t *testing.T) {
	box := writeSecret(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	keys, err := box.keys()
	if err != nil {
		t.Fatal(err)
	}
	got := sign(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
}

// writeSecret gives an outbox with a secret, for what needs no journal.
func writeSecret(t *testing.T, text string) *Outbox {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	box, err := New(Options{URL: "https://crm.example/hook", Secret: path, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestTwoSecretsTwoSignatures(t *testing.T) {
	other := "whsec_" + strings.Repeat("QUJD", 8)
	box := writeSecret(t, testSecret+"\n"+other+"\n")
	keys, err := box.keys()
	if err != nil {
		t.Fatal(err)
	}
	now, body := time.Now(), []byte(`{}`)
	header := http.Header{}
	header.Set("Webhook-Id", "fact-1")
	header.Set("Webhook-Timestamp", fmt.Sprint(now.Unix()))
	header.Set("Webhook-Signature", sign(keys, "fact-1", now, body))
	for _, secret := range []string{testSecret, other} {
		if err := verify(header, body, secret); err != nil {
			t.Errorf("%s: %v", secret, err)
		}
	}
	if verify(header, body, "whsec_"+strings.Repeat("WFla", 8)) == nil {
		t.Error("a third secret fits")
	}
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	good := filepath.Join(t.TempDir(), "secret")
	secret := func(text string) string {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.WriteFile(good, []byte(testSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]Options{
		"begins with https://":  {URL: "crm.example", Secret: good},
		"that begins with":      {URL: "https://u:p@crm.example", Secret: good},
		"cases go over https":   {URL: "http://crm.example", Secret: good},
		"no such file":          {URL: "https://crm.example", Secret: good + "x"},
		"begins with whsec_":    {URL: "https://crm.example", Secret: secret("letmein")},
		"is not base64":         {URL: "https://crm.example", Secret: secret("whsec_?")},
		"24 to 64 bytes, not 3": {URL: "https://crm.example", Secret: secret("whsec_QUJD")},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "letmein") {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}
