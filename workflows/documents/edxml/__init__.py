"""edXML packages (QCVN 102:2016): an issued document with its files, and the status messages that answer it."""
