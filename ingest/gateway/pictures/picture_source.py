"""Camera -> frame bucket: where the pictures of a push camera come from, by its address."""

import aiohttp

from ingest.gateway.config.addresses import Address
from ingest.gateway.pictures.device_pictures import DevicePictures
from ingest.gateway.pictures.pictures import HttpPictures, Pictures


def pictures_of(address: Address, session: aiohttp.ClientSession) -> Pictures:
    """The pictures of a push camera with this address."""
    return DevicePictures(address) if address.is_device else HttpPictures(address, session)
