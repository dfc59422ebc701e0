package size

import (
	"math"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

// FuzzMB takes any quantity: what is told in MB is never more than what was asked
// for, nor a MB less, and comes back as the same number.
func FuzzMB(f *testing.F) {
	for _, s := range []string{"512Mi", "1Gi", "1", "0", "1.5Gi", "100m", "-1Gi", "8Ei", "9999999999999Ei", "1e30", "1048575", "-1", "1E9", "0.0000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := resource.ParseQuantity(s)
		if err != nil {
			return
		}
		mb := MB(&q)
		// Bytes are counted upwards, and stop at what 64 bits hold.
		bytes := q.Value()
		if int64(mb) > bytes>>20 || int64(mb) < bytes>>20 {
			t.Errorf("%s is %d MB, of %d bytes", s, mb, bytes)
		}
		if again := MB(Quantity(mb)); again != mb {
			t.Errorf("%s is %d MB, then %d", s, mb, again)
		}
		if bytes >= 0 && bytes < math.MaxInt64 && Quantity(mb).Cmp(*resource.NewQuantity(bytes, resource.BinarySI)) > 0 {
			t.Errorf("%s grew to %s", s, Quantity(mb))
		}
	})
}
