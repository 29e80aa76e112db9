"""The page that shows a run says what the benches ask for, and only commands and scenarios that there are."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/a-run.md").read_text()


def constants(bench: str) -> dict[str, float]:
    """The numbers that a bench names at its top."""
    found: dict[str, float] = {}
    for line in ast.parse((ROOT / f"bench/{bench}.py").read_text()).body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=float(number))):
                found[name] = number
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=numbers)):
                pairs = zip(names, numbers, strict=True)
                found |= {one.id: value.value for one, value in pairs if isinstance(value, ast.Constant)}
    return found


def test_the_times_are_those_that_the_benches_hold() -> None:
    """Whoever plans a pipeline by the page is not told of other days."""
    rows = [line.split(" | ") for line in TEXT.splitlines() if "| `bench/" in line]
    asked = [
        ("bare", "LIMIT"),
        ("cluster_up", "SECONDS"),
        ("core_stack", "LIMIT"),
        ("streaming", "LIMIT"),
        ("overhead", "TOTAL"),
        ("overhead", "HARNESS"),
    ]
    assert [(row[2].split("/")[1].split(".")[0], row[1]) for row in rows] == [
        (bench, f"{constants(bench)[name]:g} s") for bench, name in asked
    ]


def test_the_windows_shown_are_those_of_the_default_scenario() -> None:
    """The stages of a run are called by what it does."""
    title = next(
        line.partition(":")[2].strip()
        for line in (ROOT / "experiments/kill-one-cassandra-pod.yaml").read_text().splitlines()
        if line.startswith("title:")
    )
    assert f"✓ FAULT: {title} " in TEXT
    assert "kill-one-cassandra-pod" in (ROOT / "slaharness.toml").read_text()
