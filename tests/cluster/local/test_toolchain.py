"""The toolchain comes from the cache, the release site or the compiler, and is what its pins say."""

import hashlib
import http.server
import os
import shutil
import threading

import pytest

from slaharness.cluster.local import release, toolchain
from slaharness.cluster.local.toolchain import ADDONS, KUBERNETES
from slaharness.errors import BadInput, HostTrouble
from slaharness.host import golang, paths

#: A compiler that notes how it was asked, and "builds" what the module's tool lines name.
GO = """#!/bin/sh
case "$1" in
  env) echo {version};;
  install) echo "$GOTOOLCHAIN $CGO_ENABLED $@" >> {notes}
           tools=$(sed -n '/^tool/,/^)/p' go.mod | grep /)
           for path in $tools; do echo built > "$GOBIN/${{path##*/}}"; done;;
esac
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.delenv("SLAHARNESS_TOOLCHAIN", raising=False)
    golang.installed.cache_clear()
    yield
    golang.installed.cache_clear()


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Put a Go of some version on PATH, and no other; returns the file that notes its builds."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(golang, "ELSEWHERE", "")
    notes = tmp_path / "notes"
    notes.touch()

    def install(version="go1.24.3"):
        (tmp_path / "bin/go").write_text(GO.format(version=version, notes=notes))
        (tmp_path / "bin/go").chmod(0o755)
        return notes

    return install


class Site:
    """A release site on loopback; ``spoil`` breaks a program's checksum, ``lose`` takes it off the site."""

    def __init__(self, url):
        self.url, self.asked, self.spoiled, self.lost = url, [], set(), set()

    def spoil(self, program):
        self.spoiled.add(program)

    def lose(self, program):
        self.lost.add(program)

    def answer(self, path):
        """The body for a path, None for 404."""
        self.asked.append(path)
        program = path.rpartition("/")[2].removesuffix(".sha512")
        if program in self.lost:
            return None
        if path.endswith(".sha512"):
            return hashlib.sha512(program.encode() + b"!" * (program in self.spoiled)).hexdigest().encode()
        return program.encode()


@pytest.fixture
def site(monkeypatch):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = site.answer(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("SLAHARNESS_RELEASES", site.url)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield site
        server.shutdown()
        serving.join()


@pytest.fixture
def _no_site(monkeypatch):
    """A release site that refuses connections."""
    monkeypatch.setenv("SLAHARNESS_RELEASES", "http://127.0.0.1:9")


def test_programs_come_by_https_only(monkeypatch, go):
    """Sum and program come from one site: whoever is between could change both. Nothing is asked then."""
    go()
    monkeypatch.setenv("SLAHARNESS_RELEASES", "http://mirror.example.org")
    with pytest.raises(BadInput, match=r"SLAHARNESS_RELEASES=http://mirror.example.org.*https:// only"):
        toolchain.ensure()


def test_published_programs_are_downloaded_and_checked(site, go):
    """The very version of the pin, executable; what nobody publishes as programs is built."""
    notes = go()
    tools = toolchain.ensure()
    assert {name for module in toolchain.MODULES for name in module.programs} == set(tools)
    assert tools["kubelet"].read_text() == "kubelet"
    assert os.access(tools["kubelet"], os.X_OK)
    assert any(f"/release/{KUBERNETES.version}/bin/linux/" in path for path in site.asked)
    assert tools["coredns"].read_text() == tools["kube-router"].read_text() == "built\n"
    assert len(notes.read_text().splitlines()) == len({toolchain.ADDONS, toolchain.NETWORK})


@pytest.mark.parametrize("way", ["auto", "download"])
def test_wrong_checksum_is_refused_whatever_was_asked(site, go, monkeypatch, way):
    """Nothing of it stays; it is not quietly replaced by a build."""
    go()
    site.spoil("kube-scheduler")
    monkeypatch.setenv("SLAHARNESS_TOOLCHAIN", way)
    with pytest.raises(HostTrouble, match=r"kube-scheduler: SHA-512 .* not used"):
        toolchain.ensure()
    assert not KUBERNETES.folder.exists()


def test_what_the_site_lacks_is_built(site, go):
    """All of the module, so that one module's programs are of one kind."""
    notes = go()
    site.lose("kube-proxy")
    assert toolchain.ensure()["kube-apiserver"].read_text() == "built\n"
    assert len(notes.read_text().splitlines()) == len(toolchain.MODULES)


def test_what_the_site_lacks_is_an_error_when_only_a_download_will_do(site, go, monkeypatch):
    """And says what else there is."""
    go()
    site.lose("kube-proxy")
    monkeypatch.setenv("SLAHARNESS_TOOLCHAIN", "download")
    with pytest.raises(HostTrouble, match=r"kube-proxy.* 404 .*SLAHARNESS_TOOLCHAIN=build"):
        toolchain.ensure()


@pytest.mark.usefixtures("_no_site")
def test_network_without_the_site_builds(go):
    """With nothing to set."""
    go()
    assert toolchain.ensure()["kubectl"].read_text() == "built\n"


def test_build_asks_no_site_and_stamps_the_pinned_version(site, go, monkeypatch):
    """Static programs, by the compiler that is here, which say what version they are."""
    notes = go()
    monkeypatch.setenv("SLAHARNESS_TOOLCHAIN", "build")
    toolchain.ensure()
    assert site.asked == []
    kubernetes = next(line for line in notes.read_text().splitlines() if "component-base" in line)
    assert kubernetes.startswith("local 0 install -trimpath")
    assert f"version.gitVersion={KUBERNETES.version}" in kubernetes


@pytest.mark.usefixtures("_no_site")
def test_toolchain_in_the_cache_starts_no_program(go, tmp_path):
    """Neither compiler nor download: there is none to start."""
    go()
    tools = toolchain.ensure()
    shutil.rmtree(tmp_path / "bin")
    golang.installed.cache_clear()
    assert toolchain.ensure() == tools
    assert toolchain.cached()


def test_changed_pin_is_another_toolchain(tmp_path, monkeypatch):
    """A new go.sum is enough; the old programs stay beside the new."""
    shutil.copytree(toolchain.GO, tmp_path / "go")
    monkeypatch.setattr(toolchain, "GO", tmp_path / "go")
    before = ADDONS.folder
    with (tmp_path / "go/addons/go.sum").open("a") as file:
        file.write("\n")
    assert ADDONS.folder != before


def test_unknown_way_is_bad_input(monkeypatch):
    """A typing error does not start a build."""
    monkeypatch.setenv("SLAHARNESS_TOOLCHAIN", "donwload")
    with pytest.raises(BadInput, match="auto, download, build"):
        toolchain.ensure()


def test_site_that_breaks_off_leaves_no_program(monkeypatch, tmp_path):
    """Half a program is never executable, nor mistaken for a whole one."""

    class Cut(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"a" * 100 if self.path.endswith(".sha512") else b"half")

        def log_message(self, *words):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut) as server:
        monkeypatch.setenv("SLAHARNESS_RELEASES", f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        with pytest.raises(HostTrouble):
            release.fetch("v1.34.4", "kubelet", tmp_path)
        server.shutdown()
        serving.join()
    assert not os.access(tmp_path / "kubelet", os.X_OK)
