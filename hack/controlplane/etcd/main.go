// Command etcd is etcd's own server, built here because Go would name the
// binary of go.etcd.io/etcd/server/v3 "server".
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
