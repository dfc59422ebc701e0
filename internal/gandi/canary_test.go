package gandi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
)

const canaryPassword = "Cn4rY&pWd<9>\"é-Zq7xx"

// echoes are the ways in which a server may send back what it was sent. KEY and PASSWORD are replaced.
var echoes = map[string]string{
	"fault":                       ok(faultReply(501237, "[string 'KEY' does not match, nor does PASSWORD]")),
	"unlisted fault":              ok(faultReply(530499, "KEY PASSWORD")),
	"fault cut off by the server": ok(faultReply(530499, "bad key KEYHALF")),
	"fault cut in the password":   ok(faultReply(530499, "bad password PASSHALF")),
	"fault in CDATA":              ok(strings.Replace(faultReply(530499, "MARK"), "MARK", "<![CDATA[KEY]]>PASSXML<![CDATA[PASSWORD]]>", 1)),
	"fault split by CDATA":        ok(strings.Replace(faultReply(530499, "MARK"), "MARK", "<![CDATA[KEYHALF]]>KEYREST", 1)),
	"fault with a long tail":      ok(faultReply(530499, "KEY "+strings.Repeat("x", 5000)+" KEY PASSWORD")),
	"fault in base64":             ok(strings.Replace(faultReply(530499, "MARK"), "<string>MARK</string>", "<base64>KEYBASE64</base64>", 1)),
	"fault without code":          ok(strings.Replace(faultReply(530499, "KEY"), "<int>530499</int>", "<string>KEY PASSXML</string>", 1)),
	"fault of one text":           ok("<methodResponse><fault><value>KEY PASSXML</value></fault></methodResponse>"),
	"fault in Latin 1":            ok("<?xml version='1.0' encoding='iso-8859-1'?>" + strings.TrimPrefix(faultReply(530499, "KEY"), "<?xml version='1.0'?>")),
	"the request as the reply":    ok("REQUEST"),
	"text around the document":    ok("KEY PASSWORD" + value("<int>1</int>")),
	"an element named so":         ok("<KEY><PASSWORD/></KEY>"),
	"a tag named so":              ok(value("<KEY>1</KEY>")),
	"unbalanced tags":             ok("<methodResponse></KEY>"),
	"an entity named so":          ok(value("<string>&KEY;</string>")),
	"an encoding named so":        ok("<?xml version='1.0' encoding='KEY'?><methodResponse/>"),
	"a member named so":           ok(value("<struct><member><name>id</name><value><string>KEY PASSXML</string></value></member><member><name>KEY</name><value>KEY</value></member></struct>")),
	"a value for a number":        ok(value("<array><data><value><struct><member><name>id</name><value>KEY</value></member></struct></value></data></array>")),
	"a number that is none":       ok(value("<int>KEY PASSXML</int>")),
	"a date that is none":         ok(value("<dateTime.iso8601>KEY</dateTime.iso8601>")),
	"a truncated reply":           ok(value("<string>KEY PASSXML</string>")[:95]),
	"a short body":                "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nKEY PASSWORD",
	"a bad chunk":                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nKEY\r\nPASSWORD",
	"a page with 200":             "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>KEY PASSWORD</html>",
	"a page beyond its length":    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>KEY PASSWORD</html>",
	"a page with 502":             "HTTP/1.1 502 KEY PASSWORD\r\nContent-Length: 24\r\n\r\nKEY",
	"a page with 429":             "HTTP/1.1 429 KEY\r\nRetry-After: KEY\r\nContent-Length: 24\r\n\r\nKEY",
	"a redirect":                  "HTTP/1.1 302 KEY\r\nLocation: https://KEY:PASSURL@evil.example/?KEY\r\nContent-Length: 0\r\n\r\n",
	"a content type":              ok("<html/>", "Content-Type: KEY/PASSURL; charset=KEY", "Server: KEY"),
	"a charset":                   strings.Replace(ok("<html/>"), "Content-Type: text/xml", "Content-Type: text/xml; charset=KEY", 1),
	"a content encoding":          ok(value("1"), "Content-Encoding: KEY"),
	"a status that is none":       "HTTP/1.1 KEY PASSWORD\r\n\r\n",
	"a protocol that is none":     "KEY PASSWORD\r\n\r\n",
	"a header that is none":       "HTTP/1.1 200 OK\r\nKEY PASSWORD\r\n\r\n",
	"a length that is none":       "HTTP/1.1 200 OK\r\nContent-Length: KEY\r\n\r\n",
	"a transfer encoding":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: KEY\r\n\r\n",
	"a trailer":                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: KEY\r\n\r\n0\r\nKEY PASSWORD\r\n\r\n",
	"records":                     ok(canaryRecord),
	"problems of a dry run":       ok(canaryProblem),
	"a list of records":           ok(strings.Replace(strings.Replace(canaryRecord, "<value><struct>", "<value><array><data><value><struct>", 1), "</struct></value></param>", "</struct></value></data></array></value></param>", 1)),
}

// canaryRecord passes for a VM, a disk, an account and an operation, with what was sent in every place for words.
var canaryRecord = func() string {
	var b strings.Builder
	b.WriteString("<struct><member><name>id</name><value><int>1</int></value></member>")
	for _, name := range []string{
		"hostname", "state", "description", "farm", "console_url", "name", "type", "handle", "fullname", "api_version", "label", "ip",
		"reverse", "last_error", "errortype", "source", "dc_code", "date_created", "uuid", "subnet", "gateway", "fingerprint", "value",
		"provider", "package", "vhost", "vhosts", "edit_url", "key", "txt", "cname", "domain",
	} {
		fmt.Fprintf(&b, "<member><name>%s</name><value><string>it was KEY</string></value></member>", name)
	}
	b.WriteString("<member><name>last_error</name><value>KEY PASSXML</value></member>")
	b.WriteString("<member><name>params</name><value><struct><member><name>KEY</name><value>KEY</value></member>" +
		"<member><name>password</name><value>PASSXML</value></member><member><name>note</name><value>PASSXML KEY</value></member>" +
		"<member><name>deep</name><value><array><data><value>PASSXML</value></data></array></value></member></struct></value></member>")
	b.WriteString("<member><name>kernel_cmdline</name><value><struct><member><name>KEY</name><value>KEY</value></member></struct></value></member>")
	b.WriteString("</struct>")
	return value(b.String())
}()

// canaryProblem speaks against a call in its own words.
var canaryProblem = value("<array><data><value><struct>" +
	"<member><name>field</name><value>KEY PASSXML</value></member><member><name>field_type</name><value>KEY PASSXML</value></member>" +
	"<member><name>reason</name><value>not KEY, nor PASSXML</value></member><member><name>error</name><value>KEY PASSXML</value></member>" +
	"<member><name>attr</name><value><array><data><value>KEY</value><value>x PASSXML</value></data></array></value></member>" +
	"</struct></value></data></array>")

func filled(template, request string) string {
	return strings.NewReplacer(
		"REQUEST", request,
		"KEYHALF", testKey[:11], "KEYREST", testKey[11:], "KEYBASE64", base64.StdEncoding.EncodeToString([]byte(testKey)), "KEY", testKey,
		"PASSHALF", xmlEscaped(canaryPassword[:8]), "PASSXML", xmlEscaped(canaryPassword), "PASSURL", url.QueryEscape(canaryPassword),
		"PASSWORD", canaryPassword,
	).Replace(template)
}

// wantNoCanary greps for the key and the password, and for long pieces of them.
func wantNoCanary(t *testing.T, out string) {
	t.Helper()
	low := strings.ToLower(out)
	for _, secret := range []string{testKey, canaryPassword} {
		leaks := slices.Clone(forms(secret))
		for i := range len(secret) - traceLength + 1 {
			leaks = append(leaks, secret[i:i+traceLength])
		}
		leaks = append(leaks, fmt.Sprintf("%x", secret), base64.StdEncoding.EncodeToString([]byte(secret)))
		for _, leak := range leaks {
			if strings.Contains(low, strings.ToLower(leak)) {
				t.Errorf("%q shows in\n%s", leak, out)
				return
			}
		}
	}
}

// piped makes a client whose connections are pipes, so that real HTTP runs in a bubble of fake time. Each connection
// answers one request with respond's bytes.
func piped(t *testing.T, respond func(request string) string, change func(*Options)) *Client {
	t.Helper()
	c := newClient(t, "http://localhost/xmlrpc/", change)
	for _, rt := range []http.RoundTripper{c.shared, c.fresh} {
		rt.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer func() { _ = server.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(server))
				if err != nil {
					return
				}
				body, err := io.ReadAll(req.Body)
				if err != nil {
					return
				}
				_, _ = io.WriteString(server, respond(string(body)))
			}()
			return client, nil
		}
	}
	return c
}

func TestCanaryInWhateverAServerSends(t *testing.T) {
	password := NewSecret(canaryPassword, "uid/1/password")
	for name, echo := range echoes {
		inBubble(t, name, func(t *testing.T) {
			var out strings.Builder
			var logged bytes.Buffer
			log.SetOutput(LogWriter(&logged))
			defer log.SetOutput(os.Stderr)
			note := func(v any, err error) {
				out.WriteString(printed(t, v))
				for e := err; e != nil; e = errors.Unwrap(e) {
					out.WriteString(printed(t, e))
				}
				if err == nil {
					return
				}
				out.WriteString(printed(t, fmt.Errorf("reading: %w", err)) + printed(t, errors.Join(err, errTest)))
				if f, ok := errors.AsType[*Fault](err); ok {
					out.WriteString(printed(t, f) + printed(t, *f))
				}
				if e, ok := errors.AsType[*trouble](err); ok {
					out.WriteString(printed(t, *e))
				}
			}
			c := piped(t, func(request string) string {
				reply := filled(echo, request)
				if head, body, found := strings.Cut(reply, "\r\n\r\n"); found && strings.HasPrefix(echo, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n") {
					// The length of the template is not that of what fills it.
					head = contentLength.ReplaceAllString(head, "Content-Length: "+strconv.Itoa(len(body)))
					return head + "\r\n\r\n" + body
				}
				return reply
			}, func(o *Options) {
				o.Observe = func(x Exchange) { out.WriteString(printed(t, x)) }
			})
			ctx := t.Context()
			note(must(c.Submit(ctx, VMUpdate{ID: 1, Password: password})))
			note(must(c.Submit(ctx, VMCreateFrom{VM: VMSpec{Password: password}})))
			note(must(c.Submit(ctx, VMReboot{1})))
			note(must(c.Submit(ctx, SSHKeyCreate{Name: "mine", Value: goldenKey})))
			note(must(c.Version(ctx)))
			note(must(c.AccountInfo(ctx)))
			note(must(c.VM(ctx, 1)))
			note(must(c.VMs(ctx, VMFilter{})))
			note(must(c.VMCount(ctx, VMFilter{})))
			note(must(c.Disk(ctx, 1)))
			note(must(c.Disks(ctx, DiskFilter{})))
			note(must(c.Iface(ctx, 1)))
			note(must(c.IP(ctx, 1)))
			note(must(c.Image(ctx, 1)))
			note(must(c.Datacenter(ctx, 1)))
			note(must(c.VLAN(ctx, 1)))
			note(must(c.VLANs(ctx, VLANFilter{})))
			note(must(c.SSHKey(ctx, 1)))
			note(must(c.SSHKeys(ctx, SSHKeyFilter{})))
			note(must(c.SnapshotProfiles(ctx)))
			note(must(c.Site(ctx, 1)))
			note(must(c.Sites(ctx, SiteFilter{})))
			note(must(c.SitePackages(ctx, "basekit_whitelabel", "")))
			note(must(c.SitePrice(ctx, SitePackage{"basekit_whitelabel", "personal"}, ActionUpdate)))
			note(must(c.SiteDNSEntries(ctx, "www.example.org")))
			note(must(c.Submit(ctx, SiteCreateDryRun{SiteSpec{Name: "mine"}})))
			_, err := c.Kernels(ctx, 1) // names, which stay as they are, and here any struct will do
			note(nil, err)
			note(must(c.Operation(ctx, 1)))
			note(must(c.Operations(ctx, OperationFilter{})))
			note(must(c.Operations(ctx, OperationFilter{Limit: 5})))
			note(c, nil)
			c.CloseIdleConnections()
			synctest.Wait()
			wantNoCanary(t, out.String()+logged.String())
			if surplus := name == "a page beyond its length"; surplus != (logged.Len() > 0) {
				t.Errorf("the standard log has %q", logged.String())
			}
			if !strings.Contains(out.String(), "hosting.vm.info") {
				t.Error("nothing was printed")
			}
		})
	}
}

var contentLength = regexp.MustCompile(`Content-Length: \d+`)

// The echoes have to reach the decoder, or the test above proves nothing: without the redactor, they show.
func TestCanaryEchoesArrive(t *testing.T) {
	arrived := 0
	for _, echo := range echoes {
		_, body, _ := strings.Cut(filled(echo, ""), "\r\n\r\n")
		if doc, _, err := canonical([]byte(body), "", func(s string) string { return s }); err == nil && strings.Contains(string(doc), testKey) {
			arrived++
		}
	}
	if arrived < 8 {
		t.Errorf("only %d of %d echoes are readable documents with the key in them", arrived, len(echoes))
	}
}

func TestCanaryWithoutAServer(t *testing.T) {
	password := NewSecret(canaryPassword+"\x00", "uid/1/password")
	var out strings.Builder
	for _, endpoint := range []string{
		"http://" + testKey + "/", "ftp://" + testKey, "https://u:" + testKey + "@h/", "https://h/?" + testKey, "://" + testKey,
		"https://h/%zz" + testKey, "https://[" + testKey + "]/", "https://h/" + testKey, "https://h/" + strings.ToUpper(testKey) + "/x",
	} {
		_, err := New(Options{Endpoint: endpoint, Key: mustKey(t)})
		if err == nil {
			t.Errorf("%s was taken", endpoint)
		}
		out.WriteString(printed(t, err))
	}
	for _, key := range []string{testKey + "x", testKey[1:], testKey[1:] + "-"} {
		_, err := NewAPIKey(key)
		out.WriteString(printed(t, err))
	}
	c := newClient(t, "https://h/", func(o *Options) {
		o.Transport = failing{errors.New("proxyconnect tcp: dial http://user:" + testKey + "@proxy: " + canaryPassword)}
	})
	for _, call := range []Call{
		VMUpdate{ID: 1, Password: password}, VMUpdate{ID: 1, Password: NewSecret(canaryPassword, "r")}, VMCreate{},
	} {
		_, err := c.Submit(t.Context(), call)
		out.WriteString(printed(t, err) + printed(t, call) + Digest(call))
	}
	wantNoCanary(t, out.String())
}

func TestProxyPasswordsAreHidden(t *testing.T) {
	c := newClient(t, "https://h/", func(o *Options) {
		o.Transport = failing{errors.New(`proxyconnect tcp: parse "http://user:hunter2@proxy:1": no`)}
	})
	_, err := c.once(t.Context())
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "proxyconnect") {
		t.Errorf("got %v", err)
	}
}
