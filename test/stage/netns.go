package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// insideVariable tells the second start of a test binary that it is in its namespace.
const insideVariable = "TALIAN_TEST_NAMESPACE"

// MediaAddress is an address on lo beside 127.0.0.1: WebRTC offers no loopback address.
const MediaAddress = "10.77.0.1"

// Main runs the tests of a package inside a network namespace of their own. As root that
// needs nothing; as another user it takes a user namespace as well.
func Main(m *testing.M) int {
	if os.Getenv(insideVariable) != "" {
		return m.Run()
	}
	code, err := again()
	if err != nil {
		fmt.Fprintln(os.Stderr, "stage: no network namespace of our own could be made (unshare -n, or unshare -rn as a user, must be allowed):", err)
		return 1
	}
	return code
}

func again() (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	script := `ip link set lo up && ip addr add ` + MediaAddress + `/32 dev lo && exec "$@"`
	cmd := exec.Command("sh", append([]string{"-c", script, "sh", self}, os.Args[1:]...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), insideVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid := os.Getuid(); uid != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
