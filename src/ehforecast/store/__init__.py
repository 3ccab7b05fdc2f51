"""What was received: immutable tables and the manifest that says where each came from."""

from ehforecast.store.files import make_private_folder, write_bytes_atomically
from ehforecast.store.known_tables import KnownTables
from ehforecast.store.manifest import Manifest, StoredExtract
from ehforecast.store.store import Store

__all__ = ["KnownTables", "Manifest", "Store", "StoredExtract", "make_private_folder", "write_bytes_atomically"]
