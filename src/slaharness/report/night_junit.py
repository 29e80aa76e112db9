"""A night's runs in one JUnit file: of each scenario the try that counts."""

import json
import xml.etree.ElementTree as ET  # what is read was written by pytest

from slaharness.model import Outcome
from slaharness.record.night import Night, NightStore, Try


def write_junit(store: NightStore, night: Night) -> None:
    """One suite a scenario; what has not run is no test and so not in it."""
    whole = ET.Element("testsuites", name="slaharness nightly")
    for scenario in night.planned:
        if last := night.last(scenario.name):
            suite = _suite(store, last)
            suite.set("name", scenario.name)
            for case in suite.iter("testcase"):
                _say_tries(case, night.of(scenario.name))
            whole.append(suite)
    store.junit.write_bytes(ET.tostring(whole, encoding="utf-8", xml_declaration=True))


def trouble(store: NightStore, junit: str) -> str:
    """What pytest said first of a test that is not green, in a line, our errors in their own words; or ""."""
    for case in _read(store, junit) or ():
        for node in case.iter():
            if node.tag in {"error", "failure"}:
                lines = (node.text or "").strip().splitlines()
                return lines[0] if len(lines) == 1 else " ".join((node.get("message") or "").split())
    return ""


def _suite(store: NightStore, last: Try) -> ET.Element:
    """As pytest wrote it; where it wrote none, or no test, an error by our own hand: never nothing."""
    found = _read(store, last.junit)
    if found is not None and (found.find("testcase") is not None):
        return found
    counts = {"tests": "1", "errors": "1", "failures": "0", "skipped": "0", "time": f"{last.seconds:.3f}"}
    suite = ET.Element("testsuite", counts)
    case = ET.SubElement(suite, "testcase", name=last.scenario, classname="nightly", time=counts["time"])
    properties = ET.SubElement(case, "properties")
    ET.SubElement(properties, "property", name="verdict", value=Outcome.UNKNOWN)
    ET.SubElement(case, "error", message=last.reason)
    return suite


def _read(store: NightStore, junit: str) -> ET.Element | None:
    try:
        return ET.parse(store.folder / junit).getroot().find("testsuite")  # noqa: S314  # pytest wrote it
    except (OSError, ET.ParseError):
        return None


def _say_tries(case: ET.Element, tries: list[Try]) -> None:
    """That a verdict is of a second try, and what the first one said."""
    if (properties := case.find("properties")) is None:
        properties = ET.Element("properties")
        case.insert(0, properties)
    ET.SubElement(properties, "property", name="tries", value=str(len(tries)))
    if len(tries) > 1:
        said = json.dumps([f"{one.outcome}: {one.reason}" for one in tries[:-1]], ensure_ascii=False)
        ET.SubElement(properties, "property", name="earlier tries", value=said)
