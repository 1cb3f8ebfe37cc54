"""Render PDF with a patched WeasyPrint, and place its figures."""

import ctypes.util
import sys

_search = ctypes.util.find_library
# WeasyPrint looks for Pango and its like by the names of all systems. On Linux it finds them by their own name, such as
# "libpango-1.0.so.0", but before that Python would search for each other name with the linker and the compiler: fifty
# processes. So WeasyPrint is loaded here without that search, before a module of this package needs it.
if sys.platform == "linux":
    ctypes.util.find_library = lambda _: None  # type: ignore[assignment]
try:
    import weasyprint as weasyprint
finally:
    ctypes.util.find_library = _search
