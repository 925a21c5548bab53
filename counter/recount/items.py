"""The entries of recounts as items of the store table, and back.

Their partition `#recount` is no store's, since names of stores begin with a letter or a digit. The sort key
is the camera: so a camera has one entry, also while it moves to another store, and one query gives all.
"""

from counter.recount.entry import Recount
from ingest.aws.dynamodb import Item, from_item, to_item
from ingest.times import from_millis, from_text, to_millis, to_text

PARTITION = "#recount"


def entry_key(camera_id: str) -> Item:
    """The key of a camera's entry."""
    return to_item({"StoreId": PARTITION, "Entry": camera_id})


def entry_item(recount: Recount) -> Item:
    """The entry as an item of the store table."""
    return entry_key(recount.camera_id) | to_item(
        {
            "From": to_text(recount.start),
            "To": to_text(recount.end),
            "Rule": recount.rule,
            "MinConfidence": recount.min_confidence,
            "Done": to_text(recount.done),
            "Reaching": to_text(recount.reaching),
            "Owner": recount.owner,
            "Expires": to_millis(recount.expires) if recount.expires else None,
        }
    )


def recount_from_item(item: Item) -> Recount:
    """The inverse of `entry_item`."""
    values = from_item(item)
    asked, expires = values.get("MinConfidence"), values.get("Expires")
    return Recount(
        camera_id=values["Entry"],
        start=from_text(values["From"]),
        end=from_text(values["To"]),
        rule=values["Rule"],
        min_confidence=None if asked is None else float(asked),
        done=from_text(values["Done"]),
        reaching=from_text(values["Reaching"]),
        owner=values.get("Owner"),
        expires=None if expires is None else from_millis(expires),
    )
