// Command trust says whom to trust: it stands beside the test authority, which has a new root at each start.
//
// The root goes into ConfigMaps, where clients of the edge find it; those before it stay beside it, for what
// they signed is in use until it is renewed. The issuer is told by which authority the test authority's own
// HTTPS is to be verified and, where that began anew, that it knows no account any more.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	key = "ca.crt"
	// On the issuer: the digest of the root under which its account was made.
	mark = "weather.dev/root"
	// Roots that are known at once: that of now, and those whose certificates may still be in use.
	kept   = 3
	period = 3 * time.Second
	limit  = 1 << 20
)

var (
	manager    = meta.PatchOptions{FieldManager: "trust"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	issuers    = schema.GroupVersionResource{Group: "cert-manager.io", Version: "v1", Resource: "issuers"}
)

type place struct{ namespace, name string }

type publisher struct {
	api     dynamic.Interface
	roots   string
	own     string
	into    []place
	issuers []place
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server; none: as a pod of it")
	roots := flag.String("roots", "https://localhost:15000/roots/0", "where the authority tells its root")
	own := flag.String("own", "/certs/ca.crt", "by whom the authority's own HTTPS is to be verified")
	into := flag.String("into", "", "NAMESPACE/NAME,… of the ConfigMaps for clients")
	askers := flag.String("issuers", "", "NAMESPACE/NAME,… of the Issuers that ask the authority")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	one, err := connected(*kubeconfig)
	if err != nil {
		fmt.Fprintln(os.Stderr, "trust:", err)
		os.Exit(1)
	}
	one.roots, one.own, one.into, one.issuers = *roots, *own, places(*into), places(*askers)
	one.run(ctx)
}

func connected(kubeconfig string) (*publisher, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	api, err := dynamic.NewForConfig(config)
	return &publisher{api: api}, err
}

func places(words string) []place {
	var found []place
	for _, word := range strings.FieldsFunc(words, func(r rune) bool { return r == ',' }) {
		namespace, name, _ := strings.Cut(word, "/")
		found = append(found, place{namespace, name})
	}
	return found
}

// run looks again and again: whatever fails is said once, and tried at the next look.
func (p *publisher) run(ctx context.Context) {
	said := ""
	for {
		now := "published"
		if err := p.look(ctx); err != nil {
			now = err.Error()
		}
		if now != said {
			fmt.Println("trust:", now)
			said = now
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(period):
		}
	}
}

func (p *publisher) look(ctx context.Context) error {
	own, err := os.ReadFile(p.own)
	if err != nil {
		return err
	}
	root, err := p.root(ctx, own)
	if err != nil {
		return fmt.Errorf("asking %s for the root: %w", p.roots, err)
	}
	for _, at := range p.into {
		if err := p.publish(ctx, at, root); err != nil {
			return fmt.Errorf("ConfigMap %s/%s: %w", at.namespace, at.name, err)
		}
	}
	for _, at := range p.issuers {
		if err := p.tell(ctx, at, own, root); err != nil {
			return fmt.Errorf("Issuer %s/%s: %w", at.namespace, at.name, err)
		}
	}
	return nil
}

// root asks the authority, verified: whoever else answered there would be trusted by everybody.
func (p *publisher) root(ctx context.Context, own []byte) ([]byte, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(own) {
		return nil, fmt.Errorf("%s holds no certificate", p.own)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, p.roots, nil)
	if err != nil {
		return nil, err
	}
	answer, err := (&http.Client{Transport: transport}).Do(asked)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answered %s", answer.Status)
	}
	root, err := io.ReadAll(io.LimitReader(answer.Body, limit))
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(root) {
		err = fmt.Errorf("no certificate in its answer")
	}
	return append(bytes.TrimSpace(root), '\n'), err
}

// publish puts the root before those that are there already.
func (p *publisher) publish(ctx context.Context, at place, root []byte) error {
	there := ""
	maps := p.api.Resource(configMaps).Namespace(at.namespace)
	found, err := maps.Get(ctx, at.name, meta.GetOptions{})
	switch {
	case err == nil:
		there, _, _ = unstructured.NestedString(found.Object, "data", key)
	case errors.IsNotFound(err):
		found = nil
	default:
		return err
	}
	wanted := bundle(string(root), there)
	if wanted == there {
		return nil
	}
	body := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": at.name, "namespace": at.namespace},
		"data":     map[string]any{key: wanted},
	}
	// Not applied as a whole, as deployers do: what a program keeps for itself is nobody's word on how things are.
	if found == nil {
		_, err = maps.Create(ctx, &unstructured.Unstructured{Object: body}, meta.CreateOptions{FieldManager: manager.FieldManager})
		return err
	}
	_, err = maps.Patch(ctx, at.name, types.MergePatchType, encoded(body), manager)
	return err
}

// bundle is the newest certificates, root first.
func bundle(root, there string) string {
	const end = "-----END CERTIFICATE-----\n"
	all := []string{root}
	for _, one := range strings.SplitAfter(there, end) {
		if one != root && strings.HasSuffix(one, end) && len(all) < kept {
			all = append(all, one)
		}
	}
	return strings.Join(all, "")
}

// tell makes the issuer verify the authority, and register anew with one that has begun anew.
func (p *publisher) tell(ctx context.Context, at place, own, root []byte) error {
	there := p.api.Resource(issuers).Namespace(at.namespace)
	issuer, err := there.Get(ctx, at.name, meta.GetOptions{})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(root)
	digest, verified := hex.EncodeToString(sum[:8]), base64.StdEncoding.EncodeToString(own)
	anew := issuer.GetAnnotations()[mark] != digest
	known, _, _ := unstructured.NestedString(issuer.Object, "spec", "acme", "caBundle")
	if !anew && known == verified {
		return nil
	}
	if anew {
		// Before the mark is set, so that being killed in between means to do it again.
		forget := map[string]any{"status": map[string]any{"acme": map[string]any{"uri": ""}, "conditions": []any{}}}
		if _, err := there.Patch(ctx, at.name, types.MergePatchType, encoded(forget), manager, "status"); err != nil {
			return err
		}
	}
	change := map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{mark: digest}},
		"spec":     map[string]any{"acme": map[string]any{"caBundle": verified}},
	}
	_, err = there.Patch(ctx, at.name, types.MergePatchType, encoded(change), manager)
	return err
}

// encoded is for bodies that are made here: none of them can fail.
func encoded(body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return text
}
