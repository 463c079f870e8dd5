"""The client that waits. Written by sdks/generate.py out of `bursar.aio`; not edited by hand."""
