// Command controller is cert-manager with the issuers that this stack has: self-signed, CA, and ACME by HTTP-01.
//
// cert-manager's own program is a module of its own that is published nowhere. The controllers are public
// packages; leaving out clouds' DNS and vaults makes the build shorter and the rights fewer.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/metrics"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Workers of each controller: a stack has tens of certificates, not thousands.
const workers = 2

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server; none: as a pod of it")
	metrics := flag.String("metrics", ":9402", "where metrics are told")
	image := flag.String("solver-image", "", "the image that answers challenges; none: that of this very pod")
	flag.Parse()
	logf.InitLogs()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(logf.NewContext(ctx, logf.Log, "certificates"), *kubeconfig, *metrics, *image); err != nil {
		fmt.Fprintln(os.Stderr, "certificates:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, metrics, image string) error {
	factory, err := controller.NewContextFactory(ctx, options(kubeconfig, image))
	if err != nil {
		return fmt.Errorf("reaching the API server: %w", err)
	}
	if image == "" {
		own, err := factory.Build()
		if err != nil {
			return err
		}
		if image, err = ownImage(ctx, own.Client); err != nil {
			return err
		}
		return run(ctx, kubeconfig, metrics, image)
	}
	return start(ctx, factory, metrics)
}

// ownImage is the image of the pod that this runs in: its name is set by whoever deploys, in this one place.
func ownImage(ctx context.Context, client kubernetes.Interface) (string, error) {
	name, namespace := os.Getenv("POD_NAME"), os.Getenv("POD_NAMESPACE")
	pod, err := client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("asking for the image of pod %s/%s (POD_NAMESPACE, POD_NAME): %w", namespace, name, err)
	}
	return pod.Spec.Containers[0].Image, nil
}

func options(kubeconfig, image string) controller.ContextOptions {
	// A challenge that failed is tried again after seconds, and never later than in a minute: what a test CA
	// refuses is no limit that somebody has to be spared, and an outage ends once the issuer is back.
	return controller.ContextOptions{
		Kubeconfig:         kubeconfig,
		KubernetesAPIQPS:   20,
		KubernetesAPIBurst: 50,
		IssuerOptions: controller.IssuerOptions{
			ClusterResourceNamespace: os.Getenv("POD_NAMESPACE"),
		},
		ACMEOptions: controller.ACMEOptions{
			HTTP01SolverImage:                 image,
			HTTP01SolverResourceRequestCPU:    resource.MustParse("5m"),
			HTTP01SolverResourceRequestMemory: resource.MustParse("16Mi"),
			HTTP01SolverResourceLimitsCPU:     resource.MustParse("100m"),
			HTTP01SolverResourceLimitsMemory:  resource.MustParse("64Mi"),
			ACMEHTTP01SolverRunAsNonRoot:      true,
			DNS01CheckRetryPeriod:             10 * time.Second,
		},
		CertificateOptions: controller.CertificateOptions{
			CertificateRequestMinimumBackoffDuration: 5 * time.Second,
			CertificateRequestMaximumBackoffDuration: time.Minute,
		},
		SchedulerOptions: controller.SchedulerOptions{MaxConcurrentChallenges: 10},
	}
}

// start runs every controller until the context ends, or until one gives up.
func start(ctx context.Context, factory *controller.ContextFactory, metrics string) error {
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", metrics)
	if err != nil {
		return err
	}
	go shared.Metrics.NewServer(listener).Serve(listener)
	ctx, giveUp := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	for name, build := range controller.Known() {
		built, err := build(factory)
		if err != nil {
			return fmt.Errorf("controller %s: %w", name, err)
		}
		running.Go(func() {
			if err := built.Run(workers, ctx); err != nil {
				giveUp(fmt.Errorf("controller %s: %w", name, err))
			}
		})
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	running.Wait()
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return cause
	}
	return nil
}
