package soak

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// timeScale makes a VM's creation, of a minute or so at Gandi, a matter of two
// seconds: long enough to be hit. The operator's own times are not scaled.
const timeScale = 40

// gandi is the simulator, as a process. It is never killed: what becomes of
// Gandi is not ours to test.
type gandi struct {
	testing.TB
	url     string // without a slash at its end
	program *controlplane.Program
	key     string
}

var serving = regexp.MustCompile(`serving (http://127\.0\.0\.1:\d+)/xmlrpc/`)

func newGandi(t testing.TB, key string) *gandi {
	t.Helper()
	log := filepath.Join(workshop, "gandisim.log")
	program, err := controlplane.StartProgram(log, nil, simulatorProgram, "--listen=127.0.0.1:0", "--api-key="+key, fmt.Sprintf("--time-scale=%d", timeScale))
	if err != nil {
		t.Fatal(err)
	}
	g := &gandi{TB: t, program: program, key: key}
	t.Cleanup(func() {
		if err := program.Stop(); err != nil {
			t.Error(err)
		}
		if content, err := os.ReadFile(log); err != nil || bytes.Contains(content, []byte("DATA RACE")) {
			t.Errorf("the simulator says (%v)\n%s", err, content)
		}
	})
	eventually(t, "the simulator to serve", func() (bool, string) {
		content, err := os.ReadFile(log)
		if err != nil {
			return false, err.Error()
		}
		if found := serving.FindSubmatch(content); found != nil {
			g.url = string(found[1])
			return true, ""
		}
		return false, string(content)
	})
	return g
}

func (g *gandi) endpoint() string { return g.url + "/xmlrpc/" }

// ask asks a door of the simulator.
func (g *gandi) ask(method, door, body string) []byte {
	g.Helper()
	request, err := http.NewRequestWithContext(g.Context(), method, g.url+door, strings.NewReader(body))
	if err != nil {
		g.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		g.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		g.Fatalf("%s %s: %s (%v)\n%s", method, door, response.Status, err, answer)
	}
	return answer
}

func (g *gandi) trouble(one string) { g.Helper(); g.ask(http.MethodPost, "/sim/trouble", one) }

func (g *gandi) fairWeather() { g.Helper(); g.ask(http.MethodDelete, "/sim/trouble", "") }

// call is an entry of the journal.
type call struct {
	Seq     int             `json:"seq"`
	Time    time.Time       `json:"time"`
	Method  string          `json:"method"`
	Args    []any           `json:"args"`
	IDs     []int           `json:"ids"`
	Fault   json.RawMessage `json:"fault"`
	Status  int             `json:"status"`
	Trouble string          `json:"trouble"`
}

// creates tells whether the call is of those that buy a VM, disk or interface.
func (c call) creates() bool {
	return strings.HasSuffix(c.Method, ".create") || strings.HasSuffix(c.Method, ".create_from")
}

// changes tells whether the call is more than a question.
func (c call) changes() bool {
	switch c.Method[strings.LastIndex(c.Method, ".")+1:] {
	case "info", "list", "count", "list_options", "":
		return false
	default:
		return true
	}
}

// tookEffect tells whether the call made or changed something.
func (c call) tookEffect() bool { return len(c.IDs) > 0 && c.Fault == nil }

// mark is what a purchase of a VM or disk carries of the object that it is for;
// those of interfaces carry nothing.
func (c call) mark() string {
	if len(c.Args) == 0 {
		return ""
	}
	args, _ := c.Args[0].(map[string]any)
	for _, field := range []string{"farm", "name"} {
		if mark, ok := args[field].(string); ok {
			return mark
		}
	}
	return ""
}

func (g *gandi) journal(after int) (all []call) {
	g.Helper()
	for decoder := json.NewDecoder(bytes.NewReader(g.ask(http.MethodGet, fmt.Sprintf("/sim/journal?after=%d", after), ""))); decoder.More(); {
		var one call
		if err := decoder.Decode(&one); err != nil {
			g.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// world is what the simulator tells of itself, as far as it is compared.
type world struct {
	VMs []struct {
		ID       int64   `json:"id"`
		Hostname string  `json:"hostname"`
		State    string  `json:"state"`
		Memory   int64   `json:"memory"`
		Cores    int32   `json:"cores"`
		Farm     string  `json:"farm"`
		Disks    []thing `json:"disks"`
		Ifaces   []thing `json:"ifaces"`
	} `json:"vms"`
	Disks []struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
		Size int64  `json:"size"` // MB
	} `json:"disks"`
	Ifaces []struct {
		ID        int64   `json:"id"`
		Bandwidth float64 `json:"bandwidth"`
	} `json:"ifaces"`
	Operations []struct {
		Type string `json:"type"`
		Step string `json:"step"`
	} `json:"operations"`
	Bought []struct {
		VMs    int `json:"vms"`
		Disks  int `json:"disks"`
		Ifaces int `json:"ifaces"`
	} `json:"bought"`
}

type thing struct {
	ID int64 `json:"id"`
}

func (g *gandi) state() (w world) {
	g.Helper()
	if err := json.Unmarshal(g.ask(http.MethodGet, "/sim/state", ""), &w); err != nil {
		g.Fatal(err)
	}
	living := w.VMs[:0]
	for _, vm := range w.VMs {
		if vm.State != "deleted" {
			living = append(living, vm)
		}
	}
	w.VMs = living
	return w
}

// operating tells whether Gandi is at work on something.
func (w world) operating() bool {
	for _, o := range w.Operations {
		switch o.Step {
		case "DONE", "ERROR", "CANCEL":
		default:
			return true
		}
	}
	return false
}
