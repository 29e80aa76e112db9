"""The pages as a phone shows them: looked at by Chromium, where there is one."""

import html
import json
import re
import shutil
import subprocess

import pytest
from rich.table import Table

from slaharness.model import BASELINE, FAULT, Event, Outcome, Scenario, Timeline, Verdict, Window
from slaharness.record.night import Night, NightStore, Try
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.report import night as night_report
from slaharness.report.files import write_files

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
#: Pixels that a phone is wide.
PHONE = 390
#: In a frame of that width: what reaches out of it, what text is not seen whole, and how small text is.
LOOK = """
onload = () => {
  const page = document.querySelector("iframe").contentDocument, wide = WIDTH + 0.5;
  const all = [...page.body.querySelectorAll("*")].filter(one => !one.closest("svg"));
  const name = one => one.tagName + " " + one.textContent.trim().slice(0, 40);
  const cells = all.filter(one => one.matches("td, th") && one.getBoundingClientRect().width);
  document.title = JSON.stringify({
    width: page.documentElement.scrollWidth,
    outside: all.filter(one => one.getBoundingClientRect().right > wide).map(name),
    narrow: cells.filter(one => one.getBoundingClientRect().width < 30).map(name),
    cut: cells.filter(one => one.scrollWidth > one.clientWidth + 1).map(name),
    pictures: [...page.querySelectorAll("svg")].map(one => one.getBoundingClientRect().width),
  });
}
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

LONG = "application/readings-of-every-station-7c9f8d6b5-x2v4k"
TIMELINE = Timeline(
    (Window(BASELINE, 100.0, 120.0), Window(FAULT, 121.0, 151.0)),
    (Event(121.0, "struck", f"{LONG} on n2"), Event(121.5, "pod not ready", LONG)),
)
SCENARIO = Scenario("kill-one-api-pod", "steady-mix", "kill", question="Does the edge hide a killed pod?")
VERDICTS = tuple(
    Verdict(
        name, FAULT, Outcome.MISSED, "≥ 99.9 %", "54.286 %", 1_050, "480 of 1,050 requests failed: no reply"
    )
    for name in ("api-availability", "no-reading-lost-that-was-acknowledged")
)


@pytest.fixture
def store(tmp_path):
    made = RecordStore.create(tmp_path, SCENARIO.name)
    place = {"machine": "vm, Linux-6.18.44-x86_64-with-glibc2.36", "kubernetes": "v1.34.4"}
    made.save_record(RunRecord(SCENARIO, "r1", TIMELINE, finished=True, place=place))
    radius = Table("of", "BASELINE", "FAULT", "RECOVERY", "a month", title="Blast radius")
    radius.add_row("observability-of-everything", *["54.29 %, burn 457"] * 4)
    write_files(made, VERDICTS, [radius])
    return made


@pytest.fixture
def on_a_phone(tmp_path):
    """What Chromium finds of a page, as ``LOOK`` tells it."""

    def looked(page):
        frame = tmp_path / "frame.html"
        frame.write_text(
            f'<body style="margin: 0"><iframe style="width: {PHONE}px; height: 800px; border: 0" '
            f'srcdoc="{html.escape(page.read_text())}"></iframe>'
            f"<script>{LOOK.replace('WIDTH', str(PHONE))}</script>"
        )
        words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--dump-dom"]
        words += [f"--user-data-dir={tmp_path / 'profile'}", frame.as_uri()]
        told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
        return json.loads(html.unescape(re.search("<title>(.*?)</title>", told)[1]))

    return looked


def test_a_run_reads_on_a_phone(store, on_a_phone):
    """Nothing is cut, squeezed or reaches out of the screen; pictures are as large as on a desk."""
    found = on_a_phone(store.page)
    assert found["pictures"]
    assert min(found.pop("pictures")) > 600
    assert found == {"width": PHONE, "outside": [], "narrow": [], "cut": []}


def test_a_night_reads_on_a_phone(store, tmp_path, on_a_phone):
    """As a run does, also one that was tried twice and one that has not run."""
    waiting = Scenario("forecast-wakes", "wakes", "", question="Is the first who asks answered, and in time?")
    tries = [
        Try(SCENARIO.name, 0, 100, code, str(store.folder), str(VERDICTS[0]), VERDICTS) for code in (3, 1)
    ]
    night = Night(0.0, (SCENARIO, waiting), "cluster default", tries=tuple(tries))
    nights = NightStore.create(tmp_path, night)
    night_report.write_page(nights, night)
    found = on_a_phone(nights.page)
    assert found == {"width": PHONE, "outside": [], "narrow": [], "cut": [], "pictures": []}
