package gandi

import (
	"bytes"
	"io"
)

// LogWriter is for log.SetOutput: it passes what the standard logger writes on to w, except for what net/http quotes of
// a server's bytes. http.Transport has no logger of its own, and prints to the standard one what a server sends on a
// connection that waits for nothing, such as the rest of a page longer than it was announced to be. Such a page may show
// the request, with the key in it.
func LogWriter(w io.Writer) io.Writer { return logWriter{w} }

type logWriter struct{ out io.Writer }

var unsolicited = []byte("Unsolicited response received on idle HTTP channel")

// Write is called once for each line of the log.
func (w logWriter) Write(line []byte) (int, error) {
	if i := bytes.Index(line, unsolicited); i >= 0 {
		if _, err := w.out.Write(append(bytes.Clone(line[:i+len(unsolicited)]), '\n')); err != nil {
			return 0, err
		}
		return len(line), nil
	}
	return w.out.Write(line)
}
