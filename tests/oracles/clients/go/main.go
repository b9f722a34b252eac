// Resolve one name as a Go program without cgo does; end with 0 where it has an address.
package main

import (
	"context"
	"net"
	"os"
)

func main() {
	resolver := net.Resolver{PreferGo: true}
	if _, err := resolver.LookupHost(context.Background(), os.Args[1]); err != nil {
		os.Exit(1)
	}
}
