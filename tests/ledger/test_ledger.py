"""Ledgers as files: what is whole is read, what is not is refused with its line."""

import ast
import gzip
import string
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ledgers import READINGS

from slaharness.errors import RecordTrouble
from slaharness.ledger import csvfile, ledger
from slaharness.load import manifest

HEADER = ",".join(ledger.HEADER)
READ = "10.000001,10.000001,10.250001,read current,read,,,ok,200"
WRITE = "11.0,11.0,16.0,post reading,write,5f0c,try-00|11000|12.5,unknown,0"


@pytest.mark.parametrize("name", ["l.csv.gz", "fetched"])
def test_a_ledger_is_read_as_it_was_written(zipped, name):
    """Each row becomes a request with its times, key, value, outcome and status."""
    held = ledger.load(zipped(name, [HEADER, READ, WRITE, "# end,2"]), READINGS)
    read, write = held.requests
    assert len(held) == 2
    assert (read.sent, read.finished, read.outcome, read.status) == (10.000001, 10.250001, "ok", 200)
    assert (write.key, write.value) == ("5f0c", "try-00|11000|12.5")
    assert held.keys([1]) == ("5f0c",)
    assert held.runs == {"try-00"}


def test_a_line_of_any_length_is_read(zipped):
    """Also one that is longer than what is parsed at once."""
    long = WRITE.replace("post reading", "x" * (csvfile.BLOCK + 1_000_000))
    held = ledger.load(zipped("l.gz", [HEADER, READ, long, READ, "# end,3"]))
    assert [len(one.name) for one in held.requests] == [12, csvfile.BLOCK + 1_000_000, 12]


def test_keys_are_found_wherever_their_rows_stand(zipped, monkeypatch):
    """However many lines are parsed at once."""
    lines = [WRITE.replace("5f0c", key) for key in "abcdef"]
    held = ledger.load(zipped("l.gz", [HEADER, *lines, "# end,6"]))
    for block in (csvfile.BLOCK, 150, 75):
        monkeypatch.setattr(csvfile, "BLOCK", block)
        for rows in ([], [0], [1, 2], [0, 3, 5], [0, 1, 2, 3, 4, 5]):
            assert held.keys(rows) == tuple("abcdef"[row] for row in rows)


def test_an_empty_ledger_is_whole(zipped):
    """A load that never sent anything leaves a ledger, not a broken file."""
    held = ledger.load(zipped("l.gz", [HEADER, "# end,0"]))
    assert (len(held), held.requests) == (0, ())


def test_the_recorder_writes_the_columns_that_are_read():
    """The recorder stands alone in its pod: its own list of columns must be this one."""
    tree = ast.parse(manifest.RECORDER.read_text())
    values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)
              if isinstance(node.targets[0], ast.Name)}  # fmt: skip
    assert ast.literal_eval(values["COLUMNS"]) == ledger.HEADER
    assert set(ast.literal_eval(values["OUTCOMES"])) == set(ledger.OUTCOMES)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([READ, "# end,1"], "line 1: .*instead of the header"),
        ([], "line 1: .*instead of the header"),
        ([HEADER, READ], "cut short after line 2: no last line"),
        ([HEADER, READ, "# end,2"], "line 3: # end,2 does not end 1 row"),
        ([HEADER, READ, "# end,1", WRITE], "line 3: Expected 9 columns, got 2: # end,1"),
        ([HEADER, READ, "# end,2", WRITE], "line 3: Expected 9 columns, got 2: # end,2"),
        ([HEADER, READ, "# end,1", "# end,1"], "line 3: Expected 9 columns, got 2: # end,1"),
        ([HEADER, READ, "# end,1", ""], "line 3: Expected 9 columns, got 2: # end,1"),
        ([HEADER, READ, "1,2,3", "# end,2"], "line 3: Expected 9 columns, got 3"),
        ([HEADER, READ, "", "# end,2"], "line 3: .*invalid value ''"),
        ([HEADER, "", "# end,1"], "line 2: .*invalid value ''"),
        ([HEADER, READ.replace("10.25", "ten"), "# end,1"], "column #2: line 2: .*'ten0001'"),
        ([HEADER, READ.replace(",200", ",OK"), "# end,1"], "column #8: line 2: .*'OK'"),
        ([HEADER, READ.replace(",200", ",99999"), "# end,1"], "column #8: line 2: .*'99999'"),
        ([HEADER, READ, READ.replace("10.250001", "9.0"), "# end,2"], "line 3: times in no order"),
        ([HEADER, READ.replace("10.0", "10.1", 1), "# end,1"], "line 2: times in no order"),
        ([HEADER, READ.replace("10.000001", "-inf", 1), "# end,1"], "line 2: .* order: -inf, 10.000001, 10"),
        ([HEADER, READ.replace("10.250001", "nan"), "# end,1"], "line 2: times in no order"),
        ([HEADER, READ.replace("10.250001", "inf"), "# end,1"], "line 2: times in no order"),
        ([HEADER, READ.replace(",ok,", ",good,"), "# end,1"], "line 2: 'good' is none of ok, fail, unknown"),
        ([HEADER, READ, READ.replace(",read,", ",look,"), "# end,2"], "line 3: 'look' is none of read"),
        ([HEADER, READ.replace("read current", '"read current'), "# end,1"], "line 2: Expected 9 columns"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("block", [csvfile.BLOCK, 75], ids=["at once", "line by line"])
def test_a_malformed_ledger_is_refused_with_its_line(zipped, monkeypatch, block, lines, said):
    """Nothing is concluded from a ledger that is not exactly what the recorder writes."""
    monkeypatch.setattr(csvfile, "BLOCK", block)
    with pytest.raises(RecordTrouble, match=said):
        ledger.load(zipped("l.gz", lines))


def test_a_ledger_cut_anywhere_is_refused(tmp_path):
    """Whatever byte the wire broke at, a part is never taken for the whole."""
    whole = gzip.compress(f"{HEADER}\n{READ}\n{WRITE}\n# end,2\n".encode())
    path = tmp_path / "l.gz"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(RecordTrouble):
            ledger.load(path)


def test_a_ledger_that_is_not_there_or_not_gzip_is_refused(tmp_path):
    """A missing or foreign file is named, with what is wrong with it."""
    with pytest.raises(RecordTrouble, match="no such file"):
        ledger.load(tmp_path / "none.csv.gz")
    (path := tmp_path / "plain.csv.gz").write_text(HEADER)
    with pytest.raises(RecordTrouble, match=r"broken: .*header"):
        ledger.load(path)


texts = st.text(string.ascii_letters + string.digits + " -|,\"'ä€#", max_size=40)
times = st.lists(st.integers(0, 2 * 10**15), min_size=3, max_size=3).map(
    lambda micros: [micro / 1e6 for micro in sorted(micros)]
)
requests = st.builds(
    lambda times, *rest: ledger.Request(*times, *rest),
    times, texts, st.sampled_from(ledger.OPERATIONS), texts, texts, st.sampled_from(ledger.OUTCOMES),
    st.integers(0, 599),
)  # fmt: skip


@given(st.lists(requests, max_size=10))
def test_what_was_written_is_what_is_read(kept, requests):
    """Any names, keys and values, quoted or not, come back as they were, and so do their times."""
    held = kept(*requests)
    assert held.requests == tuple(requests)
    assert held.column("finished").tolist() == [one.finished for one in requests]
    assert held.where("operation", "delete").tolist() == [one.operation == "delete" for one in requests]
    digests = held.column("key").tolist()
    assert len(set(digests)) == len({one.key for one in requests})
    assert [digest == 0 for digest in digests] == [not one.key for one in requests]
    rows = sorted({0, len(requests) - 1}) if requests else []
    assert held.keys(rows) == tuple(requests[row].key for row in rows)


@given(st.binary(max_size=200), st.integers(0, 400), st.booleans())
@example(garbage=b"\xff", at=0, inside=True)
def test_a_garbled_ledger_is_refused_or_whole(tmp_path_factory, garbage, at, inside):
    """Foreign bytes in the file or in the text it holds end in the one error, or change no row."""
    text = f"{HEADER}\n{READ}\n{WRITE}\n# end,2\n".encode()
    whole = text if inside else gzip.compress(text)
    garbled = whole[:at] + garbage + whole[at + len(garbage) :]
    path = tmp_path_factory.getbasetemp() / "garbled.csv.gz"
    path.write_bytes(gzip.compress(garbled) if inside else garbled)
    with suppress(RecordTrouble):
        held = ledger.load(path)
        assert len(held) == len(held.requests) == 2
