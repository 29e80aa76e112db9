// Command solver answers one HTTP-01 challenge: what cert-manager starts as a pod beside the name to prove.
//
// That pod is given arguments and no command, so that this is the image's entry point.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

func main() {
	var challenge solver.HTTP01Solver
	flag.IntVar(&challenge.ListenPort, "listen-port", 8089, "where to answer")
	flag.StringVar(&challenge.Domain, "domain", "", "the name that is to be proven")
	flag.StringVar(&challenge.Token, "token", "", "what the authority asks for")
	flag.StringVar(&challenge.Key, "key", "", "what proves it")
	flag.Parse()
	logf.InitLogs()
	if err := challenge.Listen(logf.Log); err != nil {
		fmt.Fprintln(os.Stderr, "solver:", err)
		os.Exit(1)
	}
}
