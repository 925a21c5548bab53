"""PutMedia: media in, acknowledgements out."""
