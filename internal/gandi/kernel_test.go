package gandi

import "testing"

func TestKernelsThatAreNone(t *testing.T) {
	for name, reply := range map[string]string{
		"nothing":        "<nil/>",
		"names alone":    "<array><data><value>grub</value><value>raw</value></data></array>",
		"a text":         "<string>grub</string>",
		"an odd kernel":  "<struct><member><name>linux</name><value><array><data><value><struct/></value></data></array></value></member></struct>",
		"a kernel of no": "<struct><member><name>linux</name><value><array><data><value><nil/></value></data></array></value></member></struct>",
	} {
		inBubble(t, name, func(t *testing.T) {
			c, f := newFake(t, always(value(reply)))
			kernels, err := c.Kernels(t.Context(), 3)
			wantClass(t, err, Retryable)
			if kernels != nil || len(f.calls) != 3 {
				t.Errorf("%v after %d requests", kernels, len(f.calls))
			}
		})
	}
}
