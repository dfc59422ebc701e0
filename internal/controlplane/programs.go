package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Names of the files in the control plane's directory, which only we may read.
const (
	authorityFile  = "ca.crt"
	serverCertFile = "apiserver.crt"
	serverKeyFile  = "apiserver.key"
	tokenKeyFile   = "service-accounts.key"
)

// writeFiles stores what the programs read: certificates and keys.
func (c *ControlPlane) writeFiles() error {
	var err error
	if c.authority, err = newAuthority(); err != nil {
		return err
	}
	certificate, key, err := c.authority.server()
	if err != nil {
		return err
	}
	_, tokenKey, err := newKey()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		authorityFile:  c.authority.pem,
		serverCertFile: certificate,
		serverKeyFile:  key,
		tokenKeyFile:   tokenKey,
	} {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return fmt.Errorf("storing %s: %w", name, err)
		}
	}
	return nil
}

func (c *ControlPlane) path(name string) string { return filepath.Join(c.dir, name) }

// newEtcd is etcd on sockets in our own directory: no port to find, and nobody
// else on the machine can read the Secrets in it.
func (c *ControlPlane) newEtcd() *process {
	clients, peers := "unix://"+c.path("etcd.sock"), "unix://"+c.path("peer.sock")
	return &process{
		name: "etcd",
		log:  c.path("etcd.log"),
		// etcd's data is what a killed test would leave behind, 130 MB at a time.
		remove: c.dir,
		command: []string{
			c.programs.etcd,
			"--name=default",
			"--data-dir=" + c.path("etcd"),
			"--listen-client-urls=" + clients,
			"--advertise-client-urls=" + clients,
			"--listen-peer-urls=" + peers,
			"--initial-advertise-peer-urls=" + peers,
			"--initial-cluster=default=" + peers,
			"--log-level=warn",
			// A test's data need not survive a power cut, and a disk that many
			// share may take seconds for a sync.
			"--unsafe-no-fsync",
		},
	}
}

func (c *ControlPlane) newAPIServer(port int) *process {
	return &process{
		name: "kube-apiserver",
		log:  c.path("kube-apiserver.log"),
		command: append([]string{
			c.programs.apiServer,
			"--etcd-servers=unix://" + c.path("etcd.sock"),
			"--bind-address=127.0.0.1",
			"--secure-port=" + strconv.Itoa(port),
			"--tls-cert-file=" + c.path(serverCertFile),
			"--tls-private-key-file=" + c.path(serverKeyFile),
			"--cert-dir=" + c.dir,
			"--client-ca-file=" + c.path(authorityFile),
			"--authorization-mode=RBAC",
			"--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-key-file=" + c.path(tokenKeyFile),
			"--service-account-signing-key-file=" + c.path(tokenKeyFile),
			"--service-cluster-ip-range=10.0.0.0/24",
			// No controller makes the service accounts that this plugin wants
			// for every pod, and no pod runs here.
			"--disable-admission-plugins=ServiceAccount",
			// It would enter the loopback address as the endpoint of the
			// service kubernetes, and be refused for ever.
			"--endpoint-reconciler-type=none",
			"--profiling=false",
			// Otherwise it waits for its clients to end their watches, which
			// takes them up to a minute.
			"--shutdown-watch-termination-grace-period=1s",
		}, c.options.APIServerArgs...),
	}
}

func (c *ControlPlane) newControllers() *process {
	return &process{
		name:    "kube-gc",
		log:     c.path("kube-gc.log"),
		command: []string{c.programs.controllers, "--kubeconfig=" + c.Kubeconfig()},
	}
}

// errPortTaken is an API server that found somebody at its address.
var errPortTaken = errors.New("the port is taken")

// startOnFreePort starts the API server and waits until it serves. Between our
// look at a port and its being used another program may take it, so a few are
// tried.
func (c *ControlPlane) startOnFreePort(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		port, err := freePort(ctx)
		if err != nil {
			return err
		}
		c.apiServer = c.newAPIServer(port)
		if c.admin, err = c.configFor(port, "admin", "system:masters"); err != nil {
			return err
		}
		if err := c.apiServer.start(); err != nil {
			return err
		}
		err = c.waitReady(ctx)
		if attempt < 5 && errors.Is(err, errPortTaken) {
			continue
		}
		return err
	}
}

// waitReady returns when the API server says that it is ready and the namespace
// default is there, without which nearly nothing can be done.
func (c *ControlPlane) waitReady(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		return fmt.Errorf("building a client: %w", err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		_, last := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		if last == nil {
			_, last = client.CoreV1().RESTClient().Get().AbsPath("/api/v1/namespaces/default").DoRaw(ctx)
		}
		if last == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-c.etcd.done:
			return fmt.Errorf("etcd ended: %w", c.etcd.account())
		case <-c.apiServer.done:
			if log, err := os.ReadFile(c.apiServer.log); err == nil && bytes.Contains(log, []byte("address already in use")) {
				return errPortTaken
			}
			return fmt.Errorf("the API server ended: %w", c.apiServer.account())
		case <-ctx.Done():
			return fmt.Errorf("waiting for the API server: %w; last: %w", context.Cause(ctx), last)
		}
	}
}

// freePort finds a port on the loopback interface that nobody listens at. It
// keeps below the ports that systems give to outgoing connections (from 32768 on
// Linux, from 49152 on macOS): such a connection could take the port while the
// API server is restarted.
func freePort(ctx context.Context) (int, error) {
	const first, last = 20000, 32767
	var refused error
	for range 100 {
		port := first + rand.IntN(last-first+1)
		var listener net.ListenConfig
		l, err := listener.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			refused = err
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("letting go of port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, fmt.Errorf("looking for a free port: %w", refused)
}

// configFor is how a user of these groups reaches the API server at port.
func (c *ControlPlane) configFor(port int, user string, groups ...string) (*rest.Config, error) {
	certificate, key, err := c.authority.client(user, groups)
	if err != nil {
		return nil, err
	}
	return &rest.Config{
		Host: "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		TLSClientConfig: rest.TLSClientConfig{
			CAData:   c.authority.pem,
			CertData: certificate,
			KeyData:  key,
		},
		// The server's own priority and fairness is limit enough.
		QPS: -1,
	}, nil
}
