"""Ledgers as files: what is whole is read, what is not is refused with its line."""

import ast
import gzip

import pytest

from slaharness.errors import RecordTrouble
from slaharness.load import ledger, manifest

HEADER = ",".join(ledger.HEADER)
READ = "10.000001,10.000001,10.250001,read current,read,,,ok,200"
WRITE = "11.0,11.0,16.0,post reading,write,5f0c,try-00|11000|12.5,unknown,0"


def test_a_ledger_is_read_as_it_was_written(zipped):
    """Each row becomes a request with its times, key, value, outcome and status."""
    held = ledger.load(zipped("l.gz", [HEADER, READ, WRITE, "# end,2"]))
    read, write = held.requests
    assert (read.sent, read.finished, read.outcome, read.status) == (10.000001, 10.250001, "ok", 200)
    assert list(held.writes) == [write]
    assert (write.key, write.value) == ("5f0c", "try-00|11000|12.5")


def test_an_empty_ledger_is_whole(zipped):
    """A load that never sent anything leaves a ledger, not a broken file."""
    assert ledger.load(zipped("l.gz", [HEADER, "# end,0"])).requests == ()


def test_the_recorder_writes_the_columns_that_are_read():
    """The recorder stands alone in its pod: its own list of columns must be this one."""
    tree = ast.parse(manifest.RECORDER.read_text())
    values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)
              if isinstance(node.targets[0], ast.Name)}  # fmt: skip
    assert ast.literal_eval(values["COLUMNS"]) == ledger.HEADER
    assert set(ast.literal_eval(values["OUTCOMES"])) == ledger.OUTCOMES


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([READ, "# end,1"], "line 1: .*instead of the header"),
        ([], "line 1: None instead of the header"),
        ([HEADER, READ], "cut short after line 2: no last line"),
        ([HEADER, READ, "# end,2"], "line 3: # end,2 does not end 1 rows"),
        ([HEADER, READ, "# end,1", WRITE], "line 3: # end,1 does not end 1 rows"),
        ([HEADER, READ, "1,2,3", "# end,2"], "line 3: 3 fields instead of 9"),
        ([HEADER, READ.replace("10.25", "ten"), "# end,1"], "line 2: could not convert string to float"),
        ([HEADER, READ.replace(",200", ",OK"), "# end,1"], "line 2: invalid literal for int"),
        ([HEADER, READ.replace("10.250001", "9.0"), "# end,1"], "line 2: times in no order"),
        ([HEADER, READ.replace("10.250001", "nan"), "# end,1"], "line 2: times in no order"),
        ([HEADER, READ.replace(",ok,", ",good,"), "# end,1"], "line 2: read, good: not known here"),
        ([HEADER, READ.replace(",read,", ",look,"), "# end,1"], "line 2: look, ok: not known here"),
        ([HEADER, READ.replace("read current", '"read" current'), "# end,1"], "broken after line 0"),
    ],
)  # fmt: skip
def test_a_malformed_ledger_is_refused_with_its_line(zipped, lines, said):
    """Nothing is concluded from a ledger that is not exactly what the recorder writes."""
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
    with pytest.raises(RecordTrouble, match="Not a gzipped file"):
        ledger.load(path)
