"""The page as a person uses it: in Chromium, where there is one, on services with their tables in memory."""

import asyncio
import re
import time
from uuid import uuid4

import pytest
from browser import CHROMIUM, opened
from weather.notify.alert import Alert

from weather import model
from weather.notify import inbox, listeners, page, stream

NOW = int(time.time() * 1000)
#: The second one no station may have; should it be in the database, it is shown as it stands.
STATIONS = ("harbour-01", "<img src=x onerror=alert(1)>", "airport." + "x" * 50)


@pytest.fixture
def weather(all_services, monkeypatch):
    """Three stations, each with readings of the last forty minutes, and nobody who listens."""
    monkeypatch.setattr(stream, "everybody", listeners.Listeners())
    monkeypatch.setattr(listeners, "BEAT", 0.2)
    for place, name in enumerate(STATIONS):
        for n in range(40):
            at = NOW - (40 - n) * 60_000
            all_services.store._add(name, model.day_of(at), at, uuid4(), place * 10 + n * 7 % 13 - 8.5, 0)
    return all_services


def alerted(service, number, temperature):
    one = Alert(
        id=f"{number}.ann", user="ann", station="harbour-01", reading=f"{number}", at=NOW + number,
        temperature=temperature, high=3.0, low=-5.0,
    )  # fmt: skip
    asyncio.run(inbox.keep(service.store, "ann", [one]))


def test_everything_the_page_needs_is_served_with_it(weather):
    """No word of any other place, and the browser is told to take none."""
    served = {name: weather.ask("GET", f"/{name}") for name in ("", "page.js", "page.css")}
    for name, answer in served.items():
        assert answer.status_code == 200, name
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"//(?!www\.w3\.org/2000/svg)\w+\.", answer.text), name
    assert {file.name for file in page.FOLDER.iterdir()} == {"index.html", "page.js", "page.css"}


BEFORE = """
const $ = (id) => document.getElementById(id), form = (id) => $(id).elements;
const until = async (check) => {
  for (let n = 0; n < 300 && !check(); n++) await new Promise((done) => setTimeout(done, 100));
  return check();
};
"""
SETS_LIMITS = """
await until(() => document.querySelectorAll("#stations tr").length === 3);
form("who").user.value = "ann";
$("who").requestSubmit();
await until(() => $("state").textContent === "ann listens.");
[...document.querySelectorAll("#stations button")].find((one) => one.textContent === "harbour-01").click();
await until(() => document.querySelector("#history polyline"));
const set = async (low, high) => {
  $("said").textContent = "";
  form("limits").low.value = low; form("limits").high.value = high;
  $("limits").requestSubmit();
  await until(() => $("said").textContent);
  return $("said").textContent;
};
return { refused: await set(5, 3), set: await set(-5, 3) };
"""
SEES_ALERTS = """
await until(() => document.querySelectorAll("#alerts li").length === 2);
const reaches = (one) => one.getBoundingClientRect().right > innerWidth + 0.5;
const all = [...document.body.querySelectorAll("*")].filter((one) => !one.closest("svg"));
return {
  state: $("state").textContent,
  stations: [...document.querySelectorAll("#stations tr")].map((one) => one.cells[0].textContent),
  history: $("history-title").textContent, limits: document.querySelectorAll("#history .limit").length,
  alerts: [...document.querySelectorAll("#alerts li")].map((one) => one.textContent),
  images: document.images.length, width: document.documentElement.scrollWidth,
  outside: all.filter(reaches).map((one) => one.tagName),
  unnamed: [...document.querySelectorAll("input")].filter((one) => !one.labels.length).length,
};
"""
HAS_SEEN_THEM = """
$("seen").click();
return await until(() => document.querySelectorAll("#alerts li").length === 0);
"""


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [390, 1200], ids=["phone", "desk"])
def test_a_person_sets_limits_and_sees_alerts_come(weather, tmp_path, width):
    """Stations, a history, a refusal in plain words, limits, two alerts as they come; they have been seen."""
    with opened(tmp_path) as tab:
        tab.show(f"{weather.url}/", width)
        said = tab.run(BEFORE + SETS_LIMITS)
        assert "low lies above high" in said["refused"]
        assert said["set"].startswith("Set")
        assert weather.store.limits["harbour-01", "ann"][:2] == (3.0, -5.0)
        alerted(weather, 1, 9.5)
        alerted(weather, 2, -7.5)
        found = tab.run(BEFORE + SEES_ALERTS)
        tab.picture(tmp_path / "page.png")
        assert tab.run(BEFORE + HAS_SEEN_THEM) is True
    assert weather.store.acknowledged == {"ann": 2}
    newest, oldest = (one.replace("\xa0", " ") for one in found.pop("alerts"))
    assert newest.startswith("−7.5 °C at harbour-01, below −5.0 °C")  # noqa: RUF001 - as it is written
    assert oldest.startswith("9.5 °C at harbour-01, above 3.0 °C")
    assert sorted(found.pop("stations")) == sorted(STATIONS)
    assert found.pop("history").startswith("40 readings until")
    assert found == {
        "state": "ann listens.", "limits": 2, "images": 0, "width": width, "outside": [], "unnamed": 0,
    }  # fmt: skip
