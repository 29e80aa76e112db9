"""Load profiles that Locust could not run are refused in one line, before anything is deployed."""

import re
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from slaharness.errors import BadInput
from slaharness.load import manifest, profile, source

PROFILES = Path(__file__).parents[2] / "loadprofiles"


def test_a_profile_is_found_by_its_name():
    """A scenario says ``steady-mix``, not where that is."""
    assert profile.find("steady-mix", PROFILES) == PROFILES / "steady-mix.py"


@pytest.mark.parametrize("name", ["steady", "../conftest", ""])
def test_an_unknown_name_is_answered_with_those_there_are(name):
    """A slip of the pen costs no second look into a folder; nothing outside the folder is taken."""
    with pytest.raises(BadInput, match=r"no load profile .*; there are: .*steady-mix"):
        profile.find(name, PROFILES)


def test_a_good_profile_names_its_users():
    """Locust itself has looked at it, and was not imported here."""
    before = "gevent" in sys.modules
    assert set(profile.check(PROFILES / "steady-mix.py")) == {"Station", "Reader"}
    assert ("gevent" in sys.modules) is before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n", r"not valid Python: .*line 1"),
        (
            "import locust\nimport no_such_module\n",
            "line 2: imports no_such_module, which the load's image does not hold",
        ),
        ("import locust\n", "has no user class"),
    ],
)
def test_a_profile_that_cannot_run_is_refused_in_one_line(tmp_path, text, said):
    """What is wrong is said with the file's name, however long Locust's own story."""
    (path := tmp_path / "mine.py").write_text(text)
    with pytest.raises(BadInput, match=said) as refused:
        profile.check(path)
    assert "mine.py" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "workers"), [("", 1), ("WORKERS = 3\n", 3), ("if 0: WORKERS = 3\n", 1)])
def test_a_profile_may_want_several_workers(tmp_path, text, workers):
    """One line of the profile says how many; without it there is one."""
    (path := tmp_path / "mine.py").write_text(text)
    assert profile.workers(path) == workers


@pytest.mark.parametrize("text", ["WORKERS: int = 3", "WORKERS, RATE = 3, 20", "RATE = WORKERS = 3"])
def test_workers_are_read_however_they_are_written(tmp_path, text):
    """One process where three were asked for would be a third of the load, without a word."""
    (path := tmp_path / "mine.py").write_text(f"{text}\n")
    assert profile.workers(path) == 3


@pytest.mark.parametrize(
    "text", ["WORKERS = 1\nWORKERS += 2", "WORKERS, RATE = both()", "WORKERS: int = many()"]
)
def test_workers_that_only_running_would_tell_are_refused(tmp_path, text):
    """Before the load starts, as it is one pod each."""
    (path := tmp_path / "mine.py").write_text(f"{text}\n")
    with pytest.raises(BadInput, match="a number from 1"):
        profile.workers(path)


@pytest.mark.parametrize("wanted", ["0", "-1", "2.5", "'2'", "os.cpu_count()"])
def test_workers_that_are_no_number_are_refused(tmp_path, wanted):
    """It is read, not run: what cannot be known before the load starts is said before it starts."""
    (path := tmp_path / "mine.py").write_text(f"import os\nWORKERS = {wanted}\n")
    with pytest.raises(BadInput, match=r"mine\.py: WORKERS .* a number from 1"):
        profile.check(path)


def test_a_profile_that_is_not_there_is_refused(tmp_path):
    """A path that leads nowhere is named."""
    with pytest.raises(BadInput, match=r"gone\.py: No such file"):
        profile.check(tmp_path / "gone.py")


VISITOR = """
from locust import HttpUser, between, task
class Visitor(HttpUser):
    wait_time = between(1, 5)
    @task
    def page(self): self.client.get("/page", name="page")
"""


def written(folder, text, **beside):
    """A profile with files beside it."""
    for name, content in beside.items():
        (folder / name.replace("_", ".")).write_text(content)
    (path := folder / "mine.py").write_text(text)
    return path


@pytest.mark.parametrize("name", ["yaml", "numpy", "slaharness.model", "kubernetes.client"])
def test_what_only_this_machine_has_is_refused_with_its_line(tmp_path, name):
    """The pod holds the image's packages alone; here it would have passed."""
    path = written(tmp_path, f"import json\nimport {name}\n{VISITOR}")
    with pytest.raises(BadInput, match=rf"mine.py line 2: imports {name}, which the load's image"):
        source.read(path)


@pytest.mark.parametrize(
    "line",
    ["import gevent, requests, zmq", "from prometheus_client import Counter", "import statistics",
     "from slaharness.load.arrivals import Arrivals", "from slaharness.load import arrivals",
     "try:\n    import orjson\nexcept ImportError:\n    orjson = None"],
)  # fmt: skip
def test_what_the_pod_has_may_be_imported(tmp_path, line):
    """Also what the image's packages need, and what a profile can do without."""
    source.read(written(tmp_path, f"{line}\n{VISITOR}"))


CSV = """
import csv
from pathlib import Path
from people import first
PEOPLE = list(csv.reader(Path(__file__).with_name("people.csv").open()))
SAME = list(csv.reader(open("people.csv")))
assert first(PEOPLE) == first(SAME) == "ada"
"""


def test_files_beside_a_profile_travel(tmp_path):
    """Its modules and its data, found by their names or beside the file, in the pod as here."""
    path = written(
        tmp_path, CSV + VISITOR, people_csv="ada,1\n", people_py="def first(rows): return rows[0][0]\n"
    )
    assert {file.name for file in source.read(path).beside} == {"people.csv", "people.py"}
    assert profile.check(path) == ("Visitor",)
    config, pod = manifest.objects(path, image="i:1", run_id="r1", limit=60, host="http://edge")
    volumes = pod["spec"]["volumes"]
    items = {item["path"]: item["key"] for item in volumes[0]["configMap"]["items"]}
    assert b64decode(config["binaryData"][items["people.csv"]]) == b"ada,1\n"
    assert pod["spec"]["containers"][0]["workingDir"] == "/load"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """Before anything is deployed, not by a pod that ends at once."""
    with pytest.raises(BadInput, match=r"No such file or directory: '.*people\.csv'"):
        profile.check(written(tmp_path, CSV + VISITOR, people_py="def first(rows): return rows[0][0]\n"))


def test_what_no_configmap_can_carry_is_refused(tmp_path):
    """With both figures."""
    big = "x" * 700_000
    with pytest.raises(BadInput, match=r"have 933,\d+ bytes; a ConfigMap takes 900,000"):
        source.read(written(tmp_path, f"open('big.csv')\n{VISITOR}", big_csv=big))
    assert source.read(written(tmp_path, VISITOR, big_csv=big)).beside == ()


def test_a_variable_of_this_machine_is_none_of_the_pods(tmp_path, monkeypatch):
    """What is set here and not there would fail there."""
    monkeypatch.setenv("SHOP_TOKEN", "x")
    with pytest.raises(BadInput, match="KeyError: 'SHOP_TOKEN'"):
        profile.check(written(tmp_path, f"import os\nTOKEN = os.environ['SHOP_TOKEN']\n{VISITOR}"))


def test_a_closed_loop_is_said_with_its_users(tmp_path):
    """One user is all that is started unless the profile says more."""
    assert (
        "closed-loop: Visitor wait for their answers, 1 user; a line LOCUST"
        in source.read(written(tmp_path, VISITOR)).note
    )
    many = source.read(written(tmp_path, f'LOCUST = "--users 100 --spawn-rate 10 --tags fast"\n{VISITOR}'))
    assert many.note == "closed-loop: Visitor wait for their answers, 100 users"
    three = source.read(written(tmp_path, f"WORKERS = 3\n{VISITOR}"))
    assert "Visitor wait for their answers, 3 users; a line LOCUST" in three.note
    assert source.read(PROFILES / "steady-mix.py").note == ""


def test_users_are_shared_by_the_workers(tmp_path):
    """A hundred of them, however many pods."""
    path = written(tmp_path, f'WORKERS = 3\nLOCUST = "-u 100 --tags fast"\n{VISITOR}')
    _, *pods = manifest.objects(path, image="i:1", run_id="r1", limit=60, host="http://edge")
    args = [pod["spec"]["containers"][0]["args"] for pod in pods]
    assert [one[-2:] for one in args] == [["--users", "34"], ["--users", "33"], ["--users", "33"]]
    assert all("--tags" in one for one in args)


def test_helpers_may_import_each_other_relatively(tmp_path):
    """A package beside the profile travels whole, as far as it is imported."""
    package = tmp_path / "common"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "auth.py").write_text("from .words import WORD\nfrom . import more\n")
    for name in ("words", "more"):
        (package / f"{name}.py").write_text("WORD = 1\n")
    path = written(tmp_path, f"from common.auth import WORD\n{VISITOR}")
    travel = {one.relative_to(tmp_path).as_posix() for one in source.read(path).beside}
    assert travel == {f"common/{name}.py" for name in ("__init__", "auth", "words", "more")}
    assert profile.check(path) == ("Visitor",)


def test_many_profiles_are_looked_at_by_one_locust(tmp_path):
    """Each with its own answer, as if it were alone: its folder, its arguments, its refusal."""
    (good := tmp_path / "good").mkdir()
    (bad := tmp_path / "bad").mkdir()
    paths = [written(good, VISITOR), written(bad, f"raise KeyError('x')\n{VISITOR}"), tmp_path / "gone.py"]
    found = profile.check_all(paths)
    assert found[0] == ("Visitor",)
    assert "KeyError: 'x'" in str(found[1])
    assert "No such file" in str(found[2])


FOUND_OUT_LATE = {
    f'{VISITOR}LOCUST = "--tennant acme"\n': "unrecognized arguments: --tennant",
    f"{VISITOR}class Idle(HttpUser): ...\n": "Idle has no task, so it would send nothing",
}


@pytest.mark.parametrize(("text", "said"), FOUND_OUT_LATE.items())
def test_what_locust_itself_finds_out_when_users_begin_is_refused_before(answers, text, said):
    """Arguments that no listener adds, users without tasks: their pod would end at once."""
    assert isinstance(answers[text], BadInput)
    assert said in str(answers[text])


def test_users_who_may_give_themselves_tasks_are_not_refused(tmp_path):
    """When they begin; nor is a base of theirs beside the profile, which Locust never starts."""
    (tmp_path / "base.py").write_text("from locust import HttpUser\nclass Base(HttpUser): ...\n")
    text = "import base\nclass Own(base.Base):\n    def on_start(self): self.tasks = [print]\n"
    assert profile.check(written(tmp_path, text)) == ("Own",)


def test_a_requirements_file_is_not_installed_and_the_refusal_says_so(tmp_path):
    """Whoever wrote one wonders why what it lists is not there."""
    (tmp_path / "requirements.txt").write_text("faker\n")
    with pytest.raises(BadInput, match=r"imports faker, .*; requirements\.txt beside it is not installed"):
        source.read(written(tmp_path, f"import faker\n{VISITOR}"))


def test_locusts_own_settings_file_is_read_as_arguments(tmp_path):
    """Without what the harness says itself; it does not travel, where Locust would read it once more."""
    own = "users = 100\n; a remark\nspawn-rate = 10  # a second\ntags = [a, b]\n"
    ours = "host = http://x\nheadless = true\nonly-summary = false\n"
    (tmp_path / "locust.conf").write_text(own + ours)
    found = source.read(written(tmp_path, VISITOR))
    assert found.arguments == ("--users", "100", "--spawn-rate", "10", "--tags", "a", "b")
    assert (found.users, found.beside) == (100, ())
    assert source.read(written(tmp_path, f'LOCUST = "-u 5"\n{VISITOR}')).users == 5
    (tmp_path / "locust.conf").write_text("processes = 4\n")
    with pytest.raises(BadInput, match=r"locust\.conf: processes: a line WORKERS"):
        source.read(written(tmp_path, VISITOR))
    (tmp_path / "locust.conf").write_text("= 100\n")
    with pytest.raises(BadInput, match=r"locust\.conf line 1: '= 100' is not `name = value`"):
        source.read(written(tmp_path, VISITOR))
    (tmp_path / "locust.conf").write_text("[locust]\nusers 100\nspawn-rate: 10\ntags: 'a#b'  ; but not c\n")
    found = source.read(written(tmp_path, VISITOR))
    assert found.arguments == ("--users", "100", "--spawn-rate", "10", "--tags", "a#b")
    (tmp_path / "pyproject.toml").write_text("[tool.locust]\nusers = 7\n")
    with pytest.raises(BadInput, match=r"pyproject\.toml: \[tool\.locust\] is not read here"):
        source.read(written(tmp_path, VISITOR))


@pytest.mark.parametrize(
    ("said", "reason"),
    [("--processes 4", "WORKERS"), ("--host http://x", "harness's own"), ("--run-time=5m", "harness's own"),
     ("'--users", "no line of arguments"), ("--process 4", "WORKERS"), ("--hos http://x", "harness's own"),
     ("-Hhttp://x", "harness's own"), ("-t5m", "harness's own"), ("--show-task-ratio", "harness's own"),
     ("-V", "harness's own"), ("--help", "harness's own")],
)  # fmt: skip
def test_arguments_that_are_not_the_profiles_to_give_are_refused(tmp_path, said, reason):
    """Two that say where the load goes, or how long, would say different things."""
    with pytest.raises(BadInput, match=reason):
        source.read(written(tmp_path, f'LOCUST = "{said}"\n{VISITOR}'))


NOTHING_SENT = [
    (
        "LOCUST = '--tags back'",
        "    @task",
        "    @tag('front')\n    @task",
        "Visitor has no task.*left by the",
    ),
    ("LOCUST = '--users 0'", "", "", "asks for 0 users, who would send nothing"),
    ("LOCUST = 'Buyer'", "", "", "asks for Buyer, and there is no user class of that name"),
    ("", "wait_time = between(1, 5)", "weight = 0", "Visitor has weight 0, so nobody would send"),
    ("", "between(1, 5)", "1", r"Visitor.wait_time is 1, not a function like between"),
    (
        "",
        "    @task",
        "    tasks = {'page': 1}\n    @task",
        "has the task 'page', which cannot be called",
    ),
    ("import sys; sys.exit(0)", "", "", "ends the process that loads it, before it has any user"),
    ("import sys; sys.exit('no TOKEN')", "", "", "mine.py: no TOKEN; see"),
    (
        "import os; print('Available Users:\\n X', flush=True); os._exit(0)",
        "",
        "",
        r"any user .exit code 0.",
    ),
    ("import os; os.kill(os.getpid(), 9)", "", "", r"before it has any user .signal 9."),
    ("", "between(1, 5)", "between", r"Visitor.wait_time is between itself; write between\("),
    ("", "between(1, 5)", "lambda: 1", "Visitor.wait_time cannot be called with the user alone"),
    (
        "",
        "def page(self)",
        "async def page(self)",
        "Visitor's task page is async, and Locust awaits",
    ),
    ("", "def page(self)", "def page()", "Visitor's task page cannot be called with the user alone"),
    ("", "self.client.get(", "yield self.client.get(", "Visitor's task page holds a `yield`"),
    ("", "    @task", "    async def on_start(self): ...\n    @task", "Visitor.on_start is async"),
    (
        "",
        "wait_time = between(1, 5)",
        "weight = -1",
        "Visitor has weight -1: how often",
    ),
    (
        "open('results.csv', 'w').write('a')",
        "",
        "",
        "writes results.csv where it lies",
    ),
    (
        "for WORKERS in (1, 2): ...",
        "",
        "",
        "WORKERS is 2 when it runs, and its text tells 1",
    ),
    (
        "if 1: LOCUST = '--users 5'",
        "",
        "",
        "LOCUST is '--users 5' when it runs, and its text does",
    ),
    ("LOCUST = '--userz 5'", "", "", "mine.py: locust: error: unrecognized arguments: --userz"),
    (
        "import importlib as i; x = 'yaml'; i.import_module(x)",
        "",
        "",
        "No module named 'yaml'",
    ),
    (
        "try: import yaml\nexcept ImportError: yaml = None\nyaml.load",
        "",
        "",
        "'NoneType' object has no attr",
    ),
    ("raise ValueError('a\\nb')", "", "", "mine.py: ValueError: a b; see"),
]


def refusable(line, old, new):
    """The visitor's profile with that line before it, and one place otherwise."""
    text = VISITOR.replace(old, new, 1).replace("between, task", "between, tag, task")
    return f"{line}\n{text}"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What is said of each of these texts, by one Locust: to start it takes longer than all of them."""
    texts = [
        *(refusable(*case[:3]) for case in NOTHING_SENT),
        *FOUND_OUT_LATE,
        ONE_OF_TWO,
        A_SET_WITHOUT_TASKS,
        EXPECTED_TO_BE_MISSED,
        PRINTS_BYTES,
    ]
    paths = [written(tmp_path_factory.mktemp("asked"), text) for text in texts]
    return dict(zip(texts, profile.check_all(paths), strict=True))


@pytest.mark.parametrize(("line", "old", "new", "said"), NOTHING_SENT)
def test_what_would_send_nothing_in_its_pod_is_refused_in_its_own_words(answers, line, old, new, said):
    """Locust lists such a file without a word, and its users fail, or are none, when the load is to begin."""
    refused = answers[refusable(line, old, new)]
    assert isinstance(refused, BadInput)
    assert re.search(said, str(refused))
    assert "\n" not in str(refused)


ONE_OF_TWO = """
LOCUST = 'Visitor --tags page'
from locust import HttpUser, between, tag, task
class Visitor(HttpUser):
    wait_time = between(1, 5)
    @tag('page')
    @task
    def page(self): self.client.get("/page", name="page")
class Idle(HttpUser):
    @tag('other')
    @task
    def a(self): ...
"""


def test_user_classes_that_are_not_asked_for_need_no_task(answers):
    """Tags that leave one class without are no fault of those that run."""
    assert answers[ONE_OF_TWO] == ("Visitor", "Idle")


A_SET_WITHOUT_TASKS = """
from locust import HttpUser, SequentialTaskSet, TaskSet
class Deep(TaskSet): ...
class Forum(SequentialTaskSet): tasks = [Deep]
class V(HttpUser): tasks = [Forum]
"""


def test_a_set_of_tasks_without_any_is_told_however_deep(answers):
    """Locust would find out when the first user comes there, and again each time."""
    assert isinstance(answers[A_SET_WITHOUT_TASKS], BadInput)
    assert "V's Deep has no task, so it would send nothing" in str(answers[A_SET_WITHOUT_TASKS])


EXPECTED_TO_BE_MISSED = f"""
import typing
from contextlib import suppress
if typing.TYPE_CHECKING: import pandas
with suppress(ImportError): import ujson
try: import orjson
except (ImportError, KeyError): orjson = None
{VISITOR}
if __name__ == '__main__': import matplotlib
"""


def test_what_the_pod_never_runs_or_can_miss_is_not_asked_of_it(answers):
    """Imports for type checkers, for a run by hand, and those whose absence is expected."""
    assert answers[EXPECTED_TO_BE_MISSED] == ("Visitor",)


@pytest.mark.parametrize(
    "line",
    ["try: import numpy\nexcept ValueError: ...", "import importlib; importlib.import_module('numpy')"],
)
def test_what_nobody_expects_to_miss_is_asked_of_the_pod(tmp_path, line):
    """Another error is no missing module's, and a module by its name is a module."""
    with pytest.raises(BadInput, match="imports numpy, which the load's image does not hold"):
        source.read(written(tmp_path, f"{line}\n{VISITOR}"))


def test_a_helper_that_is_imported_by_name_travels(tmp_path):
    """It lies beside the profile as well as any other."""
    (tmp_path / "shop.py").write_text("X = 1\n")
    path = written(tmp_path, f"import importlib\nshop = importlib.import_module('shop')\n{VISITOR}")
    assert profile.check(path) == ("Visitor",)
    assert source.read(path).beside == (tmp_path / "shop.py",)


def test_users_by_another_name_or_of_a_base_of_ones_own_wait_for_their_answers(tmp_path):
    """Who starts is named, not the base; a base of open-loop arrivals is none that waits."""
    text = (
        "from locust import HttpUser as Http\nfrom slaharness.load.arrivals import Arrivals\n"
        "class Base(Http):\n    abstract = True\nclass Buyer(Base): ...\n"
        "class MyUser(Arrivals): ...\nclass Planned(MyUser): ...\n"
    )
    assert source.read(written(tmp_path, text)).closed == ("Buyer",)


@pytest.mark.parametrize("text", ["X = " + "(" * 3000 + ")" * 3000, "X = " + "-" * 20000 + "1"])
def test_python_that_no_parser_takes_is_a_line(tmp_path, text):
    """Of any error that it ends in."""
    with pytest.raises(BadInput, match=r"mine\.py: not valid Python: ") as caught:
        source.read(written(tmp_path, text))
    assert "\n" not in str(caught.value)


PRINTS_BYTES = f"import sys\nsys.stdout.buffer.write(b'\\xff\\xfe\\n')\n{VISITOR}"


def test_bytes_that_are_no_text_may_be_printed(answers):
    """By the file or by a program that it starts: nobody reads them."""
    assert answers[PRINTS_BYTES] == ("Visitor",)
