// Command server answers every request after the same time, however many come at once, and costs little.
//
// Usage: server ADDRESS SERVICE_TIME, for example server 127.0.0.1:8080 5ms.
package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	address, service := os.Args[1], os.Args[2]
	pause, err := time.ParseDuration(service)
	if err != nil {
		log.Fatal(err)
	}
	answer := func(response http.ResponseWriter, _ *http.Request) {
		time.Sleep(pause)
		response.Header().Set("Content-Type", "application/json")
		response.Write([]byte(`{"station":"bench","temperature":12.5}`))
	}
	log.Fatal(http.ListenAndServe(address, http.HandlerFunc(answer)))
}
