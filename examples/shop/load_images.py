"""Build the shop's images, put them into the nodes of a local cluster, and write ``tagged/`` for kubectl.

    python load_images.py [--name CLUSTER] [FOLDER]        FOLDER is deploy, or one of mutants/
    kubectl apply -k tagged

A cluster of your own pulls images from its registry instead; this stands in for that where there is none.
"""

import os
from pathlib import Path

import click
import yaml

from slaharness import image
from slaharness.cluster.local.provider import Local

HERE = Path(__file__).parent.resolve()
NAMES = ("web", "postgres", "prometheus")


@click.command()
@click.option("--name", default="default", show_default=True, help="Name of the local cluster.")
@click.argument("folder", default=HERE / "deploy", type=click.Path(exists=True, path_type=Path))
def load_images(name: str, folder: Path) -> None:
    """Build, load, and write `tagged/`: FOLDER with the tags that were built."""
    base = image.base().reference
    images = [image.build(f"shop-{one}", HERE / "images" / one, args={"BASE": base}) for one in NAMES]
    Local(name).load_images([one.archive for one in images])
    tagged = HERE / "tagged"
    tagged.mkdir(exist_ok=True)
    content = {
        "resources": [os.path.relpath(folder.resolve(), tagged)],
        "images": [
            {"name": reference, "newTag": tag}
            for reference, _, tag in (one.reference.rpartition(":") for one in images)
        ],
    }
    (tagged / "kustomization.yaml").write_text(yaml.safe_dump(content))


if __name__ == "__main__":
    load_images()
