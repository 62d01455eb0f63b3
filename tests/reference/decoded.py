"""A simulated folder through the node's own ingest."""

from vedette.app.ingest import Ingest
from vedette.app.recordings import Trouble, open_all


def decoded(folder, sensors):
    """Every batch of a recording."""
    ingest = Ingest(sensors)
    for heard in open_all([folder / "journal"], 0, Trouble({})):
        made, _ = ingest.receive(
            heard.options, heard.format, heard.connection, heard.heard_ns, heard.data, link=heard.link
        )
        yield from made
    yield from ingest.finish()
