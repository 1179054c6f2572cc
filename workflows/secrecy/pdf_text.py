"""Text of the first pages of a PDF: from standard input to standard output, in a process of its own.

A PDF comes from strangers, and its reader can be made to burn time and memory. So it is read in a child process with
limits on both; whatever goes wrong in there ends that process only. Run by `workflows.secrecy.files`, as a file and not
as a module: it needs nothing of this program.

Exit codes: 0 text follows, 2 encrypted, anything else not readable.
"""

import resource
import sys
from io import BytesIO

MAX_PAGES = 20
CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024
ENCRYPTED = 2


def main() -> int:
    """Read standard input, write the text of its first pages."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from pypdf import PdfReader  # after the limits: they cover its import too

    reader = PdfReader(BytesIO(sys.stdin.buffer.read()))
    if reader.is_encrypted and not reader.decrypt(""):
        return ENCRYPTED
    for page in reader.pages[:MAX_PAGES]:
        sys.stdout.buffer.write((page.extract_text() + "\n").encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
