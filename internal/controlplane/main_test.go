package controlplane

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// childFlag tells this binary to be the process that gets killed.
const childFlag = "CONTROLPLANE_TEST_CHILD"

// plane serves all tests of this package.
var plane *ControlPlane

func TestMain(m *testing.M) {
	if os.Getenv(childFlag) != "" {
		beKilled()
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	var err error
	if plane, err = Start(context.Background(), Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	return m.Run()
}
