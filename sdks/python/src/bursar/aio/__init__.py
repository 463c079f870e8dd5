"""The client that is awaited. `bursar.sync` is written out of this folder by sdks/generate.py."""
