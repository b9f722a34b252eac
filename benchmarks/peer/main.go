// A peer to measure the executors against: a server that answers 200, and a client with the kubelet's settings.
//
//	peer serve                              prints its port, ends with its input
//	peer probe PORT http|tcp WORKERS SECONDS phase|spread
//
// Each worker probes once a second, as the kubelet does: a new connection each time, closed with a linger of one
// second (pkg/probe/dialer_others.go), no keep-alive, at most 10 KiB of the body read. Lines: lateness of each start,
// and duration, in microseconds; a failure as "failed".
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

func main() {
	if os.Args[1] == "serve" {
		serve()
		return
	}
	workers, _ := strconv.Atoi(os.Args[4])
	seconds, _ := strconv.Atoi(os.Args[5])
	probe(os.Args[2], os.Args[3], workers, seconds, os.Args[6] == "spread")
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") }))
	io.Copy(io.Discard, os.Stdin)
}

func dialer() *net.Dialer {
	return &net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) {
			syscall.SetsockoptLinger(int(fd), syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1, Linger: 1})
		})
	}}
}

func probe(port, via string, workers, seconds int, spread bool) {
	address := "127.0.0.1:" + port
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: dialer().DialContext}
	client := &http.Client{Transport: transport, Timeout: time.Second}
	once := func() bool {
		if via == "tcp" {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			connection, err := dialer().DialContext(ctx, "tcp", address)
			if err == nil {
				connection.Close()
			}
			return err == nil
		}
		request, _ := http.NewRequest("GET", "http://"+address+"/", nil)
		request.Header.Set("User-Agent", "kube-probe/1.36")
		request.Header.Set("Accept", "*/*")
		answer, err := client.Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		io.ReadAll(io.LimitReader(answer.Body, 10<<10))
		return answer.StatusCode >= 200 && answer.StatusCode < 400
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var lock sync.Mutex
	var all sync.WaitGroup
	begin := time.Now().Add(200 * time.Millisecond)
	for worker := 0; worker < workers; worker++ {
		all.Add(1)
		phase := time.Duration(0)
		if spread {
			phase = time.Second * time.Duration(worker) / time.Duration(workers)
		}
		go func() {
			defer all.Done()
			for second := 0; second < seconds; second++ {
				due := begin.Add(phase + time.Duration(second)*time.Second)
				time.Sleep(time.Until(due))
				started := time.Now()
				ok := once()
				took := time.Since(started)
				lock.Lock()
				if ok {
					fmt.Fprintln(out, started.Sub(due).Microseconds(), took.Microseconds())
				} else {
					fmt.Fprintln(out, "failed")
				}
				lock.Unlock()
			}
		}()
	}
	all.Wait()
}
