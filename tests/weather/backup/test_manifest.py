"""What a backup says of itself: whole, or refused with the reason."""

from dataclasses import replace

import pytest
from ringbackup import manifest
from ringbackup.errors import Spoiled
from ringbackup.manifest import Backup, File, Node, Table

TABLES = ("weather.current", "weather.readings")
SAME = File("da-1-bti-Data.db", "a" * 64, 10)


def node(name, **files):
    tables = {
        table: Table("CREATE TABLE x", tuple(files.get(table.partition(".")[2], ()))) for table in TABLES
    }
    return Node("one", name, tables)


def whole(*nodes):
    texts = {one.node: manifest.text(one) for one in nodes}
    digests = {name: manifest.digest(text) for name, text in texts.items()}
    return Backup("one", 1.0, 2.0, {"weather": "CREATE KEYSPACE"}, TABLES, (), digests, uploaded=0), texts


def test_a_whole_backup_is_read_as_it_was_written():
    nodes = [node("c-0", readings=[SAME]), node("c-1")]
    backup, texts = whole(*nodes)
    assert manifest.check(backup, texts) == nodes
    assert manifest.backup(manifest.text(backup)).nodes == backup.nodes


def test_content_that_two_nodes_have_counts_once():
    nodes = [node("c-0", readings=[SAME]), node("c-1", readings=[replace(SAME, name="other")])]
    assert manifest.contents(nodes) == {SAME.digest: 10}


def test_a_missing_node_is_named():
    """Restored without it, the backup would lack what only that node had."""
    backup, texts = whole(node("c-0"), node("c-1"))
    del texts["c-1"]
    with pytest.raises(Spoiled, match=r"backup one is not whole: the manifest of node c-1 is missing"):
        manifest.check(backup, texts)


def test_a_changed_manifest_is_named():
    backup, texts = whole(node("c-0", readings=[SAME]))
    texts["c-0"] = manifest.text(node("c-0"))
    with pytest.raises(Spoiled, match=r"manifest of node c-0 is not the one that was written"):
        manifest.check(backup, texts)


def test_a_skipped_table_is_named():
    """An agent that leaves a table out says nothing of it: the list of tables does."""
    skipping = node("c-1")
    skipping = replace(skipping, tables={"weather.current": skipping.tables["weather.current"]})
    with pytest.raises(Spoiled, match=r"node c-1 lacks table weather\.readings"):
        manifest.check(*whole(node("c-0"), skipping))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"name": 1}', b"[]"])
def test_what_is_no_manifest_is_refused(content):
    with pytest.raises(Spoiled, match="cannot be read"):
        manifest.node(content)
    with pytest.raises(Spoiled, match="cannot be read"):
        manifest.backup(content)
