"""Makes the pages of docs/reference/ from the code, and what the site needs beside its Markdown."""
