package gandisim

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// errNotASCII is how a document that declares us-ascii and is not ends.
var errNotASCII = wireErrorf(codeNotWellFormed, "a byte above 127 in a document declared as us-ascii")

// charsetReader turns the encodings that XML-RPC libraries declare into UTF-8: the
// Perl and PHP libraries declare iso-8859-1, Ruby and PHP us-ascii.
func charsetReader(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "utf-8", "utf8":
		return input, nil
	case "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us":
		return &byteReader{src: input, table: asciiRune}, nil
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1":
		return &byteReader{src: input, table: latin1Rune}, nil
	case "windows-1252", "cp1252", "cp-1252":
		return &byteReader{src: input, table: windows1252Rune}, nil
	default:
		return nil, wireErrorf(codeUnknownEncoding, "encoding %.40q is not supported", label)
	}
}

// byteReader maps each byte of src to one character. A negative character means that
// the byte stands for nothing.
type byteReader struct {
	src   io.Reader
	table func(b byte) rune
	ready bytes.Buffer
	err   error
}

func (r *byteReader) Read(p []byte) (int, error) {
	for r.ready.Len() == 0 && r.err == nil {
		var in [512]byte
		n, err := r.src.Read(in[:])
		r.err = err
		for _, b := range in[:n] {
			c := r.table(b)
			if c < 0 {
				r.err = errNotASCII
				break
			}
			r.ready.WriteRune(c)
		}
	}
	if r.ready.Len() > 0 {
		return r.ready.Read(p)
	}
	return 0, r.err
}

func asciiRune(b byte) rune {
	if b >= utf8.RuneSelf {
		return -1
	}
	return rune(b)
}

func latin1Rune(b byte) rune { return rune(b) }

// windows1252Rune differs from iso-8859-1 where that one has control characters; the
// five bytes that it leaves open stay as they are.
func windows1252Rune(b byte) rune {
	if b < 0x80 || b > 0x9f {
		return rune(b)
	}
	const high = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
	return []rune(high)[b-0x80]
}
