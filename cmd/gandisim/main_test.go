package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// start runs the program on a free port and gives the URL that it prints.
func start(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), in, &stderr)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it ended with %d: %s", <-code, stderr.String())
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "gandisim: serving ")
	if !ok {
		t.Fatalf("it printed %q", line)
	}
	stopped := false
	stop = func() int {
		if stopped {
			return 0
		}
		stopped = true
		cancel()
		return <-code
	}
	t.Cleanup(func() { stop() })
	return url, stop
}

func version(ctx context.Context, t *testing.T, client *http.Client, url, key string) (int, string) {
	t.Helper()
	body := "<methodCall><methodName>version.info</methodName><params><param><value>" + key + "</value></param></params></methodCall>"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestItServesAndStops(t *testing.T) {
	const key = "abcdefghijklmnopqrstuvwx"
	url, stop := start(t, "--api-key", key, "--seed", "7", "--time-scale", "100", "--rate-limit", "2/1h", "--account", "shares", "--switch", "nil=empty-string", "--switch", "rate-limit-refusal=503")
	if strings.Contains(url, ":0/") || !strings.HasSuffix(url, "/xmlrpc/") {
		t.Errorf("it serves %s", url)
	}
	if code, body := version(t.Context(), t, http.DefaultClient, url, key); code != 200 || !strings.Contains(body, "api_version") {
		t.Errorf("%d %s", code, body)
	}
	if code, body := version(t.Context(), t, http.DefaultClient, url, gandisim.DefaultAPIKey); code != 200 || !strings.Contains(body, "510150") {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := version(t.Context(), t, http.DefaultClient, url, key); code != 503 {
		t.Errorf("over the limit: %d", code)
	}
	if code := stop(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

func TestAScriptedDelayDoesNotHoldUpTheStop(t *testing.T) {
	url, stop := start(t)
	trouble := strings.NewReader(`{"method": "version.info", "delay": "1h"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(url, "xmlrpc/")+"sim/trouble", trouble)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	ended, sent := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) }})
		version(ctx, t, http.DefaultClient, url, gandisim.DefaultAPIKey)
	}()
	<-sent
	began := time.Now()
	if code := stop(); code != 0 || time.Since(began) > 5*time.Second {
		t.Errorf("it ended with %d after %v", code, time.Since(began))
	}
	<-ended
}

func TestTLS(t *testing.T) {
	certFile, keyFile, roots := selfSigned(t)
	url, _ := start(t, "--tls-cert", certFile, "--tls-key", keyFile)
	if !strings.HasPrefix(url, "https://") {
		t.Errorf("it serves %s", url)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	if code, body := version(t.Context(), t, &http.Client{Transport: transport}, url, gandisim.DefaultAPIKey); code != 200 || !strings.Contains(body, "api_version") {
		t.Errorf("%d %s", code, body)
	}
}

func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, b []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "EC PRIVATE KEY", keyDER), roots
}

func TestCommandLinesThatAreRefused(t *testing.T) {
	const mistyped = "abcdefghijklmnopqrstuv--"
	for _, tc := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--api-key", mistyped}, 2, "24 letters and digits"},
		{[]string{"--api-key"}, 2, "needs an argument"},
		{[]string{"--seed", "x"}, 2, "-seed"},
		{[]string{"--time-scale", "0"}, 2, "above 0"},
		{[]string{"--time-scale", "NaN"}, 2, "above 0"},
		{[]string{"--rate-limit", "30"}, 2, "30/2s"},
		{[]string{"--account", "cash"}, 2, "credits, shares or none"},
		{[]string{"--switch", "nil"}, 2, "name=value"},
		{[]string{"--switch", "nul=nil"}, 2, `no switch is called "nul"; there are nil, `},
		{[]string{"--switch", "nil=null"}, 2, "it has nil, empty-string"},
		{[]string{"--listen", "8069"}, 2, "127.0.0.1:8069"},
		{[]string{"--tls-cert", "x"}, 2, "go together"},
		{[]string{"--tls-cert", "x", "--tls-key", "y"}, 1, "reading the certificate"},
		{[]string{"--listen", "192.0.2.1:1"}, 1, "listening"},
		{[]string{"--quiet"}, 2, "-quiet"},
		{[]string{"start"}, 2, "no flag"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), tc.args, &stdout, &stderr); code != tc.code || !strings.Contains(stderr.String(), tc.want) {
			t.Errorf("%q: %d %s", tc.args, code, stderr.String())
		}
		if stdout.Len() > 0 || strings.Contains(stderr.String(), mistyped) {
			t.Errorf("%q printed %s%s", tc.args, stdout.String(), stderr.String())
		}
	}
}

func TestHelpAndSwitches(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &stdout, &stderr); code != 0 || !strings.Contains(stderr.String(), "-time-scale") {
		t.Errorf("%d %s", code, stderr.String())
	}
	if code := run(t.Context(), []string{"--list-switches"}, &stdout, &stderr); code != 0 {
		t.Errorf("%d", code)
	}
	for _, s := range gandisim.Switches() {
		if !strings.Contains(stdout.String(), s.Name+" = ") || !strings.Contains(stdout.String(), s.Doc) {
			t.Errorf("%s is not listed", s.Name)
		}
	}
}
