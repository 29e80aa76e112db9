"""Rows: what a value and a readback hold, by columns that are told or found out."""

import pytest

from slaharness.errors import RecordTrouble
from slaharness.ledger import csvfile, rows
from slaharness.model import ColumnType

TEXT, INTEGER, NUMBER = ColumnType


@pytest.fixture(params=[True, False], ids=["at once", "line by line"])
def inferred(request, zipped, monkeypatch):
    """The columns of a readback of these lines, however much of it is parsed at once."""

    def of(*lines):
        monkeypatch.setattr(csvfile, "BLOCK", csvfile.BLOCK if request.param else len(lines[0]) + 1)
        return rows.inferred(zipped("r.gz", [*lines, f"# end,{len(lines) - 1}"]))

    return of


@pytest.mark.parametrize(
    ("header", "lines", "types", "run"),
    [
        (
            "station,at,id,temperature",
            ["s-1,1700000000123,a,4.5", "s-1,7,b,5"],
            (TEXT, NUMBER, TEXT, NUMBER),
            "station",
        ),
        ("id,shop,cents", ["7,north,100"], (TEXT, TEXT, NUMBER), "shop"),
        ("id,number", ["a,9007199254740993"], (TEXT, INTEGER), ""),
        ("id,code", ["a,007", "b,12"], (TEXT, TEXT), "code"),
        ("id,share", ["a,0.5", "b,"], (TEXT, TEXT), "share"),
        ("id,share", ["a,-1e-3"], (TEXT, NUMBER), ""),
        ("id,share", ["a,0.5", "b,half"], (TEXT, TEXT), "share"),
        ("id,share", ["a,half", "b,0.5"], (TEXT, TEXT), "share"),
        ("id,number", ["a,999999999999999"], (TEXT, NUMBER), ""),
        ("id,number", ["a,-1000000000000000"], (TEXT, INTEGER), ""),
        ("id,number", ["a,9007199254740993", "b,1"], (TEXT, INTEGER), ""),
        ("id,number", ["a,1", "b,9007199254740993"], (TEXT, INTEGER), ""),
        ("id,number", ["a,9007199254740993", "b,1.5"], (TEXT, NUMBER), ""),
        ("id,number", ["a,1.5", "b,9007199254740993"], (TEXT, NUMBER), ""),
        ("shop,id,cents", [], (TEXT, TEXT, TEXT), "shop"),
    ],
)
def test_columns_that_nobody_tells_are_those_of_the_header(inferred, header, lines, types, run):
    """Old records and simple tables: the key is ``id``, and a number is what is written as one everywhere."""
    found = inferred(header, *lines)
    assert (tuple(found.types), tuple(found.types.values())) == (tuple(header.split(",")), types)
    assert (found.key, found.run) == ("id", run)


@pytest.mark.parametrize("header", ["station,at", "id,id"])
def test_rows_without_a_key_cannot_be_compared(zipped, header):
    """Whatever they hold, nobody knows which write each of them was."""
    with pytest.raises(RecordTrouble, match=f"r.gz line 1: {header} are no columns of rows known by 'id'"):
        rows.inferred(zipped("r.gz", [header, "# end,0"]))


def test_a_readback_that_cannot_be_opened_has_no_columns(tmp_path):
    """It is named, with why."""
    with pytest.raises(RecordTrouble, match=r"none.csv.gz: there is no such file$"):
        rows.inferred(tmp_path / "none.csv.gz")
    (path := tmp_path / "plain").write_text("id,shop")
    with pytest.raises(RecordTrouble, match=r"plain: broken: zlib inflate failed: incorrect header check$"):
        rows.inferred(path)
