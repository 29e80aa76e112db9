"""Tables of commands, where no terminal says how wide they may be."""

from slaharness.cli import show


def test_a_table_in_a_log_breaks_no_word(capsys):
    """One line a row, in the width that it needs: a log of eighty columns tore every word apart."""
    show.table(["name", "question"], [("a-long-name-of-a-scenario" * 3, "what becomes of it? " * 8)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "a-long-name-of-a-scenario" * 3 in lines[3]
    assert ("what becomes of it? " * 8).strip() in lines[3]
