"""botocore's own log records: they quote AWS's texts, so no process of ours shows them."""

import logging


def silence_botocore() -> None:
    """Turn botocore's loggers off.

    After a failed refresh of credentials, botocore logs AWS's answer, which can quote the session token. What
    failed is in the exception as well, which `ingest.aws.failures` names.
    """
    logging.getLogger("botocore").setLevel(logging.CRITICAL + 1)
