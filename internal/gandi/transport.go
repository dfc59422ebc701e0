package gandi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	// idleTimeout keeps a connection over a burst of calls, and gives it up before servers usually do: one that closes
	// just as a call arrives makes the outcome of that call unknown.
	idleTimeout       = 15 * time.Second
	maxIdlePerHost    = 4
	maxHeaderResponse = 64 << 10
)

func newTLSConfig(caBundle []byte) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(caBundle) == 0 {
		return conf, nil
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(caBundle) {
		return nil, errors.New("the CA bundle holds no certificate in PEM form")
	}
	return conf, nil
}

// newTransports makes the two ways to the server. Both speak HTTP/1.1 alone: HTTP/2 has rules of its own for sending
// a request again, and gains nothing for calls of a few hundred bytes.
//
// fresh never reuses a connection. It is for calls that must not be sent twice: on a kept connection, a server's closing
// it in that moment could not be told from its having taken the call, and the call would count as unknown for minutes.
func newTransports(tlsConfig *tls.Config) (shared, fresh *http.Transport) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	shared = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderResponse,
		Protocols:              protocols,
		// Replies are unpacked here, where what comes out can be bounded.
		DisableCompression: true,
	}
	fresh = shared.Clone()
	fresh.DisableKeepAlives = true
	return shared, fresh
}
