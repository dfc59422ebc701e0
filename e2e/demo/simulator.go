package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// timeScale makes a VM's creation, of a minute or so at Gandi, a matter of
// seconds: slow enough to be seen. The operator's own times are not scaled.
const timeScale = 20

// simulator is Gandi, on a free port of the loopback interface.
type simulator struct {
	world  *gandisim.World
	server *http.Server
	url    string // without a slash at its end
}

func newSimulator(ctx context.Context) (*simulator, error) {
	var l net.ListenConfig
	listener, err := l.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("finding a port for the simulator: %w", err)
	}
	world := gandisim.New(&gandisim.Options{TimeScale: timeScale})
	s := &simulator{
		world:  world,
		server: &http.Server{Handler: world, ReadHeaderTimeout: 30 * time.Second},
		url:    "http://" + listener.Addr().String(),
	}
	go func() {
		// It ends by Close alone: nothing else closes the listener.
		_ = s.server.Serve(listener)
	}()
	return s, nil
}

func (s *simulator) endpoint() string { return s.url + "/xmlrpc/" }

// change is an edit as if by the web panel. It is the request that the line in
// the transcript makes, which not every machine has a curl for.
func (s *simulator) change(ctx context.Context, edit string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/sim/change", strings.NewReader(edit))
	if err != nil {
		return "", fmt.Errorf("asking the simulator: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("asking the simulator: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return "", fmt.Errorf("reading the simulator's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the simulator refused %s: %s", edit, answer)
	}
	return string(answer), nil
}

// bought is how many things of each kind were paid for, ever.
func (s *simulator) bought(kinds ...string) (map[string]int, error) {
	all, ok := s.world.State()["bought"].([]any)
	if !ok || len(all) != 1 {
		return nil, errors.New("the simulator does not tell what was bought")
	}
	tally, ok := all[0].(map[string]any)
	if !ok {
		return nil, errors.New("the simulator does not tell what was bought")
	}
	bought := map[string]int{}
	for _, kind := range kinds {
		if bought[kind], ok = tally[kind].(int); !ok {
			return nil, fmt.Errorf("the simulator tells %v as the number of %s", tally[kind], kind)
		}
	}
	return bought, nil
}
